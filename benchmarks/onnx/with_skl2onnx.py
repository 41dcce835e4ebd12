"""Write the float32 graphs that skl2onnx makes of the benchmark's nets: python with_skl2onnx.py DATA FOLDER."""

import sys
from pathlib import Path

from nets import NETS, adult_pipeline, matrix_net
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType

OPSETS = {"": 15, "ai.onnx.ml": 2}  # as ours


def main(data: Path, folder: Path) -> None:
    """Write graphs per net (as it is, with its default ZipMap, behind an imputer), and that of Adult's pipeline."""
    plain = {"zipmap": False}
    for name in NETS:
        net, rows = matrix_net(name)
        imputing, _ = matrix_net(name, imputes=True)
        for kind, model, options in (("", net, plain), (".zipmap", net, {}), (".imputer", imputing, plain)):
            graph = to_onnx(model, rows[:1], options=options, target_opset=OPSETS)
            (folder / f"{name}{kind}.onnx").write_bytes(graph.SerializeToString())
    whole, cells = adult_pipeline(data)
    types = [(n, (StringTensorType if c.dtype == object else FloatTensorType)([None, 1])) for n, c in cells.items()]
    graph = to_onnx(whole, initial_types=types, options=plain, target_opset=OPSETS)
    (folder / "adult.onnx").write_bytes(graph.SerializeToString())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

"""Runs graphs in a version of ONNX Runtime of its own: python -S onnx_worker.py PACKAGES FOLDER.

Needs NumPy and ONNX Runtime only, both from PACKAGES. FOLDER holds graphs `<name>.onnx` with inputs `<name>.json`;
outputs are written to `<name>.<version>.json`. Numbers cross as the bits of float64.
"""

import json
import sys
from pathlib import Path


def main(packages: str, folder: Path) -> None:
    """Run every graph of the folder and print the version."""
    sys.path.insert(0, packages)
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    for path in sorted(folder.glob("*.onnx")):
        feeds = {}
        for name, (kind, shape, cells) in json.loads(path.with_suffix(".json").read_text()).items():
            if kind == "text":
                feeds[name] = np.array(cells, dtype=object).reshape(shape)
            else:
                feeds[name] = np.frombuffer(bytes.fromhex(cells), np.float64).astype(kind).reshape(shape)
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        found = []
        for value in session.run(None, feeds):
            if value.dtype == object:
                found.append(["text", value.shape, value.ravel().tolist()])
            else:
                kind = "int64" if value.dtype == np.int64 else "float64"
                found.append([kind, value.shape, value.astype(kind).tobytes().hex()])
        path.with_suffix(f".{onnxruntime.__version__}.out").write_text(json.dumps(found))
    print(onnxruntime.__version__)  # noqa: T201 - the answer to who started this


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

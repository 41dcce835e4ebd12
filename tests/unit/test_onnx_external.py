"""Weights in a file beside an ONNX model, as PyTorch's exporter writes them: read from there, and from nowhere else."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from triplicate.importers import onnx_dense
from triplicate.runtime import Scorer
from triplicate.runtime.errors import ForeignModelError

from dense_graphs import INPUTS, bytes_of, graph_of, node, run, torch_style, weights


def written(folder: Path) -> Path:
    """Write a graph as torch.onnx.export does: large tensors in `net.onnx.data` beside it."""
    path = folder / "net.onnx"
    onnx.save(
        torch_style(), path, save_as_external_data=True, all_tensors_to_one_file=True, location="net.onnx.data",
        size_threshold=0,
    )  # fmt: skip
    return path


def changed(path: Path, **entries: str) -> Path:
    """Rewrite entries of the first tensor that lies outside."""
    model = onnx.load(path, load_external_data=False)
    tensor = next(tensor for tensor in model.graph.initializer if tensor.external_data)
    kept = {entry.key: entry.value for entry in tensor.external_data} | entries
    del tensor.external_data[:]
    for key, value in kept.items():
        tensor.external_data.add(key=key, value=value)
    return bytes_of(model, path)


def test_weights_beside_the_model_are_read(tmp_path: Path) -> None:
    """The model is that of the graph with its weights inside, and agrees with ONNX Runtime."""
    model = onnx_dense(written(tmp_path))
    inside = onnx_dense(bytes_of(torch_style(), tmp_path / "inside.onnx"))
    assert model.fingerprint == inside.fingerprint
    rows = weights(9, 20, INPUTS)
    ours = Scorer(model).score({f"x{k}": rows[:, k].astype(np.float64) for k in range(INPUTS)}).outputs[:, 1:]
    np.testing.assert_allclose(ours, run(tmp_path / "net.onnx", rows), atol=1e-6)


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ({"location": "../net.onnx.data"}, "no name of a file beside the model"),
        ({"location": "/etc/passwd"}, "no name of a file beside the model"),
        ({"location": "c:net.onnx.data"}, "no name of a file beside the model"),
        ({"location": ".."}, "no name of a file beside the model"),
        ({"location": ""}, "no name of a file beside the model"),
        ({"location": "net"}, "keep it beside the model"),
        ({"location": "x" * 5000}, "cannot be read"),
        ({"location": "folder"}, "no file but a link, a folder or a device"),
        ({"location": "link"}, "no file but a link, a folder or a device"),
        ({"offset": "-1"}, "does not fit"),
        ({"offset": "1e3"}, "does not fit"),
        ({"offset": "9" * 30}, "does not fit"),
        ({"offset": "100000"}, "which has"),
        ({"length": "8"}, "does not fit"),
        ({"length": "99999999999"}, "does not fit"),
    ],
)
def test_other_files_and_sizes_are_refused(entries: dict[str, str], reason: str, tmp_path: Path) -> None:
    """Names that lead elsewhere, links, folders, and sizes beyond the file end in our error, which names the tensor."""
    path = written(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "net.onnx.data")
    with pytest.raises(ForeignModelError, match=reason) as caught:
        onnx_dense(changed(path, **entries))
    assert str(caught.value).startswith(str(path))


def test_a_single_value_may_lose_its_axis(tmp_path: Path) -> None:
    """`squeeze(-1)` at the end of a PyTorch regression is passed; other axes and several values are refused."""
    constants = {"w": weights(1, 1, INPUTS), "axes": np.array([-1]), "first": np.array([0])}
    wide = {**constants, "w": weights(1, 3, INPUTS)}
    gemm = node("Gemm", ["x", "w"], "h", transB=1)
    last, first = (node("Squeeze", ["h", axes], "y") for axes in ("axes", "first"))
    given = (graph_of([gemm, last], constants), graph_of([gemm], constants))
    models = [onnx_dense(bytes_of(graph, tmp_path / "net.onnx")) for graph in given]
    assert models[0].fingerprint == models[1].fingerprint
    for graph in (graph_of([gemm, first], constants), graph_of([gemm, last], wide)):
        with pytest.raises(ForeignModelError, match="only the axis of a single value"):
            onnx_dense(bytes_of(graph, tmp_path / "net.onnx"))

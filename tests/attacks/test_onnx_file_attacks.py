"""Hostile ONNX files: a model or ForeignModelError, in bounded memory, and never another file."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from triplicate.importers import onnx_dense, onnx_reader
from triplicate.importers.onnx_reader import MOST_NODES
from triplicate.runtime.errors import ForeignModelError

from dense_graphs import INPUTS, bytes_of, graph_of, node, torch_style, weights
from fuzz_onnx import fuzz


def refusal(model: onnx.ModelProto, path: Path) -> str:
    """Return the message with which a model is refused."""
    with pytest.raises(ForeignModelError) as caught:
        onnx_dense(bytes_of(model, path / "m.onnx"))
    return str(caught.value)


def test_a_thousand_damaged_files(tmp_path: Path) -> None:
    """Nothing but a model or our error comes out, without a warning; python tests/fuzz_onnx.py 100000 tries more."""
    found = fuzz(range(1000), tmp_path)
    assert set(found) == {"model", "ForeignModelError"}
    assert found["model"] > 50


@pytest.mark.parametrize("length", range(0, 700, 7))
def test_truncated_files(length: int, tmp_path: Path) -> None:
    """Every beginning of a file is refused: not by chance a smaller model."""
    path = tmp_path / "m.onnx"
    path.write_bytes(torch_style().SerializeToString()[:length])
    with pytest.raises(ForeignModelError):
        onnx_dense(path)


def test_external_data_elsewhere_is_not_read(tmp_path: Path) -> None:
    """A tensor in a file of another folder is refused by its name, before that file is opened."""
    model = torch_style()
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.ClearField("raw_data")
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../../../etc/passwd"
    found = refusal(model, tmp_path)
    assert "tensor '0.weight' lies in the file '../../../../etc/passwd', which is no name of a file beside the" in found


def test_a_shape_that_asks_for_more_than_there_is(tmp_path: Path) -> None:
    """A tensor of 2**62 numbers in a small file is refused before memory is asked for."""
    model = torch_style()
    model.graph.initializer[0].dims[0] = 2**60
    assert "the limit keeps memory bounded" in refusal(model, tmp_path)
    model.graph.initializer[0].dims[0] = 6
    assert "needs 96, and holds 80" in refusal(model, tmp_path)


@pytest.mark.parametrize("field", [b"\x0a\x00", b"\x0a\x02\x2a\x00", b"\x2a\x00", b"\x2a\x02\x08\x00", b"\x5a\x00"])
def test_masses_of_empty_parts(field: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two bytes a node, attribute, tensor or input: refused before protobuf makes a hundred bytes of each."""
    monkeypatch.setattr(onnx_reader, "MOST_STRUCTURE", 2**16)
    body = field * (2**16 // len(field) + 1)
    size = bytes((len(body) >> shift) & 127 | (128 if shift < 21 else 0) for shift in (0, 7, 14, 21))
    path = tmp_path / "m.onnx"
    path.write_bytes(b"\x42\x02\x10\x11" + b"\x3a" + size + body)
    with pytest.raises(ForeignModelError, match="more than 65536 bytes that are no numbers"):
        onnx_dense(path)


def test_large_weights_are_no_structure(tmp_path: Path) -> None:
    """Weights of 6 MiB come in, from an initializer, a Constant node, and as typed numbers."""
    size = 900
    matrix = np.zeros((size, size), dtype=np.float64)
    stored = graph_of([node("MatMul", ["x", "w"], "y")], {"w": matrix}, shape=("n", size))
    held = onnx.numpy_helper.from_array(matrix)
    constant = graph_of([node("Constant", [], "w", value=held), node("MatMul", ["x", "w"], "y")], {}, shape=("n", size))
    typed = graph_of([node("MatMul", ["x", "w"], "y")], {}, shape=("n", size))
    typed.graph.initializer.append(helper.make_tensor("w", TensorProto.DOUBLE, matrix.shape, matrix.reshape(-1)))
    for model in (stored, constant, typed):
        path = bytes_of(model, tmp_path / "m.onnx")
        assert onnx_dense(path, task="classification").inputs == size


def test_one_tensor_used_many_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file cannot ask for large layers by using one matrix again and again."""
    monkeypatch.setattr(onnx_reader, "MOST_NUMBERS", 200_000)
    size, times = 100, 21
    nodes = [node("MatMul", [f"h{i}" if i else "x", "w"], f"h{i + 1}") for i in range(times)]
    model = graph_of(nodes, {"w": np.zeros((size, size), dtype=np.float32)}, shape=("n", size))
    assert "node '/h21' (MatMul): the graph reads more than 200000 numbers" in refusal(model, tmp_path)


def test_more_nodes_than_are_read(tmp_path: Path) -> None:
    """The number of nodes is bounded."""
    nodes = [node("Relu", [f"h{i}" if i else "x"], f"h{i + 1}") for i in range(MOST_NODES + 1)]
    assert f"at most {MOST_NODES} are read" in refusal(graph_of(nodes, {}), tmp_path)


def test_a_wide_activation_without_weights(tmp_path: Path) -> None:
    """An input that claims 2**40 values makes no matrix of that size."""
    assert "a product is needed" in refusal(graph_of([node("Relu", ["x"], "y")], {}, shape=("n", 2**40)), tmp_path)


def test_circles(tmp_path: Path) -> None:
    """A node that reads what comes after it is refused."""
    nodes = [node("Add", ["x", "c"], "a"), node("Relu", ["b"], "c"), node("Relu", ["c"], "b")]
    assert "reads 2 computed values" in refusal(graph_of(nodes, {}, output="a"), tmp_path)
    nodes = [node("Identity", ["b"], "a"), node("Identity", ["a"], "b")]
    assert "no input of the graph" in refusal(graph_of(nodes, {}, output="b"), tmp_path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite(value: float, tmp_path: Path) -> None:
    """The message names the edge that holds them."""
    matrix = weights(1, INPUTS, 1)
    matrix[2, 0] = value
    assert "'w' holds numbers that are not finite" in refusal(
        graph_of([node("MatMul", ["x", "w"], "y")], {"w": matrix}), tmp_path
    )


def test_numbers_that_multiply_to_infinity(tmp_path: Path) -> None:
    """Folding two constants may overflow, which is an error and no infinity."""
    large = np.full(INPUTS, 1e200)
    nodes = [node("Mul", ["x", "c"], "a"), node("Mul", ["a", "c"], "b"), node("Mul", ["b", "w"], "y")]
    found = refusal(graph_of(nodes, {"c": large, "w": large}, element=TensorProto.DOUBLE), tmp_path)
    assert "node '/b' (Mul): the numbers of this node and those before it multiply to infinity" in found


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    """A name of arbitrary bytes is refused."""
    path = tmp_path / "m.onnx"
    path.write_bytes(torch_style().SerializeToString().replace(b"4.weight", b"4.\xff\xfeight"))
    with pytest.raises(ForeignModelError, match=r"UTF-8|utf-8"):
        onnx_dense(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x00" * 64, b"\xff" * 64, b"graph"])
def test_files_that_are_no_onnx(content: bytes, tmp_path: Path) -> None:
    """Other files are refused with their path."""
    path = tmp_path / "m.onnx"
    path.write_bytes(content)
    with pytest.raises(ForeignModelError, match=r"m\.onnx: "):
        onnx_dense(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing file and a folder are errors of ours."""
    for path in (tmp_path / "none.onnx", tmp_path):
        with pytest.raises(ForeignModelError, match="cannot be read"):
            onnx_dense(path)


def test_a_function_of_the_files_own(tmp_path: Path) -> None:
    """An operator of another domain is no operator of ours, whatever its name is."""
    gemm = helper.make_node("Relu", ["x"], ["y"], name="mine", domain="com.example")
    assert "node 'mine' (com.example.Relu): this operator cannot be carried" in refusal(graph_of([gemm], {}), tmp_path)

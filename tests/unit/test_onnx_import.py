"""Which dense graphs come in, what becomes of them, and which node is named when they do not."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from triplicate import scorer
from triplicate.importers import onnx_dense
from triplicate.runtime import Activation, Categorical, Classification, LabelType, Numeric, Regression
from triplicate.runtime.errors import ForeignModelError

from dense_graphs import INPUTS, bytes_of, graph_of, keras_style, node, run, torch_style, weights

ROWS = np.random.default_rng(3).normal(size=(50, INPUTS)).astype(np.float32).astype(np.float64)
W, B = weights(1, INPUTS, 3), weights(2, 3)
DENSE = [node("MatMul", ["x", "w"], "h")]


def refusal(model: onnx.ModelProto, path: Path, **options: Any) -> str:
    """Return the message with which a model is refused."""
    with pytest.raises(ForeignModelError) as caught:
        onnx_dense(bytes_of(model, path / "refused.onnx"), **options)
    return str(caught.value)


def test_weights_stay_as_they_are(tmp_path: Path) -> None:
    """Float32 weights of Gemm with transB are those of the layers, bit by bit."""
    source = torch_style()
    model = onnx_dense(bytes_of(source, tmp_path / "m.onnx"))
    stored = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in source.graph.initializer}
    for layer, name in zip(model.layers, ("0", "2", "4"), strict=True):
        assert layer.weights.dtype == np.float32
        assert (layer.weights == stored[f"{name}.weight"]).all()
    assert [layer.activation for layer in model.layers] == [
        Activation.RECTIFIER,
        Activation.RECTIFIER,
        Activation.LINEAR,
    ]


def test_a_scaling_at_the_start_goes_into_the_columns(tmp_path: Path) -> None:
    """(x - mean) / spread becomes subtract and multiply; the first layer's weights stay float32."""
    model = onnx_dense(bytes_of(keras_style(), tmp_path / "m.onnx"))
    first = model.columns[0]
    assert isinstance(first, Numeric)
    assert first.subtract == pytest.approx(float(weights(1, 1, INPUTS)[0, 0]), rel=1e-15)
    assert first.multiply == pytest.approx(1.0 / (abs(float(weights(2, INPUTS)[0])) + 0.5), rel=1e-6)
    assert model.layers[0].weights.dtype == np.float32


@pytest.mark.parametrize(
    ("nodes", "constants"),
    [
        ([node("Mul", ["x", "v"], "a"), node("Relu", ["a"], "r"), node("MatMul", ["r", "w1"], "y")], {}),
        ([node("Sub", ["v", "x"], "a"), node("MatMul", ["a", "w1"], "m"), node("Div", ["m", "two"], "y")], {}),
        ([node("Add", ["one", "x"], "a"), node("Tanh", ["a"], "r"), node("MatMul", ["r", "w1"], "y")], {}),
        ([*DENSE, node("Add", ["b", "h"], "a"), node("Gemm", ["a", "w31"], "y", alpha=0.5)], {}),
        (
            [
                *DENSE,
                node("Sigmoid", ["h"], "s"),
                node("Mul", ["s", "b"], "m"),
                node("Gemm", ["m", "w31", "two"], "y", beta=3.0),
            ],
            {},
        ),
        (
            [
                node("Scaler", ["x"], "s", offset=[1.0, 2.0, 0.0, -1.0], scale=[0.5, 0.0, 2.0, 1.0]),
                node("MatMul", ["s", "w1"], "y"),
            ],
            {},
        ),
        (
            [
                node("Scaler", ["x"], "s", offset=[0.0], scale=[0.5]),
                node("Scaler", ["s"], "t", offset=[3.0], scale=[1.0]),
                node("MatMul", ["t", "w1"], "y"),
            ],
            {},
        ),
        ([node("Transpose", ["w14"], "t", perm=[1, 0]), node("MatMul", ["x", "t"], "y")], {}),
        (
            [
                node("Constant", [], "c", value_floats=[1.0, -2.0, 0.5, 3.0]),
                node("Mul", ["x", "c"], "m"),
                node("MatMul", ["m", "w1"], "y"),
            ],
            {},
        ),
        (
            [node("Reshape", ["x", "keep"], "r"), node("MatMul", ["r", "w1"], "m"), node("Elu", ["m"], "y", alpha=0.3)],
            {},
        ),
        ([node("MatMul", ["x", "w1"], "m"), node("LeakyRelu", ["m"], "a"), node("Identity", ["a"], "y")], {}),
        ([node("MatMul", ["x", "w1"], "m"), node("Selu", ["m"], "y")], {}),
    ],
)
def test_small_graphs_mean_what_onnx_runtime_says(
    nodes: list[onnx.NodeProto], constants: dict[str, Any], tmp_path: Path
) -> None:
    """Scalings, operands in either order, alpha and beta, constants on the way: the numbers of ONNX Runtime."""
    stored = {
        "v": weights(4, INPUTS),
        "w": W,
        "b": B,
        "w1": weights(5, INPUTS, 1),
        "w14": weights(6, 1, INPUTS),
        "w31": weights(7, 3, 1),
        "one": np.float32([1.0]),
        "two": np.float32([2.0]),
        "keep": np.array([-1, INPUTS]),
    }
    path = bytes_of(graph_of(nodes, {**stored, **constants}), tmp_path / "m.onnx")
    model = onnx_dense(path)
    assert isinstance(model.head, Regression)
    found = scorer(model).score_numbers(ROWS).values
    assert np.abs(found - run(path, ROWS)[:, 0]).max() < 1e-5


def test_pictures_are_flattened(tmp_path: Path) -> None:
    """An input [rows, 2, 2] that is flattened first has four values."""
    nodes = [node("Flatten", ["x"], "f"), node("MatMul", ["f", "w"], "y")]
    model = onnx_dense(bytes_of(graph_of(nodes, {"w": W[:, :1]}, shape=("n", 2, 2)), tmp_path / "m.onnx"))
    assert model.row_names == ("x0", "x1", "x2", "x3")
    found = refusal(graph_of(DENSE, {"w": W[:2]}, shape=("n", 2, 2)), tmp_path)
    assert "node '/h' (MatMul): works on more than two axes" in found


@pytest.mark.parametrize(
    ("nodes", "named"),
    [
        (
            [node("Softplus", ["x"], "a"), node("Conv", ["a"], "y")],
            r"node '/a' \(Softplus\): this operator cannot be carried",
        ),
        (
            [*DENSE, node("Relu", ["h"], "a"), node("Add", ["h", "a"], "y")],
            r"node '/y' \(Add\): reads 2 computed values",
        ),
        ([*DENSE, node("Softmax", ["h"], "s", axis=0)], r"node '/s' \(Softmax\): axis 0"),
        ([*DENSE, node("Softmax", ["h"], "s"), node("Relu", ["s"], "y")], r"node '/y' \(Relu\): follows a softmax"),
        ([node("MatMul", ["w", "x"], "y")], r"node '/y' \(MatMul\): the rows must be its first operand"),
        ([node("Gemm", ["x", "w"], "y", transA=1)], r"node '/y' \(Gemm\): the rows must be its first operand"),
        ([node("Gemm", ["x", "w"], "y", transB=1)], r"weights for 3 inputs, but 4 values reach the node"),
        ([*DENSE, node("Add", ["h", "v"], "y")], r"node '/y' \(Add\): 4 numbers for 3 values"),
        ([*DENSE, node("Reshape", ["h", "other"], "y")], r"node '/y' \(Reshape\): to \[3, -1\] does not leave"),
        ([*DENSE, node("Cast", ["h"], "y", to=TensorProto.INT64)], r"node '/y' \(Cast\): casts to another type"),
        ([*DENSE, node("Div", ["b", "h"], "y")], r"node '/y' \(Div\): divides by what was computed"),
        ([*DENSE, node("Dropout", ["h", "half", "yes"], "y")], r"node '/y' \(Dropout\): is in training mode"),
        ([*DENSE, node("Flatten", ["h"], "y", axis=0)], r"node '/y' \(Flatten\): axis 0"),
        (
            [*DENSE, node("BatchNormalization", ["h", "b", "b", "b", "minus"], "y")],
            r"node '/y' \(BatchNormalization\): a variance plus epsilon is not positive",
        ),
        ([*DENSE, node("Identity", ["w"], "y")], "reads 0 computed values"),
    ],
)
def test_the_first_node_that_does_not_fit_is_named(nodes: list[onnx.NodeProto], named: str, tmp_path: Path) -> None:
    """The message has the node's name, its operator and the reason."""
    constants = {
        "w": W,
        "v": weights(4, INPUTS),
        "b": B,
        "minus": np.float32([-1, -1, -1]),
        "other": np.array([3, -1]),
        "half": np.array(0.5, dtype=np.float32),
        "yes": np.array(True),
    }
    with pytest.raises(ForeignModelError, match=named):
        onnx_dense(bytes_of(graph_of(nodes, constants), tmp_path / "m.onnx"))


def test_the_task_is_decided_by_the_end(tmp_path: Path) -> None:
    """Softmax and one sigmoid are classifications, one number a regression; anything else has to be said."""
    path = tmp_path / "m.onnx"
    assert isinstance(onnx_dense(bytes_of(torch_style(), path)).head, Classification)
    assert isinstance(onnx_dense(bytes_of(torch_style(1, "Sigmoid"), path)).head, Classification)
    assert isinstance(onnx_dense(bytes_of(torch_style(1, "Sigmoid"), path), task="regression").head, Regression)
    assert isinstance(onnx_dense(bytes_of(torch_style(1, None), path)).head, Regression)
    assert isinstance(onnx_dense(bytes_of(torch_style(1, None), path), labels=["a", "b"]).head, Classification)
    assert isinstance(onnx_dense(bytes_of(torch_style(3, None), path), task="classification").head, Classification)
    assert "ends in 3 numbers: one number is a regression" in refusal(torch_style(3, None), tmp_path)
    assert "ends in 3 numbers after a sigmoid" in refusal(torch_style(3, "Sigmoid"), tmp_path)
    several = refusal(torch_style(3, "Sigmoid"), tmp_path, task="classification")
    assert "3 sigmoid outputs are several labels per row" in several
    assert "a regression ends in one number" in refusal(torch_style(3), tmp_path, task="regression")
    assert "a softmax of one number" in refusal(torch_style(1), tmp_path)
    assert "not rectifier" in refusal(torch_style(1, "Relu"), tmp_path, task="classification")


def test_labels(tmp_path: Path) -> None:
    """Labels are 0, 1 … unless given; they keep their type, and there is one per class."""
    path = bytes_of(torch_style(), tmp_path / "m.onnx")
    head = onnx_dense(path).head
    assert isinstance(head, Classification)
    assert (head.labels, head.label_type) == (("0", "1", "2"), LabelType.INTEGER)
    named = onnx_dense(path, labels=["a", "b", "c"]).head
    assert isinstance(named, Classification)
    assert named.label_type is LabelType.STRING
    assert "2 given, but the graph tells 3 classes apart" in refusal(torch_style(), tmp_path, labels=["a", "b"])
    assert "must be all texts" in refusal(torch_style(), tmp_path, labels=["a", 1, True])


def test_columns(tmp_path: Path) -> None:
    """Values are named, or come from columns with an encoding of their own, also where the graph scales them first."""
    path = bytes_of(keras_style(1, None), tmp_path / "m.onnx")
    assert onnx_dense(path, columns=["a", "b", "c", "d"]).row_names == ("a", "b", "c", "d")
    assert "3 names, but the graph reads 4 values" in refusal(torch_style(), tmp_path, columns=["a", "b", "c"])
    town = Categorical(
        "town", ("Goch", "Rees"), np.array([[2], [3], [-1], [-1]]), np.array([[1.0], [1.0], [0.0], [0.0]])
    )
    model = onnx_dense(path, columns=[Numeric("a", 0), Numeric("b", 1), town])
    row = scorer(model).score([{"a": 0.5, "b": -1.0, "town": "Rees"}]).values[0]
    assert row == pytest.approx(float(run(path, np.array([[0.5, -1.0, 0.0, 1.0]]))[0, 0]), abs=1e-5)
    mixed = refusal(torch_style(), tmp_path, columns=["a", Numeric("b", 1)])
    assert "names or columns of a model, not both" in mixed


def test_several_outputs(tmp_path: Path) -> None:
    """A graph with several outputs needs the name of one; what only the others need is ignored."""
    model = graph_of([*DENSE, node("Softmax", ["h"], "p"), node("ArgMax", ["h"], "label")], {"w": W}, output="p")
    model.graph.output.append(onnx.helper.make_tensor_value_info("label", TensorProto.INT64, None))
    assert "has the outputs 'p', 'label': name one by output=" in refusal(model, tmp_path)
    assert isinstance(onnx_dense(tmp_path / "refused.onnx", output="p").head, Classification)


def test_old_operators(tmp_path: Path) -> None:
    """Opsets before 7 had other rules of broadcasting."""
    assert "opset 6; 7 and later are read" in refusal(graph_of(DENSE, {"w": W}, opset=6), tmp_path)

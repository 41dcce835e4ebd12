"""Dense ONNX graphs in the shapes that PyTorch and Keras export, made by hand."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

__all__ = ["bytes_of", "graph_of", "keras_style", "node", "run", "torch_style", "weights"]

INPUTS = 4


def weights(seed: int, *shape: int, dtype: Any = np.float32) -> npt.NDArray[Any]:
    """Return random numbers."""
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def node(op: str, inputs: Sequence[str], output: str, **attributes: Any) -> onnx.NodeProto:
    """Return a node that is named after its output."""
    domain = {"domain": "ai.onnx.ml"} if op == "Scaler" else {}
    return helper.make_node(op, list(inputs), [output], name=f"/{output}", **domain, **attributes)


def graph_of(
    nodes: Sequence[onnx.NodeProto],
    constants: dict[str, npt.NDArray[Any]],
    *,
    output: str | None = None,
    shape: Sequence[int | str | None] = ("batch", INPUTS),
    opset: int = 17,
    element: int = TensorProto.FLOAT,
) -> onnx.ModelProto:
    """Return a model with the input `x`; its output is that of the last node unless named."""
    x = helper.make_tensor_value_info("x", element, list(shape))
    y = helper.make_tensor_value_info(output or nodes[-1].output[0], element, None)
    stored = [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(list(nodes), "net", [x], [y], stored)
    imports = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 2)]
    return helper.make_model(graph, opset_imports=imports, ir_version=8)


def torch_style(last: int = 3, end: str | None = "Softmax", activation: str = "Relu") -> onnx.ModelProto:
    """Return Gemm with transB=1, as torch.onnx.export writes nn.Linear; the last bias is shared through an Identity."""
    constants = {
        "0.weight": weights(1, 5, INPUTS),
        "0.bias": weights(2, 5),
        "2.weight": weights(3, 6, 5),
        "2.bias": weights(4, 6),
        "4.weight": weights(5, last, 6),
        "shared": weights(6, last),
    }
    nodes = [
        node("Identity", ["shared"], "4.bias"),
        node("Flatten", ["x"], "flat"),
        node("Gemm", ["flat", "0.weight", "0.bias"], "h0", alpha=1.0, beta=1.0, transB=1),
        node(activation, ["h0"], "a0"),
        node("Dropout", ["a0"], "d0"),
        node("Gemm", ["d0", "2.weight", "2.bias"], "h1", alpha=1.0, beta=1.0, transB=1),
        node(activation, ["h1"], "a1"),
        node("Gemm", ["a1", "4.weight", "4.bias"], "h2", alpha=1.0, beta=1.0, transB=1),
    ]
    if end is not None:
        nodes.append(node(end, ["h2"], "y", **({"axis": 1} if end == "Softmax" else {})))
    return graph_of(nodes, constants)


def keras_style(last: int = 3, end: str | None = "Softmax") -> onnx.ModelProto:
    """Return MatMul and Add with a Cast between, as Keras 3 writes them; scaled first, normalized after the first."""
    constants = {
        "mean": weights(1, 1, INPUTS),
        "spread": np.abs(weights(2, INPUTS)) + np.float32(0.5),
        "k0": weights(3, INPUTS, 6),
        "b0": weights(4, 6),
        "gamma": weights(5, 6),
        "beta": weights(6, 6),
        "moving_mean": weights(7, 6),
        "moving_variance": np.abs(weights(8, 6)),
        "k1": weights(9, 6, last),
        "b1": weights(10, 1, last),
        "rows": np.array([-1, 6], dtype=np.int64),
    }
    nodes = [
        node("Cast", ["x"], "cast", to=TensorProto.FLOAT),
        node("Sub", ["cast", "mean"], "centred"),
        node("Div", ["centred", "spread"], "scaled"),
        node("MatMul", ["scaled", "k0"], "m0"),
        node("Cast", ["m0"], "c0", to=TensorProto.FLOAT),
        node("Add", ["c0", "b0"], "h0"),
        node("Elu", ["h0"], "a0", alpha=1.0),
        node("BatchNormalization", ["a0", "gamma", "beta", "moving_mean", "moving_variance"], "n0", epsilon=1e-3),
        node("Reshape", ["n0", "rows"], "r0"),
        node("MatMul", ["r0", "k1"], "m1"),
        node("Add", ["m1", "b1"], "h1"),
    ]
    if end is not None:
        nodes.append(node(end, ["h1"], "y"))
    return graph_of(nodes, constants)


def bytes_of(model: onnx.ModelProto, path: Path) -> Path:
    """Write the model and return its path."""
    path.write_bytes(model.SerializeToString())
    return path


def run(path: Path, rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the output of ONNX Runtime for rows [rows, values]."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    kinds = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64}
    given = session.get_inputs()[0]
    found = session.run(None, {given.name: rows.astype(kinds[given.type])})[0]
    return np.asarray(found)

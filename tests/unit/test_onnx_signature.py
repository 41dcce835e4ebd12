"""The signature of a graph, written down without making it, is the graph's."""

import pytest
from onnx import TensorProto, ValueInfoProto

from triplicate.exporters.onnx_columns import InputForm
from triplicate.exporters.onnx_graph import build_onnx
from triplicate.exporters.onnx_nodes import FloatName
from triplicate.exporters.onnx_signature import Datatype, Tensor, graph_inputs, graph_outputs

from random_models import random_model

DATATYPES: dict[int, Datatype] = {
    TensorProto.DOUBLE: "FP64",
    TensorProto.FLOAT: "FP32",
    TensorProto.INT64: "INT64",
    TensorProto.BOOL: "BOOL",
    TensorProto.STRING: "BYTES",
}


def described(value: ValueInfoProto) -> Tensor:
    """Return what the graph says of one of its inputs or outputs."""
    kind = value.type.tensor_type
    shape = tuple(axis.dim_value if axis.HasField("dim_value") else -1 for axis in kind.shape.dim)
    return Tensor(value.name, DATATYPES[kind.elem_type], shape)


@pytest.mark.parametrize(
    ("dtype", "floats", "form"),
    [("float64", "FP64", "columns"), ("float64", "FP64", "matrix"), ("float32", "FP32", "columns")],
)
def test_the_signature_is_that_of_the_graph(dtype: FloatName, floats: Datatype, form: InputForm) -> None:
    """Names, types and shapes of inputs and outputs, in order, for every kind of head and names that clash."""
    for seed in range(21):
        model = random_model(seed)
        graph = build_onnx(model, form, dtype).graph
        assert tuple(described(value) for value in graph.input) == graph_inputs(model, floats, form)
        assert tuple(described(value) for value in graph.output) == graph_outputs(model, floats, form)

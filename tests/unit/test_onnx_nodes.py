"""The graph builder: names, constants, outputs."""

import numpy as np
import pytest
from onnx import TensorProto, numpy_helper

from triplicate.exporters.onnx_nodes import GraphBuilder
from triplicate.runtime.errors import ExportError


def test_inner_names_have_the_prefix_and_are_never_given_twice() -> None:
    """The same hint twice, or a column that already has the name, makes a numbered name."""
    b = GraphBuilder("float64")
    b.input("triplicate/sums", TensorProto.DOUBLE, 1)
    assert [b.node("Abs", ["triplicate/sums"], "sums") for _ in range(2)] == ["triplicate/sums.2", "triplicate/sums.3"]


def test_an_output_gives_way_to_a_column_of_the_same_name() -> None:
    """`label` becomes `label_out`, and `label_out_out` when that is a column as well."""
    b = GraphBuilder("float64")
    for column in ("label", "label_out", "score"):
        b.input(column, TensorProto.DOUBLE, 1)
    for name in ("label", "score", "unseen"):
        b.output(b.node("Abs", ["label"], "x"), name, TensorProto.DOUBLE, 1)
    assert [output.name for output in b.model("1").graph.output] == ["label_out_out", "score_out", "unseen"]


def test_float32_refuses_a_number_that_it_cannot_hold() -> None:
    """The error names the constant, the number and the way out."""
    with pytest.raises(ExportError, match=r"head\.scale: float32 cannot hold 1e\+300; export with dtype='float64'"):
        GraphBuilder("float32").numbers(np.array([1.0, 1e300]), "head.scale")


def test_float32_keeps_infinity_and_rounds_small_numbers() -> None:
    """Only a finite number that becomes infinite is lost; an infinite threshold stays one."""
    b = GraphBuilder("float32")
    b.numbers(np.array([np.inf, 1e-300]), "threshold")
    assert numpy_helper.to_array(b.model("1").graph.initializer[0]).tolist() == [np.inf, 0.0]


def test_float32_weights_of_a_float64_graph_are_stored_in_half_the_bytes() -> None:
    """They are widened by a Cast, which ONNX Runtime does once, when it loads the file."""
    b = GraphBuilder("float64")
    b.weights(np.ones((2, 3), np.float32), "w")
    graph = b.model("1").graph
    assert graph.initializer[0].data_type == TensorProto.FLOAT
    assert [node.op_type for node in graph.node] == ["Cast"]


def test_float64_weights_stay_float64() -> None:
    """No digit of an imported model is lost."""
    b = GraphBuilder("float64")
    b.weights(np.full((1, 1), 0.1), "w")
    assert numpy_helper.to_array(b.model("1").graph.initializer[0]).tolist() == [[0.1]]


def test_a_scalar_is_made_once_per_type() -> None:
    """The number 1 of the graph's type and the float64 number 1 are two constants, however often asked for."""
    b = GraphBuilder("float32")
    names = {b.scalar(1.0), b.scalar(1.0), b.scalar(1.0, TensorProto.DOUBLE)}
    assert len(names) == len(b.model("1").graph.initializer) == 2


def test_columns_in_order_need_no_node() -> None:
    """Taking all columns of a matrix gives the matrix; one matrix side by side with nothing is itself."""
    b = GraphBuilder("float64")
    assert b.columns_of("m", [0, 1, 2], 3, "all") == b.concat(["m"], "one") == "m"
    assert b.columns_of("m", [0, 1], 3, "some") == "triplicate/some"


def test_texts_are_stored_as_utf8() -> None:
    """NUL, emoji and the empty text survive."""
    b = GraphBuilder("float64")
    b.texts(["a\0b", "😀", ""], "names")
    assert list(b.model("1").graph.initializer[0].string_data) == [b"a\0b", "😀".encode(), b""]

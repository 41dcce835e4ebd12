"""From raw columns or row numbers to the encoded row, as seen in the outputs of small graphs."""

import numpy as np
import pytest
from onnx import TensorProto

from triplicate.exporters.onnx_columns import InputForm
from triplicate.exporters.onnx_graph import build_onnx
from triplicate.exporters.onnx_nodes import FloatName
from triplicate.runtime import Activation, Categorical, Layer, Numeric, Regression, ScoringModel
from triplicate.runtime.errors import ExportError

from onnx_cases import adding_model, one_hot, run_graph, score_columns, texts

COLOUR = one_hot("colour", ("red", "green"), 0)  # red 1, green 10, missing and unseen 100


def test_texts_find_their_level_missing_and_unseen_their_rows() -> None:
    """The empty text is missing, any other text that is no level is unseen, and only that is counted."""
    found = score_columns(adding_model((COLOUR,), 3), colour=texts("red", "green", "", "Red", "red ", "\0"))
    assert found["variable"].ravel().tolist() == [1, 10, 100, 100, 100, 100]
    assert found["unseen"].tolist() == [0, 0, 0, 1, 1, 1]


def test_row_numbers_find_their_level_missing_and_unseen_their_rows() -> None:
    """In the matrix form a level's index is the level, NaN is missing, every other number is unseen."""
    model = adding_model((COLOUR,), 3)
    given = np.array([[0.0], [-0.0], [1.0], [np.nan], [-1.0], [2.0], [0.5], [np.inf], [-np.inf], [1e300]])
    found = run_graph(build_onnx(model, input="matrix"), {"input": given})
    assert found["variable"].ravel().tolist() == [1, 1, 10, 100, 100, 100, 100, 100, 100, 100]
    assert found["unseen"].tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 1, 1]


def test_unseen_levels_are_counted_over_all_columns() -> None:
    """Two unseen levels in a row count as two, in int64."""
    model = adding_model((COLOUR, one_hot("size", ("S",), 3)), 5)
    found = score_columns(model, colour=texts("blue", "red"), size=texts("XL", "S"))
    assert found["unseen"].tolist() == [2, 0]
    assert found["unseen"].dtype == np.int64


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_numbers_are_scaled_filled_and_clipped(dtype: FloatName) -> None:
    """(x - 2) * 4; missing and unusable numbers become 5, and everything is clipped to [-8, 6]."""
    model = adding_model((Numeric("x", 0, 2.0, 4.0, 5.0, -8.0, 6.0),), 1)
    proto = build_onnx(model, dtype=dtype)
    given = np.array([[3.0], [np.nan], [np.inf], [-np.inf], [100.0], [-100.0]], dtype=dtype)
    assert run_graph(proto, {"x": given})["variable"].ravel().tolist() == [4, 5, 5, 5, 6, -8]


def test_a_number_that_overflows_by_scaling_is_missing() -> None:
    """1e300 * 1e10 is not finite, so the cell counts as missing."""
    model = adding_model((Numeric("x", 0, 0.0, 1e10, 7.0),), 1)
    assert score_columns(model, x=np.array([1e300, 1.0]))["variable"].ravel().tolist() == [7.0, 1e10]


def test_float32_graphs_scale_in_float64() -> None:
    """Two large numbers that lie close together keep their distance from a mean that float32 cannot hold."""
    model = adding_model((Numeric("x", 0, 16777214.3),), 1)
    given = np.array([[16777214.0], [16777215.0]], dtype=np.float32)
    found = run_graph(build_onnx(model, dtype="float32"), {"x": given})["variable"].ravel()
    assert found == pytest.approx([-0.3, 0.7], abs=1e-6)


def test_a_column_without_levels_knows_missing_and_unseen_only() -> None:
    """An empty list of levels makes a valid graph."""
    column = Categorical("empty", (), np.array([[0], [1]]), np.ones((2, 1)))
    found = score_columns(adding_model((column,), 2), empty=texts("", "anything"))
    assert found["variable"].ravel().tolist() == [1, 10]
    assert found["unseen"].tolist() == [0, 1]


def test_hostile_names_are_inputs_verbatim() -> None:
    """Quotes, newlines, NUL, emoji, 64 KiB, names of outputs and of inner edges: all can be fed by their name."""
    names = ['quo"te', "line\nfeed", "nul\0a", "nul\0b", "😀", "x" * 65536, "label", "variable", "unseen", " ",
             "triplicate/numbers", "triplicate/layers.0.sums", "input", "\\u0022", "*/"]  # fmt: skip
    model = adding_model(tuple(Numeric(name, index) for index, name in enumerate(names)), len(names))
    proto = build_onnx(model)
    assert [value.name for value in proto.graph.input] == names
    feeds = {name: np.array([[float(index % 3)]]) for index, name in enumerate(names)}
    found = run_graph(proto, feeds)
    assert list(found) == ["variable_out", "unseen_out"]
    assert found["variable_out"][0, 0] == sum((index % 3) * 10.0**index for index in range(len(names)))


def test_hostile_levels_are_told_apart() -> None:
    """Levels that differ after a NUL, or only in blanks and case, are different levels."""
    levels = ("a\0b", "a\0c", " a", "a ", "A", "😀", "l\n", "x" * 65536)
    found = score_columns(adding_model((one_hot("c", levels, 0),), 9), c=texts(*levels))
    assert found["variable"].ravel().tolist() == [10.0**k for k in range(8)]


def test_the_offset_is_the_last_input_of_both_forms() -> None:
    """Columns: an input under the offset's name. Matrix: the last column."""
    model = adding_model((Numeric("x", 0),), 1, Regression(offset="exposure"))
    assert [value.name for value in build_onnx(model).graph.input] == ["x", "exposure"]
    found = run_graph(build_onnx(model, input="matrix"), {"input": np.array([[1.0, 20.0], [2.0, np.nan]])})
    assert np.array_equal(found["variable"], [[21.0], [np.nan]], equal_nan=True)


def test_a_model_without_columns_needs_the_matrix_form() -> None:
    """A graph without inputs cannot know the number of rows; a matrix of width 0 can."""
    model = adding_model((), 1)
    with pytest.raises(ExportError, match="use input='matrix'"):
        build_onnx(model)
    assert run_graph(build_onnx(model, input="matrix"), {"input": np.zeros((3, 0))})["variable"].tolist() == [[0.0]] * 3


def test_an_offset_alone_makes_a_valid_graph() -> None:
    """With no column the prediction is bias plus offset."""
    model = ScoringModel((), adding_model((), 1).layers, Regression(shift=3.0, offset="o"))
    assert score_columns(model, o=np.array([1.0, 2.0]))["variable"].tolist() == [[4.0], [5.0]]


WIDE = 70  # above the number of columns from which a graph first looks at all numbers together


def wide_model(**limits: float) -> ScoringModel:
    """Return a model that adds many numbers, missing ones as 1, behind an activation."""
    columns = tuple(Numeric(f"x{i}", i, missing=1.0, **limits) for i in range(WIDE))
    layer = Layer(np.ones((2, WIDE)), np.zeros(2), Activation.RECTIFIER)
    return ScoringModel(columns, (layer, Layer(np.array([[1.0, 1.0]]), np.zeros(1))), Regression())


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("hostile", [np.nan, np.inf, -np.inf])
def test_a_hole_among_many_numbers_is_filled(dtype: FloatName, hostile: float) -> None:
    """One cell of one row; the rows beside it, and batches without a hole, are what they were."""
    given = np.full((3, WIDE), 2.0, dtype=dtype)
    session = build_onnx(wide_model(), input="matrix", dtype=dtype)
    assert run_graph(session, {"input": given})["variable"].ravel().tolist() == [4.0 * WIDE] * 3
    given[1, 5] = hostile
    assert run_graph(session, {"input": given})["variable"].ravel().tolist() == [280.0, 278.0, 280.0]


def test_many_numbers_beside_levels_and_under_limits_are_filled_too() -> None:
    """The other ways in which many numbers are used: with categories, and clipped."""
    ones = Layer(np.ones((1, WIDE + 2)), np.zeros(1))
    both = ScoringModel((*wide_model().columns, one_hot("c", ("a",), WIDE)), (ones,), Regression())
    cells = {f"x{i}": np.array([2.0, np.nan if i == 3 else 2.0]) for i in range(WIDE)}
    assert score_columns(both, **cells, c=texts("a", "b"))["variable"].ravel().tolist() == [141.0, 140.0]
    found = score_columns(wide_model(low=-1.0, high=1.5), **{**cells, "x0": np.array([np.inf, -9.0])})
    assert found["variable"].ravel().tolist() == [2 * (69 * 1.5 + 1.0), 2 * (68 * 1.5 + 1.0 - 1.0)]


def test_finite_numbers_whose_sum_overflows_take_the_longer_way() -> None:
    """The square of the first sum is not finite, and still nothing is missing."""
    weights = np.ones((1, WIDE))
    weights[0, 1] = -1.0
    model = ScoringModel(wide_model().columns, (Layer(weights * 1e-100, np.zeros(1)),), Regression())
    given = np.zeros((1, WIDE))
    given[0, :2] = 1e300, 1e300
    given[0, 2] = 3e300
    assert run_graph(build_onnx(model, input="matrix"), {"input": given})["variable"][0, 0] == pytest.approx(3e200)


@pytest.mark.parametrize("form", ["columns", "matrix"])
def test_no_rows_give_no_answers(form: InputForm) -> None:
    """A batch of size 0 passes through, wide or not."""
    for model in (wide_model(), adding_model((Numeric("x", 0), Numeric("y", 1), COLOUR), 3)):
        proto = build_onnx(model, input=form)
        kinds = {TensorProto.STRING: object, TensorProto.DOUBLE: np.float64}
        types = {value.name: value.type.tensor_type for value in proto.graph.input}
        feeds = {n: np.empty((0, t.shape.dim[1].dim_value), kinds[t.elem_type]) for n, t in types.items()}
        found = run_graph(proto, feeds)
        assert (found["variable"].shape, found["unseen"].shape) == ((0, 1), (0,))

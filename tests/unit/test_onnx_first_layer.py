"""The first layer's sums, and the inputs that an autoencoder rebuilds."""

import numpy as np
import numpy.typing as npt
import pytest

from triplicate.exporters.onnx_graph import build_onnx
from triplicate.exporters.onnx_nodes import FloatName
from triplicate.runtime import Categorical, Column, Layer, Numeric, Reconstruction, ScoringModel

from onnx_cases import adding_model, one_hot, run_graph, score_columns, texts


def rebuilding(columns: tuple[Column, ...], inputs: int, targets: list[int], group: int = 0) -> ScoringModel:
    """Return an autoencoder whose output is 0, so that errors are the squares of the targets."""
    ones = np.ones(len(targets))
    head = Reconstruction(np.array(targets), ones, np.full(len(targets), group), ones, 0.0 * ones)
    return ScoringModel(columns, (Layer(np.zeros((len(targets), inputs)), np.zeros(len(targets))),), head)


def squares(model: ScoringModel, **cells: npt.NDArray[np.generic]) -> list[float]:
    """Return the score of each row: the sum of the squared targets."""
    return [float(score) for score in score_columns(model, **cells)["score"].ravel()]


def test_one_hot_columns_use_no_wide_one_hot() -> None:
    """Ten thousand levels are looked up; no node compares, and no matrix has ten thousand columns of ones."""
    levels = tuple(str(i) for i in range(10_000))
    column = Categorical("c", levels, np.arange(10_002, dtype=np.int32)[:, np.newaxis], np.ones((10_002, 1)))
    model = ScoringModel((column,), (Layer(np.arange(10_002.0)[np.newaxis], np.ones(1)),), adding_model((), 1).head)
    proto = build_onnx(model)
    operators = {node.op_type for node in proto.graph.node}
    assert operators <= {"LabelEncoder", "Equal", "Cast", "ReduceSum", "Gather", "Add", "Reshape"}
    assert run_graph(proto, {"c": texts("0", "9999", "", "x")})["variable"].ravel().tolist() == [1, 10000, 10001, 10002]


def test_values_multiply_their_rows_of_weights() -> None:
    """A table of width 2 with values: 0.5 * 1 + 3 * 100, or nothing at all."""
    inputs, values = np.array([[0, 2], [-1, -1], [1, -1]]), np.array([[0.5, 3.0], [0.0, 0.0], [2.0, 0.0]])
    model = adding_model((Categorical("c", ("a",), inputs, values),), 3)
    assert score_columns(model, c=texts("a", "", "?"))["variable"].ravel().tolist() == [300.5, 0.0, 20.0]


def test_more_columns_than_are_gathered_at_once_add_up() -> None:
    """Twenty one-hot columns, gathered in handfuls, give the sum of twenty weights."""
    columns = tuple(one_hot(f"c{i}", ("a",), 2 * i) for i in range(20))
    model = ScoringModel(columns, (Layer(np.arange(1.0, 41.0)[np.newaxis], np.zeros(1)),), adding_model((), 1).head)
    found = score_columns(model, **{f"c{i}": texts("a", "") for i in range(20)})
    assert found["variable"].ravel().tolist() == [sum(range(1, 41, 2)), sum(range(2, 41, 2))]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_shared_inputs_are_added_before_they_meet_a_weight(dtype: FloatName) -> None:
    """2^53 + 1 - 2^53 is 0 in the contract's order (2^24 in float32), whatever the weight."""
    large = 2.0**53 if dtype == "float64" else 2.0**24
    table = np.array([[0, 0], [-1, -1], [-1, -1]]), np.array([[1.0, -large], [0.0, 0.0], [0.0, 0.0]])
    model = adding_model((Numeric("x", 0), Categorical("c", ("a",), *table)), 1)
    proto = build_onnx(model, dtype=dtype)
    found = run_graph(proto, {"x": np.array([[large], [2.0]], dtype=dtype), "c": texts("a", "")})
    assert found["variable"].ravel().tolist() == [0.0, 2.0]


def test_columns_hashed_into_the_same_inputs_add_up() -> None:
    """Two columns and a number reach two inputs; each row has the sum at its place."""
    first = Categorical("a", ("p",), np.array([[0], [1], [1]]), np.ones((3, 1)))
    second = Categorical("b", ("p",), np.array([[1, 0], [0, 0], [-1, 1]]), np.array([[1.0, 1], [1, 1], [0, 5]]))
    model = adding_model((first, Numeric("x", 1), second), 2)
    found = score_columns(model, a=texts("p", "", "?"), x=np.array([2.0, 3.0, 4.0]), b=texts("p", "", "?"))
    assert found["variable"].ravel().tolist() == [(1 + 1) + (2 + 1) * 10, 2 + (1 + 3) * 10, (1 + 4 + 5) * 10]


def test_inputs_that_no_column_reaches_are_zero() -> None:
    """The sums leave them out, and as targets they are 0."""
    assert score_columns(adding_model((Numeric("x", 1),), 3), x=np.array([2.0]))["variable"].tolist() == [[20.0]]
    assert squares(rebuilding((Numeric("x", 1),), 3, [0, 1, 2]), x=np.array([2.0])) == [4.0]


def test_an_autoencoder_compares_with_numbers_levels_and_shared_inputs() -> None:
    """Targets may stand in any order and repeat; each is the encoded input."""
    columns = (
        one_hot("c", ("p", "q"), 0),
        Numeric("x", 3, 0.0, 2.0),
        Numeric("y", 4),
        Categorical("z", (), np.full((2, 1), 4), np.array([[7.0], [9.0]])),
        Categorical("e", ("p",), np.array([[5, 6], [6, 5], [-1, 6]]), np.array([[2.0, 3.0], [4, 5], [0, 6]])),
    )
    cells = {"c": texts("q", ""), "x": np.array([1.5, np.nan]), "y": np.array([1.0, 1.0]), "z": texts("", "u")}
    cells["e"] = texts("p", "?")
    expected = {0: (0, 0), 1: (1, 0), 2: (0, 1), 3: (9, 0), 4: (64, 100), 5: (4, 0), 6: (9, 36)}
    for target, wanted in expected.items():
        assert squares(rebuilding(columns, 7, [target]), **cells) == list(wanted)
    everything = squares(rebuilding(columns, 7, [6, 4, 4, 0, 3, 1]), **cells)
    assert everything == [9 + 64 + 64 + 0 + 9 + 1, 36 + 100 + 100]


def test_an_autoencoder_whose_columns_reach_nothing_compares_with_zero() -> None:
    """A table of width 0 contributes nothing; the score is the squared bias."""
    nothing = Categorical("c", ("a",), np.zeros((3, 0), np.int32), np.zeros((3, 0)))
    one = np.ones(1)
    head = Reconstruction(np.array([0]), one, np.array([0]), one, 0 * one)
    model = ScoringModel((nothing,), (Layer(np.ones((1, 1)), np.full(1, 3.0)),), head)
    assert squares(model, c=texts("a", "b")) == [9.0, 9.0]

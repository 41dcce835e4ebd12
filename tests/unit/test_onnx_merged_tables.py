"""Categories of float32 graphs: pairs of columns that share a table, rows that hold sums."""

from itertools import product

import numpy as np
import pytest

from triplicate.exporters.onnx_graph import build_onnx
from triplicate.exporters.onnx_input_plan import plan_inputs
from triplicate.exporters.onnx_merged_tables import LARGEST_PAIR, MergedTables, merge_tables
from triplicate.runtime import (
    Categorical,
    Classification,
    Column,
    LabelRule,
    Layer,
    Numeric,
    RawRows,
    Reconstruction,
    Regression,
    Scorer,
    ScoringModel,
    encode_rows,
)

from onnx_cases import one_hot, run_graph, texts


def over(columns: tuple[Column, ...], units: int = 3) -> ScoringModel:
    """Return a model over columns of inputs 0, 1, … without gaps."""
    width = 1 + max(c.input if isinstance(c, Numeric) else int(c.inputs.max()) for c in columns)
    rng = np.random.default_rng(2)
    first = Layer(rng.normal(size=(units, width)).astype(np.float32), rng.normal(size=units))
    return ScoringModel(columns, (first, Layer(rng.normal(size=(1, units)), np.ones(1))), Regression())


def one_hots(*sizes: int) -> tuple[Column, ...]:
    """Return one-hot columns c0, c1, … of so many levels, beside each other."""
    starts = np.cumsum([0, *(size + 1 for size in sizes)])
    return tuple(
        one_hot(f"c{i}", tuple(f"{i}.{level}" for level in range(size)), int(start))
        for i, (size, start) in enumerate(zip(sizes, starts, strict=False))
    )


def merged(model: ScoringModel) -> MergedTables:
    """Return the tables of a model that has some."""
    tables = merge_tables(model, plan_inputs(model))
    assert tables is not None
    return tables


def agrees(model: ScoringModel, cells: list[tuple[str, ...]]) -> None:
    """Hold the float32 column form against exact scores, for rows of texts of the columns."""
    columns = [np.array(column, dtype=object) for column in zip(*cells, strict=True)]
    raw = RawRows(tuple(np.where(column == "", None, column) for column in columns), len(cells))
    numbers, unseen = encode_rows(model, raw)
    feeds = {c.name: texts(*column.tolist()) for c, column in zip(model.columns, columns, strict=True)}
    found = run_graph(build_onnx(model, dtype="float32"), feeds)
    exact = Scorer(model).score_numbers(numbers).outputs
    assert found["variable"] == pytest.approx(exact, rel=1e-5, abs=1e-6)
    assert found["unseen"].tolist() == unseen.tolist()


@pytest.mark.parametrize("sizes", [(3,), (2, 3), (2, 5, 3), (4, 1, 0, 2), (2,) * 19])
def test_every_pair_of_levels_finds_its_row(sizes: tuple[int, ...]) -> None:
    """Known levels, missing and unseen cells in every combination of the first two columns, odd numbers of columns."""
    model = over(one_hots(*sizes))
    first, *others = [[f"{i}.{level}" for level in range(size)] + ["", "?"] for i, size in enumerate(sizes)]
    rest = [other[-1 - (i % 2)] for i, other in enumerate(others[1:])]
    agrees(model, [(*cells, *rest) for cells in product(first, *others[:1])])


def test_the_longest_column_goes_with_the_shortest() -> None:
    """Pairs come first; a table holds a row per pair of rows."""
    tables = merged(over(one_hots(40, 2, 15, 9, 16)))
    assert tables.members == ((0, 1), (4, 3), (2,))
    assert len(tables.sums) == 42 * 4 + 18 * 11 + 17
    assert [tables.step(position) for position in range(5)] == [(0, 4), (0, 1), (366, 1), (0, 1), (168, 11)]


def test_pairs_stay_small() -> None:
    """Two long columns keep tables of their own."""
    tables = merged(over(one_hots(200, 200), units=3))
    assert tables.members == ((0,), (1,))
    assert LARGEST_PAIR < 202 * 202 * 3


def test_tables_with_values_and_several_inputs_are_rows_as_well() -> None:
    """A binary code, values other than 1, and rows that contribute nothing."""
    binary = Categorical("b", ("p", "q"), np.array([[0, 1], [1, -1], [-1, -1], [0, -1]]),
                         np.array([[0.5, 3.0], [2.0, 0], [0, 0], [7.0, 0]]))  # fmt: skip
    model = over((binary, *(c for c in one_hots(2, 2) if isinstance(c, Categorical) and c.name == "c1")))
    assert merged(model).members == ((0, 1),)
    agrees(model, [*product(("p", "q", "", "?"), ("1.0", "1.1", "", "?"))])


def test_numbers_are_added_to_what_the_tables_hold() -> None:
    """The product of the numbers begins with the rows; many numbers take the way of their own."""
    for width in (1, 3, 70):
        columns = (*(Numeric(f"x{i}", i, 1.0, 0.5) for i in range(width)), one_hot("c", ("a",), width))
        model = over(columns)
        cells = {f"x{i}": np.array([[2.0], [np.nan], [-3.0]], np.float32) for i in range(width)}
        graph = build_onnx(model, dtype="float32")
        assert "Add" not in {node.op_type for node in graph.graph.node}
        found = run_graph(graph, {**cells, "c": texts("a", "", "?")})["variable"]
        rows = np.column_stack([*(cell.ravel() for cell in cells.values()), [0.0, np.nan, -1.0]])
        assert found == pytest.approx(Scorer(model).score_numbers(rows).outputs, rel=1e-5, abs=1e-6)


def test_tables_are_not_merged_where_inputs_are_needed_or_rows_would_repeat_weights() -> None:
    """An autoencoder, hashed columns, ten thousand levels in a binary code; float64 keeps a row per input."""
    pair = one_hots(2, 3)
    one = np.ones(1)
    head = Reconstruction(np.array([0]), one, np.array([0]), one, 0 * one)
    rebuilt = ScoringModel(pair, (Layer(np.ones((1, 7)), one),), head)
    hashed = over((one_hot("a", ("p",), 0), one_hot("b", ("p",), 1)))
    digits = np.arange(100_002)[:, np.newaxis] >> np.arange(17) & 1
    codes = np.where(digits == 1, np.arange(17), -1)
    binary = over((Categorical("b", tuple(map(str, range(100_000))), codes, digits.astype(float)),))
    for model in (rebuilt, hashed, binary, over((Numeric("x", 0),))):
        assert merge_tables(model, plan_inputs(model)) is None
    assert len(build_onnx(over(pair)).graph.node) > len(build_onnx(over(pair), dtype="float32").graph.node)


def test_two_classes_in_one_layer_share_their_tables_with_numbers() -> None:
    """The rows belong to the layer of log odds, which gives probabilities that add up to 1."""
    columns = (*one_hots(2, 3), Numeric("x", 7, 1.0, 0.5))
    rng = np.random.default_rng(4)
    layer = Layer(rng.normal(size=(2, 8)), rng.normal(size=2))
    model = ScoringModel(columns, (layer,), Classification(("no", "yes"), rule=LabelRule.THRESHOLD, threshold=0.3))
    cells = {"c0": texts("0.0", "0.1", ""), "c1": texts("1.2", "?", "1.0")}
    found = run_graph(
        build_onnx(model, dtype="float32"), {**cells, "x": np.array([[2.0], [np.nan], [0.5]], np.float32)}
    )
    exact = Scorer(model).score_numbers(np.array([[0, 2, 2.0], [1, -1, np.nan], [np.nan, 0, 0.5]])).outputs
    assert found["probabilities"] == pytest.approx(exact[:, 1:], abs=1e-6)
    assert found["unseen"].tolist() == [0, 1, 0]


def test_rows_beyond_float32_are_left_to_the_graph() -> None:
    """A value times a weight that float32 does not hold is no reason to refuse the model."""
    column = Categorical("c", ("a",), np.zeros((3, 1), np.int32), np.array([[1e30], [1.0], [1.0]]))
    model = ScoringModel((column,), (Layer(np.full((1, 1), 1e20), np.zeros(1)),), Regression())
    assert merge_tables(model, plan_inputs(model)) is None
    assert run_graph(build_onnx(model, dtype="float32"), {"c": texts("a")})["variable"].tolist() == [[np.inf]]

"""triplicate.runtime.encoding: from raw rows to row numbers, and from those to inputs."""

from typing import Any

import numpy as np
import pytest

from triplicate.runtime import (
    Categorical,
    Column,
    Layer,
    Numeric,
    RawRows,
    Regression,
    ScoringModel,
    UnseenPolicy,
    encode_rows,
    raw_rows,
)
from triplicate.runtime.encoding import InputPlan, check_row_numbers
from triplicate.runtime.errors import MissingOffsetError, RowError, UnseenLevelError


def model(*columns: Column, inputs: int = 1, offset: str | None = None) -> ScoringModel:
    """Return a model of these columns with one linear unit."""
    return ScoringModel(columns, (Layer(np.ones((1, inputs)), np.zeros(1)),), Regression(offset=offset))


def one_hot(unseen: UnseenPolicy = UnseenPolicy.ROW) -> Categorical:
    """Return a column of two levels, missing as the first one, unseen as nothing."""
    return Categorical("c", ("x", "y"), np.array([[0], [1], [0], [-1]]), np.array([[1.0], [1], [1], [0]]), unseen)


def test_row_numbers_are_numbers_and_level_indices() -> None:
    """A number stays itself, a level becomes its index, missing is NaN, unseen -1; the offset comes last."""
    numeric = Numeric("n", 0, subtract=100.0)
    raw = raw_rows(
        model(one_hot(), numeric, inputs=2, offset="o"),
        {"o": [7.0, 8.0, 9.0], "n": [1.5, None, -np.inf], "c": ["y", None, "z"]},
    )
    numbers, unseen = encode_rows(model(one_hot(), numeric, inputs=2, offset="o"), raw)
    np.testing.assert_array_equal(numbers, [[1, 1.5, 7], [np.nan, np.nan, 8], [-1, -np.inf, 9]])
    assert (numbers.dtype, unseen.dtype, unseen.tolist()) == (np.float64, np.int32, [0, 0, 1])


def test_unseen_levels_are_counted_over_all_columns() -> None:
    """Each cell counts once."""
    other = Categorical("d", (), np.array([[0], [0]]), np.zeros((2, 1)))
    raw = raw_rows(model(one_hot(), other, inputs=2), {"c": ["z", "x"], "d": ["z", None]})
    assert encode_rows(model(one_hot(), other, inputs=2), raw)[1].tolist() == [2, 0]


def test_levels_are_compared_exactly() -> None:
    """Case, blanks and Unicode forms all matter."""
    raw = raw_rows(model(one_hot(), inputs=2), {"c": ["X", " x", "x ", "x\0", "x"]})
    assert encode_rows(model(one_hot(), inputs=2), raw)[0][:, 0].tolist() == [-1, -1, -1, -1, 0]


def test_a_column_may_refuse_unseen_levels() -> None:
    """The error names row, column and level; a missing cell is no unseen level."""
    strict = model(one_hot(UnseenPolicy.ERROR), inputs=2)
    assert encode_rows(strict, raw_rows(strict, {"c": ["x", None]}))[1].tolist() == [0, 0]
    with pytest.raises(UnseenLevelError) as caught:
        encode_rows(strict, raw_rows(strict, {"c": ["x", None, "z"]}))
    assert str(caught.value) == (
        "row 2, column 'c': level 'z' was not seen in training, and this model refuses unseen levels"
    )


def test_row_numbers_that_are_no_level_are_refused_with_their_row_in_the_whole_table() -> None:
    """The same policy holds for row numbers; the row is counted from the start of the table, not of a block."""
    plan = InputPlan(model(one_hot(UnseenPolicy.ERROR), inputs=2))
    with pytest.raises(UnseenLevelError) as caught:
        plan.encode(np.array([[0.0], [2.0]]), 1000)
    assert str(caught.value) == "row 1001, column 'c': 2 is not a level, and this model refuses those"


def test_rows_of_another_model_are_refused() -> None:
    """The number of columns must be the model's."""
    with pytest.raises(RowError, match="the rows have 2 columns of cells, but the model reads 1"):
        encode_rows(model(one_hot(), inputs=2), RawRows((np.zeros(1), np.zeros(1)), 1))


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ([1.0, 2.0], "row numbers must have shape (rows, 2), got (2,)"),
        ([[1.0]], "row numbers must have shape (rows, 2), got (1, 1)"),
        ([[1.0, 2.0], [3.0]], "row numbers must be a matrix of numbers ("),
        ([["a", "b"]], "row numbers must be a matrix of numbers ("),
        ([[None, {}]], "row numbers must be a matrix of numbers ("),
    ],
)
def test_row_numbers_of_another_shape_or_kind_are_refused(numbers: Any, message: str) -> None:
    """The message gives the shape that is needed."""
    with pytest.raises(RowError) as caught:
        check_row_numbers(model(Numeric("n", 0), offset="o"), numbers)
    assert str(caught.value).startswith(message)


def test_a_row_without_the_offset_is_refused() -> None:
    """The error names row and column."""
    with pytest.raises(MissingOffsetError) as caught:
        check_row_numbers(model(Numeric("n", 0), offset="o"), [[1.0, 0.0], [np.nan, np.nan]])
    assert str(caught.value) == "row 1, column 'o': the offset is missing, and the model needs it"


@pytest.mark.parametrize(
    ("given", "expected", "replaced"),
    [
        (5.0, (5.0 - 1.0) * 0.5, 0),
        (1.0, 0.0, 0),
        (np.nan, -0.25, 0),
        (np.inf, -0.25, 1),
        (-np.inf, -0.25, 1),
        (1e300, 3.0, 0),
        (-1e300, -2.0, 0),
        (5e-324, -0.5, 0),
        (-0.0, -0.5, 0),
    ],
)
def test_a_number_is_scaled_then_replaced_when_missing_then_clipped(
    given: float, expected: float, replaced: int
) -> None:
    """Infinite numbers count as replaced, NaN as missing; large ones are clipped."""
    encoded = InputPlan(model(Numeric("n", 0, 1.0, 0.5, -0.25, -2.0, 3.0))).encode(np.array([[given]]))
    assert encoded.inputs.tolist() == [[expected]]
    assert (encoded.replaced.tolist(), encoded.unseen.tolist()) == ([replaced], [0])


def test_a_number_that_overflows_in_scaling_is_replaced() -> None:
    """It is x' that must be finite, not x."""
    plan = InputPlan(model(Numeric("n", 0, -1e308, 10.0, 7.0)))
    assert plan.encode(np.array([[1e308], [1e307]])).inputs.tolist() == [[7.0], [7.0]]
    assert plan.encode(np.array([[1e308], [-1e308]])).replaced.tolist() == [1, 0]


def test_the_missing_value_is_clipped_as_well() -> None:
    """Clipping comes last."""
    assert InputPlan(model(Numeric("n", 0, missing=9.0, high=3.0))).encode(np.array([[np.nan]])).inputs[0, 0] == 3.0


def test_a_level_adds_its_row_of_the_table() -> None:
    """Levels, missing and unseen each have a row; -1 adds nothing; several contributions add in k order."""
    table = Categorical(
        "c", ("x", "y"), np.array([[0, 1], [1, 1], [-1, 2], [-1, -1]]),
        np.array([[1.0, 2.0], [1e16, 1.0], [0.0, 5.0], [0.0, 0.0]]),
    )  # fmt: skip
    encoded = InputPlan(model(table, inputs=3)).encode(np.array([[0], [1], [np.nan], [-1], [2], [0.5], [np.inf]]))
    expected = [[1, 2, 0], [0, 1e16 + 1.0, 0], [0, 0, 5], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert encoded.inputs.tolist() == expected
    assert encoded.unseen.tolist() == [0, 0, 0, 1, 1, 1, 1]


def test_contributions_to_one_input_add_in_column_order() -> None:
    """(1e16 + 1) - 1e16 is 0 in float64, (1e16 - 1e16) + 1 is 1; numeric and categorical columns mixed."""

    def level(name: str, value: float) -> Categorical:
        return Categorical(name, (), np.zeros((2, 1), int), np.full((2, 1), value))

    columns: dict[str, Column] = {
        "big": Numeric("big", 0),
        "one": level("one", 1.0),
        "small": Numeric("small", 0, multiply=-1.0),
    }
    for order, expected in ((("big", "one", "small"), 0.0), (("big", "small", "one"), 1.0)):
        plan = InputPlan(model(*(columns[name] for name in order)))
        row = np.array([[np.nan if name == "one" else 1e16 for name in order]])
        assert plan.encode(row).inputs.tolist() == [[expected]]


def test_contributions_may_add_up_to_infinity() -> None:
    """Each x' is finite, their sum need not be; nothing warns."""
    large = Categorical("c", (), np.zeros((2, 2), int), np.full((2, 2), 1.7e308))
    plan = InputPlan(model(Numeric("a", 0), Numeric("b", 0), large))
    assert plan.encode(np.array([[1.7e308, 1.7e308, np.nan], [-1e308, -1e308, np.nan]])).inputs[0, 0] == np.inf
    assert InputPlan(model(large)).encode(np.array([[np.nan]])).inputs[0, 0] == np.inf


def test_no_rows_have_no_inputs() -> None:
    """Zero rows give a matrix of zero rows."""
    encoded = InputPlan(model(one_hot(), inputs=2)).encode(np.zeros((0, 1)))
    assert (encoded.inputs.shape, len(encoded.unseen), len(encoded.replaced)) == ((0, 2), 0, 0)

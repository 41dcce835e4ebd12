"""triplicate.runtime.columns: the rules of numeric and categorical columns."""

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from triplicate.runtime import Categorical, Numeric, UnseenPolicy
from triplicate.runtime.errors import InvalidModelError


def categorical(**changes: Any) -> Categorical:
    """Return a one-hot column of two levels with some fields changed."""
    fields: dict[str, Any] = {
        "name": "c",
        "levels": ("x", "y"),
        "inputs": [[0], [1], [2], [2]],
        "values": np.ones((4, 1)),
    }
    return Categorical(**(fields | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "Numeric.name: must not be empty"),
        ({"name": "\udfff"}, "Numeric.name: '\\udfff' holds a lone surrogate, which no text format can carry"),
        ({"name": 3}, "Numeric.name: must be a string, got int"),
        ({"input": -1}, "Numeric('n').input: must not be negative, got -1"),
        ({"input": "0"}, "Numeric('n').input: must be an integer, got '0'"),
        ({"input": 0.5}, "Numeric('n').input: must be an integer, got 0.5"),
        ({"subtract": np.nan}, "Numeric('n').subtract: must not be NaN"),
        ({"subtract": -0.0}, "Numeric('n').subtract: must not be -0"),
        ({"multiply": np.inf}, "Numeric('n').multiply: must be finite, got inf"),
        ({"multiply": -0.0}, "Numeric('n').multiply: must not be -0"),
        ({"missing": -np.inf}, "Numeric('n').missing: must be finite, got -inf"),
        ({"missing": "0"}, "Numeric('n').missing: must be a number, got '0'"),
        ({"low": np.nan}, "Numeric('n').low: must not be NaN"),
        ({"high": np.nan}, "Numeric('n').high: must not be NaN"),
        ({"high": -0.0}, "Numeric('n').high: must not be -0"),
        ({"low": 2.0, "high": 1.0}, "Numeric('n').low: 2.0 is above high, 1.0"),
    ],
)
def test_a_numeric_column_that_breaks_a_rule_is_refused(changes: dict[str, Any], message: str) -> None:
    """The message begins with the column and the field."""
    with pytest.raises(InvalidModelError) as caught:
        Numeric(**({"name": "n", "input": 0} | changes))
    assert str(caught.value) == message


def test_a_numeric_column_defaults_to_the_number_itself() -> None:
    """Without scaling, imputing and clipping x' is x, and a missing x is 0."""
    column = Numeric("n", np.int64(3))  # type: ignore[arg-type]
    assert (column.subtract, column.multiply, column.missing) == (0.0, 1.0, 0.0)
    assert (column.low, column.high) == (-np.inf, np.inf)
    assert type(column.input) is int


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "Categorical.name: must not be empty"),
        ({"levels": ("x", "")}, "Categorical('c').levels[1]: must not be empty"),
        ({"levels": ("x", 2)}, "Categorical('c').levels[1]: must be a string, got int"),
        (
            {"levels": ("\ud834", "y")},
            "Categorical('c').levels[0]: '\\ud834' holds a lone surrogate, which no text format can carry",
        ),
        ({"levels": ("x", "x")}, "Categorical('c').levels: must not repeat a level"),
        ({"levels": ("x",)}, "Categorical('c').inputs: must have 1 + 2 rows, got shape (4, 1)"),
        ({"inputs": [0, 1, 2, 2]}, "Categorical('c').inputs: must have 2 + 2 rows, got shape (4,)"),
        ({"inputs": [[0], [1], [2], [-2]]}, "Categorical('c').inputs: must be -1 (nothing) or the index of an input"),
        ({"inputs": [[0.0], [1], [2], [2]]}, "Categorical('c').inputs: must hold integers, got float64"),
        ({"values": np.ones((4, 2))}, "Categorical('c').values: must have shape (4, 1), got (4, 2)"),
        ({"values": [[1.0], [1], [1], [np.nan]]}, "Categorical('c').values: must hold finite numbers only"),
        ({"values": [[1.0], [1], [1], [-0.0]]}, "Categorical('c').values: must not hold -0"),
        ({"inputs": [[0], [1], [-1], [2]]}, "Categorical('c').values: must be 0 where the input is -1"),
        ({"unseen": "ignore"}, "Categorical('c').unseen: must be one of row, error, got 'ignore'"),
    ],
)
def test_a_categorical_column_that_breaks_a_rule_is_refused(changes: dict[str, Any], message: str) -> None:
    """The message begins with the column and the field."""
    with pytest.raises(InvalidModelError) as caught:
        categorical(**changes)
    assert str(caught.value) == message


def test_a_categorical_column_knows_its_two_extra_rows() -> None:
    """After the levels' rows come the one of a missing and the one of an unseen cell."""
    column = categorical(unseen="error")
    assert (column.missing_row, column.unseen_row) == (2, 3)
    assert column.unseen is UnseenPolicy.ERROR
    assert column.inputs.dtype == np.int32
    assert column.values.dtype == np.float64


def test_a_column_without_levels_or_without_contributions_is_legal() -> None:
    """L = 0 and k = 0 are both shapes of a table."""
    assert categorical(levels=(), inputs=[[0], [0]], values=[[1.0], [0.5]]).missing_row == 0
    assert categorical(inputs=np.zeros((4, 0), int), values=np.zeros((4, 0))).inputs.shape == (4, 0)


def test_columns_are_frozen() -> None:
    """Neither a field nor an array of a column can be changed."""
    column = categorical()
    with pytest.raises(FrozenInstanceError):
        column.name = "d"  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        column.values[0] = 2.0

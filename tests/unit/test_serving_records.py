"""Records and cells of requests: what is read, and what is refused with row and column."""

import math
from typing import Any

import numpy as np
import pytest

from triplicate.runtime import Activation, Categorical, Layer, Link, Numeric, Regression, ScoringModel
from triplicate.runtime.errors import RequestError
from triplicate.serving.columns_of_cells import level_cell, number_cell, raw_of
from triplicate.serving.record_reader import RecordReader
from triplicate.serving.settings import Settings


@pytest.fixture(scope="module")
def model() -> ScoringModel:
    """Return a regression on a number and a level, with an offset."""
    table = np.array([[1], [2], [-1], [-1]], dtype=np.int32)
    columns = (Numeric("age", 0), Categorical("town", ("Rome", "Oslo"), table, (table >= 0).astype(float)))
    layer = Layer(np.array([[1.0, 2.0, 3.0]]), np.array([0.5]), Activation.LINEAR)
    return ScoringModel(columns, (layer,), Regression(link=Link.IDENTITY, offset="base"))


def read(model: ScoringModel, records: list[Any], **settings: Any) -> list[list[Any]]:
    """Return what a reader makes of records."""
    return RecordReader(model, Settings(**settings)).read(records)


@pytest.mark.parametrize(
    ("value", "number"), [(3, 3.0), (2.5, 2.5), ("4", 4.0), (" 1e3 ", 1000.0), (True, 1.0), (-(10**300), -1e300)]
)
def test_numbers_are_read(value: Any, number: float) -> None:
    """JSON numbers, texts that spell one, and booleans are numbers, as everywhere in this package."""
    assert number_cell(value, 0, "age") == number


@pytest.mark.parametrize("value", [None, ""])
def test_null_and_the_empty_text_are_missing(value: Any) -> None:
    """Null and "" are missing cells of either kind."""
    assert math.isnan(number_cell(value, 0, "age"))
    assert level_cell(value, 0, "town") is None


@pytest.mark.parametrize(
    "value", ["abc", "NaN", "1,5", "0x10", [1], {"a": 1}, "inf", 10**400, 1e999, "1e999", "9" * 5000]
)
def test_what_is_no_number_is_refused(value: Any) -> None:
    """Other texts, lists, objects and numbers beyond float64 are refused with row, column and a short value."""
    with pytest.raises(RequestError, match="row 7, column 'age'") as caught:
        number_cell(value, 7, "age")
    assert (caught.value.status, caught.value.row, caught.value.column) == (422, 7, "age")
    assert len(str(caught.value)) < 250


def test_levels_are_read_by_the_rules_of_cells() -> None:
    """Texts stay themselves, whole numbers become their digits, booleans True and False; lists are refused."""
    assert [level_cell(value, 0, "town") for value in ("Rome", 3, 3.0, True)] == ["Rome", "3", "3", "True"]
    with pytest.raises(RequestError, match="row 1, column 'town'"):
        level_cell(["Rome"], 1, "town")


def test_records_become_columns(model: ScoringModel) -> None:
    """Names decide, not their order; other names are left aside."""
    records = [{"base": 0, "town": "Rome", "age": 1, "id": 7}, {"age": "2", "town": None, "base": 1.5}]
    assert read(model, records) == [[1.0, 2.0], ["Rome", None], [0.0, 1.5]]


def test_a_lacking_column_is_an_error_that_guesses(model: ScoringModel) -> None:
    """A record without a column is refused, with the name that was probably meant."""
    with pytest.raises(RequestError, match=r"row 1: column 'town' is missing.*did you mean 'Town'") as caught:
        read(model, [{"age": 1, "town": "Rome", "base": 0}, {"age": 1, "Town": "Rome", "base": 0}])
    assert (caught.value.status, caught.value.row, caught.value.column) == (422, 1, "town")


def test_a_lacking_column_may_be_a_missing_cell(model: ScoringModel) -> None:
    """With missing_columns="missing" a record need not name what it does not know."""
    cells = read(model, [{"base": 0}], missing_columns="missing")
    assert math.isnan(cells[0][0])
    assert cells[1:] == [[None], [0.0]]


def test_strange_columns_may_be_an_error(model: ScoringModel) -> None:
    """With unknown_columns="error" a name that is not the model's is refused."""
    with pytest.raises(RequestError, match="row 0: column 'id' is not one of the model's"):
        read(model, [{"age": 1, "town": "Rome", "base": 0, "id": 7}], unknown_columns="error")


@pytest.mark.parametrize("records", [[], [3], [None], [[1, 2]]])
def test_what_is_no_record_is_refused(model: ScoringModel, records: list[Any]) -> None:
    """An empty list, and anything in it that is not an object, is a bad request."""
    with pytest.raises(RequestError) as caught:
        read(model, records)
    assert caught.value.status == 400


def test_rows_have_a_limit(model: ScoringModel) -> None:
    """More rows than max_rows are too large a request."""
    with pytest.raises(RequestError, match="3 rows in one request; the limit is 2") as caught:
        read(model, [{}, {}, {}], max_rows=2)
    assert caught.value.status == 413


def test_requests_are_put_under_each_other(model: ScoringModel) -> None:
    """Cells of several requests become one table that scores as each alone."""
    raw = raw_of(model, [[[1.0], ["Rome"], [0.0]], [[2.0, math.nan], ["Oslo", None], [0.5, 1.0]]], 3)
    assert raw.rows == 3
    assert raw.cells[1].tolist() == ["Rome", "Oslo", None]
    assert np.array_equal(raw.cells[0], [1.0, 2.0, np.nan], equal_nan=True)

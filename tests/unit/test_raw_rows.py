"""triplicate.runtime.raw_rows: the same cells from every kind of table."""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from triplicate.runtime import Categorical, Layer, Numeric, RawRows, Regression, ScoringModel, raw_rows
from triplicate.runtime.errors import BadNumberError, MissingColumnError, RowError
from triplicate.runtime.raw_rows import raw_blocks


def model(offset: str | None = None) -> ScoringModel:
    """Return a model that reads the number `n` and the level `c`, and perhaps an offset."""
    table = Categorical("c", ("x", "y"), np.zeros((4, 1), int), np.ones((4, 1)))
    layer = Layer(np.ones((1, 1)), np.zeros(1))
    return ScoringModel((Numeric("n", 0), table), (layer,), Regression(offset=offset), ("NA", "?"))


def cells(source: Any, **options: Any) -> tuple[list[float | None], list[str | None]]:
    """Return the two columns as lists, NaN as None."""
    raw = raw_rows(model(), source, **options)
    assert raw.cells[0].dtype == np.float64
    assert raw.cells[1].dtype == object
    assert all(len(column) == raw.rows for column in raw.cells)
    return [None if np.isnan(value) else float(value) for value in raw.cells[0]], list(raw.cells[1])


EXPECTED = ([1.5, None, -3.0], ["x", None, "never seen"])
NUMBERS, TEXTS = [1.5, None, -3.0], ["x", None, "never seen"]


class PolarsLike:
    """A table with `columns`, `__getitem__` and columns with `to_numpy`, as polars has them."""

    columns = ("c", "extra", "n")

    def __getitem__(self, name: str) -> Any:
        return pd.Series(TEXTS if name == "c" else [1.5, np.nan, -3.0])


TABLES: dict[str, Callable[[], Any]] = {
    "dict of lists": lambda: {"c": TEXTS, "n": NUMBERS},
    "dict of tuples": lambda: {"c": tuple(TEXTS), "n": tuple(NUMBERS)},
    "dict of arrays": lambda: {"c": np.array(TEXTS, dtype=object), "n": np.array([1.5, np.nan, -3.0])},
    "numbers as text": lambda: {"c": TEXTS, "n": [" 1.5", "", "-3e0"]},
    "array of text": lambda: {"c": np.array(["x", "", "never seen"]), "n": np.array(["1.5", "", "-3"])},
    "column vectors": lambda: {"c": np.array([TEXTS], dtype=object).T, "n": np.array([[1.5], [np.nan], [-3]])},
    "records": lambda: [{"n": 1.5, "c": "x"}, {"n": float("nan")}, {"c": "never seen", "n": -3, "extra": 1}],
    "pandas": lambda: pd.DataFrame({"extra": 0, "c": TEXTS, "n": NUMBERS}, index=[7, 7, 9]),
    "pandas nullable": lambda: pd.DataFrame({"c": pd.array(TEXTS, "string"), "n": pd.array(NUMBERS, "Float64")}),
    "pandas category": lambda: pd.DataFrame({"c": pd.Categorical(TEXTS), "n": pd.Categorical(NUMBERS)}),
    "pandas object": lambda: pd.DataFrame({"c": ["x", pd.NA, TEXTS[2]], "n": [1.5, pd.NA, "-3"]}, dtype=object),
    "pandas arrow": lambda: pd.DataFrame(
        {"c": pd.array(TEXTS, pd.ArrowDtype(pa.string())), "n": pd.array(NUMBERS, pd.ArrowDtype(pa.float64()))}
    ),
    "float32": lambda: pd.DataFrame({"c": TEXTS, "n": np.array([1.5, np.nan, -3.0], dtype=np.float32)}),
    "arrow table": lambda: pa.table({"n": NUMBERS, "extra": [1, 2, 3], "c": TEXTS}),
    "arrow batch": lambda: pa.RecordBatch.from_pydict({"n": NUMBERS, "c": TEXTS}),
    "arrow dictionary": lambda: pa.table({"n": NUMBERS, "c": pa.array(TEXTS).dictionary_encode()}),
    "polars-like": PolarsLike,
}  # fmt: skip
if hasattr(np.dtypes, "StringDType"):  # from NumPy 2 on
    strings = np.array(["1.5", "", "-3"], dtype=np.dtypes.StringDType())
    TABLES["string dtype"] = lambda: {"c": TEXTS, "n": strings}


@pytest.mark.parametrize("kind", TABLES)
def test_every_kind_of_table_gives_the_same_cells(kind: str) -> None:
    """Order and extra columns never matter; every mark of a missing cell is known."""
    assert cells(TABLES[kind]()) == EXPECTED


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
@pytest.mark.parametrize("as_text", [True, False])
def test_a_csv_file_gives_the_same_cells(tmp_path: Path, name: str, as_text: bool) -> None:
    """As a path or its text, plain or compressed."""
    pd.DataFrame({"c": TEXTS, "extra": 1, "n": NUMBERS}).to_csv(tmp_path / name, index=False)
    assert cells(str(tmp_path / name) if as_text else tmp_path / name) == EXPECTED


def test_a_csv_cell_is_converted_by_the_column_s_type(tmp_path: Path) -> None:
    """Blanks are trimmed in numbers and kept in levels; na_values are whole cells, of both kinds of columns."""
    (tmp_path / "a.csv").write_text('n,c\n 7\t, x\nNA,?\n?,"NA"\n,""\n"8",NA \n1e400,007\n', encoding="utf-8")
    assert cells(tmp_path / "a.csv") == ([7, None, None, None, 8, np.inf], [" x", None, None, None, "NA ", "007"])


def test_na_values_belong_to_csv_files_only() -> None:
    """A table in memory has its own marks for missing cells: there, NA is a level, and no number."""
    assert cells({"n": [1], "c": ["NA"]}) == ([1.0], ["NA"])
    with pytest.raises(BadNumberError, match="'NA' is not a number"):
        cells({"n": ["NA"], "c": ["x"]})


def test_booleans_and_integers_name_levels_and_numbers() -> None:
    """A column of integers stays the same levels when one is missing and pandas makes it a float column."""
    assert cells({"n": [True, False], "c": [True, np.False_]}) == ([1.0, 0.0], ["True", "False"])
    assert cells(pd.DataFrame({"n": [1, 2], "c": [3, None]})) == ([1.0, 2.0], ["3", None])
    assert cells(pd.DataFrame({"n": [1, 2], "c": [3, 4]})) == ([1.0, 2.0], ["3", "4"])
    nullable = pd.DataFrame({"n": pd.array([1, None], "Int64"), "c": pd.array([True, None], "boolean")})
    assert cells(nullable) == ([1.0, None], ["True", None])
    assert cells({"n": [1], "c": [[1, 2]]}) == ([1.0], ["[1, 2]"])


@pytest.mark.parametrize("unit", ["ns", "us", "s"])
def test_dates_are_levels_by_their_text(unit: str) -> None:
    """A date is the level that str() makes of it, whatever unit the column stores."""
    dates = np.array(["2020-01-02T03:04:05", "NaT"], dtype=f"datetime64[{unit}]")
    expected = ([1.0, 2.0], [str(pd.Timestamp("2020-01-02 03:04:05")), None])
    assert cells(pd.DataFrame({"n": [1, 2], "c": pd.Series(dates)})) == expected
    assert cells({"n": [1, 2], "c": dates}) == expected


def test_names_that_are_no_texts_are_found_by_their_text() -> None:
    """The model's column "1" is the key 1 of a frame, of a dict and of a record."""
    model = ScoringModel((Numeric("1", 0),), (Layer(np.ones((1, 1)), np.zeros(1)),), Regression())
    for source in (pd.DataFrame({1: [2.5, 4.0]}), {1: [2.5, 4.0]}, [{1: 2.5}, {1: 4.0}]):
        assert raw_rows(model, source).cells[0].tolist() == [2.5, 4.0]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("abc", "'abc'"), (" ", "' '"), ("1,5", "'1,5'"), (b"1", "b'1'"), (1j, "1j"), (np.datetime64("2020"), "2020"),
        (datetime.date(2020, 1, 2), "datetime.date(2020, 1, 2)"), ("x" * 100, "'" + "x" * 59 + "…"), ([1.0], "[1.0]"),
    ],
)  # fmt: skip
def test_a_cell_that_is_no_number_is_named(cell: Any, shown: str) -> None:
    """The error says row, column and value; on request such a cell counts as missing."""
    rows = {"n": [1.0, cell], "c": ["x", "y"]}
    with pytest.raises(BadNumberError) as caught:
        cells(rows)
    assert str(caught.value).startswith("row 1, column 'n': ")
    assert f"{shown}" in str(caught.value)
    assert "is not a number; correct it, leave the cell empty, or go on with bad_numbers='missing'" in str(caught.value)
    assert cells(rows, bad_numbers="missing") == ([1.0, None], ["x", "y"])


def test_a_csv_cell_that_is_no_number_is_named_with_its_record(tmp_path: Path) -> None:
    """Records count from 1 after the header, as blank lines and cells over several lines leave no other number."""
    (tmp_path / "a.csv").write_text("c,n\nx,1\n\ny,1x\n", encoding="utf-8")
    with pytest.raises(BadNumberError) as caught:
        cells(tmp_path / "a.csv")
    assert str(caught.value).startswith(f"{tmp_path / 'a.csv'}, record 2, column 'n': '1x' is not a number")
    assert cells(tmp_path / "a.csv", bad_numbers="missing") == ([1.0, None], ["x", "y"])


def test_an_integer_beyond_float64_is_infinite_as_in_a_csv_file(tmp_path: Path) -> None:
    """Text and integer of the same digits are the same number."""
    (tmp_path / "a.csv").write_text(f"n,c\n{10**400},x\n-{10**400},x\n", encoding="utf-8")
    assert cells(tmp_path / "a.csv") == cells({"n": [10**400, -(10**400)], "c": ["x", "x"]})
    assert cells(tmp_path / "a.csv")[0] == [np.inf, -np.inf]


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        (5, RowError, "rows must be a DataFrame, a dict of columns, a list of dicts or a CSV path, got int"),
        (np.ones((2, 2)), RowError, "a CSV path, got ndarray"),
        ([[1.0, "x"]], RowError, "a CSV path, got list"),
        ({"n": 1.0, "c": "x"}, RowError, "'n' must be a list or an array of cells, got float (one row: [row])"),
        ({"n": [1.0], "c": "x"}, RowError, "'c' must be a list or an array of cells, got str (one row: [row])"),
        ({"n": {0: 1.0}, "c": ["x"]}, RowError, "'n' must be a list or an array of cells, got dict"),
        ({"n": np.ones((2, 2)), "c": ["x", "y"]}, RowError, "column 'n' must be one-dimensional, got shape (2, 2)"),
        ({"n": np.array(1.0), "c": ["x"]}, RowError, "column 'n' must be one-dimensional, got shape ()"),
        ({"n": [1.0], "c": ["x", "y"]}, RowError, "column 'c' has 2 cells, but the first column has 1"),
        ({"n": np.array([1j]), "c": ["x"]}, BadNumberError, "column 'n' holds complex128, and the model needs numbers"),
        (
            pd.DataFrame({"n": pd.to_datetime(["2020-01-01"]), "c": ["x"]}), BadNumberError,
            "column 'n' holds datetime64",
        ),
        ({"N": [1.0], "c": ["x"]}, MissingColumnError, "rows: column 'n' is missing; the model reads 'n'"),
        ({}, MissingColumnError, "'n' is missing (and 1 more); the model reads 'n', 'c', the rows have no columns"),
        ([{1: 2}], MissingColumnError, "the rows have '1'"),
        ([{"n": 1}, {"n": 2}], MissingColumnError, "column 'c' is missing; the model reads 'c', the rows have 'n'"),
        (pd.DataFrame([[1, 2, "x"]], columns=["n", "n", "c"]), RowError, "the rows have column 'n' 2 times"),
        (pa.table([[1], [2], ["x"]], names=["n", "n", "c"]), RowError, "the rows have column 'n' 2 times"),
    ],
)  # fmt: skip
def test_a_source_that_is_no_table_of_this_model_is_refused(source: Any, kind: type[RowError], message: str) -> None:
    """The message names the column and what to give instead."""
    with pytest.raises(kind) as caught:
        cells(source)
    assert type(caught.value) is kind
    assert message in str(caught.value)


def test_a_column_that_the_model_does_not_read_may_come_twice() -> None:
    """Extra columns are ignored whatever they are."""
    frame = pd.DataFrame([[1.5, 0, 0, "x"]], columns=["n", "extra", "extra", "c"])
    assert cells(frame) == ([1.5], ["x"])
    table = pa.table([[1.5], [0], [0], ["x"]], names=["n", "extra", "extra", "c"])
    assert cells(table) == ([1.5], ["x"])


def test_names_that_are_not_text_are_read_by_their_digits() -> None:
    """A frame made from a matrix has integers as names."""
    table = Categorical("1", ("x",), np.zeros((3, 1), int), np.ones((3, 1)))
    numbered = ScoringModel((Numeric("0", 0), table), (Layer(np.ones((1, 1)), np.zeros(1)),), Regression())
    raw = raw_rows(numbered, pd.DataFrame([[1.5, "x"]]))
    assert (raw.cells[0].tolist(), raw.cells[1].tolist()) == ([1.5], ["x"])


@pytest.mark.parametrize(
    "source", [[], {"n": [], "c": []}, pd.DataFrame({"n": [], "c": []})], ids=["list", "dict", "frame"]
)
def test_no_rows_are_rows_too(source: Any) -> None:
    """An empty table gives empty columns."""
    assert cells(source) == ([], [])


def test_an_offset_is_one_more_numeric_column() -> None:
    """It comes last, whatever its place in the table."""
    raw = raw_rows(model(offset="o"), {"o": ["0.5", None], "n": [1.0, 2.0], "c": ["x", "y"]})
    assert len(raw.cells) == 3
    np.testing.assert_array_equal(raw.cells[2], [0.5, np.nan])
    with pytest.raises(MissingColumnError, match="column 'o' is missing"):
        raw_rows(model(offset="o"), {"n": [1.0], "c": ["x"]})


def test_a_model_without_columns_takes_the_number_of_rows_from_any_column() -> None:
    """Only the count of rows matters then."""
    bare = ScoringModel((), (Layer(np.ones((1, 1)), np.zeros(1)),), Regression())
    assert raw_rows(bare, {"extra": [1, 2, 3]}).rows == 3
    assert raw_rows(bare, [{"extra": 1}]).rows == 1
    assert raw_rows(bare, {}).rows == 0


@pytest.mark.parametrize("kind", ["uint8", "int64", "bool", "float32"])
def test_a_wide_table_of_one_type_has_the_cells_of_its_columns(kind: str) -> None:
    """Its columns are taken together, in the model's order, for levels and an offset too."""
    names = [f"n{i}" for i in range(80)]
    levels = Categorical("c", ("0", "1", "True", "False"), np.zeros((6, 1), int), np.ones((6, 1)))
    columns = (*(Numeric(name, i) for i, name in enumerate(names)), levels)
    wide = ScoringModel(columns, (Layer(np.ones((1, 80)), np.zeros(1)),), Regression(offset="o"))
    numbers = np.random.default_rng(1).integers(0, 2, (5, 90)).astype(kind)
    frame = pd.DataFrame(numbers, columns=["o", "c", *reversed(names), *(f"extra {i}" for i in range(8))])
    together = raw_rows(wide, frame)
    one_by_one = raw_rows(wide, {name: frame[name].to_numpy() for name in frame})
    for name, first, second in zip(wide.row_names, together.cells, one_by_one.cells, strict=True):
        assert first.dtype == second.dtype
        assert first.tolist() == second.tolist(), name


@pytest.mark.parametrize("extra", [0, 80])
def test_the_parts_of_a_frame_are_the_whole(extra: int) -> None:
    """Read part by part, each knows its first row; columns beside the model's may share a name."""
    frame = pd.DataFrame({"n": range(7), "c": range(7, 14)})
    more = pd.DataFrame(np.zeros((7, extra), dtype=int), columns=["other"] * extra)
    columns = (*model().columns, *(Numeric(f"n{i}", i + 3) for i in range(extra)))
    wide = ScoringModel(columns, (Layer(np.ones((1, extra + 3)), np.zeros(1)),), Regression())
    frame = pd.concat([more, frame, pd.DataFrame({f"n{i}": np.arange(7) * i for i in range(extra)})], axis=1)
    parts = list(raw_blocks(wide, frame, 3))
    assert [(part.first, part.rows) for part in parts] == [(0, 3), (3, 3), (6, 1)]
    for column, whole in enumerate(raw_rows(wide, frame).cells):
        assert np.concatenate([part.cells[column] for part in parts]).tolist() == whole.tolist()


def test_raw_rows_pass_through_and_can_be_picked() -> None:
    """RawRows are returned as they are; take() picks rows by position or slice."""
    raw = raw_rows(model(), {"n": [1.0, 2.0, 3.0], "c": ["x", "y", None]})
    assert raw_rows(model(), raw) is raw
    picked = raw.take(np.array([2, 0]))
    assert (picked.rows, picked.cells[0].tolist(), picked.cells[1].tolist()) == (2, [3.0, 1.0], [None, "x"])
    assert raw.take(slice(1, None)).rows == 2
    assert RawRows((), 5).take(slice(1, 3)).rows == 2

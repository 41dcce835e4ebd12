"""The training table: column types, response, weights, and every table that cannot be learned from."""

import datetime
import decimal
import re
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate.runtime.errors import ParameterError, TrainingDataError
from triplicate.runtime.heads import LabelType
from triplicate.trainer.parameters import Parameters, Task
from triplicate.trainer.table import Table
from triplicate.trainer.table_columns import CategoricalColumn, NumericColumn, TableColumn


def frame(**columns: Any) -> pd.DataFrame:
    """Return three rows with a varied column n, a response y, and the given columns."""
    return pd.DataFrame({"n": [1.0, 2.0, 4.0], "y": [0.5, 1.5, 2.5]} | columns)


def column(table: Table, name: str) -> TableColumn:
    """Return a predictor by name."""
    return next(column for column in table.columns if column.name == name)


def levels_of(cells: Any, **settings: Any) -> tuple[tuple[str, ...], list[int]]:
    """Return levels and codes of a column that is read as categories."""
    table = Table.of(frame(c=cells), response="y", **settings)
    found = column(table, "c")
    assert isinstance(found, CategoricalColumn)
    return found.levels, found.codes.tolist()


def numbers_of(cells: Any, **settings: Any) -> list[float]:
    """Return the values of a column that is read as numbers, NaN as -99."""
    table = Table.of(frame(c=cells), response="y", **settings)
    found = column(table, "c")
    assert isinstance(found, NumericColumn)
    return [float(value) for value in np.nan_to_num(found.values, nan=-99)]


@pytest.mark.parametrize(
    ("cells", "levels", "codes"),
    [
        (["b", "a", None], ("a", "b"), [1, 0, -1]),
        (["b", "", "a"], ("a", "b"), [1, -1, 0]),
        (["10", "9", "10"], ("10", "9"), [0, 1, 0]),
        ([True, False, True], ("False", "True"), [1, 0, 1]),
        (pd.array([True, None, False], dtype="boolean"), ("False", "True"), [1, -1, 0]),
        (np.array([True, None, False], dtype=object), ("False", "True"), [1, -1, 0]),
        (pd.Categorical(["b", "a", None], categories=["c", "b", "a"]), ("a", "b", "c"), [1, 0, -1]),
        (pd.Categorical([10, 9, 9]), ("10", "9"), [0, 1, 1]),
        (pd.array(["b", pd.NA, "a"], dtype="string"), ("a", "b"), [1, -1, 0]),
        (np.array(["b", np.nan, "a"], dtype=object), ("a", "b"), [1, -1, 0]),
        (np.array(["b", pd.NaT, "a"], dtype=object), ("a", "b"), [1, -1, 0]),
    ],
)
def test_categories(cells: Any, levels: tuple[str, ...], codes: list[int]) -> None:
    """Texts, booleans and categoricals are levels in lexicographic order of text, missing cells -1."""
    assert levels_of(cells) == (levels, codes)


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        ([3, 1, 2], [3, 1, 2]),
        ([3.5, None, 2], [3.5, -99, 2]),
        (pd.array([3, None, 2], dtype="Int64"), [3, -99, 2]),
        (pd.array([3.5, None, 2], dtype="Float64"), [3.5, -99, 2]),
        (np.array([3, 1, 2], dtype=np.uint8), [3, 1, 2]),
        (np.array([3, None, 2.5], dtype=object), [3, -99, 2.5]),
        (np.array([3, "", 2.5], dtype=object), [3, -99, 2.5]),
        (np.array([decimal.Decimal("0.5"), 1, 2], dtype=object), [0.5, 1, 2]),
    ],
)
def test_numbers(cells: Any, values: list[float]) -> None:
    """Integers, floats and objects that are numbers are numbers, missing cells NaN."""
    assert numbers_of(cells) == values


@pytest.mark.parameter("categorical", "numeric")
def test_declared_types_win() -> None:
    """`categorical` makes levels of numbers, by their digits, and `numeric` makes numbers of texts."""
    assert levels_of([10, 9, 10], categorical=["c"]) == (("10", "9"), [0, 1, 0])
    assert levels_of([10.0, None, 9.5], categorical=["c"]) == (("10", "9.5"), [0, -1, 1])
    assert numbers_of([" 1.5", "", "2e1"], numeric=["c"]) == [1.5, -99, 20]
    assert numbers_of(pd.Categorical(["7", "8", None]), numeric=["c"]) == [7, 8, -99]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (np.array(["2020-01-01", "2020-01-02", "NaT"], dtype="datetime64[s]"), "column 'c' holds dates or times"),
        (np.array([datetime.date(2020, 1, 1), None, None], dtype=object), "column 'c' holds dates or times"),
        (pd.to_timedelta([1, 2, 3], unit="h"), "column 'c' holds dates or times"),
        (np.array([1j, 2, 3]), "column 'c' holds complex numbers"),
        (
            np.array([1, "?", 3], dtype=object),
            "column 'c' holds cells that are not all numbers or all text (1 is of type int, '?' is of type str)",
        ),
        (
            np.array([[1], [2], None], dtype=object),
            "column 'c' holds cells that are not all numbers or all text ([1] is of type list)",
        ),
        ([1.0, np.inf, 2.0], "row 1, column 'c': inf cannot be learned from"),
        (["\ud800", "a", "b"], "column 'c': level '\\ud800' holds a lone surrogate"),
    ],
)
def test_columns_that_cannot_be_read(cells: Any, message: str) -> None:
    """Dates, complex, mixed and infinite cells raise with the column and what to do."""
    with pytest.raises(TrainingDataError, match=f"^{re.escape(message)}"):
        Table.of(frame(c=pd.Series(cells, dtype=object) if isinstance(cells, list) else cells), response="y")


def test_text_in_a_declared_numeric_column_is_named() -> None:
    """Text that spells no number names row, column and text."""
    with pytest.raises(TrainingDataError, match=r"row 1, column 'c': 'x' is not a number"):
        Table.of(frame(c=["1", "x", "2"]), response="y", numeric=["c"])


@pytest.mark.parametrize("role", ["categorical", "numeric"])
def test_cells_without_a_hash_are_refused(role: str) -> None:
    """Lists as cells are refused whatever the column is declared as."""
    with pytest.raises(TrainingDataError, match=r"column 'c': a cell must be a number, a text or missing"):
        Table.of(frame(c=[[1], [2], [3]]), response="y", **{role: ["c"]})  # type: ignore[arg-type]


def test_mixed_cells_can_be_declared_categories() -> None:
    """A column of numbers and texts is read as categories when it is declared so."""
    assert levels_of(np.array([1, "?", 2.5], dtype=object), categorical=["c"]) == (("1", "2.5", "?"), [0, 2, 1])


@pytest.mark.parametrize(
    ("cells", "settings", "labels", "kind"),
    [
        (["b", "a", "b"], {}, ("a", "b"), LabelType.STRING),
        ([True, False, True], {}, ("False", "True"), LabelType.BOOLEAN),
        (["True", "False", "True"], {}, ("False", "True"), LabelType.STRING),
        ([0, 1, 1], {"classification": True}, ("0", "1"), LabelType.INTEGER),
        ([0.0, 1.0, 1.0], {"classification": True}, ("0", "1"), LabelType.INTEGER),
        ([-1, 10, 9], {"categorical": ["y"]}, ("-1", "10", "9"), LabelType.INTEGER),
        (pd.Categorical([3, 5, 3], categories=[3, 4, 5]), {}, ("3", "5"), LabelType.INTEGER),
        (np.array([True, False, True], dtype=object), {}, ("False", "True"), LabelType.BOOLEAN),
    ],
)
def test_responses_to_classify(cells: Any, settings: dict[str, Any], labels: tuple[str, ...], kind: LabelType) -> None:
    """Text, boolean and declared whole-number responses become classes with the type of their labels."""
    table = Table.of(frame(y=cells), response="y", **settings)
    assert isinstance(table.response, CategoricalColumn)
    assert table.response.levels == labels
    assert table.label_type is kind
    assert table.task is (Task.BINOMIAL if len(labels) == 2 else Task.MULTINOMIAL)


def test_a_numeric_response_is_regressed_on() -> None:
    """A response of numbers stays numbers."""
    table = Table.of(frame(), response="y")
    assert isinstance(table.response, NumericColumn)
    assert (table.task, table.label_type) == (Task.REGRESSION, None)


def test_two_numbers_as_response_warn() -> None:
    """Regression on two values warns that classes may have been meant."""
    with pytest.warns(UserWarning, match="response 'y' holds only the numbers 0 and 1 and is regressed on"):
        Table.of(frame(y=[0, 1, 1]), response="y")


def test_without_response_it_is_an_autoencoder() -> None:
    """No response: every column is a predictor."""
    table = Table.of(frame(), response=None)
    assert table.task is Task.AUTOENCODER
    assert [column.name for column in table.columns] == ["n", "y"]


@pytest.mark.parametrize(
    ("changes", "settings", "message"),
    [
        ({"y": ["a", "a", "a"]}, {}, "response 'y' has one class only, 'a'"),
        ({"y": [1.0, 1.0, None]}, {}, "response 'y' is constant (1)"),
        ({"y": [None, None, None]}, {}, "response 'y': all 3 cells are missing"),
        ({"y": ["", "", ""]}, {}, "response 'y': all 3 cells are missing"),
        ({"y": [0.5, 1.0, 2.0]}, {"classification": True}, "response 'y': 0.5 cannot name a class"),
        (
            {"y": ["a", "b", "c"]},
            {"classification": False},
            "response 'y' holds categories, and regression needs numbers",
        ),
        ({"n": [1, 1, 1]}, {}, "no column is left to learn from (columns with one value only, left out: 'n')"),
        ({"n": [None, None, None]}, {"ignore_const_cols": False}, "column 'n' has no values; leave it out"),
        ({}, {"response": "Y"}, "column 'Y' (response) is missing; the table has 'n', 'y'; did you mean 'y'?"),
        ({}, {"x": ["m"]}, "column 'm' (x) is missing; the table has 'n', 'y'"),
        ({}, {"x": [2]}, "x: 2 is not the name or number of one of 2 columns"),
        ({}, {"ignored_columns": ["q"]}, "column 'q' (ignored_columns) is missing"),
        ({}, {"categorical": ["q"]}, "column 'q' (categorical) is missing"),
        ({}, {"weights_column": "w"}, "column 'w' (weights_column) is missing"),
        ({"w": [1, -2, 1]}, {"weights_column": "w"}, "weights_column 'w', row 1: the weight is negative (-2.0)"),
        ({"w": [1, None, 1]}, {"weights_column": "w"}, "weights_column 'w', row 1: the weight is missing (nan)"),
        ({"w": [0, 0, 0]}, {"weights_column": "w"}, "weights_column 'w': all weights are 0"),
        ({"w": ["a", "b", "c"]}, {"weights_column": "w"}, "row 0, column 'w': 'a' is not a number"),
        ({"y": [None, 1, 2], "w": [1, 0, 0]}, {"weights_column": "w"}, "weights_column 'w': no row with a response"),
        ({"o": [1, None, 1]}, {"offset_column": "o"}, "offset_column 'o', row 1: the offset is missing"),
        ({"": [1, 2, 3]}, {}, "column 2 has an empty name"),
    ],
)
def test_tables_that_cannot_be_learned_from(changes: dict[str, Any], settings: dict[str, Any], message: str) -> None:
    """Every such table raises with the column, the rule and the value."""
    with pytest.raises(TrainingDataError, match=f"^{re.escape(message)}"):
        Table.of(frame(**changes), **({"response": "y"} | settings))


@pytest.mark.parametrize("empty", [pd.DataFrame({"a": [], "y": []}), pd.DataFrame(index=[1, 2])])
def test_empty_tables(empty: pd.DataFrame) -> None:
    """A frame without rows or columns is refused."""
    with pytest.raises(TrainingDataError, match=r"^the table is empty"):
        Table.of(empty, response="y")


def test_what_is_no_frame() -> None:
    """Anything but a DataFrame is refused."""
    with pytest.raises(TrainingDataError, match="must be a DataFrame, got list"):
        Table.of([[1]], response=None)  # type: ignore[arg-type]


def test_names_that_no_text_format_can_carry() -> None:
    """A column name with a lone surrogate is refused."""
    with pytest.raises(TrainingDataError, match="holds a lone surrogate"):
        Table.of(pd.DataFrame([[1], [2]], columns=pd.Index(["\ud800"], dtype=object)), response=None)


def test_doubled_names() -> None:
    """Two columns of one name are refused."""
    with pytest.raises(TrainingDataError, match="column 'a' comes 2 times"):
        Table.of(pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]), response=None)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"x": ["n"], "ignored_columns": ["n"]}, "give x or ignored_columns, not both"),
        ({"weights_column": "y"}, "column 'y' cannot be response and something else at once"),
    ],
)
def test_contradicting_roles(settings: dict[str, Any], message: str) -> None:
    """Columns named for two purposes raise ParameterError."""
    with pytest.raises(ParameterError, match=message):
        Table.of(frame(), response="y", **settings)


def test_names_that_are_numbers_become_text() -> None:
    """Integer column names become text, which a note tells."""
    table = Table.of(pd.DataFrame({0: [1, 2, 3], 1: [1.5, 2.5, 4]}), response="1")
    assert [column.name for column in table.columns] == ["0"]
    assert table.notes == ("column names that were not text became text: scoring names columns by text",)


def test_predictors_follow_the_frame() -> None:
    """X by name or position chooses predictors; their order is the frame's, special columns taken out."""
    wide = frame(a=[1, 2, 3], b=[3, 2, 2], w=[1, 1, 2])
    by_name = Table.of(wide, response="y", x=["b", "n", "y", "w"], weights_column="w")
    by_position = Table.of(wide, response=1, x=[3, 0], weights_column=4)
    ignoring = Table.of(wide, response="y", ignored_columns=["a", "w"])
    for table in (by_name, by_position, ignoring):
        assert [column.name for column in table.columns] == ["n", "b"]


def test_constant_and_empty_columns_are_left_out_and_reported() -> None:
    """Columns of one value, missing cells aside, or none are left out with a note, or kept on request."""
    wide = frame(c=["x", None, "x"], e=[None, None, None], k=[7, 7, 7])
    table = Table.of(wide, response="y")
    assert [column.name for column in table.columns] == ["n"]
    assert table.notes == (
        "columns without any value, left out: 'e'",
        "columns with one value only, left out: 'c', 'k'",
    )
    kept = Table.of(wide.drop(columns="e"), response="y", ignore_const_cols=False)
    assert [column.name for column in kept.columns] == ["n", "c", "k"]


def test_rows_without_a_response_or_weight_are_left_out() -> None:
    """Rows that cannot teach are left out, counted, and their positions known."""
    rows = pd.DataFrame({"n": [1.0, 2, 3, 4, 5], "y": ["a", None, "b", "a", ""], "w": [2, 1, 0, 3, 1]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(TrainingDataError, match="one class only"):
            Table.of(rows, response="y", weights_column="w")
    rows.loc[2, "w"] = 4
    table = Table.of(rows, response="y", weights_column="w")
    assert table.kept.tolist() == [0, 2, 3]
    assert len(table) == 3
    assert table.weights is not None
    assert table.weights.tolist() == [2, 4, 3]
    assert table.notes == ("rows without a response, left out: 2",)
    rows["w"] = [0, 1, 4, 3, 1]
    assert Table.of(rows.assign(y=[1.5, 2, 3, 4, 5]), response="y", weights_column="w").notes == (
        "rows of weight 0, left out: 1",
    )


def test_offset_and_fold_are_no_predictors() -> None:
    """Offset and fold columns are taken out of the predictors and kept aside."""
    table = Table.of(frame(o=[1.0, 2, 3], f=[0, 1, 0]), response="y", offset_column="o", fold_column="f")
    assert [column.name for column in table.columns] == ["n"]
    assert table.offset is not None
    assert table.offset.tolist() == [1, 2, 3]
    assert isinstance(table.fold, NumericColumn)


def test_parameters_say_what_to_take() -> None:
    """for_parameters reads response, weights, types and task from the parameters."""
    rows = frame(c=[1, 2, 2], w=[1, 1, 2], y=[0, 1, 1])
    parameters = Parameters.of(response_column="y", weights_column="w", categorical=["c"], distribution="bernoulli")
    table = Table.for_parameters(rows, parameters)
    assert table.task is Task.BINOMIAL
    assert table.weights_column == "w"
    assert isinstance(column(table, "c"), CategoricalColumn)
    assert Table.for_parameters(rows, Parameters.of(autoencoder=True)).task is Task.AUTOENCODER


def test_many_levels_are_cheap() -> None:
    """A column of 70,000 levels keeps one code per row and its levels in order."""
    zips = [f"{number:05d}" for number in range(70_000)]
    table = Table.of(pd.DataFrame({"zip": zips[::-1], "y": np.arange(70_000.0)}), response="y")
    found = column(table, "zip")
    assert isinstance(found, CategoricalColumn)
    assert found.levels == tuple(zips)
    assert found.codes.dtype == np.int32
    assert found.codes[0] == 69_999


@pytest.mark.parametrize(
    ("rows", "levels", "noted"), [(100, 100, True), (100, 50, False), (100, 51, True), (20, 20, False)]
)
def test_columns_like_identifiers_are_noted(rows: int, levels: int, noted: bool) -> None:
    """A category with more levels than half of its rows is learned from, and a note says how to leave it out."""
    cells = [f"k{row % levels}" for row in range(rows)]
    table = Table.of(pd.DataFrame({"id": cells, "y": np.arange(float(rows))}), response="y")
    assert [column.name for column in table.columns] == ["id"]
    assert [note for note in table.notes if "ignored_columns=['id']" in note] == list(table.notes)
    assert len(table.notes) == noted


@pytest.mark.parametrize("x", [0, np.int64(0), "n"])
def test_a_single_predictor_needs_no_list(x: Any) -> None:
    """X may be one name or one position."""
    assert [column.name for column in Table.of(frame(a=[1, 2, 3]), response="y", x=x).columns] == ["n"]

"""One column of a training table: numbers, or levels with codes."""

import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from triplicate.runtime.cells import is_missing, level_text, parse_number
from triplicate.runtime.errors import TrainingDataError

__all__ = [
    "CategoricalColumn",
    "NumericColumn",
    "TableColumn",
    "categorical_column",
    "integers",
    "is_numeric",
    "numeric_column",
]

NUMERIC_OBJECTS = frozenset(("integer", "floating", "mixed-integer-float", "decimal"))
FLOATS = (np.float16, np.float32, np.float64)
LEVEL_OBJECTS = frozenset(("string", "boolean"))
TIME_OBJECTS = frozenset(("datetime64", "datetime", "date", "timedelta64", "timedelta", "time", "period", "interval"))


@dataclass(frozen=True, slots=True, eq=False)
class NumericColumn:
    """Numbers, NaN where missing, otherwise finite.

    `cells` are integers or floats of the table's own width, perhaps the table's own memory: a table of small integers
    is never widened as a whole.
    """

    name: str
    cells: npt.NDArray[Any]

    @property
    def values(self) -> npt.NDArray[np.float64]:
        """The numbers as float64, not to be changed."""
        return np.asarray(self.cells, dtype=np.float64)

    @property
    def integers(self) -> npt.NDArray[np.integer[Any]] | None:
        """The numbers where they are integers, none of which is missing, else None; not to be changed."""
        return self.cells if self.cells.dtype.kind in "iu" else None

    @property
    def missing(self) -> npt.NDArray[np.bool_]:
        """Which rows are missing."""
        return np.isnan(self.values)

    @property
    def distinct(self) -> int:
        """Number of different values present, counted up to 2."""
        values = self.cells
        present = values if self.integers is not None else values[~np.isnan(values)]
        return 0 if present.size == 0 else 1 + bool((present != present[0]).any())


@dataclass(frozen=True, slots=True, eq=False)
class CategoricalColumn:
    """Indices into `levels`, -1 where missing, len(levels) for a level that is not listed.

    `cells` are signed integers, as narrow as the number of levels allows where there are many rows. Levels stand in
    lexicographic order of their texts, as in the incumbent; a pandas categorical brings all its categories, whether
    they occur or not, but not their order.
    """

    name: str
    levels: tuple[str, ...]
    cells: npt.NDArray[np.signedinteger[Any]]

    @property
    def codes(self) -> npt.NDArray[np.int32]:
        """The indices as int32, not to be changed."""
        return np.asarray(self.cells, dtype=np.int32)

    @property
    def missing(self) -> npt.NDArray[np.bool_]:
        """Which rows are missing."""
        return self.cells < 0

    @property
    def distinct(self) -> int:
        """Number of different levels that occur."""
        return int(np.unique(self.cells[self.cells >= 0]).size)


TableColumn = NumericColumn | CategoricalColumn


def is_numeric(cells: "pd.Series[Any]", name: str) -> bool:
    """Tell whether a column holds numbers (True) or categories (False) by its type.

    Text, pandas categoricals and booleans are categories. Dates, complex numbers and cells of mixed types
    raise TrainingDataError: there is no reading of them that scoring could repeat.
    """
    dtype = cells.dtype
    if isinstance(dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(dtype):
        return False
    if pd.api.types.is_complex_dtype(dtype):
        raise TrainingDataError(f"column {name!r} holds complex numbers; give real and imaginary part as columns")
    if pd.api.types.is_numeric_dtype(dtype):
        return True
    if isinstance(dtype, pd.StringDtype):
        return False
    kind = pd.api.types.infer_dtype(cells, skipna=True)
    if kind.startswith("mixed"):  # the marks of missing cells, and numbers of different types, are no mixture
        present = cells[[not is_missing(cell) for cell in cells]]
        kinds: set[type] = {type(cell) for cell in present}
        numeric = bool not in kinds and all(issubclass(one, numbers.Number) for one in kinds)
        kind = "floating" if numeric else pd.api.types.infer_dtype(present)
    if kind in TIME_OBJECTS:
        raise TrainingDataError(
            f"column {name!r} holds dates or times; turn it into numbers that mean something (year, age in days), "
            f"or leave it out with ignored_columns=[{name!r}]"
        )
    if kind in NUMERIC_OBJECTS or kind == "empty":
        return True
    if kind in LEVEL_OBJECTS:
        return False
    raise TrainingDataError(
        f"column {name!r} holds cells that are not all numbers or all text ({_example(cells)}); convert them, or "
        f"read the column as categories with categorical=[{name!r}]"
    )


def numeric_column(cells: "pd.Series[Any]", name: str) -> NumericColumn:
    """Return the column's numbers; text is read by scoring's grammar. Infinite and other cells raise."""
    whole = integers(cells)
    if whole is not None:
        return NumericColumn(name, whole)
    values = finite_numbers(as_numbers(cells, name), name)
    return NumericColumn(name, cells.to_numpy() if cells.dtype in FLOATS else values)


def integers(cells: "pd.Series[Any]") -> npt.NDArray[np.integer[Any]] | None:
    """Return the cells where they are integers, none of which is missing, else None."""
    kind = cells.dtype
    return cells.to_numpy() if isinstance(kind, np.dtype) and kind.kind in "iu" else None


def as_numbers(cells: "pd.Series[Any]", name: str) -> npt.NDArray[np.float64]:
    """Return float64 values with NaN where missing; TrainingDataError names text that spells no number."""
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.astype(cells.cat.categories.dtype)
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return cells.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    codes, distinct = _factorized(cells, name)
    values = np.full(len(distinct) + 1, np.nan)
    for code, cell in enumerate(distinct):
        number = parse_number(cell) if isinstance(cell, str) else _as_float(cell)
        if number is None and cell != "":
            row = int(np.flatnonzero(codes == code)[0])
            raise TrainingDataError(f"row {row}, column {name!r}: {_short(cell)} is not a number")
        values[code] = np.nan if number is None else number
    return np.asarray(values[codes], dtype=np.float64)  # code -1, missing, takes the NaN at the end


def finite_numbers(values: npt.NDArray[np.float64], name: str) -> npt.NDArray[np.float64]:
    """Return the values, or raise TrainingDataError naming the first infinite one."""
    infinite = np.flatnonzero(np.isinf(values))
    if infinite.size:
        raise TrainingDataError(
            f"row {infinite[0]}, column {name!r}: {values[infinite[0]]} cannot be learned from; replace infinite "
            "numbers, or make them missing"
        )
    return values


def categorical_column(cells: "pd.Series[Any]", name: str, levels: Sequence[str] | None = None) -> CategoricalColumn:
    """Return the column as codes; with `levels` given, other levels get the code len(levels)."""
    if isinstance(cells.dtype, pd.CategoricalDtype):
        codes, distinct = cells.cat.codes.to_numpy(), cells.cat.categories
    else:
        codes, distinct = _factorized(cells, name)
    texts = [level_text(cell) for cell in distinct]
    if levels is None:
        levels = sorted({text for text in texts if text is not None})
        _check_texts(levels, name)
    index: dict[str | None, int] = {level: position for position, level in enumerate(levels)}
    index[None] = -1
    narrow = np.min_scalar_type(-len(levels) - 1)
    table = np.array([*(index.get(text, len(levels)) for text in texts), -1], dtype=narrow)
    return CategoricalColumn(name, tuple(levels), table[codes])


def _factorized(cells: "pd.Series[Any]", name: str) -> tuple[npt.NDArray[np.intp], Any]:
    """Return codes (-1 where missing) and the distinct cells."""
    try:
        return pd.factorize(cells, use_na_sentinel=True)
    except TypeError as reason:  # lists and other cells without a hash
        raise TrainingDataError(f"column {name!r}: a cell must be a number, a text or missing ({reason})") from reason


def _check_texts(levels: Sequence[str], name: str) -> None:
    for level in levels:
        try:
            level.encode("utf-8")
        except UnicodeEncodeError as reason:
            raise TrainingDataError(f"column {name!r}: level {level!r} holds a lone surrogate") from reason


def _as_float(cell: Any) -> float | None:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return None


def _example(cells: "pd.Series[Any]") -> str:
    kinds: dict[str, Any] = {}
    for cell in cells.dropna():
        kinds.setdefault(type(cell).__name__, cell)
    return ", ".join(f"{_short(cell)} is of type {kind}" for kind, cell in list(kinds.items())[:3])


def _short(cell: Any) -> str:
    shown = repr(cell)
    return shown if len(shown) <= 60 else shown[:60] + "…"

"""A table with the names that H2O's Python client gives to its own: columns by name, position or slice."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from triplicate.runtime.errors import ParameterError, TrainingDataError

__all__ = ["Frame", "plain_table"]


def plain_table(source: Any) -> Any:
    """Return the DataFrame of a Frame, and anything else as it is."""
    return source.to_pandas() if isinstance(source, Frame) else source


class Frame:
    """A pandas DataFrame behind H2O's names; `to_pandas()` gives it, so that everything that takes a table takes this.

    `frame["age"]`, `frame[0]`, `frame[["age", "sex"]]` and `frame[0:784]` are Frames of those columns;
    `frame[rows, columns]` takes rows too, by position, slice or one boolean per row.
    """

    def __init__(self, data: Any = None, column_names: Sequence[str] | None = None) -> None:
        table = data.to_pandas() if hasattr(data, "to_pandas") else data
        try:
            frame = pd.DataFrame(table).reset_index(drop=True)
        except (ValueError, TypeError) as reason:
            raise TrainingDataError(f"no table can be made of a {type(table).__name__} ({reason})") from reason
        if column_names is not None:
            if len(column_names) != frame.shape[1]:
                raise TrainingDataError(f"{len(column_names)} column_names for {frame.shape[1]} columns")
            names = list(column_names)
        else:
            keys: list[Any] = list(frame.columns)
            numbered = keys == list(range(len(keys)))
            names = [f"C{key + 1}" if numbered else str(key) for key in keys]
        self._table = frame.set_axis(names, axis="columns")

    @property
    def names(self) -> list[str]:
        """The names of the columns, in order."""
        return list(self._table.columns)

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in order."""
        return self.names

    @property
    def col_names(self) -> list[str]:
        """The names of the columns, in order."""
        return self.names

    @property
    def types(self) -> dict[str, str]:
        """The type of each column: "int", "real", or "enum" for categories."""
        return {name: _type(self._table[name]) for name in self.names}

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        return self._table.shape

    @property
    def dim(self) -> list[int]:
        """Number of rows and of columns, as a list."""
        return list(self._table.shape)

    @property
    def nrow(self) -> int:
        """Number of rows."""
        return self.shape[0]

    @property
    def nrows(self) -> int:
        """Number of rows."""
        return self.shape[0]

    @property
    def ncol(self) -> int:
        """Number of columns."""
        return self.shape[1]

    @property
    def ncols(self) -> int:
        """Number of columns."""
        return self.shape[1]

    def __len__(self) -> int:
        return self.nrow

    def __iter__(self) -> Iterator["Frame"]:
        return (self[name] for name in self.names)

    def __repr__(self) -> str:
        return f"{self._table.head(10).to_string()}\n[{self.nrow} rows x {self.ncol} columns]"

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, tuple):
            return type(self)(self._table.iloc[:, self._positions(key)])
        rows, columns = key
        if isinstance(rows, int) and isinstance(columns, (int, str)):
            return self._table.iloc[rows, self._positions(columns)[0]]
        chosen = [rows] if isinstance(rows, int) else rows
        return type(self)(self._table.iloc[chosen, self._positions(columns)])

    def __setitem__(self, name: str | int, value: Any) -> None:
        new = isinstance(name, str) and name not in self.names
        target = str(name) if new else self.names[self._positions(name)[0]]
        cells = plain_table(value)
        if isinstance(cells, pd.DataFrame):
            if cells.shape[1] != 1 or len(cells) != self.nrow:
                raise TrainingDataError(
                    f"column {target!r} takes one column of {self.nrow} rows, got {cells.shape[1]} of {len(cells)}"
                )
            cells = cells.iloc[:, 0]
        self._table = self._table.assign(**{target: cells})

    def asfactor(self) -> Self:
        """Return the columns as categories, each number or text being a level."""
        return type(self)(self._table.astype("category"))

    def asnumeric(self) -> Self:
        """Return the columns as numbers: levels that spell numbers by their value, others by their position."""
        return type(self)(self._table.apply(_numbers))

    def isfactor(self) -> list[bool]:
        """Tell of each column whether it holds categories."""
        return [kind == "enum" for kind in self.types.values()]

    def isnumeric(self) -> list[bool]:
        """Tell of each column whether it holds numbers."""
        return [kind != "enum" for kind in self.types.values()]

    def levels(self) -> list[list[str]]:
        """Return the levels of each column as texts, none for numbers."""
        factors = zip(self.names, self.isfactor(), strict=True)
        return [_levels(self._table[name]) if factor else [] for name, factor in factors]

    def split_frame(self, ratios: Sequence[float] = (0.75,), seed: int | None = None) -> list[Self]:
        """Return len(ratios) + 1 Frames of rows in their old order; each row is drawn on its own.

        Sizes are near the ratios, not equal to them. `ratios` are positive and add up to less than 1; the last
        Frame takes what is left. One seed gives the same split every time, not the split that H2O makes of it.
        """
        shares = [float(ratio) for ratio in ratios]
        if not shares or min(shares) <= 0.0 or sum(shares) >= 1.0:
            raise ParameterError(f"ratios must be positive and add up to less than 1, got {shares}")
        drawn = np.random.default_rng(seed).random(self.nrow)
        part = np.searchsorted(np.cumsum(shares), drawn, side="right")
        return [type(self)(self._table.iloc[np.flatnonzero(part == k)]) for k in range(len(shares) + 1)]

    def head(self, rows: int = 10, cols: int = 200) -> Self:
        """Return the first rows, of the first columns."""
        return type(self)(self._table.iloc[:rows, :cols])

    def tail(self, rows: int = 10, cols: int = 200) -> Self:
        """Return the last rows, of the first columns."""
        return type(self)(self._table.iloc[max(0, self.nrow - rows) :, :cols])

    def summary(self) -> pd.DataFrame:
        """Return one row per column: type, smallest, mean, largest, standard deviation, zeros, missing cells."""
        return pd.DataFrame([_facts(self._table[name]) for name in self.names], index=self.names)

    def describe(self) -> None:
        """Print the summary and the first rows."""
        sys.stdout.write(f"Rows: {self.nrow}, columns: {self.ncol}\n{self.summary().to_string()}\n{self!r}\n")

    def to_pandas(self) -> pd.DataFrame:
        """Return the table itself; categories are a pandas categorical."""
        return self._table

    def as_data_frame(self, use_pandas: bool = True) -> pd.DataFrame:
        """Return a copy as a DataFrame; ParameterError without `use_pandas`."""
        if not use_pandas:
            raise ParameterError("use_pandas=False is not offered: take as_data_frame().to_numpy().tolist()")
        return self._table.copy()

    def _positions(self, columns: Any) -> npt.NDArray[np.intp]:
        if isinstance(columns, slice):
            return np.arange(self.ncol)[columns]
        wanted = [columns] if isinstance(columns, (str, int, np.integer)) else list(columns)
        position = {name: index for index, name in enumerate(self.names)}
        found = []
        for column in wanted:
            index = position.get(column) if isinstance(column, str) else int(column)
            if index is None or not -self.ncol <= index < self.ncol:
                raise TrainingDataError(
                    f"column {column!r} is not in the frame of {self.ncol} columns {self.names[:8]}"
                )
            found.append(index % self.ncol)
        return np.array(found, dtype=np.intp)


def _type(cells: "pd.Series[Any]") -> str:
    if isinstance(cells.dtype, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(cells.dtype):
        return "enum"
    return "enum" if pd.api.types.is_bool_dtype(cells.dtype) else _number_type(cells)


def _number_type(cells: "pd.Series[Any]") -> str:
    return "int" if pd.api.types.is_integer_dtype(cells.dtype) else "real"


def _levels(cells: "pd.Series[Any]") -> list[str]:
    values = cells.cat.categories if isinstance(cells.dtype, pd.CategoricalDtype) else cells.dropna().unique()
    return sorted(str(value) for value in values)


def _numbers(cells: "pd.Series[Any]") -> Any:
    if _type(cells) != "enum":
        return cells
    factor = cells.astype("category")
    try:
        values = np.array([float(level) for level in factor.cat.categories])
    except ValueError:
        values = np.arange(len(factor.cat.categories), dtype=np.float64)
    numbers = np.append(values, np.nan)[factor.cat.codes.to_numpy()]
    whole = bool(np.isfinite(numbers).all() and (numbers == np.floor(numbers)).all())
    return pd.Series(numbers.astype(np.int64) if whole else numbers, index=cells.index)


def _facts(cells: "pd.Series[Any]") -> dict[str, Any]:
    facts: dict[str, Any] = {"type": _type(cells)}
    if facts["type"] != "enum":
        facts |= {"mins": cells.min(), "mean": cells.mean(), "maxs": cells.max(), "sigma": cells.std()}
        facts["zeros"] = int((cells == 0).sum())
    return facts | {"missing": int(cells.isna().sum())}

"""Raw rows: the cells a model reads, taken from whatever table the user has."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from triplicate.runtime.cells import is_missing, level_text, parse_number
from triplicate.runtime.columns import Categorical
from triplicate.runtime.csv_rows import missing_column_message, open_text, read_header, records
from triplicate.runtime.errors import BadNumberError, MissingColumnError, RowError
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["BadNumbers", "RawRows", "raw_blocks", "raw_rows"]

BadNumbers = Literal["error", "missing"]
CellArray = npt.NDArray[Any]
WIDE = 64  # columns of a table from which on taking them one by one costs more than looking for a faster way
REAL_SCALARS = (np.integer, np.floating, np.bool_)


@dataclass(frozen=True, slots=True)
class RawRows:
    """Cells by column of ScoringModel.row_names, all of one length.

    Numeric columns and the offset: float64, NaN where missing. Categorical columns: object arrays of
    str, None where missing. `first` is the number of the first row in the table they come from, for messages.
    """

    cells: tuple[CellArray, ...]
    rows: int
    first: int = 0

    def take(self, positions: npt.NDArray[np.intp] | slice) -> "RawRows":
        """Return the rows at these positions."""
        cells = tuple(column[positions] for column in self.cells)
        return RawRows(cells, len(cells[0]) if cells else len(np.arange(self.rows)[positions]))


def raw_rows(model: ScoringModel, source: Any, bad_numbers: BadNumbers = "error", first: int = 0) -> RawRows:
    """Take the model's columns from a table; others are ignored and their order never matters.

    `source` is a pandas or polars DataFrame, an Arrow table, a dict of columns, a list of dicts, or the path
    of a CSV file. Text in a numeric column that spells no number raises BadNumberError, or counts as missing
    with bad_numbers="missing". `first` is the number of the source's first row, for messages.
    """
    if isinstance(source, RawRows):
        return source
    if isinstance(source, str | Path):
        return _from_csv(model, Path(source), bad_numbers)
    if isinstance(source, Sequence) and all(isinstance(record, Mapping) for record in source):
        return _read(model, _from_records(model, source), len(source), bad_numbers, first)
    columns, rows = _Places(model, source).columns_of(source)
    return _read(model, columns, rows, bad_numbers, first)


def raw_blocks(model: ScoringModel, source: Any, size: int, bad_numbers: BadNumbers = "error") -> Iterator[RawRows]:
    """Yield what raw_rows returns: of a pandas frame in parts of `size` rows, of anything else whole."""
    if not hasattr(source, "iloc") or len(source) <= size:
        yield raw_rows(model, source, bad_numbers)
        return
    places = _Places(model, source)  # for all parts: names of a wide table take as long to look up as a part to read
    for start in range(0, len(source), size):
        columns, rows = places.columns_of(source.iloc[start : start + size])
        yield _read(model, columns, rows, bad_numbers, start)


def _read(model: ScoringModel, columns: list[CellArray], rows: int, bad_numbers: BadNumbers, first: int) -> RawRows:
    cells = []
    for name, numeric, column in zip(model.row_names, _is_numeric(model), columns, strict=True):
        if len(column) != rows:
            raise RowError(f"column {name!r} has {len(column)} cells, but the first column has {rows}")
        cells.append(_numbers(column, name, bad_numbers, first) if numeric else _texts(column))
    return RawRows(tuple(cells), rows, first)


def _is_numeric(model: ScoringModel) -> list[bool]:
    numeric = [not isinstance(column, Categorical) for column in model.columns]
    return numeric if model.offset is None else [*numeric, True]


class _Places:
    """Where a table has the model's columns; right for any part of its rows."""

    def __init__(self, model: ScoringModel, source: Any) -> None:
        self._names, self._keys = model.row_names, _keys(source)
        _check_names(model, [str(key) for key in self._keys])
        place_of = {str(key): place for place, key in enumerate(self._keys)}
        self._places = [place_of[name] for name in self._names]
        self._one_matrix = self._has_one_type(source)

    def columns_of(self, part: Any) -> tuple[list[CellArray], int]:
        """Return one array per row name, and the number of rows."""
        if self._one_matrix:
            matrix = part.iloc[:, self._places].to_numpy()
            return list(matrix.T), len(matrix)
        keys = self._keys
        columns = [_as_array(part[keys[place]], name) for place, name in zip(self._places, self._names, strict=True)]
        if columns:
            return columns, len(columns[0])
        return columns, len(_as_array(part[keys[0]], str(keys[0]))) if keys else 0

    def _has_one_type(self, source: Any) -> bool:
        """Tell whether this is a wide pandas frame of one type of numbers: read as one matrix it is much quicker."""
        if not (hasattr(source, "iloc") and hasattr(source, "dtypes")) or len(self._places) < WIDE:
            return False
        first, *others = set(source.dtypes.iloc[self._places])
        return not others and isinstance(first, np.dtype) and first.kind in "iufb"


def _keys(source: Any) -> list[Any]:
    """Return what the table calls its columns."""
    if isinstance(source, Mapping):
        return list(source)
    if hasattr(source, "column_names"):  # Arrow
        return list(source.column_names)
    if hasattr(source, "columns") and hasattr(source, "__getitem__"):
        return list(source.columns)
    kind = type(source).__name__
    raise RowError(f"rows must be a DataFrame, a dict of columns, a list of dicts or a CSV path, got {kind}")


def _check_names(model: ScoringModel, names: list[str]) -> None:
    counts = Counter(names)
    missing = [name for name in model.row_names if name not in counts]
    if missing:
        raise MissingColumnError(missing_column_message(missing, names, "rows"))
    for name in model.row_names:
        if counts[name] > 1:
            raise RowError(f"the rows have column {name!r} {counts[name]} times")


def _from_records(model: ScoringModel, source: Sequence[Mapping[str, Any]]) -> list[CellArray]:
    """Take columns from dicts; a key that some records lack is a missing cell, one that all lack an error."""
    keys = list(dict.fromkeys(key for record in source for key in record))
    if source:
        _check_names(model, [str(key) for key in keys])
    key_of = {str(key): key for key in keys}
    return [_as_array([record.get(key_of[name]) for record in source], name) for name in model.row_names]


def _as_array(column: Any, name: str) -> CellArray:
    """Return a one-dimensional array; mixed cells stay Python objects."""
    if hasattr(column, "to_pylist"):  # Arrow
        column = column.to_pylist()
    elif hasattr(column, "to_numpy"):
        column = column.to_numpy()
    if isinstance(column, str | bytes | Mapping) or not hasattr(column, "__len__"):
        kind = type(column).__name__
        raise RowError(f"column {name!r} must be a list or an array of cells, got {kind} (one row: [row])")
    if not isinstance(column, np.ndarray):
        return np.fromiter(column, dtype=object, count=len(column))
    if column.ndim != 1 and (column.ndim == 0 or column.size != len(column)):
        raise RowError(f"column {name!r} must be one-dimensional, got shape {column.shape}")
    return column.reshape(-1)


def _numbers(column: CellArray, name: str, bad_numbers: BadNumbers, first: int) -> npt.NDArray[np.float64]:
    if column.dtype.kind in "iufb":
        return column.astype(np.float64)
    if column.dtype.kind not in "OUT":
        raise BadNumberError(f"column {name!r} holds {column.dtype}, and the model needs numbers")
    numbers = np.empty(len(column), dtype=np.float64)
    for row, cell in enumerate(column):
        number: float | None
        if is_missing(cell):
            number = np.nan
        elif isinstance(cell, str):
            number = parse_number(cell)
        else:
            number = _as_float(cell)
        if number is None:
            if bad_numbers == "error":
                raise _bad_number(f"row {first + row}", name, cell)
            number = np.nan
        numbers[row] = number
    return numbers


def _as_float(cell: Any) -> float | None:
    if isinstance(cell, bytes | bytearray | complex | np.generic) and not isinstance(cell, REAL_SCALARS):
        return None
    try:
        return float(cell)
    except OverflowError:  # an integer beyond 1e308 is what its digits are in a CSV file
        return np.inf if cell > 0 else -np.inf
    except (TypeError, ValueError):
        return None


def _bad_number(where: str, name: str, cell: Any) -> BadNumberError:
    shown = repr(cell) if len(repr(cell)) <= 60 else repr(cell)[:60] + "…"
    return BadNumberError(
        f"{where}, column {name!r}: {shown} is not a number; correct it, leave the cell empty, "
        "or go on with bad_numbers='missing' (command line: --bad-numbers missing)"
    )


def _texts(column: CellArray) -> CellArray:
    texts = np.empty(len(column), dtype=object)
    if column.dtype.kind == "M":
        column = column.astype("datetime64[us]")  # of nanoseconds the next line would make integers
    if column.dtype.kind != "O":
        column = column.astype(object)
    known: dict[Any, str | None] = {}
    for row, cell in enumerate(column):
        if isinstance(cell, str):
            texts[row] = cell or None
            continue
        key = (type(cell), cell)
        try:
            if key not in known:
                known[key] = level_text(cell)
            texts[row] = known[key]
        except TypeError:  # an unhashable cell still has a text
            texts[row] = level_text(cell)
    return texts


def _from_csv(model: ScoringModel, path: Path, bad_numbers: BadNumbers) -> RawRows:
    """Read the model's columns of a CSV file; each cell is converted by the column's type, never inferred."""
    numeric = _is_numeric(model)
    missing = frozenset(("", *model.na_values))
    cells: list[list[Any]] = [[] for _ in numeric]
    with open_text(path) as text:
        rows = records(text, str(path))
        positions = read_header(rows, model.row_names, str(path))
        convert: list[tuple[Callable[[Any], None], int, bool, str]] = [
            (column.append, position, is_number, name)
            for column, position, is_number, name in zip(cells, positions, numeric, model.row_names, strict=True)
        ]
        count = 0
        for number, record in rows:
            count += 1
            for append, position, is_number, name in convert:
                cell = record[position]
                if cell in missing:
                    append(np.nan if is_number else None)
                elif not is_number:
                    append(cell)
                else:
                    value = parse_number(cell)
                    if value is None:
                        if bad_numbers == "error":
                            raise _bad_number(f"{path}, record {number}", name, cell)
                        value = np.nan
                    append(value)
    arrays = tuple(
        np.array(column, dtype=np.float64) if is_number else _as_array(column, name)
        for column, is_number, name in zip(cells, numeric, model.row_names, strict=True)
    )
    return RawRows(arrays, count)

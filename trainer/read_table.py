"""Any table a user may have → the pandas DataFrame that training reads.

CSV files are read by the grammar that scoring uses (runtime/csv_rows.py, runtime/cells.py), so that a cell
means the same in training and in production; pandas' own guesses (booleans, "NA", rounding) stay out.
"""

from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from triplicate.runtime.cells import parse_number
from triplicate.runtime.csv_rows import open_text, records, separator_hint
from triplicate.runtime.errors import RowError, TrainingDataError
from triplicate.trainer.parameter_rules import did_you_mean

__all__ = ["ReadOnce", "read_table", "rows_of"]

BLOCK = 256  # records turned into columns at a time; more of them leave the processor's cache
MISSING_LOOKALIKES = frozenset(
    ("na", "n/a", "nan", "null", "none", "nil", "missing", "unknown", "?", "-", "--", ".", "inf", "-inf")
)


def read_table(
    source: Any,
    *,
    categorical: Sequence[str] = (),
    na_values: Sequence[str] = (),
    wanted: Collection[str | int] | None = None,
    ignored: Collection[str | int] = (),
    header: bool = True,
) -> pd.DataFrame:
    """Return the table as a DataFrame: one given as such unchanged, anything with `to_pandas` converted.

    A path ends in .csv, .csv.gz or .parquet. Of a CSV file the empty cell and `na_values` are missing; a
    column is numeric when all its other cells spell numbers, and text otherwise or when it is listed in
    `categorical`. Of columns that are `ignored`, or not `wanted` (names or positions; None: all are), the
    texts are taken as they are. A CSV file without a `header` has the columns C1, C2, … Raises
    TrainingDataError for a file that cannot be read, a record with the wrong number of cells, infinite numbers,
    numbers with commas, and a column of numbers with a few other texts in between.
    """
    if isinstance(source, pd.DataFrame):
        return source
    if isinstance(source, ReadOnce):
        return source.read(categorical, na_values, wanted, ignored)
    if hasattr(source, "to_pandas"):
        frame = source.to_pandas()
        if isinstance(frame, pd.DataFrame):
            return frame
    if not isinstance(source, (str, Path)):
        kind = type(source).__name__
        raise TrainingDataError(
            f"a table is a pandas, polars or Arrow table or the path of a .csv, .csv.gz or .parquet file, got {kind}"
        )
    path = Path(source)
    name = path.name.lower()
    if path.is_dir():
        raise TrainingDataError(f"{path}: is a folder; give the path of one table")
    if not path.is_file():
        raise TrainingDataError(f"{path}: there is no such file")
    if name.endswith((".csv", ".csv.gz")):
        return _read_csv(path, frozenset(categorical), frozenset(na_values), wanted, ignored, header)
    if name.endswith(".parquet"):
        return _read_parquet(path)
    raise TrainingDataError(f"{path}: the name must end in .csv, .csv.gz or .parquet")


class ReadOnce:
    """A file that several trainings learn from: it is read once for each way of reading it."""

    def __init__(self, path: str | Path) -> None:
        self._path = path
        self._frames: dict[Hashable, pd.DataFrame] = {}

    def __str__(self) -> str:
        return str(self._path)

    def read(
        self,
        categorical: Sequence[str],
        na_values: Sequence[str],
        wanted: Collection[str | int] | None,
        ignored: Collection[str | int],
    ) -> pd.DataFrame:
        """Return what read_table returns for the path; the frame is shared and must not be changed."""
        chosen = None if wanted is None else frozenset(wanted)
        key = (frozenset(categorical), frozenset(na_values), chosen, frozenset(ignored))
        if key not in self._frames:
            self._frames[key] = read_table(
                self._path, categorical=categorical, na_values=na_values, wanted=wanted, ignored=ignored
            )
        return self._frames[key]


def rows_of(source: Any) -> Any:
    """Return rows that a scorer reads: the frame of a Parquet file's path, anything else as it is."""
    parquet = isinstance(source, (str, Path)) and Path(source).suffix.lower() == ".parquet"
    return read_table(source) if parquet else source


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path, engine="pyarrow")
    except ImportError as reason:
        raise TrainingDataError(f"{path}: reading Parquet needs pyarrow: pip install pyarrow") from reason
    except (OSError, ValueError) as reason:
        raise TrainingDataError(f"{path}: cannot be read as Parquet ({reason})") from reason


def _read_csv(
    path: Path,
    categorical: frozenset[str],
    na_values: frozenset[str],
    wanted: Collection[str | int] | None,
    ignored: Collection[str | int],
    named: bool,
) -> pd.DataFrame:
    header, columns = _cells_by_column(path, named)
    unread = {name for i, name in enumerate(header) if name in ignored or i in ignored}
    if wanted is not None:
        unread |= {name for i, name in enumerate(header) if name not in wanted and i not in wanted}
    for name in sorted(categorical - set(header)):
        raise TrainingDataError(f"{path}: column {name!r} (categorical) is missing{did_you_mean(name, header)}")
    missing = na_values | {""}
    series: dict[str, Any] = {}
    for name, cells in zip(header, columns, strict=True):
        as_text = name in categorical or name in unread
        numbers = None if as_text else _numbers(path, name, cells, missing)
        series[name] = _texts(cells, missing) if numbers is None else numbers
    return pd.DataFrame(series, columns=header)


def _cells_by_column(path: Path, named: bool) -> tuple[list[str], list[list[str]]]:
    """Return the header and, per column, the text of every cell."""
    try:
        with open_text(path) as text:
            rows = (cells for _, cells in records(text, str(path)))
            first = next(rows, [])
            columns: list[list[str]] = [[] if named else [cell] for cell in first]
            while block := list(islice(rows, BLOCK)):
                for column, cells in zip(columns, zip(*block, strict=True), strict=True):
                    column.extend(cells)
    except RowError as reason:
        raise TrainingDataError(str(reason)) from reason
    if not first:
        raise TrainingDataError(f"{path}: the file is empty")
    if not named:
        return [f"C{position}" for position in range(1, len(first) + 1)], columns
    _check_header(path, first)
    return first, columns


def _check_header(path: Path, header: list[str]) -> None:
    """Refuse headers without a name for each column, with what they usually come from."""
    if hint := separator_hint(header):
        raise TrainingDataError(f"{path}: the header is one cell, {header[0]!r}{hint}")
    for position, name in enumerate(header):
        if name == "":
            raise TrainingDataError(
                f"{path}: column {position + 1} of the header has no name; give it one, or write the file without "
                "that column (pandas writes its index so unless index=False)"
            )
        if header.index(name) != position:
            data = all(parse_number(cell) is not None for cell in header)
            hint = "; it holds numbers only: add a record of names before it" if data else "; names must differ"
            raise TrainingDataError(f"{path}: the header has column {name!r} {header.count(name)} times{hint}")


def _numbers(path: Path, name: str, cells: list[str], missing: frozenset[str]) -> np.ndarray[Any, Any] | None:
    """Return the column's numbers (int64 where all are whole and present), or None for a column of texts."""
    distinct = set(cells) - missing
    spelled = {text: parse_number(text) for text in distinct}
    strangers = [text for text, number in spelled.items() if number is None]
    if strangers:
        _refuse_mixture(path, name, cells, missing, frozenset(strangers))
        _refuse_commas(path, name, strangers)
        return None
    spelled |= dict.fromkeys(missing, np.nan)
    numbers = np.fromiter(map(spelled.__getitem__, cells), dtype=np.float64, count=len(cells))
    infinite = np.flatnonzero(np.isinf(numbers))
    if infinite.size:
        row = int(infinite[0])
        raise TrainingDataError(
            f"{path}, record {row + 1}, column {name!r}: {cells[row]!r} is beyond the largest number; correct it, or "
            f"read it as missing with na_values=[{cells[row]!r}]"
        )
    whole = distinct and not missing.intersection(cells) and bool((np.abs(numbers) < 2**53).all())
    return numbers.astype(np.int64) if whole and bool((numbers == np.floor(numbers)).all()) else numbers


def _refuse_commas(path: Path, name: str, strangers: list[str]) -> None:
    """Raise when all that keeps a column from being numbers is commas: as categories it would teach nothing."""
    if any("," not in text or parse_number(text.replace(",", "")) is None for text in strangers):
        return
    raise TrainingDataError(
        f"{path}, column {name!r}: numbers are written with commas ({min(strangers)!r}); write a point before decimals "
        f"and nothing between thousands, or read the column as categories with categorical=[{name!r}]"
    )


def _refuse_mixture(
    path: Path, name: str, cells: list[str], missing: frozenset[str], strangers: frozenset[str]
) -> None:
    """Raise when a column looks like numbers with a few texts between, which is a trap in either reading."""
    counts = Counter(cell for cell in cells if cell in strangers)
    texts = sum(counts.values())
    filled = sum(cell not in missing for cell in cells)
    lookalikes = all(text.strip().lower() in MISSING_LOOKALIKES for text in strangers)
    if texts == filled or not (lookalikes or texts * 2 < filled):
        return
    shown = ", ".join(f"{text!r} ({count} times)" for text, count in counts.most_common(5))
    more = f" and {len(counts) - 5} more" if len(counts) > 5 else ""
    tokens = ", ".join(repr(text) for text, _ in counts.most_common(5))
    raise TrainingDataError(
        f"{path}, column {name!r}: numbers in {filled - texts} cells, but also the texts {shown}{more}; read them as "
        f"missing with na_values=[{tokens}], or the whole column as categories with categorical=[{name!r}]"
    )


def _texts(cells: list[str], missing: frozenset[str]) -> np.ndarray[Any, Any]:
    texts = np.empty(len(cells), dtype=object)
    texts[:] = cells
    if missing.intersection(cells):
        texts[[cell in missing for cell in cells]] = None
    return texts

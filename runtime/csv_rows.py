"""Reading rows from a CSV file by the one grammar that Python and Java share (docs/scoring-model.md)."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from triplicate.runtime.errors import MissingColumnError, RowError

__all__ = ["open_text", "read_header", "records", "separator_hint"]

LONGEST_CELL = 2**27  # characters; the csv module's own limit of 131,072 refuses honest long texts
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}  # of files that call themselves CSV


@contextmanager
def open_text(path: str | Path) -> Iterator[TextIO]:
    """Open a UTF-8 text file, plain or `.gz`, with line ends untouched; a byte order mark is skipped."""
    path = Path(path)
    if path.suffix.lower() == ".parquet":
        raise RowError(f"{path}: rows are read from CSV files; of Parquet give the frame, pandas.read_parquet(path)")
    try:
        file = path.open("rb")
    except (OSError, ValueError) as reason:  # ValueError: a NUL in the path
        raise RowError(f"{path}: cannot be read ({getattr(reason, 'strerror', None) or reason})") from reason
    with file:
        raw = gzip.GzipFile(fileobj=file) if path.suffix.lower() == ".gz" else file
        with io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
            yield text


def records(text: TextIO, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (record number, cells), the header being record 0; blank lines are skipped.

    In a file of one column a blank line is a record with an empty cell. A record with more or fewer
    cells than the header, a stray quote, or bytes that are not UTF-8 raise RowError.
    """
    previous_limit = csv.field_size_limit(LONGEST_CELL)
    try:
        width, number, hint = 0, 0, ""
        for cells in csv.reader(text, strict=True):
            if not cells:
                if width != 1:
                    continue
                cells = [""]
            if width == 0:
                width, hint = len(cells), separator_hint(cells)
            if len(cells) != width:
                raise RowError(f"{name}, record {number}: {len(cells)} cells, but the header has {width}{hint}")
            yield number, cells
            number += 1
    except csv.Error as reason:
        raise RowError(f"{name}, record {number}: {reason}") from reason
    except UnicodeDecodeError as reason:
        raise RowError(f"{name}: not UTF-8 text ({reason.reason}); save it as UTF-8") from reason
    except (EOFError, OSError, zlib.error) as reason:
        raise RowError(f"{name}: cannot be read ({reason})") from reason
    finally:
        csv.field_size_limit(previous_limit)


def separator_hint(header: Sequence[str]) -> str:
    """Say what seems to separate the cells where the header is one cell that holds another mark; else ""."""
    for mark, words in SEPARATORS.items():
        if len(header) == 1 and mark in header[0]:
            return (
                f"; cells seem to be separated by {words}: write the file with commas, or read it with "
                f"pandas.read_csv(path, sep={mark!r}) and give the frame"
            )
    return ""


def read_header(rows: Iterator[tuple[int, list[str]]], wanted: Sequence[str], name: str) -> list[int]:
    """Consume the header and return the position of each wanted column; others are ignored."""
    _, header = next(rows, (0, []))
    missing = [column for column in wanted if column not in header]
    if missing:
        raise MissingColumnError(missing_column_message(missing, header, name))
    for column in wanted:
        if header.count(column) > 1:
            raise RowError(f"{name}: the header has column {column!r} {header.count(column)} times")
    return [header.index(column) for column in wanted]


def missing_column_message(missing: Sequence[str], present: Sequence[str], where: str) -> str:
    """Say which columns are missing, and which present one was probably meant."""
    from difflib import get_close_matches

    first = missing[0]
    by_fold = {name.casefold(): name for name in present}
    close = get_close_matches(first.casefold(), by_fold, n=1)
    hint = f"; did you mean {by_fold[close[0]]!r}?" if close else ""
    others = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
    expected = ", ".join(repr(name) for name in missing[:5])
    found = ", ".join(repr(name) for name in present[:10]) or "no columns"
    hint += separator_hint(present)
    return f"{where}: column {first!r} is missing{others}; the model reads {expected}, the rows have {found}{hint}"

"""Files as Frames: with a header or without one, by the grammar of CSV rows that training and scoring share."""

from collections.abc import Sequence
from pathlib import Path

from triplicate.h2o.frame import Frame
from triplicate.runtime.cells import parse_number
from triplicate.runtime.csv_rows import open_text, records
from triplicate.runtime.errors import ParameterError, RowError, TrainingDataError
from triplicate.trainer.read_table import read_table

__all__ = ["import_file", "upload_file"]


def import_file(
    path: str | Path,
    header: int = 0,
    col_names: Sequence[str] | None = None,
    na_strings: Sequence[str] = (),
) -> Frame:
    """Read a .csv, .csv.gz or .parquet file of this machine.

    `header` is 1 when the first record names the columns, -1 when it holds data, 0 to find out: it names them when
    none of its cells is empty or a number. Columns without names are C1, C2, … `col_names` renames them. Cells that
    are empty or among `na_strings` are missing. Addresses on the network raise ParameterError.
    """
    if "://" in str(path):
        raise ParameterError(f"{path}: only files are read; fetch it first and give its path")
    if header not in (-1, 0, 1):
        raise ParameterError(f"header must be -1, 0 or 1, got {header!r}")
    named = header == 1 or (header == 0 and _names_columns(Path(path)))
    return Frame(read_table(path, na_values=na_strings, header=named), col_names)


def upload_file(
    path: str | Path,
    header: int = 0,
    col_names: Sequence[str] | None = None,
    na_strings: Sequence[str] = (),
) -> Frame:
    """Read a file as `import_file` does: there is no cluster to carry it to."""
    return import_file(path, header, col_names, na_strings)


def _names_columns(path: Path) -> bool:
    if not path.name.lower().endswith((".csv", ".csv.gz")) or not path.is_file():
        return True
    try:
        with open_text(path) as text:
            first = next((cells for _, cells in records(text, str(path))), [])
    except RowError as reason:
        raise TrainingDataError(str(reason)) from reason
    return all(cell != "" and parse_number(cell) is None for cell in first)

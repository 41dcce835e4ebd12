"""JSON records, one object per row, as columns of cells."""

from itertools import islice
from typing import Any

from triplicate.runtime.columns import Categorical
from triplicate.runtime.csv_rows import missing_column_message
from triplicate.runtime.errors import RequestError
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.serving.columns_of_cells import UNPROCESSABLE, CellColumns, level_cell, number_cell
from triplicate.serving.settings import Settings

__all__ = ["RecordReader"]

BAD_REQUEST, TOO_LARGE = 400, 413
NAMES_COMPARED, LETTERS_COMPARED = 100, 100  # of a strange record, when a message guesses what was meant


class RecordReader:
    """Reads the model's columns out of records; counts rows from 0 in messages."""

    def __init__(self, model: ScoringModel, settings: Settings) -> None:
        self._columns = [
            (name, level_cell if isinstance(column, Categorical) else number_cell)
            for name, column in zip(model.row_names, (*model.columns, None), strict=False)
        ]
        self._known = frozenset(model.row_names)
        self._settings = settings

    def read(self, records: list[Any]) -> CellColumns:
        """Return one list of cells per column; RequestError names the first row and column that cannot be read."""
        if not records:
            raise RequestError("the list of records is empty", BAD_REQUEST)
        if len(records) > self._settings.max_rows:
            limit = self._settings.max_rows
            raise RequestError(f"{len(records)} rows in one request; the limit is {limit}", TOO_LARGE)
        for row, record in enumerate(records):
            self._check(record, row)
        cells: CellColumns = []
        for name, convert in self._columns:
            cells.append([convert(record.get(name), row, name) for row, record in enumerate(records)])
        return cells

    def _check(self, record: Any, row: int) -> None:
        """Refuse what is no object, and one whose names are not the model's."""
        if not isinstance(record, dict):
            kind = type(record).__name__
            raise RequestError(f"row {row}: a record must be an object of columns, got {kind}", BAD_REQUEST, row)
        lacking = self._known - record.keys()
        if lacking and self._settings.missing_columns == "error":
            missing = [name for name, _ in self._columns if name in lacking]
            present = [name[:LETTERS_COMPARED] for name in islice(record, NAMES_COMPARED)]
            message = missing_column_message(missing, present, f"row {row}")
            raise RequestError(f"{message}; null stands for a missing cell", UNPROCESSABLE, row, missing[0])
        if self._settings.unknown_columns == "error":
            for name in record:
                if name not in self._known:
                    raise RequestError(
                        f"row {row}: column {name[:LETTERS_COMPARED]!r} is not one of the model's", UNPROCESSABLE, row
                    )

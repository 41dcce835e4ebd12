"""JSON values as cells of a model's columns: the rules for one cell, and for columns of them."""

import math
from typing import Any

import numpy as np

from triplicate.runtime.cells import level_text, parse_number
from triplicate.runtime.columns import Categorical
from triplicate.runtime.errors import RequestError
from triplicate.runtime.raw_rows import RawRows
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["UNPROCESSABLE", "CellColumns", "level_cell", "number_cell", "raw_of"]

UNPROCESSABLE = 422
SHOWN = 60  # characters of a wrong value that a message repeats
CellColumns = list[list[Any]]  # one list per ScoringModel.row_names: float (NaN missing), or str | None


def number_cell(value: Any, row: int, column: str) -> float:
    """Return the number a JSON value stands for, NaN for null and ""; RequestError for anything else.

    A text that spells a number, and a boolean, count as numbers as everywhere in this package.
    """
    if value is None or value == "":
        return math.nan
    number: float | None = None
    if isinstance(value, str):
        number = parse_number(value)
    elif isinstance(value, int | float):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
    if number is None:
        raise _refused(value, row, column, "is not a number; null stands for a missing one")
    if math.isinf(number):
        raise _refused(value, row, column, "is beyond the largest number, 1.8e308; null stands for a missing one")
    return number


def level_cell(value: Any, row: int, column: str) -> str | None:
    """Return the level a JSON value stands for, None for null and ""; RequestError for lists and objects."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, list | dict):
        raise _refused(value, row, column, "is not a text; null stands for a missing one")
    return level_text(value)


def _refused(value: Any, row: int, column: str, reason: str) -> RequestError:
    shown = repr(value) if not isinstance(value, int) or abs(value) < 10**SHOWN else "a number of many digits"
    shown = shown if len(shown) <= SHOWN else shown[:SHOWN] + "…"
    return RequestError(f"row {row}, column {column!r}: {shown} {reason}", UNPROCESSABLE, row, column)


def raw_of(model: ScoringModel, parts: list[CellColumns], rows: int) -> RawRows:
    """Put the columns of several requests under each other, `rows` in all, as rows that a scorer reads."""
    cells = []
    for index, column in enumerate((*model.columns, None)[: len(model.row_names)]):
        together = parts[0][index] if len(parts) == 1 else [cell for part in parts for cell in part[index]]
        if isinstance(column, Categorical):
            texts = np.empty(len(together), dtype=object)
            texts[:] = together
            cells.append(texts)
        else:
            cells.append(np.array(together, dtype=np.float64))
    return RawRows(tuple(cells), rows)

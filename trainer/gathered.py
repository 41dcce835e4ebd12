"""Weights of one owner laid together: parts of a matrix's columns, one behind another in its memory.

While a team learns, no two threads then write to one cache line, which would wander between their caches.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["MOST_AT_REST", "gather_columns", "spread_columns"]

Floats = npt.NDArray[np.floating[Any]]
Bounds = Sequence[tuple[int, int]]

MOST_AT_REST = 16
"""Weights per weight that a row or a batch touches, up to which laying them together pays."""


def gather_columns(matrix: Floats, bounds: Bounds, *, turned: bool = False) -> None:
    """Lay each part together, in place: row by row, or `turned` column by column; `bounds` are its first and end."""
    flat, columns = matrix.reshape(-1), matrix.copy()
    for low, high in bounds:
        _part(flat, len(matrix), low, high, turned=turned)[:] = columns[:, low:high]


def spread_columns(matrix: Floats, bounds: Bounds, *, turned: bool = False) -> None:
    """Undo `gather_columns`."""
    flat = matrix.reshape(-1).copy()
    for low, high in bounds:
        matrix[:, low:high] = _part(flat, len(matrix), low, high, turned=turned)


def _part(flat: Floats, rows: int, low: int, high: int, *, turned: bool) -> Floats:
    """Return a view of a part that lies together, as the matrix it is."""
    part = flat[rows * low : rows * high]
    return part.reshape(high - low, rows).T if turned else part.reshape(rows, high - low)

"""Which rows are scored when there are more than one wants to score."""

import numpy as np
import numpy.typing as npt

from triplicate.trainer.pcg import first_floats

__all__ = ["row_draws", "sampled_rows"]

AT_ONCE = 2**14  # rows, whose generators fit into a cache


def sampled_rows(rows: int, wanted: int, seed: int) -> npt.NDArray[np.intp]:
    """Return about `wanted` of the row indices, ascending; all of them for 0 or when there are no more.

    A row is drawn by a generator of its own (seed + row), as the incumbent does it, so the number is approximate.
    """
    if wanted == 0 or wanted >= rows:
        return np.arange(rows)
    chosen = np.flatnonzero(row_draws(rows, seed) < wanted / rows)
    return chosen if chosen.size else np.arange(1)


def row_draws(rows: int, seed: int) -> npt.NDArray[np.float64]:
    """Return a uniform number in [0, 1) per row, each from the generator of seed + row."""
    drawn, start = np.empty(rows), np.uint64(seed % 2**64)
    for first in range(0, rows, AT_ONCE):
        few = np.arange(first, min(first + AT_ONCE, rows), dtype=np.uint64)
        drawn[first : first + few.size] = first_floats(start + few)
    return drawn

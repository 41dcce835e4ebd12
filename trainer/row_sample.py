"""Which rows are scored when there are more than one wants to score."""

import numpy as np
import numpy.typing as npt

from triplicate.trainer.pcg import first_floats

__all__ = ["row_draws", "sampled_rows"]


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
    return first_floats(np.uint64(seed % 2**64) + np.arange(rows, dtype=np.uint64))

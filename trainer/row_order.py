"""The order in which rows are learned: each pass over the table is a permutation of its own, or the table's order."""

import numpy as np
import numpy.typing as npt
from numba import types

from triplicate.trainer.apart import Job
from triplicate.trainer.pcg import seeded, shuffle

__all__ = ["SHUFFLE_JOB", "RowOrder"]

PASS_SEED = 0x5EED0F0E
SHUFFLE_JOB: Job = (shuffle, (types.uint64[::1], types.int64[::1]))
"""The kernel of this module, as the process is told that compiles it aside."""


class RowOrder:
    """An endless stream of row indices. Position p lies in pass p // rows, whatever is asked for before."""

    def __init__(self, rows: int, seed: int, *, shuffled: bool = True) -> None:
        self._rows, self._seed, self._shuffled = rows, seed, shuffled
        self._number, self._pass = -1, np.empty(0, dtype=np.int64)

    def take(self, start: int, count: int) -> npt.NDArray[np.int64]:
        """Return the indices at positions start … start + count - 1."""
        pieces = []
        while count > 0:
            number, offset = divmod(start, self._rows)
            piece = self._of_pass(number)[offset : offset + count]
            pieces.append(piece)
            start, count = start + piece.size, count - piece.size
        return np.concatenate(pieces) if pieces else np.empty(0, dtype=np.int64)

    def _of_pass(self, number: int) -> npt.NDArray[np.int64]:
        if number != self._number:
            order = np.arange(self._rows, dtype=np.int64)
            if self._shuffled:
                shuffle(seeded(self._seed * PASS_SEED + number), order)
            self._number, self._pass = number, order
        return self._pass

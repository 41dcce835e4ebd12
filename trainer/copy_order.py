"""Which rows each copy of the model learns: rows are dealt to the copies in turn, and each copy has its own stream.

All is a function of the seed and of the number of rows learned so far, so that a training can go on anywhere, and
with another number of copies.
"""

import numpy as np
import numpy.typing as npt

from triplicate.trainer.pcg import seeded, shuffle
from triplicate.trainer.row_order import RowOrder

__all__ = ["CopyOrder", "copy_seed", "place_of", "shares"]

Indices = npt.NDArray[np.int64]

SEED_STEP = 0x9E3779B97F4A7C15
PARTS_SEED = 0x7A2D5EED


def copy_seed(seed: int, copy: int) -> int:
    """Return the seed of a copy's row order and dropout masks; that of copy 0 is the training's own."""
    return (seed + copy * SEED_STEP + 2**63) % 2**64 - 2**63


def place_of(samples: int, copy: int, copies: int) -> int:
    """Return how many of the first `samples` rows the copy has learned."""
    return (samples + copies - 1 - copy) // copies


def shares(start: int, count: int, copies: int) -> list[int]:
    """Return how many of the rows start … start + count - 1 of a training each copy learns."""
    return [place_of(start + count, k, copies) - place_of(start, k, copies) for k in range(copies)]


class CopyOrder:
    """The copies' streams of row indices.

    With `replicated` each copy sees the whole table, else its own part, which is drawn once. `shuffled` passes are
    permutations of their own; others follow the table, each copy from another place of it.
    """

    def __init__(self, rows: int, seed: int, copies: int, *, shuffled: bool, replicated: bool) -> None:
        self._copies = copies
        if replicated:
            whole = np.arange(rows, dtype=np.int64)
            self._parts = [whole if shuffled else np.roll(whole, -(k * rows // copies)) for k in range(copies)]
        else:
            dealt = np.arange(rows, dtype=np.int64)
            shuffle(seeded(seed ^ PARTS_SEED), dealt)
            self._parts = [np.sort(dealt[k::copies]) for k in range(copies)]
        self._orders = [
            RowOrder(part.size, copy_seed(seed, k), shuffled=shuffled) for k, part in enumerate(self._parts)
        ]

    def take(self, start: int, count: int) -> Indices:
        """Return the rows at positions start … start + count - 1 of the training.

        Those of copy 0 come first, then those of copy 1; `shares` says how many each has.
        """
        sizes = shares(start, count, self._copies)
        places = [place_of(start, k, self._copies) for k in range(self._copies)]
        streams = zip(self._parts, self._orders, places, sizes, strict=True)
        return np.concatenate([part[order.take(place, size)] for part, order, place, size in streams])

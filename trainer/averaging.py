"""The running average of the weights, over the last pass or more: one more candidate for the best model.

Steps that do not shrink leave the weights wandering around a good point; their average is closer to it (Polyak
and Juditsky, 1992).
"""

from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from triplicate.trainer.jit import kernel

__all__ = ["STILL", "Averaging", "average_share", "move_average"]

Floats = npt.NDArray[np.floating[Any]]

PIECES_PER_PASS = 64
SHARE_OF_TRAINING = 0.3


class Averaging(NamedTuple):
    """How the average of a model's weights moves: after every `piece` rows that one of its `copies` has learned.

    It reaches back over so many `rows`. Without a piece nothing moves.
    """

    rows: int
    copies: int
    piece: int

    @classmethod
    def of(cls, rows: int, copies: int, batch: int, epochs: float) -> Self:
        """Return an average over so many passes, in pieces of whole batches, some 64 of which are one pass."""
        return cls(round(rows * epochs), copies, max(1, rows // copies // PIECES_PER_PASS // batch) * batch)


STILL = Averaging(0, 1, 0)
"""No average at all."""


def average_share(samples: int, averaging: Averaging, learned: int) -> float:
    """Return the share of the newest weights in the average, after `samples` rows, the last `learned` by each copy.

    The average reaches back over about its rows, at most over the last 30 % of what has been learned.
    """
    window, longest = SHARE_OF_TRAINING * samples, float(averaging.rows)  # min is code of its own in a kernel
    window = longest if longest < window else window
    share = learned * averaging.copies / (window if window > 1.0 else 1.0)
    return share if share < 1.0 else 1.0


newest_share = kernel(inner=True)(average_share)
"""`average_share`, as kernels call it."""


@kernel()
def move_average(average: Floats, parameters: Floats, share: float) -> None:
    """Move the average towards the parameters by that share, in place."""
    part = average.dtype.type(share)
    for k in range(average.size):
        average[k] += part * (parameters[k] - average[k])

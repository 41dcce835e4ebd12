"""The running average of the weights over the last pass: one more candidate for the best model.

Steps that do not shrink leave the weights wandering around a good point; their average is closer to it (Polyak
and Juditsky, 1992).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.jit import kernel

__all__ = ["PIECES_PER_PASS", "average_share", "move_average"]

Floats = npt.NDArray[np.floating[Any]]

PIECES_PER_PASS = 64
SHARE_OF_TRAINING = 0.3


def average_share(samples: int, rows: int, piece: int) -> float:
    """Return the share of the newest weights in the average, after so many rows in pieces of `piece` rows.

    The average reaches back over about one pass, at most over the last 30 % of what has been learned.
    """
    window = min(rows, SHARE_OF_TRAINING * samples)
    return min(1.0, piece / max(window, 1.0))


@kernel()
def move_average(average: Floats, parameters: Floats, share: float) -> None:
    """Move the average towards the parameters by that share, in place."""
    part = average.dtype.type(share)
    for k in range(average.size):
        average[k] += part * (parameters[k] - average[k])

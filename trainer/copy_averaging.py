"""Several copies of the weights, and what is made of them: the centre, which is the model.

Plain averaging: after each iteration the centre moves to the mean of the copies, and all of them go on from there. A
mean of n moves is no longer than one of them, though n times the rows went into it, so that a mean alone learns about
n times more slowly. Therefore the centre keeps a part of its last move, the block momentum (Chen and Huo, 2016): theirs
is 1 - 1/n, which makes steady moves n times longer; 1 - 1/(2n - 1) came nearer to one copy on Adult and MNIST.

Elastic averaging (Zhang, Choromanska and LeCun, 2015): copies keep their own weights; each gradient of a copy has the
additional term strength * (weight - centre), and after each iteration the centre moves by a rate of the way to the
mean.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.jit import kernel

__all__ = ["add_pull", "block_momentum", "move_centre", "set_mean"]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]

SHARE_OF_TRAINING = 0.6


def block_momentum(copies: int, table: int, samples: int, rows: int) -> float:
    """Return the part of its last move that the centre keeps after an iteration of so many rows.

    1 - 1/(2 copies - 1), but the moves that add up reach back over one pass over the `table` at most, and over 60 % of
    the `samples` learned before: long moves do not add up, and early ones lead too far. From a pass per iteration on
    it is 0.
    """
    longest = min(2.0 * copies - 1.0, table / rows, 1.0 + SHARE_OF_TRAINING * samples / rows)
    return 1.0 - 1.0 / max(1.0, longest)


@kernel(inner=True)
def _mean(copies: Floats, learned: Indices, j: int) -> float:
    """Return the mean of a number over the listed copies: a float64 sum in the order of the list."""
    total = 0.0
    for k in range(learned.size):
        total += float(copies[learned[k], j])
    return total / learned.size


@kernel()
def set_mean(centre: Floats, copies: Floats, learned: Indices) -> None:
    """Set the centre to the mean of those rows of `copies` that `learned` lists."""
    for j in range(centre.size):
        centre[j] = _mean(copies, learned, j)


@kernel()
def move_centre(centre: Floats, copies: Floats, learned: Indices, rate: float, drift: Floats, momentum: float) -> None:
    """Move the centre by `rate` of the way to the mean of the listed copies, and by `momentum` of its last move.

    `drift` is the last move, and becomes this one.
    """
    for j in range(centre.size):
        before = float(centre[j])
        target = _mean(copies, learned, j)
        if rate < 1.0:
            target = before + rate * (target - before)
        after = target + momentum * float(drift[j])
        centre[j], drift[j] = after, after - before


@kernel(inner=True)
def add_pull(
    row: Floats, centre: Floats, factor: Any, gradient: Floats, strength: float, sparing: bool, pulled: Floats
) -> None:
    """Write `factor * gradient` and the pull of a row of weights towards the centre to `pulled`.

    `sparing` leaves a weight alone whose gradient is exactly 0, as fast mode does.
    """
    zero, pull = row.dtype.type(0), row.dtype.type(strength)
    for j in range(row.size):
        slope = factor * gradient[j]
        pulled[j] = zero if sparing and slope == zero else slope + pull * (row[j] - centre[j])

"""Momentum: how much of the last step a step keeps, and the part of a step that precedes the gradient.

With momentum m, rate a and last step v, a step is v <- m v - a g, then w <- w + v. Plain momentum takes the
gradient g at w, Nesterov's at w + m v (Sutskever et al., 2013). Both are cut in two here: before the gradient,
`advance` shrinks v to m v, and with Nesterov moves w along; after it, the update subtracts a g from v, and moves
w by the rest. Nesterov's w + m v - a g is then reached without a second copy of the weights. There is no
factor (1 - m).

In fast mode weights whose input is 0 stay as they are, their last step included; the others go on by momentum
even where their own gradient is 0.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.atomics import stay_apart
from triplicate.trainer.jit import kernel
from triplicate.trainer.views import view

__all__ = ["advance", "momentum_at"]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]


@kernel()
def momentum_at(start: float, ramp: float, stable: float, samples: int) -> float:
    """Return the momentum after so many samples: it grows in a line from start to stable over `ramp` samples."""
    if samples >= ramp:
        return stable
    return start + (stable - start) * samples / ramp


@kernel(inner=True)
def advance(
    parameters: Floats, steps: Any, start: int, stride: int, width: int, index: Indices, momentum: float,
    ahead: bool | None,
) -> None:  # fmt: skip
    """Shrink the last steps of the listed rows of weights, and with `ahead` move the weights by them.

    Row i begins at `start + i * stride`; `width` columns of it take part. Without momentum `ahead` is None,
    and nothing happens.
    """
    stay_apart()
    if ahead is None:
        return
    keep = parameters.dtype.type(momentum)
    for k in range(index.size):
        begin = start + index[k] * stride
        row, step = view(parameters, begin, begin + width), view(steps, begin, begin + width)
        for j in range(width):
            step[j] *= keep
        if ahead:
            for j in range(width):
                row[j] += step[j]

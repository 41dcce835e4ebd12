"""Losses in training: their gradients at the output units, and their values for the gradient tests.

| loss | value for output units f, class c or target t | gradient at the linear sums z |
|---|---|---|
| cross-entropy | -ln p_c with p = softmax(z) | p - (1 at c, else 0) |
| squared | sum over units of (f - t)**2 | 2 (f - t) f'(z) |

An observation's weight multiplies the gradient.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.jit import kernel

__all__ = ["CROSS_ENTROPY", "SQUARED", "cross_entropy_gradient", "softmax", "squared_gradient"]

Floats = npt.NDArray[np.floating[Any]]

CROSS_ENTROPY, SQUARED = 0, 1


@kernel()
def softmax(units: Floats) -> None:
    """Replace the linear sums of one row by probabilities, in place."""
    highest = units[0]
    for unit in range(1, units.size):
        highest = max(highest, units[unit])
    total = units.dtype.type(0)
    for unit in range(units.size):
        units[unit] = math.exp(units[unit] - highest)
        total += units[unit]
    for unit in range(units.size):
        units[unit] /= total


@kernel()
def cross_entropy_gradient(units: Floats, label: int, weight: float, out: Floats) -> None:
    """Turn the linear sums of one row into probabilities and write their gradient to `out`."""
    factor, one = units.dtype.type(weight), units.dtype.type(1)
    softmax(units)
    for unit in range(units.size):
        out[unit] = factor * units[unit]
    out[label] = factor * (units[label] - one)


@kernel()
def squared_gradient(units: Floats, targets: Floats, weight: float, out: Floats) -> None:
    """Multiply `out`, which holds the derivatives of the units, by the gradient of the squared loss."""
    factor = units.dtype.type(2.0 * weight)
    for unit in range(units.size):
        out[unit] *= factor * (units[unit] - targets[unit])

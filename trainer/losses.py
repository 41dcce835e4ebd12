"""Losses in training: their gradients at the output units.

Regression and autoencoders, for an output f and its target t (in network space) and the derivative f'(z):

| loss | gradient |
|---|---|
| squared (gaussian) | 2 (f - t) f'(z) |
| absolute (laplace) | f'(z) if f > t, else -f'(z) |
| quantile | -alpha f'(z) if t > f, else (1 - alpha) f'(z) |
| huber | 2 (f - t) f'(z), where f - t is cut to [-d, d] |
| poisson | 2 (exp(f) - t) |
| gamma | 2 (1 - t exp(-f)) |
| tweedie | 2 (exp(f (2 - p)) - t exp(f (1 - p))) |

Classification, with p = softmax(z) and t the one-hot class: cross-entropy has the gradient p - t. Of the others let
e be p - t (squared), its sign (absolute), or p - t cut to [-d, d] (huber): the gradient is p_i (e_i - sum p_j e_j),
the full Jacobian of softmax. Exponentials of f end at 1e19. An observation's weight multiplies the gradient.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.jit import kernel

__all__ = [
    "ABSOLUTE",
    "CODES",
    "CROSS_ENTROPY",
    "GAMMA",
    "HUBER",
    "POISSON",
    "QUANTILE",
    "SQUARED",
    "TWEEDIE",
    "cross_entropy_gradient",
    "loss_gradient",
    "slope_at",
    "softmax",
    "softmax_gradient",
    "squared_gradient",
]

Floats = npt.NDArray[np.floating[Any]]

CROSS_ENTROPY, SQUARED, ABSOLUTE, QUANTILE, HUBER, POISSON, GAMMA, TWEEDIE = range(8)

CODES = {"CrossEntropy": CROSS_ENTROPY, "Quadratic": SQUARED, "Absolute": ABSOLUTE, "Quantile": QUANTILE,
         "Huber": HUBER, "poisson": POISSON, "gamma": GAMMA, "tweedie": TWEEDIE}  # fmt: skip
"""The number by which a kernel knows a loss, or a distribution that is its own loss."""

LARGEST = 1e19


@kernel(inner=True)
def softmax(units: Floats) -> None:
    """Replace the linear sums of one row by probabilities, in place."""
    highest = units[0]
    for unit in range(1, units.size):
        highest = units[unit] if units[unit] > highest else highest
    total = units.dtype.type(0)
    for unit in range(units.size):
        units[unit] = math.exp(units[unit] - highest)
        total += units[unit]
    for unit in range(units.size):
        units[unit] /= total


@kernel(inner=True)
def cross_entropy_gradient(units: Floats, label: int, weight: float, out: Floats) -> None:
    """Turn the linear sums of one row into probabilities and write their gradient to `out`."""
    factor, one = units.dtype.type(weight), units.dtype.type(1)
    softmax(units)
    for unit in range(units.size):
        out[unit] = factor * units[unit]
    out[label] = factor * (units[label] - one)


@kernel(inner=True)
def squared_gradient(units: Floats, targets: Floats, weight: float, out: Floats) -> None:
    """Multiply `out`, which holds the derivatives of the units, by the gradient of the squared loss."""
    factor = units.dtype.type(2.0 * weight)
    for unit in range(units.size):
        out[unit] *= factor * (units[unit] - targets[unit])


@kernel(inner=True)
def _capped_exp(x: float) -> float:
    return min(math.exp(x), LARGEST)


@kernel(inner=True)
def slope_at(loss: int, shape: float, f: float, t: float) -> float:
    """Return the derivative of a loss at an output f with target t.

    `shape` is the loss's constant: quantile's alpha, huber's d, tweedie's power; the others have none.
    """
    if loss == ABSOLUTE:
        return 1.0 if f > t else -1.0
    if loss == QUANTILE:
        return -shape if t > f else 1.0 - shape
    if loss == HUBER:
        return 2.0 * min(max(f - t, -shape), shape)
    if loss == POISSON:
        return 2.0 * (_capped_exp(f) - t)
    if loss == GAMMA:
        return 2.0 * (1.0 - t * _capped_exp(-f))
    if loss == TWEEDIE:
        return 2.0 * (_capped_exp(f * (2.0 - shape)) - t * _capped_exp(f * (1.0 - shape)))
    return 2.0 * (f - t)


@kernel(inner=True)
def loss_gradient(loss: int, shape: float, units: Floats, targets: Floats, weight: float, out: Floats) -> None:
    """Multiply `out`, which holds the derivatives of the units, by the gradient of any loss but the squared one."""
    for unit in range(units.size):
        out[unit] *= weight * slope_at(loss, shape, units[unit], targets[unit])


@kernel(inner=True)
def softmax_gradient(loss: int, shape: float, units: Floats, label: int, weight: float, out: Floats) -> None:
    """Turn the linear sums of one row into probabilities and write the gradient of a class loss to `out`.

    The loss is any but cross-entropy, whose gradient is a simpler one.
    """
    softmax(units)
    mean = 0.0
    for unit in range(units.size):
        error = units[unit] - (1.0 if unit == label else 0.0)
        if loss == ABSOLUTE:
            error = 1.0 if error > 0.0 else (-1.0 if error < 0.0 else (0.0 if error == 0.0 else error))  # NaN stays
        elif loss == HUBER:
            error = min(max(error, -shape), shape)
        out[unit] = error
        mean += units[unit] * error
    for unit in range(units.size):
        out[unit] = weight * units[unit] * (out[unit] - mean)

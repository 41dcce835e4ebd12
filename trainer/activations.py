"""Activations in training: the value of a unit, and its derivative computed from that value.

A unit of Maxout (Goodfellow et al., 2013) has two linear sums, its channels, and is the larger of them; its
derivative is 1 at the channel that won and 0 at the other one.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.layers import Activation
from triplicate.trainer.atomics import stay_apart
from triplicate.trainer.jit import kernel

__all__ = [
    "CODES",
    "LINEAR",
    "MAXOUT",
    "RECTIFIER",
    "TANH",
    "activate",
    "channels_of",
    "maxout",
    "slopes",
    "start_bias",
]

Floats = npt.NDArray[np.floating[Any]]

LINEAR, RECTIFIER, TANH, MAXOUT = 0, 1, 2, 3

CODES = {
    Activation.LINEAR: LINEAR,
    Activation.RECTIFIER: RECTIFIER,
    Activation.TANH: TANH,
    Activation.MAXOUT: MAXOUT,
}
"""The number by which a kernel knows an activation."""


def channels_of(activation: Activation) -> int:
    """Return the linear sums per unit: 2 for Maxout, else 1."""
    return 2 if activation is Activation.MAXOUT else 1


def start_bias(activation: Activation, *, first: bool) -> float:
    """Return the start bias of a hidden unit; above 0 for rectifiers, so that they start alive, and for Maxout."""
    if activation in (Activation.RECTIFIER, Activation.MAXOUT):
        return 0.5 if first else 1.0
    return 0.0


@kernel(inner=True)
def activate(code: int, units: Floats) -> None:
    """Replace the linear sums (one dimension) by activations, in place."""
    stay_apart()
    zero = units.dtype.type(0)
    if code == RECTIFIER:
        for unit in range(units.size):
            units[unit] = zero if units[unit] <= zero else units[unit]
    elif code == TANH:
        for unit in range(units.size):
            units[unit] = math.tanh(units[unit])


@kernel(inner=True)
def slopes(code: int, units: Floats, out: Floats) -> None:
    """Write the derivative at each unit, computed from its activation, to `out`."""
    stay_apart()
    zero, one = units.dtype.type(0), units.dtype.type(1)
    if code == RECTIFIER:
        for unit in range(units.size):
            out[unit] = zero if units[unit] <= zero else one
    elif code == TANH:
        for unit in range(units.size):
            out[unit] = one - units[unit] * units[unit]
    else:
        for unit in range(units.size):
            out[unit] = one


@kernel(inner=True)
def maxout(sums: Floats, units: Floats, out: Floats) -> None:
    """Write the larger channel of each unit to `units` and the derivatives of both to `out`, which may be `sums`.

    The sums hold both channels of a unit side by side. Of equal channels the first wins.
    """
    stay_apart()
    zero, one = sums.dtype.type(0), sums.dtype.type(1)
    for unit in range(units.size):
        first, second = sums[2 * unit], sums[2 * unit + 1]
        ahead = second > first
        units[unit] = second if ahead else first
        out[2 * unit] = zero if ahead else one
        out[2 * unit + 1] = one if ahead else zero

"""Activations in training: the value of a unit, and its derivative computed from that value."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.layers import Activation
from triplicate.trainer.jit import kernel

__all__ = ["CODES", "LINEAR", "RECTIFIER", "TANH", "activate", "slopes", "start_bias"]

Floats = npt.NDArray[np.floating[Any]]

LINEAR, RECTIFIER, TANH = 0, 1, 2

CODES = {Activation.LINEAR: LINEAR, Activation.RECTIFIER: RECTIFIER, Activation.TANH: TANH}
"""The number by which a kernel knows an activation."""


def start_bias(activation: Activation, *, first: bool) -> float:
    """Return the start bias of a hidden unit; above 0 for rectifiers, so that they start alive."""
    if activation is Activation.RECTIFIER:
        return 0.5 if first else 1.0
    return 0.0


@kernel()
def activate(code: int, units: Floats) -> None:
    """Replace the linear sums (one dimension) by activations, in place."""
    zero = units.dtype.type(0)
    if code == RECTIFIER:
        for unit in range(units.size):
            units[unit] = zero if units[unit] <= zero else units[unit]
    elif code == TANH:
        for unit in range(units.size):
            units[unit] = math.tanh(units[unit])


@kernel()
def slopes(code: int, units: Floats, out: Floats) -> None:
    """Write the derivative at each unit, computed from its activation, to `out`."""
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

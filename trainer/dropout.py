"""Dropout masks from a counter-based generator.

A mask is a function of the seed, the row's position in the training stream, the layer and the unit, and of
nothing else: layers and rows are independent, and the order in which rows are worked on does not matter.
(The mixing function is the finaliser of SplitMix64: Steele, Lea and Flood, 2014.)
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.atomics import stay_apart
from triplicate.trainer.jit import kernel

__all__ = ["drop_inputs", "drop_units", "is_kept", "mask_key"]

Floats = npt.NDArray[np.floating[Any]]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
LAYER_STEP = np.uint64(0xD1B54A32D192ED03)
RESOLUTION = 2.0**-53


@kernel(inner=True)
def _mixed(word: np.uint64) -> np.uint64:
    word = (word ^ (word >> np.uint64(30))) * FIRST
    word = (word ^ (word >> np.uint64(27))) * SECOND
    return word ^ (word >> np.uint64(31))


@kernel(inner=True)
def mask_key(seed: int, position: int, layer: int) -> np.uint64:
    """Return the key of a row's mask in a layer (0 stands for the inputs)."""
    key = _mixed(np.uint64(seed) + GOLDEN)
    key = _mixed(key ^ (np.uint64(position) * GOLDEN))
    return _mixed(key + np.uint64(layer) * LAYER_STEP)


@kernel(inner=True)
def _threshold(ratio: float) -> np.uint64:
    """Return the smallest drawn word, of 53 bits, that is kept: comparing words is vector code."""
    return np.uint64(math.ceil(ratio / RESOLUTION))


@kernel(inner=True)
def _drawn(key: np.uint64, unit: int) -> np.uint64:
    return _mixed(key + np.uint64(unit) * GOLDEN) >> np.uint64(11)


@kernel(inner=True)
def is_kept(key: np.uint64, unit: int, ratio: float) -> bool:
    """Tell whether a unit survives dropout with this ratio."""
    return bool(_drawn(key, unit) >= _threshold(ratio))


@kernel(inner=True)
def drop_units(key: np.uint64, ratio: float, units: Floats, unit_slopes: Floats, first: int = 0) -> None:
    """Set the activation and the derivatives of dropped units to 0; kept units stay as they are.

    A unit has as many derivatives, side by side, as it has channels. `first` is the number of the first unit.
    """
    stay_apart()
    zero, limit = units.dtype.type(0), _threshold(ratio)
    if unit_slopes.size == units.size:
        for unit in range(units.size):
            kept = _drawn(key, first + unit) >= limit
            units[unit] = units[unit] if kept else zero
            unit_slopes[unit] = unit_slopes[unit] if kept else zero
        return
    for unit in range(units.size):
        if _drawn(key, first + unit) < limit:
            units[unit] = unit_slopes[2 * unit] = unit_slopes[2 * unit + 1] = zero


@kernel(inner=True)
def drop_inputs(key: np.uint64, ratio: float, codes: npt.NDArray[np.int32], numbers: Floats, first_number: int) -> None:
    """Drop inputs of one row, in place: a dropped code becomes -1, a dropped number 0.

    Kept numbers are divided by 1 - ratio; the caller does the same with the 1 that a kept code stands for.
    """
    stay_apart()
    zero, limit = numbers.dtype.type(0), _threshold(ratio)
    scale = numbers.dtype.type(1.0 / (1.0 - ratio))
    for column in range(codes.size):
        if codes[column] >= 0 and not is_kept(key, int(codes[column]), ratio):
            codes[column] = -1
    for column in range(numbers.size):
        kept = _drawn(key, first_number + column) >= limit
        numbers[column] = numbers[column] * scale if kept else zero

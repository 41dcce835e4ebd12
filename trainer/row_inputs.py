"""Row mode's lists: what of a layer's inputs is not 0, as (index, value) pairs, so that zeros cost nothing."""

from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.atomics import stay_apart
from triplicate.trainer.jit import kernel

__all__ = ["list_inputs", "list_silent", "list_the_rest", "list_units"]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]


@kernel(inner=True)
def list_inputs(
    codes: npt.NDArray[np.int32],
    numbers: Floats,
    first_number: int,
    one: Any,
    slots: Indices,
    index: Indices,
    value: Floats,
) -> int:
    """List the inputs of one row that are not 0, as (index, value) pairs; return how many there are.

    `one` is the value of an active code; hashed codes may meet, and then add up. `slots` has -1 for every input
    of codes, before and after. The lists have room for one more.
    """
    stay_apart()
    count = 0
    for column in range(codes.size):
        code = codes[column]
        if code >= 0 and slots[code] >= 0:
            value[slots[code]] += one
        elif code >= 0:
            slots[code], index[count], value[count] = count, code, one
            count += 1
    for k in range(count):
        slots[index[k]] = -1
    for column in range(numbers.size):  # without a branch, which would be guessed wrong half of the time
        index[count], value[count] = first_number + column, numbers[column]
        count += numbers[column] != 0
    return count


@kernel(inner=True)
def list_units(units: Floats, low: int, high: int, everything: bool, index: Indices, value: Floats) -> int:
    """List the units from `low` to `high` that are not 0, or `everything`; return how many there are.

    The lists have room for one more.
    """
    stay_apart()
    count = 0
    for unit in range(low, high):  # without a branch, as above
        index[count], value[count] = unit, units[unit]
        count += everything | (units[unit] != 0)
    return count


@kernel(inner=True)
def list_silent(units: Floats, slopes: Floats, low: int, high: int, silent: Indices) -> int:
    """List the units from `low` to `high` that are 0 but have a derivative; return how many there are.

    Nothing is learned from them, but they are told their errors. A unit has as many derivatives as channels, side by
    side. The list has room for one more.
    """
    stay_apart()
    count, channels = 0, slopes.size // units.size
    for unit in range(low, high):  # without a branch: "or" would be one
        silent[count] = unit
        told = (slopes[unit * channels] != 0) | (slopes[unit * channels + channels - 1] != 0)
        count += told & (units[unit] == 0)
    return count


@kernel(inner=True)
def list_the_rest(inputs: int, count: int, index: Indices, value: Floats, marks: Indices) -> int:
    """Append the inputs that the list leaves out, with value 0; return the new length. `marks` is work space."""
    stay_apart()
    for position in range(inputs):
        marks[position] = 0
    for k in range(count):
        marks[index[k]] = 1
    for position in range(inputs):
        if marks[position] == 0:
            index[count], value[count] = position, 0
            count += 1
    return count

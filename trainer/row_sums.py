"""Row mode's sums over weights: a layer's linear sums forward, the errors of its inputs backward."""

from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.atomics import stay_apart
from triplicate.trainer.jit import FUSED, REORDERED_SUM, kernel
from triplicate.trainer.views import view

__all__ = ["add_rows", "send_back"]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]


@kernel(FUSED, inner=True)
def add_rows(parameters: Floats, start: int, index: Indices, value: Floats, sums: Floats) -> None:
    """Set the linear sums to the sum of the listed rows of weights, times their values, four rows at a time."""
    stay_apart()
    width = sums.size
    for j in range(width):
        sums[j] = 0
    fours = index.size // 4 * 4
    for k in range(0, fours, 4):
        a, b = start + index[k] * width, start + index[k + 1] * width
        c, d = start + index[k + 2] * width, start + index[k + 3] * width
        first, second = view(parameters, a, a + width), view(parameters, b, b + width)
        third, fourth = view(parameters, c, c + width), view(parameters, d, d + width)
        for j in range(width):
            sums[j] = (
                sums[j]
                + value[k] * first[j]
                + value[k + 1] * second[j]
                + value[k + 2] * third[j]
                + value[k + 3] * fourth[j]
            )
    for k in range(fours, index.size):
        begin = start + index[k] * width
        row, factor = view(parameters, begin, begin + width), value[k]
        for j in range(width):
            sums[j] += factor * row[j]


@kernel(REORDERED_SUM, inner=True)  # as one chain of additions the dot product could not be vector code
def send_back(
    parameters: Floats, start: int, width: int, low: int, index: Indices, errors: Floats, out: Floats
) -> None:
    """Write the product of a block of errors and each listed row of weights to `out`, by the row's index.

    The block begins at column `low` of rows of `width` weights.
    """
    stay_apart()
    for k in range(index.size):
        begin = start + index[k] * width + low
        row = view(parameters, begin, begin + errors.size)
        total = parameters.dtype.type(0)
        for j in range(errors.size):
            total += row[j] * errors[j]
        out[index[k]] = total

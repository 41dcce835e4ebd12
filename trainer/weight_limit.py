"""max_w2: no sum of squared weights into a unit (or into a channel of Maxout) is larger than a limit.

After each update a larger sum is brought back to the limit by shrinking the unit's weights, not its bias
(Srivastava et al., 2014). Sums are kept running, in float64, and renewed from the weights after every piece of the
rows. A row of weights of a category is touched only when the category is active: what the other categories'
weights are to be multiplied by is remembered per unit in `scales`, and settled before anyone else looks.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.addressed import Addressed
from triplicate.trainer.atomics import stay_apart
from triplicate.trainer.jit import kernel
from triplicate.trainer.network import Layout

__all__ = ["Norms", "close_rows", "measure", "open_rows", "settle"]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]

SMALLEST_SCALE = 1e-6  # beyond it float32 weights would overflow, divided by their scale


@dataclass(frozen=True, eq=False)
class Norms(Addressed):
    """Running sums of squared weights of all layers, and the scales of the categories' rows of weights."""

    squares: npt.NDArray[np.float64]
    scales: npt.NDArray[np.float64]


@kernel()
def measure(layout: Layout, parameters: Floats, norms: Norms | None) -> None:
    """Sum up the squares of the network's weights; scales are 1. Without a limit `norms` is None."""
    stay_apart()
    if norms is None:
        return
    for layer in range(layout.widths.size - 1):
        totals = norms.squares[layout.sums[layer] : layout.sums[layer + 1]]
        totals[:] = 0.0
        for position in range(layout.widths[layer]):
            begin = layout.weights[layer] + position * totals.size
            row = parameters[begin : begin + totals.size]
            for j in range(totals.size):
                totals[j] += float(row[j]) * float(row[j])


@kernel()
def open_rows(
    layout: Layout, layer: int, categories: int, parameters: Floats, norms: Norms | None, index: Indices
) -> None:
    """Give the listed rows of a layer their true weights, and take them out of the sums of squares.

    The first `categories` inputs of the network are scaled.
    """
    stay_apart()
    if norms is None:
        return
    totals = norms.squares[layout.sums[layer] : layout.sums[layer + 1]]
    for k in range(index.size):
        if index[k] == layout.widths[layer]:
            continue  # the biases
        begin = layout.weights[layer] + index[k] * totals.size
        row = parameters[begin : begin + totals.size]
        if layer == 0 and index[k] < categories:
            for j in range(row.size):
                row[j] *= norms.scales[j]
        for j in range(row.size):
            totals[j] -= float(row[j]) * float(row[j])


@kernel(counted=True)
def close_rows(
    layout: Layout, layer: int, categories: int, parameters: Floats, norms: Norms | None, index: Indices, limit: float
) -> None:
    """Take the listed rows into the sums again, and shrink the weights of units beyond the limit."""
    stay_apart()
    if norms is None:
        return
    totals = norms.squares[layout.sums[layer] : layout.sums[layer + 1]]
    start, width, inputs = layout.weights[layer], totals.size, layout.widths[layer]
    scaled = categories if layer == 0 else 0
    for k in range(index.size):
        if index[k] < inputs:
            row = parameters[start + index[k] * width : start + (index[k] + 1) * width]
            for j in range(width):
                totals[j] += float(row[j]) * float(row[j])
    factors = np.ones(width)
    beyond = False
    for j in range(width):
        if totals[j] > limit:
            factors[j] = math.sqrt(limit / totals[j])
            totals[j] = limit
            beyond = True
    if beyond:
        for position in range(scaled, inputs):
            row = parameters[start + position * width : start + (position + 1) * width]
            for j in range(width):
                row[j] *= factors[j]
    if scaled == 0:
        return
    for j in range(width):
        norms.scales[j] *= factors[j]
    for k in range(index.size):
        if index[k] < scaled:
            row = parameters[start + index[k] * width : start + (index[k] + 1) * width]
            for j in range(width):
                row[j] = row[j] * factors[j] / norms.scales[j]
    if beyond and norms.scales.min() < SMALLEST_SCALE:
        settle(categories, parameters[start:], norms, SMALLEST_SCALE)


@kernel(counted=True)
def settle(categories: int, parameters: Floats, norms: Norms | None, least: float = math.inf) -> None:
    """Give the weights of all categories their true values: multiply them by their scales, which become 1.

    Units whose scale is not below `least` keep theirs.
    """
    stay_apart()
    if norms is None:
        return
    width = norms.scales.size
    due = np.ones(width)
    for j in range(width):
        if norms.scales[j] < least:
            due[j], norms.scales[j] = norms.scales[j], 1.0
    for position in range(categories):
        row = parameters[position * width : (position + 1) * width]
        for j in range(width):
            row[j] *= due[j]

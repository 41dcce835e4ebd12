"""The parts of a mini-batch that are not matrix products: gathering, categories, activations, errors.

Matrices have a row per row of the batch. Inputs and units of hidden layers carry a last column of ones, the
input of the biases.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.activations import MAXOUT, activate, maxout, slopes
from triplicate.trainer.dropout import drop_inputs, drop_units, mask_key
from triplicate.trainer.jit import kernel
from triplicate.trainer.kernel_rows import Rows, Rule
from triplicate.trainer.output_errors import row_errors
from triplicate.trainer.row_inputs import copy_row

__all__ = ["activate_rows", "add_code_rows", "collect_code_gradients", "gather_rows", "output_errors"]

Floats = npt.NDArray[np.floating[Any]]
Codes = npt.NDArray[np.int32]
Indices = npt.NDArray[np.int64]


@kernel()
def gather_rows(
    rows: Rows, order: Indices, ratio: float, seed: int, position: int, codes: Codes, numbers: Floats
) -> None:
    """Copy the rows named by `order` into the batch, with input dropout of that ratio."""
    columns = rows.numbers.shape[1]
    for k in range(order.size):
        copy_row(rows, order[k], codes[k], numbers[k, :columns])
        if ratio > 0.0:
            key = mask_key(seed, position + k, 0)
            drop_inputs(key, ratio, codes[k], numbers[k, :columns], rows.first_number)


@kernel()
def add_code_rows(codes: Codes, one: float, weights: Floats, sums: Floats) -> None:
    """Add the rows of weights of the active codes, times `one`, to the linear sums."""
    factor = sums.dtype.type(one)
    for k in range(codes.shape[0]):
        total = sums[k]
        for column in range(codes.shape[1]):
            if codes[k, column] >= 0:
                row = weights[codes[k, column]]
                for unit in range(total.size):
                    total[unit] += factor * row[unit]


@kernel()
def activate_rows(
    activation: int,
    sums: Floats,
    ratio: float,
    seed: int,
    position: int,
    layer: int,
    units: Floats,
    derivatives: Floats,
) -> None:
    """Turn linear sums into units (which have one more column) and their derivatives, with dropout.

    `layer` counts from 1 for the first hidden layer, as masks do.
    """
    for k in range(sums.shape[0]):
        into = units[k, : units.shape[1] - 1]
        if activation == MAXOUT:
            maxout(sums[k], into, derivatives[k])
        else:
            for unit in range(into.size):
                into[unit] = sums[k, unit]
            activate(activation, into)
            slopes(activation, into, derivatives[k])
        if ratio > 0.0:
            drop_units(mask_key(seed, position + k, layer), ratio, into, derivatives[k])


@kernel()
def output_errors(rule: Rule, rows: Rows, order: Indices, activation: int, sums: Floats, errors: Floats) -> None:
    """Turn the output's linear sums into outputs, in place, and write their errors, averaged over the batch."""
    target = np.empty(sums.shape[1], dtype=sums.dtype)
    for k in range(order.size):
        weight = (rows.weights[order[k]] if rows.weights.size > 0 else 1.0) / order.size
        activate(activation, sums[k])
        slopes(activation, sums[k], errors[k])
        row_errors(rule, rows, order[k], weight, sums[k], target, errors[k])


@kernel()
def collect_code_gradients(
    codes: Codes, one: float, errors: Floats, slots: Indices, touched: Indices, gradients: Floats
) -> int:
    """Sum the gradients of the rows of weights that the batch's codes reach; return how many there are.

    Row k of `gradients` belongs to input `touched[k]`. `slots` has -1 for every input, before and after.
    """
    factor = errors.dtype.type(one)
    count = 0
    for k in range(codes.shape[0]):
        error = errors[k]
        for column in range(codes.shape[1]):
            code = codes[k, column]
            if code < 0:
                continue
            if slots[code] < 0:
                slots[code], touched[count] = count, code
                for unit in range(error.size):
                    gradients[count, unit] = 0
                count += 1
            gradient = gradients[slots[code]]
            for unit in range(error.size):
                gradient[unit] += factor * error[unit]
    for k in range(count):
        slots[touched[k]] = -1
    return count

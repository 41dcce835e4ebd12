"""Row mode: after every single row, the network is updated. Forward, backward and update are one kernel.

An input that is 0 costs nothing: a layer's inputs are listed as (index, value) pairs, forward adds value times
the input's row of weights, and the update touches these rows only. Errors are passed back before the weights
change.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.activations import MAXOUT, activate, maxout, slopes
from triplicate.trainer.dropout import drop_inputs, drop_units, mask_key
from triplicate.trainer.jit import REORDERED_SUM, kernel
from triplicate.trainer.kernel_rows import Rows, Rule
from triplicate.trainer.momentum import advance
from triplicate.trainer.network import Layout
from triplicate.trainer.optimizers import (
    MAX_W2,
    MOMENTUM,
    NESTEROV,
    momentum_of,
    rate_at,
    update_rows,
)
from triplicate.trainer.output_errors import row_errors
from triplicate.trainer.sparsity import follow_activity, pull_biases
from triplicate.trainer.weight_limit import Norms, close_rows, measure, open_rows, settle

__all__ = ["copy_row", "learn_rows"]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]


@kernel()
def copy_row(rows: Rows, row: int, codes: npt.NDArray[np.int32], numbers: Floats) -> None:
    """Copy the inputs of a row."""
    for column in range(codes.size):
        codes[column] = rows.codes[row, column]
    for column in range(numbers.size):
        numbers[column] = rows.numbers[row, column]


@kernel()
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
    of codes, before and after.
    """
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
    for column in range(numbers.size):
        if numbers[column] != 0:
            index[count], value[count] = first_number + column, numbers[column]
            count += 1
    return count


@kernel()
def list_units(units: Floats, index: Indices, value: Floats) -> int:
    """List the units of a layer that are not 0, as (index, value) pairs; return how many there are."""
    count = 0
    for unit in range(units.size):
        if units[unit] != 0:
            index[count], value[count] = unit, units[unit]
            count += 1
    return count


@kernel()
def list_the_rest(inputs: int, count: int, index: Indices, value: Floats) -> int:
    """Append the inputs that the list leaves out, with value 0; return the new length."""
    listed = np.zeros(inputs, dtype=np.bool_)
    for k in range(count):
        listed[index[k]] = True
    for position in range(inputs):
        if not listed[position]:
            index[count], value[count] = position, 0
            count += 1
    return count


@kernel()
def add_rows(parameters: Floats, start: int, index: Indices, value: Floats, sums: Floats) -> None:
    """Set the linear sums to the sum of the listed rows of the layer's weights, times their values."""
    for unit in range(sums.size):
        sums[unit] = 0
    for k in range(index.size):
        begin = start + index[k] * sums.size
        row, factor = parameters[begin : begin + sums.size], value[k]
        for unit in range(sums.size):
            sums[unit] += factor * row[unit]


@kernel(REORDERED_SUM)  # as one chain of additions the dot product could not be vector code
def pass_back(parameters: Floats, start: int, errors: Floats, before: Floats, channels: int) -> None:
    """Multiply `before`, the derivatives of a layer's inputs, by their rows of weights times the errors.

    An input that is a Maxout unit has two derivatives, `channels` of them in general, of which one may be 1.
    """
    for position in range(before.size // channels):
        first, last = position * channels, (position + 1) * channels - 1
        if before[first] != 0 or before[last] != 0:
            begin = start + position * errors.size
            row = parameters[begin : begin + errors.size]
            total = parameters.dtype.type(0)
            for unit in range(errors.size):
                total += row[unit] * errors[unit]
            before[first] *= total
            if last > first:
                before[last] *= total


@kernel()
def learn_rows(
    layout: Layout, rule: Rule, rows: Rows, parameters: Floats, squares: Floats, steps: Floats, order: Indices,
    position: int, activity: Floats,
) -> None:  # fmt: skip
    """Learn the rows named by `order`, one after the other, changing the parameters in place.

    `position` is the number of rows learned before; `activity` holds the hidden units' mean activations, or
    nothing. Sums, errors and state have the parameters' dtype. A bias
    is the last row of its layer, with an input that is always 1.
    """
    layers = layout.widths.size - 1
    kind = parameters.dtype.type
    codes = np.empty(rows.codes.shape[1], dtype=np.int32)
    numbers = np.empty(rows.numbers.shape[1], dtype=parameters.dtype)
    most = 1 + (codes.size + numbers.size if rule.fast else layout.widths[0])
    for layer in range(1, layers):
        most = max(most, 1 + layout.widths[layer])
    slots = np.full(rows.first_number, -1, dtype=np.int64)
    index = np.empty((layers, most), dtype=np.int64)
    value = np.empty((layers, most), dtype=parameters.dtype)
    count = np.empty(layers, dtype=np.int64)
    all_units = np.empty(layout.units[layers], dtype=parameters.dtype)
    all_errors = np.empty(layout.sums[layers], dtype=parameters.dtype)
    target = np.empty(layout.widths[layers], dtype=parameters.dtype)
    moving, limited = rule.optimizer >= MOMENTUM, rule.constants[MAX_W2] < np.inf
    norms = measure(layout, parameters) if limited else Norms(np.empty(0), np.empty(0))
    for step in range(order.size):
        row, samples = order[step], position + step
        for layer in range(layers):
            if layer > 0:
                before = all_units[layout.units[layer - 1] : layout.units[layer]]
                listed = list_units(before, index[layer], value[layer])
            else:
                one = kind(1)
                copy_row(rows, row, codes, numbers)
                if layout.dropout[0] > 0.0:
                    key = mask_key(rule.seed, samples, 0)
                    drop_inputs(key, layout.dropout[0], codes, numbers, rows.first_number)
                    one = kind(1.0 / (1.0 - layout.dropout[0]))
                listed = list_inputs(codes, numbers, rows.first_number, one, slots, index[0], value[0])
            if not rule.fast:
                listed = list_the_rest(layout.widths[layer], listed, index[layer], value[layer])
            index[layer, listed], value[layer, listed] = layout.widths[layer], 1
            count[layer] = listed + 1
            touched = index[layer, : listed + 1]
            if limited:
                open_rows(layout, layer, rows.first_number, parameters, norms, touched)
            if moving:
                momentum, ahead = momentum_of(rule.constants, samples), rule.optimizer == NESTEROV
                width = layout.sums[layer + 1] - layout.sums[layer]
                advance(parameters, steps, layout.weights[layer], width, touched, momentum, ahead)
            units = all_units[layout.units[layer] : layout.units[layer + 1]]
            derivatives = all_errors[layout.sums[layer] : layout.sums[layer + 1]]
            sums = derivatives if layout.activations[layer] == MAXOUT else units
            add_rows(parameters, layout.weights[layer], touched, value[layer, : listed + 1], sums)
            if layout.activations[layer] == MAXOUT:
                maxout(sums, units, derivatives)
            else:
                activate(layout.activations[layer], units)
                slopes(layout.activations[layer], units, derivatives)
            if layout.dropout[layer + 1] > 0.0:
                key = mask_key(rule.seed, samples, layer + 1)
                drop_units(key, layout.dropout[layer + 1], units, derivatives)
            if activity.size > 0 and layer < layers - 1:
                follow_activity(activity[layout.units[layer] : layout.units[layer + 1]], units)

        weight = rows.weights[row] if rows.weights.size > 0 else 1.0
        outputs, errors = all_units[layout.units[layers - 1] :], all_errors[layout.sums[layers - 1] :]
        row_errors(rule, rows, row, weight, outputs, target, errors)

        for back in range(layers):
            layer = layers - 1 - back
            errors = all_errors[layout.sums[layer] : layout.sums[layer + 1]]
            if layer > 0:
                before_errors = all_errors[layout.sums[layer - 1] : layout.sums[layer]]
                channels = before_errors.size // layout.widths[layer]
                pass_back(parameters, layout.weights[layer], errors, before_errors, channels)
            rate = rate_at(rule.constants, layer, samples)
            update_rows(
                rule.optimizer, parameters, squares, steps, layout.weights[layer], errors.size,
                index[layer, : count[layer]], value[layer, : count[layer]], errors, rate, rule.constants, rule.fast,
                rule.centre,
            )  # fmt: skip
            if limited:
                touched, limit = index[layer, : count[layer]], rule.constants[MAX_W2]
                close_rows(layout, layer, rows.first_number, parameters, norms, touched, limit)
            if activity.size > 0 and layer < layers - 1:
                pull_biases(layout, layer, rule, parameters, squares, steps, activity, rate)
    if limited:
        settle(rows.first_number, parameters, norms)

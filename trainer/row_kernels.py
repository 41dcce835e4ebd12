"""Row mode: after every single row, the network is updated. Forward, backward and update are one kernel.

An input that is 0 costs nothing: a layer's inputs are listed as (index, value) pairs, forward adds value times
the input's row of weights, and the update touches these rows only. Errors are passed back before the weights
change. The threads of a team share every row: see unit_shares.py for who owns what. They meet after each layer's
forward pass, and where the errors of a layer's inputs have been summed per block.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from triplicate.trainer.activations import MAXOUT, activate, maxout, slopes
from triplicate.trainer.atomics import flush_denormals, restore_denormals, stay_apart
from triplicate.trainer.dropout import drop_inputs, drop_units, mask_key
from triplicate.trainer.jit import kernel
from triplicate.trainer.kernel_rows import Rows, Rule
from triplicate.trainer.momentum import advance
from triplicate.trainer.network import Layout
from triplicate.trainer.optimizers import MAX_W2, MOMENTUM, NESTEROV, momentum_of, step_size
from triplicate.trainer.output_errors import row_errors
from triplicate.trainer.row_inputs import copy_row, list_inputs, list_the_rest, list_units
from triplicate.trainer.row_sums import add_rows, send_back
from triplicate.trainer.row_updates import update_listed
from triplicate.trainer.sparsity import follow_activity, pull
from triplicate.trainer.team import Board, meet
from triplicate.trainer.unit_shares import MOST_BLOCKS, Shares
from triplicate.trainer.weight_limit import Norms, close_rows, measure, open_rows, settle

__all__ = ["Desk", "learn_rows"]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]


class Desk(NamedTuple):
    """What the threads of a team show each other: units, their derivatives, and sums per block.

    `sums` (2, blocks, outputs) are linear sums of an output layer that is cut by its inputs, of the even and the odd
    rows; `errors` (2, blocks, units) the errors of the inputs of odd and even layers.
    `work` (threads, 4, width) is work space of each, as wide as any row of weights.
    """

    units: Floats
    slopes: Floats
    sums: Floats
    errors: Floats
    work: Floats


@kernel(inner=True)
def add_blocks(blocks: Floats, count: int, out: Floats) -> None:
    """Set `out` to the sum of the first rows of `blocks`, in their order."""
    stay_apart()
    for j in range(out.size):
        total = blocks[0, j]
        for block in range(1, count):
            total += blocks[block, j]
        out[j] = total


@kernel(inner=True)
def take_back(sent: Floats, blocks: int, first: int, channels: int, slopes: Floats) -> None:
    """Multiply the derivatives of units, from number `first`, by the sum of what the first blocks sent back."""
    stay_apart()
    for unit in range(slopes.size // channels):
        total = sent[0, first + unit]
        for block in range(1, blocks):
            total += sent[block, first + unit]
        for channel in range(channels):
            if slopes[unit * channels + channel] != 0:  # nothing is sent to units that cannot learn from it
                slopes[unit * channels + channel] *= total


@kernel()
def learn_rows(
    board: Board, me: int, layout: Layout, shares: Shares, desk: Desk, rule: Rule, rows: Rows, parameters: Floats,
    squares: Floats, steps: Floats, order: Indices, position: int, activity: Floats,
) -> None:  # fmt: skip
    """Learn the rows named by `order`, one after the other, changing the parameters in place.

    `position` is the number of rows learned before; `activity` holds the hidden units' mean activations, or
    nothing. Sums, errors and state have the parameters' dtype. A bias is the last row of its layer, with an input
    that is always 1.
    """
    control = flush_denormals()
    layers, kind = layout.widths.size - 1, parameters.dtype.type
    last, own = (
        layers - 1,
        Layout(layout.widths, shares.starts[me], layout.units, shares.sums[me], layout.activations, layout.dropout),
    )
    codes = np.empty(rows.codes.shape[1], dtype=np.int32)
    numbers = np.empty(rows.numbers.shape[1], dtype=parameters.dtype)
    most = 2 + (codes.size + numbers.size if rule.fast else layout.widths[0])
    for layer in range(1, layers):
        most = max(most, 2 + layout.sums[layer] - layout.sums[layer - 1])
    dense = np.ones(numbers.size + 1, dtype=parameters.dtype)
    everything = np.arange(shares.high[me, 0] - shares.low[me, 0])
    slots = np.full(rows.first_number, -1, dtype=np.int64)
    index, silent = np.empty((layers, most), dtype=np.int64), np.empty((layers, most), dtype=np.int64)
    value = np.empty((layers, most), dtype=parameters.dtype)
    count, quiet = np.zeros(layers, dtype=np.int64), np.zeros(layers, dtype=np.int64)
    block_ends = np.empty(MOST_BLOCKS, dtype=np.int64)
    outputs = np.empty(layout.widths[layers], dtype=parameters.dtype)
    output_errors = np.empty(layout.sums[layers] - layout.sums[last], dtype=parameters.dtype)
    target = np.empty(outputs.size, dtype=parameters.dtype)
    moving, limited = rule.optimizer in (MOMENTUM, NESTEROV), rule.constants[MAX_W2] < np.inf
    norms = measure(own, parameters) if limited else Norms(np.empty(0), np.empty(0))
    for step in range(order.size):
        row, samples = order[step], position + step
        momentum = momentum_of(rule.constants, samples)
        for layer in range(layers):
            low, high = shares.low[me, layer], shares.high[me, layer]
            by_inputs = shares.by_inputs and layer == last
            with_bias = not by_inputs or shares.end[me, last] == shares.end[-1, last]
            if layer == 0:
                one = kind(1)
                copy_row(rows, row, codes, numbers)
                if layout.dropout[0] > 0.0:
                    key = mask_key(rule.seed, samples, 0)
                    drop_inputs(key, layout.dropout[0], codes, numbers, rows.first_number)
                    one = kind(1.0 / (1.0 - layout.dropout[0]))
                if shares.turned:
                    for column in range(numbers.size):
                        dense[column] = numbers[column]
                    listed = 0
                else:
                    listed = list_inputs(codes, numbers, rows.first_number, one, slots, index[0], value[0])
                if not rule.fast and not shares.turned:
                    listed = list_the_rest(layout.widths[0], listed, index[0], value[0])
            else:
                before = desk.units[layout.units[layer - 1] : layout.units[layer]]
                derivatives = desk.slopes[layout.sums[layer - 1] : layout.sums[layer]]
                first, end = (shares.first[me, layer], shares.end[me, layer]) if by_inputs else (0, 1)
                listed, quiet[layer] = 0, 0
                for block in range(first, end):
                    begin, stop = 0, before.size
                    if by_inputs:
                        begin, stop = shares.edges[layer, block], shares.edges[layer, block + 1]
                    found, muted = list_units(
                        before, derivatives, begin, stop, not rule.fast, index[layer, listed:], value[layer, listed:],
                        silent[layer, quiet[layer] :],
                    )  # fmt: skip
                    listed, quiet[layer] = listed + found, quiet[layer] + muted
                    block_ends[block] = listed
            if with_bias and not (shares.turned and layer == 0):
                index[layer, listed], value[layer, listed] = layout.widths[layer], 1
                listed += 1
            count[layer] = listed
            touched, values = index[layer, :listed], value[layer, :listed]
            if limited:
                open_rows(own, layer, rows.first_number, parameters, norms, touched)
            if moving:
                advance(
                    parameters, steps, own.weights[layer], high - low, high - low, touched, momentum,
                    rule.optimizer == NESTEROV,
                )  # fmt: skip
            if by_inputs:
                begin = 0
                for block in range(shares.first[me, layer], shares.end[me, layer]):
                    stop = block_ends[block]
                    if with_bias and block == shares.end[me, layer] - 1:
                        stop = listed
                    sums = desk.sums[step % 2, block]
                    add_rows(parameters, own.weights[layer], touched[begin:stop], values[begin:stop], sums)
                    begin = stop
            else:
                slope = desk.slopes[layout.sums[layer] + low : layout.sums[layer] + high]
                channels = (layout.sums[layer + 1] - layout.sums[layer]) // layout.widths[layer + 1]
                unit = desk.units[layout.units[layer] + low // channels : layout.units[layer] + high // channels]
                sums = slope if layout.activations[layer] == MAXOUT else unit
                if shares.turned and layer == 0:
                    send_back(parameters, own.weights[0], dense.size, shares.edges[0, 0], everything, dense, sums)
                else:
                    add_rows(parameters, own.weights[layer], touched, values, sums)
                if layout.activations[layer] == MAXOUT:
                    maxout(sums, unit, slope)
                else:
                    activate(layout.activations[layer], unit)
                    slopes(layout.activations[layer], unit, slope)
                if layout.dropout[layer + 1] > 0.0:
                    key = mask_key(rule.seed, samples, layer + 1)
                    drop_units(key, layout.dropout[layer + 1], unit, slope, low // channels)
                if activity.size > 0 and layer < last:
                    mine = activity[layout.units[layer] + low : layout.units[layer] + high]
                    follow_activity(mine, unit)
            if not (shares.by_inputs and layer == last - 1):
                meet(board)

        if shares.by_inputs:
            add_blocks(desk.sums[step % 2], shares.end[-1, last], outputs)
            activate(layout.activations[last], outputs)
            slopes(layout.activations[last], outputs, output_errors)
        else:
            for j in range(outputs.size):
                outputs[j] = desk.units[layout.units[last] + j]
            for j in range(output_errors.size):
                output_errors[j] = desk.slopes[layout.sums[last] + j]
        weight = rows.weights[row] if rows.weights.size > 0 else 1.0
        row_errors(rule, rows, row, weight, outputs, target, output_errors)

        for back in range(layers):
            layer = last - back
            low, high = shares.low[me, layer], shares.high[me, layer]
            errors = desk.slopes[layout.sums[layer] + low : layout.sums[layer] + high]
            if layer == last:
                errors = output_errors[low:high]
            touched, start = index[layer, : count[layer]], own.weights[layer]
            if layer > 0:
                by_inputs = shares.by_inputs and layer == last
                sent = desk.errors[layer % 2]
                no_bias = count[layer] - int(count[layer] > 0 and touched[-1] == layout.widths[layer])
                heard, unheard = touched[:no_bias], silent[layer, : quiet[layer]]
                for block in range(shares.first[me, layer], shares.end[me, layer]):
                    if by_inputs:
                        begin, stop, place = 0, errors.size, 0
                    else:
                        channels = (layout.sums[layer + 1] - layout.sums[layer]) // layout.widths[layer + 1]
                        begin = shares.edges[layer, block] * channels - low
                        stop, place = shares.edges[layer, block + 1] * channels - low, block
                    if not by_inputs or block == shares.first[me, layer]:
                        part = errors[begin:stop]
                        send_back(parameters, start, errors.size, begin, heard, part, sent[place])
                        send_back(parameters, start, errors.size, begin, unheard, part, sent[place])
            rate = step_size(rule.optimizer, rule.constants, layer, samples, samples + 1)
            values, slope = value[layer, : count[layer]], errors
            if shares.turned and layer == 0:
                found, _ = list_units(
                    errors, errors, shares.edges[0, 0], errors.size, not rule.fast, index[0], value[0], silent[0]
                )
                touched, values, slope = index[0, :found], value[0, :found], dense
            update_listed(
                rule.optimizer, parameters, squares, steps, start, touched, values, slope, rate, rule.constants,
                rule.fast, rule.centre, desk.work[me],
            )  # fmt: skip
            if limited:
                close_rows(own, layer, rows.first_number, parameters, norms, touched, rule.constants[MAX_W2])
            if activity.size > 0 and layer < last:
                mine = activity[layout.units[layer] + low : layout.units[layer] + high]
                pull(mine, start + layout.widths[layer] * mine.size, rule, parameters, squares, steps, rate)
            if layer > 0:
                blocks = 1
                if not by_inputs:
                    meet(board)
                    blocks = shares.end[-1, layer]
                low, high = shares.low[me, layer - 1], shares.high[me, layer - 1]
                channels = (layout.sums[layer] - layout.sums[layer - 1]) // layout.widths[layer]
                before_errors = desk.slopes[layout.sums[layer - 1] + low : layout.sums[layer - 1] + high]
                take_back(sent, blocks, low // channels, channels, before_errors)
    if limited:
        settle(rows.first_number, parameters[own.weights[0] :], norms)
    restore_denormals(control)

"""Row mode: after every single row, the network is updated. Forward, backward and update are one kernel.

An input that is 0 costs nothing: a layer's inputs are listed as (index, value) pairs, forward adds value times
the input's row of weights, and the update touches these rows only. Errors are passed back before the weights
change. The threads of a team share every row: see unit_shares.py for who owns what. They meet after each layer's
forward pass, and where the errors of a layer's inputs have been summed per block.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from triplicate.trainer.activations import MAXOUT, RECTIFIER, activate, maxout, slopes
from triplicate.trainer.addressed import Addressed
from triplicate.trainer.atomics import flush_denormals, restore_denormals, stay_apart
from triplicate.trainer.averaging import Averaging, move_average, newest_share
from triplicate.trainer.cache_lines import own_lines
from triplicate.trainer.dropout import drop_inputs, drop_units, mask_key
from triplicate.trainer.jit import ZERO, kernel
from triplicate.trainer.kernel_rows import Rows, Rule, read_row
from triplicate.trainer.momentum import advance
from triplicate.trainer.network import Layout
from triplicate.trainer.optimizers import MAX_W2, momentum_of, step_size
from triplicate.trainer.output_errors import row_errors
from triplicate.trainer.row_inputs import list_inputs, list_silent, list_the_rest, list_units
from triplicate.trainer.row_sums import add_rows, send_back
from triplicate.trainer.row_updates import update_listed, update_pulled
from triplicate.trainer.sparsity import follow_activity, pull
from triplicate.trainer.team import Board, meet, own_share
from triplicate.trainer.unit_shares import MOST_BLOCKS, Shares
from triplicate.trainer.views import row_view, view
from triplicate.trainer.weight_limit import Norms, close_rows, measure, open_rows, settle

__all__ = ["Desk", "Pad", "learn_rows"]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pad(Addressed):
    """What one thread writes for itself: a row's inputs, and lists of what is not 0 in each layer's inputs.

    Of layer l `entries` and `value` (layers, longest list) hold `listed[l]` inputs, `silent` the `quiet[l]` units that
    are 0 but have a derivative; `inputs` are the thread's inputs of an output layer that is cut by them. `everything`
    counts from 0; `slots` has -1 for every category.
    """

    codes: npt.NDArray[np.int32]
    numbers: Floats
    dense: Floats
    everything: Indices
    slots: Indices
    entries: Indices
    silent: Indices
    value: Floats
    listed: Indices
    quiet: Indices
    inputs: Floats
    outputs: Floats
    output_errors: Floats
    target: Floats

    @classmethod
    def of(cls, layout: Layout, rows: Rows, *, fast: bool) -> Self:
        """Return the work space of one thread."""
        kind, columns, numbers = rows.numbers.floats.dtype, rows.codes.shape[1], rows.numbers.columns
        sums, layers = np.diff(layout.sums), layout.widths.size - 1
        inputs = columns + numbers if fast else int(layout.widths[0])
        longest = 2 + max(inputs, int(sums.max()))
        pad = cls(
            codes=own_lines(columns, np.int32),
            numbers=own_lines(numbers, kind),
            dense=own_lines(numbers + 1, kind),
            everything=np.arange(sums.max(), dtype=np.int64),
            slots=own_lines(rows.first_number, np.int64),
            entries=own_lines((layers, longest), np.int64),
            silent=own_lines((layers, longest), np.int64),
            value=own_lines((layers, longest), kind),
            listed=own_lines(layers, np.int64),
            quiet=own_lines(layers, np.int64),
            inputs=own_lines(int(layout.widths.max()) + 1, kind),
            outputs=own_lines(int(layout.widths[-1]), kind),
            output_errors=own_lines(int(sums[-1]), kind),
            target=own_lines(int(layout.widths[-1]), kind),
        )
        pad.dense[:], pad.slots[:] = 1, -1
        return pad


@dataclass(frozen=True, eq=False)
class Desk(Addressed):
    """What the threads of a team show each other: units, their derivatives, and sums per block.

    `sums` (2 * blocks, outputs) are linear sums of an output layer that is cut by its inputs, of the even and the odd
    rows; `errors` (2 * blocks, units + 1) the errors of the inputs of odd and even layers, biases included.
    `work` (threads, 4, width) is work space of each, as wide as any row of weights.
    """

    units: Floats
    slopes: Floats
    sums: Floats
    errors: Floats
    work: Floats


@kernel(inner=True)
def add_blocks(blocks: Floats, top: int, count: int, out: Floats) -> None:
    """Set `out` to the sum of `count` rows of `blocks` from row `top`, in their order."""
    stay_apart()
    for j in range(out.size):
        total = blocks[top, j]
        for block in range(top + 1, top + count):
            total += blocks[block, j]
        out[j] = total


@kernel(inner=True)
def take_back(sent: Floats, top: int, blocks: int, first: int, channels: int, slopes: Floats, totals: Floats) -> None:
    """Multiply the derivatives of units, from number `first`, by what blocks sent, rows from `top` of `sent`.

    `totals` is work space, a number per unit.
    """
    stay_apart()
    for unit in range(totals.size):
        totals[unit] = sent[top, first + unit]
    for block in range(top + 1, top + blocks):
        told = row_view(sent, block, first, first + totals.size)
        for unit in range(totals.size):
            totals[unit] += told[unit]
    if channels == 1:
        for unit in range(totals.size):  # nothing is sent to units that cannot learn from it
            slopes[unit] = slopes[unit] * totals[unit] if slopes[unit] != 0 else slopes[unit]
        return
    for unit in range(totals.size):
        for channel in range(channels):
            if slopes[unit * channels + channel] != 0:
                slopes[unit * channels + channel] *= totals[unit]


@kernel()
def learn_rows(
    board: Board, me: int, layout: Layout, own: Layout, shares: Shares, desk: Desk, pad: Pad, rule: Rule, rows: Rows,
    parameters: Floats, squares: Floats | None, steps: Floats | None, order: Indices, position: int,
    averaging: Averaging, since: int, average: Floats, activity: Floats | None, norms: Norms | None,
    dropout: npt.NDArray[np.float64] | None, two_channels: bool | None, centre: Floats | None,
    by_adadelta: bool | None, by_penalised: bool | None, by_adam: bool | None, by_momentum: bool | None,
    by_descent: bool | None, other: bool | None,
) -> None:  # fmt: skip
    """Learn the rows named by `order`, one after the other, changing the parameters in place.

    `own` is the layout of the thread's own weights and sums. `position` is the number of rows learned before, `since`
    the number of those since the average moved.
    `activity` holds the hidden units' mean activations, `norms` what max_w2 needs, `squares` and `steps` the
    optimiser's memory; what nobody needs is None.
    `dropout` and `two_channels` are the network's, those after them the rule's: numba looks at arguments alone when it
    drops a branch. Sums, errors and state have the parameters' dtype. A bias is the last row of its layer, with an
    input of 1.
    """
    control = flush_denormals()
    layers, kind, last = layout.widths.size - 1, parameters.dtype.type, layout.widths.size - 2
    codes, numbers, dense, index, silent, value = pad.codes, pad.numbers, pad.dense, pad.entries, pad.silent, pad.value
    count, quiet, outputs, output_errors = pad.listed, pad.quiet, pad.outputs, pad.output_errors
    widest, members = index.shape[1], shares.first.shape[0]
    mine = shares.edges[last, shares.first[me, last]], shares.edges[last, shares.end[me, last]]
    biases = shares.end[me, last] == shares.end[members - 1, last]
    inputs = view(pad.inputs, 0, mine[1] - mine[0] + biases)
    for k in range(mine[1] - mine[0], inputs.size):
        inputs[k] = 1
    learned = since
    for step in range(order.size):
        if norms is not None and (step == 0 or learned == 0):
            measure(own, parameters, norms)
        row, samples, parity = order[step], position + step, step % 2 * MOST_BLOCKS
        for layer in range(layers):
            low, high = shares.low[me, layer], shares.high[me, layer]
            by_inputs = shares.by_inputs and layer == last
            if layer == 0:
                one = kind(1)
                read_row(rows, row, codes, numbers)
                if dropout is not None and dropout[0] > 0.0:
                    drop_inputs(mask_key(rule.seed, samples, 0), dropout[0], codes, numbers, rows.first_number)
                    one = kind(1.0 / (1.0 - dropout[0]))
                if shares.turned:
                    for column in range(numbers.size):
                        dense[column] = numbers[column]
                    listed = 0
                else:
                    listed = list_inputs(
                        codes, numbers, rows.first_number, one, pad.slots, row_view(index, 0, 0, widest),
                        row_view(value, 0, 0, widest),
                    )  # fmt: skip
                if not rule.fast and not shares.turned:
                    listed = list_the_rest(
                        layout.widths[0], listed, row_view(index, 0, 0, widest), row_view(value, 0, 0, widest),
                        row_view(silent, 0, 0, widest),
                    )  # fmt: skip
            else:
                before = view(desk.units, layout.units[layer - 1], layout.units[layer])
                derivatives = view(desk.slopes, layout.sums[layer - 1], layout.sums[layer])
                listed, quiet[layer] = 0, 0
                if by_inputs:
                    own_units = view(before, mine[0], mine[1])
                    for k in range(own_units.size):
                        inputs[k] = own_units[k]
                else:
                    listed = list_units(
                        before, ZERO, before.size, not rule.fast, row_view(index, layer, 0, widest),
                        row_view(value, layer, 0, widest),
                    )  # fmt: skip
                    if rule.fast and layout.activations[layer - 1] != RECTIFIER:  # of which 0 has no derivative
                        silence = row_view(silent, layer, 0, widest)
                        quiet[layer] = list_silent(before, derivatives, ZERO, before.size, silence)
            if not by_inputs and not (shares.turned and layer == 0):
                index[layer, listed], value[layer, listed] = layout.widths[layer], 1
                listed += 1
            count[layer] = listed
            touched, values = row_view(index, layer, 0, listed), row_view(value, layer, 0, listed)
            if norms is not None:
                open_rows(own, layer, rows.first_number, parameters, norms, touched)
            if by_momentum is not None:
                momentum = momentum_of(rule.constants, samples)
                advance(parameters, steps, own.weights[layer], high - low, high - low, touched, momentum, by_momentum)
            if by_inputs:
                for block in range(shares.first[me, layer], shares.end[me, layer]):
                    begin, stop = shares.edges[layer, block] - mine[0], shares.edges[layer, block + 1] - mine[0]
                    if block == shares.end[members - 1, layer] - 1:
                        stop += 1  # the biases, with an input of 1
                    sums, part = row_view(desk.sums, parity + block, 0, outputs.size), view(inputs, begin, stop)
                    everything = view(pad.everything, 0, outputs.size)
                    send_back(parameters, own.weights[layer], inputs.size, begin, everything, part, sums)
            else:
                slope = view(desk.slopes, layout.sums[layer] + low, layout.sums[layer] + high)
                channels = (layout.sums[layer + 1] - layout.sums[layer]) // layout.widths[layer + 1]
                unit = view(desk.units, layout.units[layer] + low // channels, layout.units[layer] + high // channels)
                sums = unit
                if two_channels is not None:
                    sums = slope if layout.activations[layer] == MAXOUT else unit
                if shares.turned and layer == 0:
                    everything = view(pad.everything, 0, high - low)
                    send_back(parameters, own.weights[0], dense.size, shares.edges[0, 0], everything, dense, sums)
                else:
                    add_rows(parameters, own.weights[layer], touched, values, sums)
                if layout.activations[layer] != MAXOUT:
                    activate(layout.activations[layer], unit)
                    slopes(layout.activations[layer], unit, slope)
                if two_channels is not None and layout.activations[layer] == MAXOUT:
                    maxout(sums, unit, slope)
                if dropout is not None and dropout[layer + 1] > 0.0:
                    key = mask_key(rule.seed, samples, layer + 1)
                    drop_units(key, dropout[layer + 1], unit, slope, low // channels)
                if activity is not None and layer < last:
                    follow_activity(activity, layout.units[layer] + low, unit)
            if not (shares.by_inputs and layer == last - 1):
                meet(board)

        if shares.by_inputs:
            add_blocks(desk.sums, parity, shares.end[members - 1, last], outputs)
            activate(layout.activations[last], outputs)
            slopes(layout.activations[last], outputs, output_errors)
        else:
            for j in range(outputs.size):
                outputs[j] = desk.units[layout.units[last] + j]
            for j in range(output_errors.size):
                output_errors[j] = desk.slopes[layout.sums[last] + j]
        weight = rows.weights[row] if rows.weights.size > 0 else 1.0
        row_errors(
            rows.labels, rows.targets, other, rule.loss, rule.shape, rows.codes, rows.numbers, rows.first_number,
            rows.offsets, row, weight, outputs, pad.target, output_errors,
        )  # fmt: skip

        for back in range(layers):
            layer = last - back
            low, high = shares.low[me, layer], shares.high[me, layer]
            errors = view(desk.slopes, layout.sums[layer] + low, layout.sums[layer] + high)
            if layer == last:
                errors = view(output_errors, low, high)
            touched, values = row_view(index, layer, 0, count[layer]), row_view(value, layer, 0, count[layer])
            by_inputs, by_units = shares.by_inputs and layer == last, shares.turned and layer == 0
            start, slope, sent = own.weights[layer], errors, layer % 2 * MOST_BLOCKS
            if layer > 0 and not by_inputs:
                no_bias = count[layer] - (count[layer] > 0 and touched[count[layer] - 1] == layout.widths[layer])
                heard, unheard = view(touched, 0, no_bias), row_view(silent, layer, 0, quiet[layer])
                for block in range(shares.first[me, layer], shares.end[me, layer]):
                    channels = (layout.sums[layer + 1] - layout.sums[layer]) // layout.widths[layer + 1]
                    begin = shares.edges[layer, block] * channels - low
                    part = view(errors, begin, shares.edges[layer, block + 1] * channels - low)
                    told = row_view(desk.errors, sent + block, 0, desk.errors.shape[1])
                    send_back(parameters, start, errors.size, begin, heard, part, told)
                    send_back(parameters, start, errors.size, begin, unheard, part, told)
            if by_inputs or by_units:
                found = list_units(
                    errors, ZERO, errors.size, not rule.fast, row_view(index, layer, 0, widest),
                    row_view(value, layer, 0, widest),
                )  # fmt: skip
                touched, values = row_view(index, layer, 0, found), row_view(value, layer, 0, found)
                slope = dense if by_units else inputs
            if by_inputs:
                told = row_view(desk.errors, sent, mine[0], mine[0] + inputs.size)
                add_rows(parameters, start, touched, values, told)
            rate = 0.0
            if by_adam is not None or by_momentum is not None or by_descent is not None:
                rate = step_size(rule.optimizer, rule.constants, layer, samples, samples + 1)
            if centre is None:
                update_listed(
                    by_adadelta, by_penalised, by_adam, by_momentum, by_descent, parameters, squares, steps, start,
                    touched, values, slope, rate, rule.constants, rule.fast, desk.work[me],
                )  # fmt: skip
            else:
                update_pulled(
                    by_adadelta, by_penalised, by_adam, by_momentum, by_descent, parameters, squares, steps, start,
                    touched, values, slope, rate, rule.constants, rule.fast, desk.work[me], centre,
                )  # fmt: skip
            if norms is not None:
                close_rows(own, layer, rows.first_number, parameters, norms, touched, rule.constants[MAX_W2])
            if activity is not None and layer < last:
                biases, own_units = start + layout.widths[layer] * (high - low), layout.units[layer]
                pull(activity, own_units + low, own_units + high, biases, rule, parameters, squares, steps, rate)
            if layer > 0:
                blocks = 1
                if not by_inputs:
                    meet(board)
                    blocks = shares.end[members - 1, layer]
                low, high = shares.low[me, layer - 1], shares.high[me, layer - 1]
                channels = (layout.sums[layer] - layout.sums[layer - 1]) // layout.widths[layer]
                before_errors = view(desk.slopes, layout.sums[layer - 1] + low, layout.sums[layer - 1] + high)
                totals = row_view(desk.work[me], 0, 0, (high - low) // channels)
                take_back(desk.errors, sent, blocks, low // channels, channels, before_errors, totals)
        learned += 1
        if norms is not None and (step == order.size - 1 or learned == averaging.piece):
            settle(rows.first_number, view(parameters, own.weights[0], parameters.size), norms)
        if learned == averaging.piece:
            meet(board)
            first, end = own_share(average.size, members, me)
            share = newest_share(samples + 1, averaging, learned)
            move_average(view(average, first, end), view(parameters, first, end), share)
            meet(board)
            learned = 0
    restore_denormals(control)

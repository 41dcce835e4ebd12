"""A mini-batch up to its errors: reading rows, layers forward and back, each thread on its blocks of units."""

from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.activations import MAXOUT, activate, maxout, slopes
from triplicate.trainer.apart import Part
from triplicate.trainer.batch_plan import Plan, Space, columns_of, weights_of
from triplicate.trainer.dropout import drop_inputs, drop_units, mask_key
from triplicate.trainer.gemm import multiply, multiply_with_transposed
from triplicate.trainer.jit import ZERO, kernel
from triplicate.trainer.kernel_rows import Rows, read_row
from triplicate.trainer.network import Layout
from triplicate.trainer.output_errors import row_errors
from triplicate.trainer.sparsity import follow_activity
from triplicate.trainer.team import own_share
from triplicate.trainer.views import row_view, view

__all__ = ["find_errors", "part_of", "pass_back", "pass_forward", "read_rows"]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]


@kernel(inner=True, counted=True)
def part_of(order: Indices, start: int, count: int) -> Indices:
    """Return `count` numbers from number `start`, or as many as there are."""
    size = order.size  # min is code of its own, which a first training would wait for
    return view(order, start if start < size else size, start + count if start + count < size else size)


@kernel(apart=True)
def read_rows(
    members: int, me: int, dropout: Doubles | None, seed: int, rows: Rows, order: Indices, position: int, plan: Plan,
    space: Space, side: int,
) -> None:  # fmt: skip
    """Copy this thread's share of the rows named by `order` into one side of the work space, with input dropout.

    `position` is the number of rows learned before them, `seed` that of the masks.
    """
    dense = plan.listed <= rows.first_number
    columns, wide = rows.numbers.floats.shape[1] + rows.numbers.cells.shape[1], plan.wide[0]
    one = space.numbers.dtype.type(1)
    if dropout is not None:
        one = space.numbers.dtype.type(1.0 / (1.0 - dropout[0]))
    codes = row_view(space.codes, me, 0, rows.codes.shape[1])
    first, stop = own_share(order.size, members, me)
    for k in range(first, stop):
        numbers = (
            row_view(space.inputs, side, k * wide, k * wide + columns)
            if dense
            else row_view(space.numbers, me, 0, columns)
        )
        read_row(rows, order[k], codes, numbers)
        if dropout is not None and dropout[0] > 0.0:
            drop_inputs(mask_key(seed, position + k, ZERO), dropout[0], codes, numbers, rows.first_number)
        listed, count = (side * plan.batch + k) * plan.most, 0
        index, value = (
            view(space.listed_index, listed, listed + plan.most),
            view(space.listed_value, listed, listed + plan.most),
        )
        for column in range(codes.size):
            if codes[column] >= 0:
                index[count], value[count] = codes[column], one
                count += 1
        if not dense:
            for column in range(numbers.size):
                if numbers[column] != 0:
                    index[count], value[count] = rows.first_number + column, numbers[column]
                    count += 1
        space.listed_count[side, k] = count


@kernel(apart=True)
def pass_forward(
    product: Part, me: int, layer: int, low: int, high: int, layout: Layout, seed: int, parameters: Floats,
    activity: Floats | None, dropout: Doubles | None, two_channels: bool | None, lists: bool | None, begin: int,
    end: int, position: int, plan: Plan, space: Space, side: int,
) -> None:  # fmt: skip
    """Compute blocks `low` to `high` of a layer's units, for rows `begin` to `end` of the batch."""
    for block in range(low, high):
        _block_forward(
            product, me, layer, block, layout, seed, parameters, activity, dropout, two_channels, lists, begin, end,
            position, plan, space, side,
        )  # fmt: skip


@kernel(inner=True)
def _block_forward(
    product: Part, me: int, layer: int, block: int, layout: Layout, seed: int, parameters: Floats,
    activity: Floats | None, dropout: Doubles | None, two_channels: bool | None, lists: bool | None, begin: int,
    end: int, position: int, plan: Plan, space: Space, side: int,
) -> None:  # fmt: skip
    """Compute one block of a layer's units, and their derivatives, from its inputs; of the output the sums only.

    It does so for rows `begin` to `end` of the batch, the first row of which is number `position` of all.
    """
    layers = layout.widths.size - 1
    units, sums = layout.widths[layer + 1], layout.sums[layer + 1] - layout.sums[layer]
    channels = sums // units
    first, stop = plan.edges[layer, block], plan.edges[layer, block + 1]
    left, width = first * channels, (stop - first) * channels
    wide, into_wide, into_start = plan.wide[layer], plan.wide[layer + 1], plan.units[layer]
    dense = row_view(space.inputs, side, 0, space.inputs.shape[1]) if layer == 0 else space.units
    dense_start = plan.units[layer - 1] if layer > 0 else 0
    start, stride = weights_of(layer, left, left + width, layout, plan)
    matrix = start + (plan.listed * stride if layer == 0 else 0)
    into, at, apart = (space.errors, plan.errors[layer], sums) if channels > 1 else (space.units, into_start, into_wide)
    multiply(
        product, end - begin, wide, width, dense, dense_start + begin * wide, wide, parameters, matrix, stride,
        into, at + left + begin * apart, apart,
        row_view(space.panels, me, 0, space.panels.shape[1]),
    )  # fmt: skip
    if lists is not None and layer == 0:
        for k in range(begin, end):
            total = view(into, at + left + k * apart, at + left + width + k * apart)
            for entry in range(space.listed_count[side, k]):
                place = (side * plan.batch + k) * plan.most + entry
                weights = start + space.listed_index[place] * stride
                row, factor = view(parameters, weights, weights + width), space.listed_value[place]
                for j in range(width):
                    total[j] += factor * row[j]
    if layer == layers - 1:
        return
    activation = layout.activations[layer]
    for k in range(begin, end):
        own = view(space.units, into_start + k * into_wide + first, into_start + k * into_wide + stop)
        place = plan.errors[layer] + k * sums + left
        derivatives = view(space.errors, place, place + width)
        if activation != MAXOUT:
            activate(activation, own)
            slopes(activation, own, derivatives)
        if two_channels is not None and activation == MAXOUT:
            maxout(derivatives, own, derivatives)
        if dropout is not None and dropout[layer + 1] > 0.0:
            drop_units(mask_key(seed, position + k, layer + 1), dropout[layer + 1], own, derivatives, first)
        if activity is not None:
            follow_activity(activity, layout.units[layer] + first, own)


@kernel(apart=True)
def find_errors(
    members: int, me: int, layout: Layout, other: bool | None, loss: int, shape: Doubles, rows: Rows, order: Indices,
    plan: Plan, space: Space,
) -> None:  # fmt: skip
    """Turn this thread's share of the rows of outputs' sums into errors, averaged over the batch."""
    last = layout.widths.size - 2
    activation, outputs, wide = layout.activations[last], layout.widths[last + 1], plan.wide[last + 1]
    first, stop = own_share(order.size, members, me)
    for k in range(first, stop):
        units = view(space.units, plan.units[last] + k * wide, plan.units[last] + k * wide + outputs)
        errors = view(space.errors, plan.errors[last] + k * outputs, plan.errors[last] + (k + 1) * outputs)
        weight = (rows.weights[order[k]] if rows.weights.size > 0 else 1.0) / order.size
        activate(activation, units)
        slopes(activation, units, errors)
        target = row_view(space.target, me, 0, outputs)
        row_errors(
            rows.labels, rows.targets, other, loss, shape, rows.codes, rows.numbers, rows.first_number, rows.offsets,
            order[k], weight, units, target, errors,
        )  # fmt: skip


@kernel(apart=True)
def pass_back(
    product: Part, me: int, layer: int, low: int, high: int, layout: Layout, parameters: Floats, begin: int, end: int,
    plan: Plan, space: Space, whole: bool | None, two_channels: bool | None,
) -> None:  # fmt: skip
    """Find the errors of blocks `low` to `high` of a layer, and what they say of the units below, in parts.

    The errors of the output layer are there. Rows `begin` to `end` of the batch take part.
    """
    for block in range(low, high):
        if layer < layout.widths.size - 2:
            _receive_errors(product, me, layer, block, layout, parameters, begin, end, plan, space, whole, two_channels)
        if layer > 0 and not plan.whole[layer]:
            _pass_part(product, me, layer, block, layout, parameters, begin, end, plan, space)


@kernel(inner=True)
def _pass_part(
    product: Part, me: int, layer: int, block: int, layout: Layout, parameters: Floats, begin: int, end: int,
    plan: Plan, space: Space,
) -> None:  # fmt: skip
    """Multiply the errors of one block of a layer by its weights: one part of what the units below receive."""
    below, sums = layout.widths[layer], layout.sums[layer + 1] - layout.sums[layer]
    left, right = columns_of(layer, block, layout, plan)
    start, stride = weights_of(layer, left, right, layout, plan)
    multiply_with_transposed(
        product, end - begin, right - left, below, space.errors, plan.errors[layer] + begin * sums + left, sums,
        parameters, start, stride, row_view(space.backed, layer % 2, 0, space.backed.shape[1]),
        (block * plan.batch + begin) * below, below, row_view(space.panels, me, 0, space.panels.shape[1]), False,
    )  # fmt: skip


@kernel(inner=True)
def _receive_errors(
    product: Part, me: int, layer: int, block: int, layout: Layout, parameters: Floats, begin: int, end: int,
    plan: Plan, space: Space, whole: bool | None, two_channels: bool | None,
) -> None:  # fmt: skip
    """Multiply the derivatives of one block of units by what the layer above says of them.

    It is the sum of the parts, in their order, or else the product with all weights of the layer above.
    """
    above = layer + 1
    units, sums = layout.widths[above], layout.sums[above] - layout.sums[layer]
    first, stop = plan.edges[layer, block], plan.edges[layer, block + 1]
    backed = row_view(space.backed, above % 2, 0, space.backed.shape[1])
    if whole is not None and plan.whole[above]:
        across = layout.sums[above + 1] - layout.sums[above]
        for part in range(plan.blocks[above]):
            left, right = columns_of(above, part, layout, plan)
            start, stride = weights_of(above, left, right, layout, plan)
            multiply_with_transposed(
                product, end - begin, right - left, stop - first, space.errors,
                plan.errors[above] + begin * across + left, across, parameters, start + first * stride, stride, backed,
                begin * units + first, units, row_view(space.panels, me, 0, space.panels.shape[1]), part > 0,
            )  # fmt: skip
    for k in range(begin, end):
        passed = view(backed, k * units + first, k * units + stop)
        if not plan.whole[above]:
            for part in range(1, plan.blocks[above]):
                at = (part * plan.batch + k) * units
                more = view(backed, at + first, at + stop)
                for j in range(passed.size):
                    passed[j] += more[j]
        place = plan.errors[layer] + k * sums
        if sums == units:
            derivatives = view(space.errors, place + first, place + stop)
            for j in range(passed.size):
                derivatives[j] *= passed[j]
        if two_channels is not None and sums > units:
            channels = view(space.errors, place + 2 * first, place + 2 * stop)
            for j in range(passed.size):
                channels[2 * j] *= passed[j]
                channels[2 * j + 1] *= passed[j]

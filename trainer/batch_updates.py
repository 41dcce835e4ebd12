"""The update of one block of a layer's units by the gradient of a mini-batch.

The gradient of the dense inputs is a matrix product, made a few inputs at a time and used at once while it is in
the cache; that of listed inputs is added up input by input.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.apart import Part
from triplicate.trainer.batch_plan import Plan, Space, columns_of, weights_of
from triplicate.trainer.copy_averaging import add_pull
from triplicate.trainer.fused_steps import step_at_once
from triplicate.trainer.gemm import multiply_transposed
from triplicate.trainer.jit import ZERO, kernel
from triplicate.trainer.kernel_rows import Rule
from triplicate.trainer.momentum import advance
from triplicate.trainer.network import Layout
from triplicate.trainer.optimizers import MAX_W2, MOMENTUM, PULL, momentum_of, step_size, update_rows
from triplicate.trainer.sparsity import pull
from triplicate.trainer.views import row_view, view
from triplicate.trainer.weight_limit import Norms

__all__ = [
    "advance_block",
    "find_live",
    "list_touched",
    "measure_block",
    "open_listed",
    "settle_block",
    "update_layer",
]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]

SMALLEST_SCALE = 1e-6  # of max_w2: beyond it float32 weights would overflow, divided by their scale


@kernel(inner=True)
def list_touched(me: int, size: int, fast: bool, plan: Plan, space: Space, side: int) -> int:
    """Sort a batch's listed inputs by input, for one thread; return how many different ones there are.

    Entries of `touched[t]` then end before `ends[t]`, and begin where those of the one before it end; they name
    row and value. Without fast mode inputs that no row holds follow, with no entries.
    """
    slots, touched = row_view(space.slots, me, 0, plan.listed), row_view(space.touched, me, 0, plan.reachable)
    ends = row_view(space.ends, me, 0, plan.reachable)
    count = 0
    for k in range(size):
        for entry in range(space.listed_count[side, k]):
            place = space.listed_index[(side * plan.batch + k) * plan.most + entry]
            if slots[place] < 0:
                slots[place], touched[count], ends[count] = count, place, 0
                count += 1
            ends[slots[place]] += 1
    total = 0
    for slot in range(count):  # for a moment `ends` are beginnings
        entries = ends[slot]
        ends[slot] = total
        total += entries
    for k in range(size):
        for entry in range(space.listed_count[side, k]):
            at = (side * plan.batch + k) * plan.most + entry
            slot = slots[space.listed_index[at]]
            space.entry_rows[me, ends[slot]], space.entry_values[me, ends[slot]] = k, space.listed_value[at]
            ends[slot] += 1
    found = count
    if not fast:
        for place in range(plan.listed):
            if slots[place] < 0:
                touched[count], ends[count] = place, total
                count += 1
    for slot in range(found):
        slots[touched[slot]] = -1
    return count


@kernel(inner=True, counted=True)
def _live_places(live: Floats, places: Indices) -> Indices:
    """Return the places of the live inputs."""
    count = 0
    for place in range(live.size):
        places[count] = place
        count += live[place] != 0
    return view(places, 0, count)


@kernel(inner=True)
def open_listed(
    norms: Norms, me: int, layer: int, block: int, touched: int, layout: Layout, parameters: Floats, plan: Plan,
    space: Space,
) -> None:  # fmt: skip
    """Give listed inputs' weights their true values, and take them out of the sums of squares."""
    if layer > 0:
        return
    left, right = columns_of(layer, block, layout, plan)
    start, stride = weights_of(layer, left, right, layout, plan)
    scales, squares = view(norms.scales, left, right), view(norms.squares, left, right)
    for place in row_view(space.touched, me, 0, touched):
        row = view(parameters, start + place * stride, start + place * stride + right - left)
        for j in range(row.size):
            row[j] *= scales[j]
            squares[j] -= float(row[j]) * float(row[j])


@kernel(inner=True)
def find_live(live: Floats, fast: bool, size: int, inputs: Floats, begin: int) -> None:
    """Mark the dense inputs of a layer that learn with 1, in fast mode with the share of rows in which they are not 0.

    The first row's values begin at `begin` of the flat `inputs`.
    """
    wide, zero, one = live.size, live.dtype.type(0), live.dtype.type(1)
    for j in range(wide):
        live[j] = zero if fast else one
    if fast:
        for k in range(size):
            values = view(inputs, begin + k * wide, begin + (k + 1) * wide)
            for j in range(wide):
                live[j] += one if values[j] != zero else zero
        for j in range(wide):
            live[j] /= live.dtype.type(size)


@kernel(inner=True)
def advance_block(
    ahead: bool, me: int, layer: int, block: int, first_live: int, touched: int, layout: Layout, rule: Rule,
    parameters: Floats, steps: Any, begin: int, end: int, position: int, plan: Plan, space: Space,
) -> None:  # fmt: skip
    """Do the first half of momentum, which precedes a layer's forward pass; `ahead` is Nesterov's.

    Of the dense inputs, numbers `begin` to `end` take part.
    """
    momentum = momentum_of(rule.constants, position)
    left, right = columns_of(layer, block, layout, plan)
    start, stride = weights_of(layer, left, right, layout, plan)
    listed = row_view(space.touched, me, 0, touched if layer == 0 else 0)
    advance(parameters, steps, start, stride, right - left, listed, momentum, ahead)
    live = row_view(space.live, me, first_live + begin, first_live + end)
    places = _live_places(live, row_view(space.places, me, 0, end - begin))
    dense = start + (begin + (plan.listed if layer == 0 else 0)) * stride
    advance(parameters, steps, dense, stride, right - left, places, momentum, ahead)


@kernel(inner=True)
def _update_block(
    product: Part, me: int, layer: int, block: int, first_live: int, touched: int, layout: Layout, rule: Rule,
    parameters: Floats, squares: Any, steps: Any, begin: int, end: int, size: int, position: int, plan: Plan,
    space: Space, side: int, activity: Floats | None, norms: Norms | None, centre: Floats | None,
    by_adadelta: bool | None, by_penalised: bool | None, by_adam: bool | None, by_momentum: bool | None,
    by_descent: bool | None, lists: bool | None, at_once: bool | None, in_parts: bool | None,
) -> None:  # fmt: skip
    """Update the weights and biases of one block of a layer's units: of dense inputs, numbers `begin` to `end`."""
    sums = layout.sums[layer + 1] - layout.sums[layer]
    left, right = columns_of(layer, block, layout, plan)
    width, rate, totals = right - left, 0.0, row_view(space.totals, me, 0, right - left)
    for j in range(width):
        totals[j] = 0.0
    if by_adam is not None or by_momentum is not None or by_descent is not None:
        rate = step_size(rule.optimizer, rule.constants, layer, position, position // plan.batch + 1)
    start, stride = weights_of(layer, left, right, layout, plan)
    dense = start + (plan.listed * stride if layer == 0 else 0)
    if lists is not None and layer == 0:
        for t in range(touched):
            gradient = row_view(space.gradient, me, 0, width)
            for j in range(width):
                gradient[j] = 0
            for entry in range(space.ends[me, t - 1] if t > 0 else 0, space.ends[me, t]):
                at = plan.errors[0] + space.entry_rows[me, entry] * sums + left
                errors, factor = view(space.errors, at, at + width), space.entry_values[me, entry]
                for j in range(width):
                    gradient[j] += factor * errors[j]
            place, share = row_view(space.touched, me, t, t + 1), row_view(space.share, me, 0, 1)
            entries = space.ends[me, t] - (space.ends[me, t - 1] if t > 0 else 0)
            share[0] = entries / size if rule.fast else 1.0
            if centre is not None:
                _pull_rows(centre, rule, parameters, start, stride, place, width, gradient)
            update_rows(
                by_adadelta, by_penalised, by_adam, by_momentum, by_descent, parameters, squares, steps, start, stride,
                width, place, view(space.ones, 0, 1), share, gradient, rate, rule.constants, rule.fast,
            )  # fmt: skip
    wide, inputs_at_once = plan.wide[layer], space.gradient.shape[1] // width
    inputs = row_view(space.inputs, side, 0, space.inputs.shape[1]) if layer == 0 else space.units
    inputs_start = plan.units[layer - 1] if layer > 0 else 0
    if at_once is not None:
        step_at_once(
            inputs, inputs_start + begin, wide, space.errors, plan.errors[layer] + left, sums, size, end - begin, width,
            parameters, squares, steps, dense + begin * stride, stride, rule.constants, rule.fast,
            row_view(space.gradient, me, 0, space.gradient.shape[1]),
        )  # fmt: skip
        if norms is not None:
            _add_squares(parameters, dense + begin * stride, stride, min(end, wide - 1) - begin, totals)
    if in_parts is not None:
        for low in range(begin, end, inputs_at_once):
            high = min(low + inputs_at_once, end)
            gradient = row_view(space.gradient, me, 0, (high - low) * width)
            multiply_transposed(
                product, high - low, size, width, inputs, inputs_start + low, wide,
                space.errors, plan.errors[layer] + left, sums, gradient, ZERO, width,
                row_view(space.panels, me, 0, space.panels.shape[1]),
            )  # fmt: skip
            live = row_view(space.live, me, first_live + low, first_live + high)
            places = _live_places(live, row_view(space.places, me, 0, high - low))
            if centre is not None:
                _pull_rows(centre, rule, parameters, dense + low * stride, stride, places, width, gradient)
            update_rows(
                by_adadelta, by_penalised, by_adam, by_momentum, by_descent, parameters, squares, steps,
                dense + low * stride, stride, width, places, view(space.ones, 0, places.size), live, gradient, rate,
                rule.constants, rule.fast,
            )  # fmt: skip
            if norms is not None:
                _add_squares(parameters, dense + low * stride, stride, min(high, wide - 1) - low, totals)
    if norms is not None:
        listed = row_view(space.touched, me, 0, touched if layer == 0 else 0)
        smallest = _limit(norms, listed, start, stride, dense, wide - 1, left, rule, parameters, totals)
        if smallest < SMALLEST_SCALE:
            settle_block(norms, block, layout, plan, parameters)
    if activity is not None and layer < layout.widths.size - 2:
        first, stop = plan.edges[layer, block], plan.edges[layer, block + 1]
        before, biases = layout.units[layer], start + layout.widths[layer] * stride
        pull(activity, before + first, before + stop, biases, rule, parameters, squares, steps, rate)


@kernel(apart=True)
def update_layer(
    product: Part, me: int, layer: int, low: int, high: int, first_live: int, touched: int, layout: Layout, rule: Rule,
    parameters: Floats, squares: Any, steps: Any, begin: int, end: int, size: int, position: int, plan: Plan,
    space: Space, side: int, activity: Floats | None, norms: Norms | None, centre: Floats | None,
    by_adadelta: bool | None, by_penalised: bool | None, by_adam: bool | None, by_momentum: bool | None,
    by_descent: bool | None, lists: bool | None, at_once: bool | None, in_parts: bool | None,
) -> None:  # fmt: skip
    """Update blocks `low` to `high` of a layer."""
    for block in range(low, high):
        _update_block(
            product, me, layer, block, first_live, touched, layout, rule, parameters, squares, steps,
            begin, end, size, position, plan, space, side, activity, norms, centre, by_adadelta, by_penalised,
            by_adam, by_momentum, by_descent, lists, at_once, in_parts,
        )  # fmt: skip


@kernel(inner=True)
def _pull_rows(
    centre: Floats, rule: Rule, parameters: Floats, start: int, stride: int, places: Indices, width: int,
    gradients: Floats,
) -> None:  # fmt: skip
    """Add the pull of elastic averaging to the gradients of some rows of weights, or to a single one's."""
    apart = width if gradients.size > width else 0
    for place in places:
        begin, at = start + place * stride, place * apart
        row, middle = view(parameters, begin, begin + width), view(centre, begin, begin + width)
        gradient = view(gradients, at, at + width)
        sparing = rule.fast and rule.optimizer < MOMENTUM
        add_pull(row, middle, gradient.dtype.type(1), gradient, rule.constants[PULL], sparing, gradient)


@kernel(inner=True)
def _add_squares(parameters: Floats, start: int, stride: int, inputs: int, totals: Doubles) -> None:
    """Add the squares of the weights of so many inputs; the first one's begin at `start`."""
    for place in range(inputs):
        row = view(parameters, start + place * stride, start + place * stride + totals.size)
        for j in range(totals.size):
            totals[j] += float(row[j]) * float(row[j])


@kernel(inner=True)
def _limit(
    norms: Norms, listed: Indices, start: int, stride: int, dense: int, inputs: int, left: int, rule: Rule,
    parameters: Floats, totals: Doubles,
) -> float:  # fmt: skip
    """Shrink the weights into units whose sum of squares, `totals` and that of listed inputs, is beyond the limit.

    Weights of listed inputs are kept divided by their scales, so that those of a batch are the only ones touched.
    Return the smallest scale.
    """
    limit, width, smallest = rule.constants[MAX_W2], totals.size, 1.0
    scales, squares = view(norms.scales, left, left + width), view(norms.squares, left, left + width)
    for place in listed:
        row = view(parameters, start + place * stride, start + place * stride + width)
        for j in range(width):
            squares[j] += float(row[j]) * float(row[j])
    beyond = False
    for j in range(width):
        total = totals[j] + (squares[j] if dense != start else 0.0)
        totals[j] = math.sqrt(limit / total) if total > limit else 1.0
        beyond |= total > limit
    if beyond:
        for place in range(inputs):
            row = view(parameters, dense + place * stride, dense + place * stride + width)
            for j in range(width):
                row[j] *= totals[j]
    if dense == start:
        return 1.0
    for j in range(width):
        scales[j] *= totals[j]
        squares[j] *= totals[j] * totals[j]
        smallest = min(smallest, scales[j])
    for place in listed:
        row = view(parameters, start + place * stride, start + place * stride + width)
        for j in range(width):
            row[j] = row[j] * totals[j] / scales[j]
    return smallest


@kernel(inner=True)
def measure_block(norms: Norms, block: int, layout: Layout, plan: Plan, parameters: Floats) -> None:
    """Sum up the squares of the listed inputs' weights into one block of the first layer's units; scales are 1."""
    left, right = columns_of(0, block, layout, plan)
    start, stride = weights_of(0, left, right, layout, plan)
    for j in range(left, right):
        norms.squares[j], norms.scales[j] = 0.0, 1.0
    _add_squares(parameters, start, stride, plan.listed, view(norms.squares, left, right))


@kernel(inner=True)
def settle_block(norms: Norms, block: int, layout: Layout, plan: Plan, parameters: Floats) -> None:
    """Give the listed inputs' weights into one block of units their true values: scales become 1."""
    left, right = columns_of(0, block, layout, plan)
    start, stride = weights_of(0, left, right, layout, plan)
    scales = view(norms.scales, left, right)
    for place in range(plan.listed):
        row = view(parameters, start + place * stride, start + place * stride + right - left)
        for j in range(row.size):
            row[j] *= scales[j]
    for j in range(scales.size):
        scales[j] = 1.0

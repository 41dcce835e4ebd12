"""Batch mode: one update per mini-batch, by the mean gradient; matrix products and all the rest in our own kernels.

A team of threads learns together. A thread owns blocks of every layer's units: it computes them, what is passed
back to them, and the update of all weights into them. Between phases the team meets. Every number is computed by
one thread and in one way, so that results do not depend on the number of threads.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.atomics import flush_denormals, restore_denormals
from triplicate.trainer.batch_kernels import find_errors, part_of, pass_back, pass_forward, read_rows
from triplicate.trainer.batch_plan import Plan, Space, Weights, norms_for, plan_for, space_for
from triplicate.trainer.batch_updates import (
    advance_block,
    find_live,
    list_touched,
    measure_block,
    open_listed,
    settle_block,
    update_block,
)
from triplicate.trainer.jit import ZERO, kernel
from triplicate.trainer.kernel_rows import Rows, Rule, used
from triplicate.trainer.network import Layout, Network, State, work_per_row
from triplicate.trainer.optimizers import MAX_W2
from triplicate.trainer.team import MEMBERS, Board, Team, meet, share_of, thread_count
from triplicate.trainer.unit_blocks import block_count
from triplicate.trainer.views import row_view
from triplicate.trainer.weight_limit import Norms

__all__ = ["WORTH_A_TEAM", "BatchLearner", "learn_batches"]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]

WORTH_A_TEAM = 300_000  # weights times rows of a batch, below which meeting costs more than sharing gains


class BatchLearner:
    """Learns rows in mini-batches of `batch` rows; the last one of a call may be smaller.

    `threads` is the size of the team; None for as many as `thread_count` says, or one where there is little work.
    """

    def __init__(self, network: Network, rows: Rows, rule: Rule, batch: int, threads: int | None = None) -> None:
        self._rows, self._rule, self._layout = rows, rule, network.layout()
        self._ratios, self._two_channels = network.ratios, network.two_channels
        work = work_per_row(network, rows.codes.shape[1] + rows.numbers.columns) * batch
        self._team = Team(threads or (thread_count() if work >= WORTH_A_TEAM else 1))
        limited = bool(rule.constants[MAX_W2] < np.inf)
        self.plan = plan_for(self._layout, rows, batch, self._team.threads, fast=rule.fast)
        self.space = space_for(self._layout, rows, self.plan)
        self._norms = norms_for(self._layout) if limited else None

    def learn(self, state: State, order: Indices) -> None:
        """Learn the rows named by `order`, changing the state's arrays in place."""
        weights = Weights(state.parameters, used(state.squares), used(state.steps), used(state.activity))
        self._team.run(
            learn_batches, self._layout, self._rule, self._rows, weights, order, state.samples, self.plan, self.space,
            weights.activity, self._norms, self._ratios, self._two_channels, self._rule.centre, *self._rule.kinds,
        )  # fmt: skip


@kernel()
def learn_batches(
    board: Board, me: int, layout: Layout, rule: Rule, rows: Rows, weights: Weights, order: Indices, position: int,
    plan: Plan, space: Space, activity: Floats | None, norms: Norms | None, dropout: npt.NDArray[np.float64] | None,
    two_channels: bool | None, centre: Floats | None, by_adadelta: bool | None, by_penalised: bool | None,
    by_adam: bool | None, by_momentum: bool | None, by_descent: bool | None,
) -> None:  # fmt: skip
    """Learn the rows named by `order`, as one thread of a team. `position` is the number of rows learned before.

    From `activity` on arguments are None where there is no such thing, and stand alone: numba looks at arguments when
    it drops a branch.
    """
    before = flush_denormals()
    layers, members = layout.widths.size - 1, board[MEMBERS]
    first_block, last_block = share_of(block_count(layout.widths[1], members), members, me)
    if norms is not None:
        for block in range(first_block, last_block):
            measure_block(norms, block, layout, plan, weights.parameters)
    read_rows(members, me, dropout, rule.seed, rows, part_of(order, ZERO, plan.batch), position, plan, space, ZERO)
    meet(board)
    for start in range(0, order.size, plan.batch):
        batch, side, samples = part_of(order, start, plan.batch), start // plan.batch % 2, position + start
        size, touched, live = batch.size, ZERO, ZERO
        if plan.listed > 0:
            touched = list_touched(me, size, rule.fast, plan, space, side)
        for layer in range(layers):
            low, high = share_of(block_count(layout.widths[layer + 1], members), members, me)
            if by_adam is not None or by_momentum is not None:
                wide, begin = plan.wide[layer], plan.units[layer - 1] if layer > 0 else 0
                inputs = row_view(space.inputs, side, 0, space.inputs.shape[1]) if layer == 0 else space.units
                find_live(row_view(space.live, me, live, live + wide), rule.fast, size, inputs, begin)
            for block in range(low, high):
                if norms is not None:
                    open_listed(norms, me, layer, block, touched, layout, weights.parameters, plan, space)
                if by_momentum is not None:
                    advance_block(
                        by_momentum, me, layer, block, live, touched, layout, rule, weights.parameters, weights.steps,
                        samples, plan, space,
                    )  # fmt: skip
                pass_forward(
                    me, layer, block, layout, rule.seed, weights.parameters, activity, dropout, two_channels, size,
                    samples, plan, space, side,
                )  # fmt: skip
            live += plan.wide[layer]
            meet(board)
        find_errors(members, me, layout, rule.loss, rule.shape, rows, batch, plan, space)
        meet(board)
        for layer in range(layers - 1, -1, -1):
            live -= plan.wide[layer]
            if layer > 0:
                low, high = share_of(block_count(layout.widths[layer], members), members, me)
                for block in range(low, high):
                    pass_back(me, layer, block, layout, weights.parameters, size, plan, space)
                meet(board)
            low, high = share_of(block_count(layout.widths[layer + 1], members), members, me)
            for block in range(low, high):
                update_block(
                    me, layer, block, live, touched, layout, rule, weights.parameters, weights.squares, weights.steps,
                    size, samples, plan, space, side, activity, norms, centre, by_adadelta, by_penalised, by_adam,
                    by_momentum, by_descent,
                )  # fmt: skip
        following = part_of(order, start + plan.batch, plan.batch)
        read_rows(members, me, dropout, rule.seed, rows, following, samples + plan.batch, plan, space, 1 - side)
        meet(board)
    if norms is not None:
        for block in range(first_block, last_block):
            settle_block(norms, block, layout, plan, weights.parameters)
    restore_denormals(before)

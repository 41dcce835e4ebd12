"""Batch mode: one update per mini-batch, by the mean gradient; products by BLAS, the rest in fused kernels.

A team of threads learns together. A thread owns blocks of every layer's units: it computes them, what is passed
back to them, and the update of all weights into them. Between phases the team meets. Every number is computed by
one thread and in one way, so that results do not depend on the number of threads.
"""

import numpy as np
import numpy.typing as npt

from triplicate.trainer.atomics import flush_denormals, restore_denormals
from triplicate.trainer.batch_kernels import find_errors, part_of, pass_back, pass_forward, read_rows
from triplicate.trainer.batch_plan import Plan, Space, Weights, plan_for, space_for
from triplicate.trainer.batch_updates import list_touched, measure_block, open_block, settle_block, update_block
from triplicate.trainer.jit import ZERO, kernel
from triplicate.trainer.kernel_rows import Rows, Rule, used
from triplicate.trainer.network import Layout, Network, State, work_per_row
from triplicate.trainer.optimizers import MAX_W2
from triplicate.trainer.team import MEMBERS, Board, Team, meet, share_of, thread_count
from triplicate.trainer.unit_blocks import block_count

__all__ = ["WORTH_A_TEAM", "BatchLearner", "learn_batches"]

Indices = npt.NDArray[np.int64]

WORTH_A_TEAM = 300_000  # weights times rows of a batch, below which meeting costs more than sharing gains


class BatchLearner:
    """Learns rows in mini-batches of `batch` rows; the last one of a call may be smaller.

    `threads` is the size of the team; None for as many as `thread_count` says, or one where there is little work.
    """

    def __init__(self, network: Network, rows: Rows, rule: Rule, batch: int, threads: int | None = None) -> None:
        self._rows, self._rule, self._layout = rows, rule, network.layout()
        work = work_per_row(network, rows.codes.shape[1] + rows.numbers.shape[1]) * batch
        self._team = Team(threads or (thread_count() if work >= WORTH_A_TEAM else 1))
        limited = bool(rule.constants[MAX_W2] < np.inf)
        self.plan = plan_for(self._layout, rows, batch, fast=rule.fast)
        self.space = space_for(self._layout, rows, self.plan, self._team.threads, limited=limited)

    def learn(self, state: State, order: Indices) -> None:
        """Learn the rows named by `order`, changing the state's arrays in place."""
        weights = Weights(state.parameters, used(state.squares), used(state.steps), used(state.activity))
        self._team.run(
            learn_batches, self._layout, self._rule, self._rows, weights, order, state.samples, self.plan, self.space
        )


@kernel()
def learn_batches(
    board: Board, me: int, layout: Layout, rule: Rule, rows: Rows, weights: Weights, order: Indices, position: int,
    plan: Plan, space: Space,
) -> None:  # fmt: skip
    """Learn the rows named by `order`, as one thread of a team. `position` is the number of rows learned before."""
    before = flush_denormals()
    layers, members = layout.widths.size - 1, board[MEMBERS]
    first_block, last_block = share_of(block_count(layout.widths[1]), members, me)
    for block in range(first_block, last_block):
        measure_block(space.norms, block, layout, plan.listed, weights.parameters)
    read_rows(members, me, layout, rule.seed, rows, part_of(order, ZERO, plan.batch), position, plan, space, ZERO)
    meet(board)
    for start in range(0, order.size, plan.batch):
        batch, side, samples = part_of(order, start, plan.batch), start // plan.batch % 2, position + start
        size, touched, live = batch.size, ZERO, ZERO
        if plan.listed > 0:
            touched = list_touched(me, size, rule.fast, plan, space, side)
        for layer in range(layers):
            low, high = share_of(block_count(layout.widths[layer + 1]), members, me)
            for block in range(low, high):
                open_block(
                    me, layer, block, live, touched, layout, rule, weights.parameters, weights.steps,
                    size, samples, plan, space, side,
                )  # fmt: skip
                pass_forward(
                    layer,
                    block,
                    layout,
                    rule.seed,
                    weights.parameters,
                    weights.activity,
                    size,
                    samples,
                    plan,
                    space,
                    side,
                )
            live += plan.wide[layer]
            meet(board)
        find_errors(members, me, layout, rule, rows, batch, plan, space)
        meet(board)
        for layer in range(layers - 1, -1, -1):
            live -= plan.wide[layer]
            if layer > 0:
                low, high = share_of(block_count(layout.widths[layer]), members, me)
                for block in range(low, high):
                    pass_back(layer, block, layout, weights.parameters, size, plan, space)
                meet(board)
            low, high = share_of(block_count(layout.widths[layer + 1]), members, me)
            for block in range(low, high):
                update_block(me, layer, block, live, touched, layout, rule, weights, size, samples, plan, space, side)
        following = part_of(order, start + plan.batch, plan.batch)
        read_rows(members, me, layout, rule.seed, rows, following, samples + plan.batch, plan, space, 1 - side)
        meet(board)
    for block in range(first_block, last_block):
        settle_block(space.norms, block, layout, plan.listed, weights.parameters)
    restore_denormals(before)

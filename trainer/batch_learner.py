"""Batch mode: one update per mini-batch, by the mean gradient; matrix products and all the rest in our own kernels.

A team of threads learns together. A thread owns blocks of every layer's units: it computes them, their errors, and the
update of all weights into them. It also says what these errors tell the layer below, a sum per block that the owners
there add up in order, so that nobody reads the weights of another thread: they would wander between the caches in every
batch. Only those of a wide layer are read by all, since their number of blocks is that of the threads. Between phases
the team meets. A narrow output layer is shared otherwise, since it is one block: a thread takes some rows of the batch
through it, to their errors and back, and updates the weights that lead out of some of its inputs. Every number is
computed by one thread and in one way, so that results do not depend on the number of threads.

While a team learns, the weights of a block lie together (gathered.py).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.apart import Job, Part, call
from triplicate.trainer.atomics import flush_denormals, restore_denormals
from triplicate.trainer.averaging import STILL, Averaging, move_average, newest_share
from triplicate.trainer.batch_kernels import part_of
from triplicate.trainer.batch_passes import NOTHING, Passes
from triplicate.trainer.batch_plan import Plan, Space, Weights, norms_for, plan_alone, plan_for, share_in, space_for
from triplicate.trainer.batch_updates import (
    advance_block,
    find_live,
    list_touched,
    measure_block,
    open_listed,
    settle_block,
)
from triplicate.trainer.fused_steps import FUSED_ROWS
from triplicate.trainer.gathered import MOST_AT_REST, gather_columns, spread_columns
from triplicate.trainer.jit import ZERO, kernel
from triplicate.trainer.kernel_rows import Rows, Rule, other_loss, used
from triplicate.trainer.network import Layout, Network, State, work_per_row
from triplicate.trainer.optimizers import MAX_W2
from triplicate.trainer.team import MEMBERS, Board, Team, meet, own_share, thread_count
from triplicate.trainer.team_size import TeamSize
from triplicate.trainer.views import row_view, view
from triplicate.trainer.weight_limit import Norms

__all__ = ["WORTH_A_TEAM", "BatchLearner", "learn_batches"]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]

WORTH_A_TEAM = 300_000  # weights times rows of a batch, below which meeting costs more than sharing gains
REPORT_WORK = 4 * 10**9  # touched weights times rows between two reports, at least: a fraction of a second


class BatchLearner:
    """Learns rows in mini-batches of `batch` rows; the last one of a call may be smaller.

    `threads` is the size of the team; None for as many as `thread_count` says, or one where there is little work. It
    changes no bit, and one thread learns while that is faster (see team_size.py).
    """

    def __init__(self, network: Network, rows: Rows, rule: Rule, batch: int, threads: int | None = None) -> None:
        self._network, self._rows, self._rule, self._layout = network, rows, rule, network.layout()
        self._ratios, self._two_channels = network.ratios, network.two_channels
        touched = work_per_row(network, rows.codes.shape[1] + rows.numbers.columns)
        work, self._report = touched * batch, REPORT_WORK // touched
        self._team = Team(threads or (thread_count() if work >= WORTH_A_TEAM else 1))
        limited = bool(rule.constants[MAX_W2] < np.inf)
        together = self._team.threads > 1 and rule.centre is None and network.parameters <= MOST_AT_REST * work
        self.plan = plan_for(
            self._layout,
            rows,
            batch,
            self._team.threads,
            fast=rule.fast,
            gathered=together,
            limited=limited,
            fused=rule.kinds.adadelta is not None and rule.centre is None and batch <= FUSED_ROWS,
        )
        self._alone, self._plan_alone = Team(1), plan_alone(self.plan)
        self._size = TeamSize(self._team.threads)
        self.space = space_for(self._layout, rows, self.plan)
        self._norms = norms_for(self._layout) if limited else None
        self._at_work = False

    @contextmanager
    def at_work(self, state: State) -> Iterator[None]:
        """Let the state's arrays lie as the team learns them; they are as they were afterwards."""
        self._lay(state, gather_columns)
        self._at_work = True
        try:
            yield
        finally:
            self._at_work = False
            self._lay(state, spread_columns)

    def _lay(self, state: State, laid: Callable[[Floats, list[tuple[int, int]]], None]) -> None:
        """Lay the weights of blocks together, or undo it."""
        if not self.plan.gathered:
            return
        for layer, (blocks, edges) in enumerate(zip(self.plan.blocks, self.plan.edges, strict=True)):
            if blocks > 1:
                channels = self._network.sums[layer] // self._network.widths[layer]
                starts = (edges[: blocks + 1] * channels).tolist()
                for flat in (state.parameters, state.squares, state.steps, state.average):
                    if flat.size > 0:
                        laid(self._network.matrix(flat, layer), list(pairwise(starts)))

    def learn_pieces(self, state: State, order: Indices, averaging: Averaging, report: Callable[[int], None]) -> State:
        """Learn the rows named by `order`, in place, and move the average; return the state after them.

        `report` is called now and then with the number of rows learned since the last call.
        """
        part = max(1, self._report // averaging.piece) * averaging.piece
        for start in range(0, order.size, part):
            some = order[start : start + part]
            self.learn(state, some, averaging)
            state = state.advanced(some.size)
            report(some.size)
        return state

    def jobs(self, state: State) -> list[Job]:
        """Return the kernels that learn, the one that takes longest to compile first."""
        arguments = self._call(state, NOTHING, STILL)
        passes = arguments[-len(Passes._fields) :]
        return [self._team.job(*arguments), *(each.job for each in reversed(passes))]

    def learn(self, state: State, order: Indices, averaging: Averaging = STILL) -> None:
        """Learn the rows named by `order`, changing the state's arrays in place."""
        with nullcontext() if self._at_work else self.at_work(state), self._size.timed(order.size):
            team = self._team if self._size.threads > 1 else self._alone
            team.run(*self._call(state, order, averaging))

    def _call(self, state: State, order: Indices, averaging: Averaging) -> tuple[Any, ...]:
        """Return `learn_batches` and its arguments, but for those of a team."""
        weights = Weights(state.parameters, used(state.squares), used(state.steps), used(state.activity))
        plan = self.plan if self._size.threads > 1 else self._plan_alone
        passes = Passes.of(
            self._layout, self._rule, self._rows, weights, plan, self.space, self._norms, self._ratios,
            self._two_channels,
        )  # fmt: skip
        return (
            learn_batches, self._layout, self._rule, self._rows, weights, order, state.samples, plan, self.space,
            averaging, state.average, weights.activity, self._norms, self._ratios, self._two_channels,
            self._rule.centre, *self._rule.kinds, plan.lists, other_loss(self._rule, self._rows), plan.has_whole,
            plan.at_once, plan.in_parts, *passes,
        )  # fmt: skip


@kernel()
def learn_batches(
    board: Board, me: int, layout: Layout, rule: Rule, rows: Rows, weights: Weights, order: Indices, position: int,
    plan: Plan, space: Space, averaging: Averaging, average: Floats, activity: Floats | None, norms: Norms | None,
    dropout: npt.NDArray[np.float64] | None, two_channels: bool | None, centre: Floats | None,
    by_adadelta: bool | None, by_penalised: bool | None, by_adam: bool | None, by_momentum: bool | None,
    by_descent: bool | None, lists: bool | None, other: bool | None, whole: bool | None, at_once: bool | None,
    in_parts: bool | None, product: Part, read: Part, forward: Part, errors: Part, back: Part, update: Part,
) -> None:  # fmt: skip
    """Learn the rows named by `order`, as one thread of a team. `position` is the number of rows learned before.

    From `activity` on arguments are None where there is no such thing, and stand alone: numba looks at arguments when
    it drops a branch.
    """
    before = flush_denormals()
    layers, members = layout.widths.size - 1, board[MEMBERS]
    first_block, last_block, _, _ = share_in(ZERO, me, plan)
    learned = ZERO  # since the average moved
    first_batch = part_of(order, ZERO, plan.batch)
    call(read, (members, me, dropout, rule.seed, rows, first_batch, position, plan, space, ZERO))
    meet(board)
    for start in range(0, order.size, plan.batch):
        batch, side, samples = part_of(order, start, plan.batch), start // plan.batch % 2, position + start
        size, touched, live = batch.size, ZERO, ZERO
        if norms is not None and learned == 0:
            for block in range(first_block, last_block):
                measure_block(norms, block, layout, plan, weights.parameters)
        if lists is not None:
            touched = list_touched(me, size, rule.fast, plan, space, side)
        for layer in range(layers):
            low, high, begin, end = share_in(layer, me, plan)
            by_rows = plan.by_rows and layer == layers - 1
            if by_penalised is not None or by_adam is not None or by_momentum is not None or by_descent is not None:
                wide, at = plan.wide[layer], plan.units[layer - 1] if layer > 0 else 0
                inputs = row_view(space.inputs, side, 0, space.inputs.shape[1]) if layer == 0 else space.units
                find_live(row_view(space.live, me, live, live + wide), rule.fast, size, inputs, at)
            if norms is not None:
                for block in range(low, high):
                    open_listed(norms, me, layer, block, touched, layout, weights.parameters, plan, space)
            if by_momentum is not None:
                for block in range(low, high):
                    advance_block(
                        by_momentum, me, layer, block, live, touched, layout, rule, weights.parameters, weights.steps,
                        begin, end, samples, plan, space,
                    )  # fmt: skip
                if by_rows:
                    meet(board)
            first, stop = own_share(size, members, me) if by_rows else (ZERO, size)
            call(forward, (
                product, me, layer, low, high, layout, rule.seed, weights.parameters, activity, dropout, two_channels,
                lists, first, stop, samples, plan, space, side,
            ))  # fmt: skip
            live += plan.wide[layer]
            if not by_rows:
                meet(board)
        call(errors, (members, me, layout, other, rule.loss, rule.shape, rows, batch, plan, space))
        if not plan.by_rows:
            meet(board)
        for layer in range(layers - 1, -1, -1):
            low, high, _, _ = share_in(layer, me, plan)
            by_rows = plan.by_rows and layer == layers - 1
            first, stop = own_share(size, members, me) if by_rows else (ZERO, size)
            call(back, (
                product, me, layer, low, high, layout, weights.parameters, first, stop, plan, space, whole,
                two_channels,
            ))  # fmt: skip
            if layer > 0 or whole is not None:  # whose weights all threads have read
                meet(board)
        for layer in range(layers - 1, -1, -1):
            live -= plan.wide[layer]
            low, high, begin, end = share_in(layer, me, plan)
            call(update, (
                product, me, layer, low, high, live, touched, layout, rule, weights.parameters, weights.squares,
                weights.steps, begin, end, size, samples, plan, space, side, activity, norms, centre, by_adadelta,
                by_penalised, by_adam, by_momentum, by_descent, lists, at_once, in_parts,
            ))  # fmt: skip
        following = part_of(order, start + plan.batch, plan.batch)
        after = samples + plan.batch
        call(read, (members, me, dropout, rule.seed, rows, following, after, plan, space, 1 - side))
        learned += size
        ends = following.size == 0 or learned == averaging.piece
        if norms is not None and ends:
            for block in range(first_block, last_block):
                settle_block(norms, block, layout, plan, weights.parameters)
        meet(board)
        if ends:
            if averaging.piece > 0:
                first, stop = own_share(average.size, members, me)
                share = newest_share(samples + size, averaging, learned)
                move_average(view(average, first, stop), view(weights.parameters, first, stop), share)
                meet(board)
            learned = ZERO
    restore_denormals(before)

"""Row mode behind the method of BatchLearner: which threads learn, and what they share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from triplicate.trainer.apart import Job
from triplicate.trainer.averaging import STILL, Averaging, average_share, move_average
from triplicate.trainer.cache_lines import own_lines, own_rows
from triplicate.trainer.gathered import MOST_AT_REST
from triplicate.trainer.kernel_rows import Rows, Rule, other_loss, used
from triplicate.trainer.network import Network, State, work_per_row
from triplicate.trainer.optimizers import MAX_W2, MOMENTUM, SPARSITY
from triplicate.trainer.row_kernels import Desk, Pad, learn_rows
from triplicate.trainer.team import MEMBERS, Board, Team, share_of, thread_count
from triplicate.trainer.team_size import TeamSize
from triplicate.trainer.unit_shares import MOST_BLOCKS, Shares, gather_shares, shares_of, spread_shares, useful_threads
from triplicate.trainer.weight_limit import Norms

__all__ = ["RowLearner", "fitting_threads"]

Indices = npt.NDArray[np.int64]


LOOKED_AT = 1000  # rows
LEAST_WORK = 20_000  # weights that a row touches, worth meeting for
REPORT_WORK = 2 * 10**8  # touched weights times rows between two reports: a fraction of a second
DENSE = 0.5  # share of inputs that are not 0 from which on it pays to skip units without an error instead


def is_dense(rows: Rows) -> bool:
    """Tell whether there are numbers only, few of them 0."""
    return rows.codes.shape[1] == 0 and rows.numbers.take(slice(0, LOOKED_AT)).share_not_zero() > DENSE


def fitting_threads(network: Network, rows: Rows) -> int:
    """Return how many threads pay: one where a row is little work, or where most weights rest in any row."""
    work = work_per_row(network, rows.codes.shape[1] + rows.numbers.columns)
    pays = work >= LEAST_WORK and network.parameters <= MOST_AT_REST * work
    return useful_threads(network, thread_count()) if pays else 1


class RowLearner:
    """Learns rows one by one, with a team of threads of which each owns units of every layer.

    The number of threads changes no bit, and is one while that is faster (see team_size.py). With `hogwild` threads are
    let loose: each of them learns rows of its own, and all change the same weights without locks (Niu et al., 2011).
    """

    def __init__(self, network: Network, rows: Rows, rule: Rule, threads: int = 1, *, hogwild: bool = False) -> None:
        self._network, self._layout, self._rows, self._rule = network, network.layout(), rows, rule
        self._size, self._hogwild = TeamSize(1 if hogwild else threads), hogwild
        self._limited = bool(rule.constants[MAX_W2] < np.inf)
        local = rule.optimizer < MOMENTUM and rule.constants[SPARSITY] == 0 and rule.centre is None
        self._plain = local and not self._limited
        self._turned = self._plain and is_dense(rows)
        self._shares = {size: self._shared_by(size) for size in {1, self._size.threads}}
        self._gathered = 0  # by how many threads the state's arrays are shared now, 0 where they are not
        self._racers = threads if hogwild else 1
        self._team = Team(threads)
        self._alone = [Team(1) for _ in range(self._racers)]
        self._desks = [self._new_desk(threads) for _ in range(self._racers)]
        self._pads = [[Pad.of(self._layout, rows, fast=rule.fast) for _ in range(threads)] for _ in self._desks]

    def _shared_by(self, threads: int) -> Shares:
        return shares_of(self._network, threads, plain=self._plain, turned=self._turned)

    def _new_desk(self, threads: int) -> Desk:
        network, kind = self._network, self._rows.numbers.floats.dtype
        return Desk(
            own_lines(sum(network.widths), kind),
            own_lines(sum(network.sums), kind),
            own_rows(2 * MOST_BLOCKS, network.sums[-1], kind),
            own_rows(2 * MOST_BLOCKS, max(network.widths) + 1, kind),
            own_rows(4 * threads, 1 + max(network.inputs, *network.sums), kind).reshape(threads, 4, -1),
        )

    @contextmanager
    def at_work(self, state: State) -> Iterator[None]:
        """Let the state's arrays lie as the team learns them; they are as they were afterwards."""
        try:
            self._gather(state, self._size.threads)
            yield
        finally:
            self._gather(state, 0)

    def _gather(self, state: State, threads: int) -> None:
        """Lay the state's arrays together for so many threads, 0 for as they were."""
        if threads == self._gathered:
            return
        for flat in (state.parameters, state.squares, state.steps, state.average):
            if self._gathered:
                spread_shares(self._network, self._shares[self._gathered], flat)
            if threads:
                gather_shares(self._network, self._shares[threads], flat)
        self._gathered = threads

    def learn_pieces(self, state: State, order: Indices, averaging: Averaging, report: Callable[[int], None]) -> State:
        """Learn the rows named by `order`, in place, and move the average; return the state after them.

        `report` is called now and then with the number of rows learned since the last call.
        """
        columns, piece = self._rows.codes.shape[1] + self._rows.numbers.columns, averaging.piece
        part = max(1, REPORT_WORK // work_per_row(self._network, columns))
        chunk = piece if self._hogwild else max(1, part // piece) * piece
        for start in range(0, order.size, chunk):
            some = order[start : start + chunk]
            for begin in range(0, some.size, part):
                few = some[begin : begin + part]
                self.learn(state, few, STILL if self._hogwild else averaging, begin % piece)
                state = state.advanced(few.size)
                report(few.size)
            rest = some.size if self._hogwild else some.size % piece
            if rest > 0:
                move_average(state.average, state.parameters, average_share(state.samples, averaging, rest))
        return state

    def jobs(self, state: State) -> list[Job]:  # noqa: ARG002 - as for batches
        """Return nothing: row mode is one kernel, compiled when it is called."""
        return []

    def learn(self, state: State, order: Indices, averaging: Averaging = STILL, since: int = 0) -> None:
        """Learn the rows named by `order`, changing the state's arrays in place.

        The average moves after each whole piece; `since` it moved so many rows have been learned before.
        """
        with nullcontext() if self._gathered else self.at_work(state):
            self._gather(state, self._size.threads)
            with self._size.timed(order.size):
                if self._hogwild:
                    self._team.run(self._learn_rows, state, order)
                else:
                    team = self._team if self._size.threads > 1 else self._alone[0]
                    team.run(self._learn_shares, 0, state, order, 0, averaging, since)

    def _learn_shares(
        self, board: Board, me: int, racer: int, state: State, order: Indices, first: int, averaging: Averaging,
        since: int,
    ) -> None:  # fmt: skip
        """Learn a thread's share of all rows; the first of them is number `first` of the call."""
        shares = self._shares[self._gathered]
        own = replace(self._layout, weights=shares.starts[me], sums=shares.sums[me])
        norms = Norms(np.zeros(shares.sums[me, -1]), np.ones(shares.sums[me, 1])) if self._limited else None
        learn_rows(
            board, me, self._layout, own, shares, self._desks[racer], self._pads[racer][me], self._rule, self._rows,
            state.parameters, used(state.squares), used(state.steps), order, state.samples + first, averaging, since,
            state.average, used(state.activity), norms, self._network.ratios, self._network.two_channels,
            self._rule.centre, *self._rule.kinds, other_loss(self._rule, self._rows),
        )  # fmt: skip

    def _learn_rows(self, board: Board, me: int, state: State, order: Indices) -> None:
        """Learn a thread's own rows, as if it were alone."""
        first, end = share_of(order.size, board[MEMBERS], me)
        self._alone[me].run(self._learn_shares, me, state, order[first:end], first, STILL, 0)

"""Row mode behind the method of BatchLearner: which threads learn, and what they share."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import numpy as np
import numpy.typing as npt

from triplicate.trainer.kernel_rows import Rows, Rule
from triplicate.trainer.network import Network, State, work_per_row
from triplicate.trainer.optimizers import MAX_W2, MOMENTUM, SPARSITY
from triplicate.trainer.row_kernels import Desk, learn_rows
from triplicate.trainer.team import MEMBERS, Board, Team, share_of, single_board, thread_count
from triplicate.trainer.unit_shares import MOST_BLOCKS, gather_shares, shares_of, spread_shares, useful_threads

__all__ = ["RowLearner", "fitting_threads"]

Indices = npt.NDArray[np.int64]


LOOKED_AT = 1000  # rows
LEAST_WORK = 20_000  # weights that a row touches, worth meeting for
MOST_AT_REST = 16  # weights per weight touched: laying shares together costs a few times as much as a row per weight
DENSE = 0.5  # share of inputs that are not 0 from which on it pays to skip units without an error instead


def is_dense(rows: Rows) -> bool:
    """Tell whether there are numbers only, few of them 0."""
    some = rows.numbers[:LOOKED_AT]
    return rows.codes.shape[1] == 0 and bool(np.count_nonzero(some) > DENSE * some.size)


def fitting_threads(network: Network, rows: Rows) -> int:
    """Return how many threads pay: one where a row is little work, or where most weights rest in any row."""
    work = work_per_row(network, rows.codes.shape[1] + rows.numbers.shape[1])
    pays = work >= LEAST_WORK and network.parameters <= MOST_AT_REST * work
    return useful_threads(network, thread_count()) if pays else 1


class RowLearner:
    """Learns rows one by one, with a team of threads of which each owns units of every layer.

    The number of threads changes no bit, unless they are let loose by `hogwild`: then each of them learns rows of its
    own, and all change the same weights without locks (Niu et al., 2011).
    """

    def __init__(self, network: Network, rows: Rows, rule: Rule, threads: int = 1, *, hogwild: bool = False) -> None:
        self._network, self._layout = network, network.layout()
        self._rows, self._rule, self._team = rows, rule, Team(threads)
        limited = bool(rule.constants[MAX_W2] < np.inf)
        plain = rule.optimizer < MOMENTUM and rule.constants[SPARSITY] == 0 and rule.centre.size == 0
        turned = plain and not limited and is_dense(rows)
        sharing, racing = (1, threads) if hogwild else (threads, 1)
        self._boards = [single_board() for _ in range(racing)]
        self._hogwild = hogwild
        self._shares = shares_of(network, sharing, limited=limited, turned=turned)
        self._gathered = False
        kind, units, sums = rows.numbers.dtype, sum(network.widths), sum(network.sums)
        self._desks = [
            Desk(
                np.empty(units, dtype=kind),
                np.empty(sums, dtype=kind),
                np.empty((2, MOST_BLOCKS, network.sums[-1]), dtype=kind),
                np.empty((2, MOST_BLOCKS, max(network.widths)), dtype=kind),
                np.empty((sharing, 4, max(network.inputs + 1, *network.sums)), dtype=kind),
            )
            for _ in range(racing)
        ]

    @contextmanager
    def at_work(self, state: State) -> Iterator[None]:
        """Keep the state's arrays in the order in which the team learns; they are as they were afterwards."""
        for flat in (state.parameters, state.squares, state.steps, state.average):
            gather_shares(self._network, self._shares, flat)
        self._gathered = True
        try:
            yield
        finally:
            self._gathered = False
            for flat in (state.parameters, state.squares, state.steps, state.average):
                spread_shares(self._network, self._shares, flat)

    def learn(self, state: State, order: Indices) -> None:
        """Learn the rows named by `order`, changing the state's arrays in place."""
        with nullcontext() if self._gathered else self.at_work(state):
            if not self._hogwild:
                self._team.run(self._learn_shares, self._desks[0], state, order, 0)
            else:
                self._team.run(self._learn_rows, state, order)

    def _learn_shares(self, board: Board, me: int, desk: Desk, state: State, order: Indices, first: int) -> None:
        """Learn a thread's share of all rows; the first of them is number `first` of the call."""
        learn_rows(
            board, me, self._layout, self._shares, desk, self._rule, self._rows, state.parameters, state.squares,
            state.steps, order, state.samples + first, state.activity,
        )  # fmt: skip

    def _learn_rows(self, board: Board, me: int, state: State, order: Indices) -> None:
        """Learn a thread's own rows, as if it were alone."""
        first, end = share_of(order.size, board[MEMBERS], me)
        self._learn_shares(self._boards[me], 0, self._desks[me], state, order[first:end], first)

"""Row mode behind the method of BatchLearner: which threads learn, and what they share."""


import numpy as np
import numpy.typing as npt

from triplicate.trainer.kernel_rows import Rows, Rule
from triplicate.trainer.network import Network, State
from triplicate.trainer.optimizers import MAX_W2, MOMENTUM, SPARSITY
from triplicate.trainer.row_kernels import Desk, learn_rows
from triplicate.trainer.team import Team
from triplicate.trainer.unit_shares import MOST_BLOCKS, gather_shares, shares_of, spread_shares

__all__ = ["RowLearner"]

Indices = npt.NDArray[np.int64]


LOOKED_AT = 1000  # rows
DENSE = 0.5  # share of inputs that are not 0 from which on it pays to skip units without an error instead


def is_dense(rows: Rows) -> bool:
    """Tell whether there are numbers only, few of them 0."""
    some = rows.numbers[:LOOKED_AT]
    return rows.codes.shape[1] == 0 and np.count_nonzero(some) > DENSE * some.size


class RowLearner:
    """Learns rows one by one, with a team of threads of which each owns units of every layer.

    The number of threads changes no bit.
    """

    def __init__(self, network: Network, rows: Rows, rule: Rule, threads: int = 1) -> None:
        self._network, self._layout = network, network.layout()
        self._rows, self._rule, self._team = rows, rule, Team(threads)
        limited = bool(rule.constants[MAX_W2] < np.inf)
        plain = rule.optimizer < MOMENTUM and rule.constants[SPARSITY] == 0 and rule.centre.size == 0
        turned = plain and not limited and is_dense(rows)
        self._shares = shares_of(network, threads, limited=limited, turned=turned)
        kind, units, sums = rows.numbers.dtype, sum(network.widths), sum(network.sums)
        self._desk = Desk(
            np.empty(units, dtype=kind),
            np.empty(sums, dtype=kind),
            np.empty((2, MOST_BLOCKS, network.sums[-1]), dtype=kind),
            np.empty((2, MOST_BLOCKS, max(network.widths)), dtype=kind),
        )

    def gather(self, state: State) -> None:
        """Bring the state's arrays into the order in which `learn_gathered` works, thread by thread."""
        for flat in (state.parameters, state.squares, state.steps, state.average):
            gather_shares(self._network, self._shares, flat)

    def spread(self, state: State) -> None:
        """Undo `gather`."""
        for flat in (state.parameters, state.squares, state.steps, state.average):
            spread_shares(self._network, self._shares, flat)

    def learn_gathered(self, state: State, order: Indices) -> None:
        """Learn the rows named by `order`, changing the gathered arrays in place."""
        self._team.run(
            learn_rows, self._layout, self._shares, self._desk, self._rule, self._rows, state.parameters,
            state.squares, state.steps, order, state.samples, state.activity,
        )  # fmt: skip

    def learn(self, state: State, order: Indices) -> None:
        """Learn the rows named by `order`, changing the state's arrays in place."""
        self.gather(state)
        try:
            self.learn_gathered(state, order)
        finally:
            self.spread(state)

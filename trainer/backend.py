"""Where learning happens. The training loop knows iterations only; a backend runs one of them.

`Local` learns on one copy of the model in this process. Several copies, in one process or on a cluster, are
other backends behind the same method.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from triplicate.trainer.averaging import PIECES_PER_PASS, average_share, move_average
from triplicate.trainer.batch_learner import BatchLearner
from triplicate.trainer.kernel_rows import Rows, Rule
from triplicate.trainer.network import Layout, Network, State
from triplicate.trainer.row_kernels import learn_rows

__all__ = ["Backend", "Local"]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]

PIECE_WORK = 2 * 10**8  # parameters times rows between two reports at most: a fraction of a second


class Backend(Protocol):
    """Runs iterations."""

    def run(self, state: State, order: Indices, report: Callable[[int], None]) -> State:
        """Learn the rows named by `order`; return the new state, which may share the old one's arrays.

        `report` is called now and then with the number of rows learned since the last call.
        """


class Local:
    """One copy of the model, one thread: row by row, or in mini-batches of `batch` rows.

    BLAS is held to one thread meanwhile, so that no bit depends on the number of processors.
    """

    def __init__(self, network: Network, rows: Rows, rule: Rule, batch: int) -> None:
        learner = _RowLearner(network, rows, rule) if batch == 1 else BatchLearner(network, rows, rule, batch)
        self._learner: _RowLearner | BatchLearner = learner
        self._table = len(rows.codes)
        piece = min(self._table // PIECES_PER_PASS, PIECE_WORK // network.parameters)
        self._piece = max(1, piece // batch) * batch

    def run(self, state: State, order: Indices, report: Callable[[int], None]) -> State:
        """Learn the rows named by `order`, in place."""
        with threadpool_limits(limits=1, user_api="blas"):
            for start in range(0, order.size, self._piece):
                piece = order[start : start + self._piece]
                self._learner.learn(state, piece)
                state = state.advanced(piece.size)
                share = average_share(state.samples, self._table, piece.size)
                move_average(state.average, state.parameters, share)
                report(piece.size)
        return state


class _RowLearner:
    """Row mode behind the method of BatchLearner."""

    def __init__(self, network: Network, rows: Rows, rule: Rule) -> None:
        self._layout: Layout = network.layout()
        self._rows, self._rule = rows, rule

    def learn(self, state: State, order: Indices) -> None:
        learn_rows(
            self._layout, self._rule, self._rows, state.parameters, state.squares, state.steps, order, state.samples
        )

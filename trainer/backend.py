"""Where learning happens. The training loop knows iterations only; a backend runs one of them.

`Local` learns on one copy of the model in this process. Several copies, in one process (local_copies.py) or on a
cluster, are other backends behind the same method.
"""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from triplicate.trainer.averaging import PIECES_PER_PASS, average_share, move_average
from triplicate.trainer.batch_learner import BatchLearner
from triplicate.trainer.kernel_rows import Rows, Rule
from triplicate.trainer.network import Network, State, work_per_row
from triplicate.trainer.row_learner import RowLearner, fitting_threads
from triplicate.trainer.team import thread_count

__all__ = ["Backend", "Local"]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]

REPORT_WORK = 2 * 10**8  # touched weights times rows between two reports: a fraction of a second


class Backend(Protocol):
    """Runs iterations."""

    def run(self, state: State, order: Indices, report: Callable[[int], None]) -> State:
        """Learn the rows named by `order`; return the new state, which may share the old one's arrays.

        `report` is called now and then with the number of rows learned since the last call.
        """


class Local:
    """One copy of the model: row by row, or in mini-batches of `batch` rows.

    Where it is one of several `copies`, the others learn as many rows at the same time. `hogwild` is for row mode: see
    RowLearner.
    """

    def __init__(
        self, network: Network, rows: Rows, rule: Rule, batch: int, copies: int = 1, *, hogwild: bool = False
    ) -> None:
        self._learner: RowLearner | BatchLearner
        if batch == 1:
            threads = thread_count() if hogwild else 1 if copies > 1 else fitting_threads(network, rows)
            self._learner = RowLearner(network, rows, rule, threads, hogwild=hogwild)
        else:
            share = None if copies == 1 else max(1, thread_count() // copies)
            self._learner = BatchLearner(network, rows, rule, batch, share)
        self._table, self._copies = len(rows.codes), copies
        self._piece = max(1, self._table // copies // PIECES_PER_PASS // batch) * batch
        touched = work_per_row(network, rows.codes.shape[1] + rows.numbers.columns)
        self._report = max(1, REPORT_WORK // touched // batch) * batch

    def run(self, state: State, order: Indices, report: Callable[[int], None]) -> State:
        """Learn the rows named by `order`, in place."""
        quiet = np.errstate(over="ignore", invalid="ignore")  # the loop finds and explains exploding weights
        with quiet, self._learner.at_work(state) if isinstance(self._learner, RowLearner) else nullcontext():
            for start in range(0, order.size, self._piece):
                piece = order[start : start + self._piece]
                for begin in range(0, piece.size, self._report):
                    part = piece[begin : begin + self._report]
                    self._learner.learn(state, part)
                    state = state.advanced(part.size)
                    report(part.size)
                share = average_share(state.samples, self._table, piece.size * self._copies)
                move_average(state.average, state.parameters, share)
        return state

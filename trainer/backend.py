"""Where learning happens. The training loop knows iterations only; a backend runs one of them.

`Local` learns on one copy of the model in this process. Several copies, in one process (local_copies.py) or on a
cluster, are other backends behind the same method.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from triplicate.trainer.apart import Job
from triplicate.trainer.averaging import Averaging
from triplicate.trainer.batch_learner import BatchLearner
from triplicate.trainer.kernel_rows import Rows, Rule
from triplicate.trainer.network import Network, State
from triplicate.trainer.row_learner import RowLearner, fitting_threads
from triplicate.trainer.team import thread_count

__all__ = ["Backend", "Local"]

Indices = npt.NDArray[np.int64]


class Backend(Protocol):
    """Runs iterations."""

    def jobs(self, state: State) -> list[Job]:
        """Return kernels of learning that two processes may compile."""

    def prepare(self, state: State) -> None:
        """Compile the kernels, or load them from their cache, so that this is not taken for learning."""

    def run(self, state: State, order: Indices, report: Callable[[int], None]) -> State:
        """Learn the rows named by `order`; return the new state, which may share the old one's arrays.

        `report` is called now and then with the number of rows learned since the last call.
        """


class Local:
    """One copy of the model: row by row, or in mini-batches of `batch` rows.

    Where it is one of several `copies`, the others learn as many rows at the same time. The average of the weights is
    that of `averaged` epochs. `hogwild` is for row mode: see RowLearner.
    """

    def __init__(
        self, network: Network, rows: Rows, rule: Rule, batch: int, copies: int = 1, *, averaged: float = 1.0,
        hogwild: bool = False,
    ) -> None:  # fmt: skip
        self._learner: RowLearner | BatchLearner
        if batch == 1:
            threads = thread_count() if hogwild else 1 if copies > 1 else fitting_threads(network, rows)
            self._learner = RowLearner(network, rows, rule, threads, hogwild=hogwild)
        else:
            share = None if copies == 1 else max(1, thread_count() // copies)
            self._learner = BatchLearner(network, rows, rule, batch, share)
        self._averaging = Averaging.of(len(rows.codes), copies, batch, averaged)

    def jobs(self, state: State) -> list[Job]:
        """Return those of the learner."""
        return self._learner.jobs(state)

    def prepare(self, state: State) -> None:
        """Compile or load the kernels: learn no rows."""
        self._learner.learn(state, np.empty(0, dtype=np.int64))

    def run(self, state: State, order: Indices, report: Callable[[int], None]) -> State:
        """Learn the rows named by `order`, in place."""
        quiet = np.errstate(over="ignore", invalid="ignore")  # the loop finds and explains exploding weights
        with quiet, self._learner.at_work(state):
            return self._learner.learn_pieces(state, order, self._averaging, report)

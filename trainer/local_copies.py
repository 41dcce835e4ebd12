"""Several copies of the model in this process, averaged after each iteration.

Copies learn on threads, each with its own rows, masks and work space; what they come to is averaged in a fixed order,
so that neither the number of threads nor their pace changes a bit. The optimiser's memory is averaged like the weights:
a mean of running means of squared gradients is one over the rows of all copies, and a mean of last steps is the last
step of the mean.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.apart import Job
from triplicate.trainer.backend import Local
from triplicate.trainer.copy_averaging import block_momentum, move_centre, set_mean
from triplicate.trainer.copy_order import copy_seed, shares
from triplicate.trainer.kernel_rows import Rows, Rule
from triplicate.trainer.network import Network, State

__all__ = ["LocalCopies"]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]

ARRAYS = ("parameters", "squares", "steps", "average", "activity")


class LocalCopies:
    """`copies` models that learn at the same time. `moving_rate` is that of elastic averaging, None for plain.

    The running average of the weights is that of `averaged` epochs. `threads` changes the speed only; as many as there
    are processors by default.
    """

    def __init__(
        self,
        network: Network,
        rows: Rows,
        rule: Rule,
        batch: int,
        copies: int,
        moving_rate: float | None = None,
        threads: int | None = None,
        *,
        averaged: float = 1.0,
    ) -> None:
        self._copies, self._moving_rate, self._table = copies, moving_rate, len(rows.codes)
        self._centre = None if moving_rate is None else np.empty(network.parameters, rows.numbers.floats.dtype)
        rules = [replace(rule, seed=copy_seed(rule.seed, k), centre=self._centre) for k in range(copies)]
        self._learners = [Local(network, rows, own, batch, copies, averaged=averaged) for own in rules]
        self._threads = min(copies, threads or os.cpu_count() or 1)
        self._memory: dict[str, Floats] = {}
        self._states: list[State] = []

    def jobs(self, state: State) -> list[Job]:
        """Return those of the learners, the same for all."""
        return self._learners[0].jobs(state)

    def prepare(self, state: State) -> None:
        """Compile or load the kernels, which are the same for all copies."""
        self._learners[0].prepare(state)

    def run(self, state: State, order: Indices, report: Callable[[int], None]) -> State:
        """Let each copy learn its share of the rows (see CopyOrder), then move the state towards the mean of all."""
        if not self._states:
            self._make_room(state)
        centre = self._centre
        elastic = centre is not None
        moved = elastic and len(state.copies) == self._copies
        if centre is not None:
            centre[:] = state.parameters
        sizes = shares(state.samples, order.size, self._copies)
        parts = np.split(order, np.cumsum(sizes)[:-1])
        counting = threading.Lock()

        def counted(rows: int) -> None:
            with counting:
                report(rows)

        def learn(copy: int) -> None:
            source, own = state.copies[copy] if moved else state, self._states[copy]
            if source.parameters is not own.parameters:
                for name in ARRAYS:
                    getattr(own, name)[:] = getattr(source, name)
            self._learners[copy].run(replace(own, samples=state.samples), parts[copy], counted)

        learned = np.arange(self._copies) if elastic else np.flatnonzero(sizes)
        drift = state.drift if state.drift.size > 0 else np.zeros_like(state.parameters)
        keep = 0.0 if elastic else block_momentum(self._copies, self._table, state.samples, order.size)
        rate = self._moving_rate if moved and self._moving_rate is not None else 1.0

        def average(name: str) -> None:
            centre, copies = getattr(state, name), self._memory[name]
            if name == "parameters":
                move_centre(centre, copies, learned, rate, drift, keep)
            else:
                set_mean(centre, copies, learned)

        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(learn, range(self._copies)))
            list(pool.map(average, ARRAYS))
        return replace(state.advanced(order.size), copies=tuple(self._states) if elastic else (), drift=drift)

    def _make_room(self, state: State) -> None:
        """Give every copy arrays of its own, beside those of the other copies."""
        for name in ARRAYS:
            array = getattr(state, name)
            self._memory[name] = np.empty((self._copies, array.size), dtype=array.dtype)
        for k in range(self._copies):
            self._states.append(State(**{name: rows[k] for name, rows in self._memory.items()}, samples=0))

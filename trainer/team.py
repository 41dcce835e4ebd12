"""A team of threads that runs one kernel together.

Each thread owns parts of the work, cut without looking at how many threads there are; between phases the threads
meet at a barrier. So results do not depend on the number of threads. A waiting thread spins for a moment, since
phases are short, then sleeps in short naps, since the thread it waits for may be waiting for a processor.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.apart import Job
from triplicate.trainer.atomics import (
    add_atomically,
    flush_denormals,
    load_atomically,
    rest,
    restore_denormals,
)
from triplicate.trainer.cache_lines import own_lines
from triplicate.trainer.jit import kernel

__all__ = ["MEMBERS", "Board", "Team", "meet", "own_share", "set_threads", "share_of", "thread_count"]

Board = npt.NDArray[np.int64]
"""Where a team meets: its kernels pass it to `meet`."""

ARRIVALS, MEMBERS, BROKEN, BOARD_SIZE = 0, 16, 32, 48  # a cache line, and its neighbour, apart
SPINS = 150_000  # some 300 microseconds: several naps long, so that one nap is not answered by another
_chosen: list[int] = []


def set_threads(count: int | None) -> None:
    """Set how many threads learn and score in this process; None for as many as it may use processors.

    The number changes speed only, never a bit of a result. ParameterError when it is not at least 1.
    """
    if count is not None and (not isinstance(count, int) or isinstance(count, bool) or count < 1):
        raise ParameterError(f"set_threads takes a whole number from 1, or None for all processors, got {count!r}")
    _chosen[:] = [] if count is None else [count]


def thread_count() -> int:
    """Return how many threads learn and score: what `set_threads` said, or the processors this process may use."""
    if _chosen:
        return _chosen[0]
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@kernel(inner=True)
def meet(board: Board) -> None:
    """Wait until every thread of the team is here; RuntimeError when one of them has failed."""
    members = board[MEMBERS]
    if members == 1:
        return
    ticket = add_atomically(board, ARRIVALS, 1)
    complete = (ticket // members + 1) * members
    spins, here = 0, load_atomically(board, ARRIVALS)
    while here < complete:
        if spins < SPINS:  # no pause instruction: a virtual machine's host takes the processor away from a loop of them
            spins += 1
            none = here >> 62  # for which the next load must wait, so that each takes its time
            here = load_atomically(board, ARRIVALS + none)
        else:
            if load_atomically(board, BROKEN) != 0:
                raise RuntimeError("another thread of the team failed")
            rest()
            here = load_atomically(board, ARRIVALS)


def share_of(count: int, members: int, me: int) -> tuple[int, int]:
    """Return from where to where one of `members` threads works on `count` parts: neighbours, evenly shared."""
    return count * me // members, count * (me + 1) // members


@kernel()
def _denormals() -> int:
    """Return the setting that `restore_denormals` brings back."""
    before = flush_denormals()
    restore_denormals(before)
    return before  # type: ignore[no-any-return]


@kernel()
def _restore(before: int) -> None:
    restore_denormals(before)


own_share = kernel(inner=True)(share_of)
"""`share_of`, as kernels call it."""


class Team:
    """Threads, of which the caller is one, that run kernels `kernel(board, me, *arguments)` together.

    `me` counts from 0. A kernel that flushes denormals restores them at its end; where it fails, the team does.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._board: Board = own_lines(BOARD_SIZE, np.int64)
        self._board[MEMBERS] = threads
        self._others = ThreadPoolExecutor(threads - 1, "triplicate") if threads > 1 else None
        self._lock = threading.Lock()

    def run(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Run a kernel in all threads; return when all have ended, raise what the first of them raised."""
        with self._lock:
            self._board[[ARRIVALS, BROKEN]] = 0
            futures: list[Future[None]] = []
            failures: list[BaseException] = []
            try:
                if self._others is not None:
                    submit = self._others.submit
                    futures.extend(
                        submit(self._work, failures, function, me, arguments) for me in range(1, self.threads)
                    )
                self._work(failures, function, 0, arguments)
            except BaseException as error:  # an interrupt between the two: the others must not wait for ever
                self._fail(failures, error)
                raise
            finally:
                for future in futures:
                    future.result()
        if failures:
            raise failures[0]

    def job(self, function: Callable[..., Any], *arguments: Any) -> Job:
        """Return the kernel and the types for which `run` would compile it."""
        kernel: Any = function
        return kernel, tuple(kernel.typeof_pyval(given) for given in (self._board, 0, *arguments))

    def _work(self, failures: list[BaseException], function: Callable[..., Any], me: int, arguments: Any) -> None:
        before = _denormals()
        try:
            function(self._board, me, *arguments)
        except BaseException as error:  # noqa: BLE001 - raised again by the caller's thread
            self._fail(failures, error)
        finally:
            _restore(before)

    def _fail(self, failures: list[BaseException], error: BaseException) -> None:
        failures.append(error)
        self._board[BROKEN] = 1

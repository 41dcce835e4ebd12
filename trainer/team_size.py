"""How many threads learn: as many as are given, or one while the machine is busy with other things.

Where the number of threads changes no bit, it may follow the clock. On a busy machine a team waits for whichever of its
threads has no processor. Where it shows that it waits, one thread is tried, and then the team now and then, if it lost.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["TeamSize"]

CALLS_BETWEEN_TRIALS = 40
FRESH = 0.3  # weight of the newest call in the mean
WORKING = 0.85  # share of a call's seconds for which each thread of a team on a quiet machine has a processor


class TeamSize:
    """Chooses between a team of `threads` and one thread, by the seconds that rows took."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._team, self._calls, self._trial = threads, 0, -CALLS_BETWEEN_TRIALS
        self._paces: dict[int, float] = {}

    @contextmanager
    def timed(self, rows: int) -> Iterator[None]:
        """Learn what a call for so many rows takes."""
        begun, work = time.perf_counter(), time.thread_time()
        yield
        self.took(rows, time.perf_counter() - begun, time.thread_time() - work)

    def took(self, rows: int, seconds: float, working: float) -> None:
        """Learn what the last call took, with `threads`, and set `threads` for the next one.

        For `working` of the seconds the calling thread, one of the team, had a processor.
        """
        if self._team == 1 or rows == 0:
            return
        self._calls += 1
        if self._calls == 1:
            return  # its time is that of loading or compiling kernels
        pace, before = seconds / rows, self._paces.get(self.threads)
        self._paces[self.threads] = pace if before is None else before + FRESH * (pace - before)
        best = min(self._paces, key=self._paces.__getitem__)
        waits = self.threads == self._team and working < WORKING * seconds
        if (waits or best == 1) and self._calls - self._trial >= CALLS_BETWEEN_TRIALS:
            self._trial = self._calls
            self.threads = 1 if best == self._team else self._team
        else:
            self.threads = best

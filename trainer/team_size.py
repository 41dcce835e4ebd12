"""How many threads learn: as many as are given, or one while the machine is busy with other things.

Where the number of threads changes no bit, it may follow the clock. A team on a busy machine spends its time waiting
for its slowest member, so that one thread is tried now and then, and the team too where it has lost.
"""

__all__ = ["TeamSize"]

CALLS_BETWEEN_TRIALS = 40
FRESH = 0.3  # weight of the newest call in the mean


class TeamSize:
    """Chooses between a team of `threads` and one thread, by the seconds that rows took."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._team, self._calls = threads, 0
        self._paces: dict[int, float] = {}

    def took(self, rows: int, seconds: float) -> None:
        """Learn what the last call took, with `threads`, and set `threads` for the next one."""
        if self._team == 1 or rows == 0:
            return
        self._calls += 1
        if self._calls == 1:
            return  # its time is that of loading or compiling kernels
        pace, before = seconds / rows, self._paces.get(self.threads)
        self._paces[self.threads] = pace if before is None else before + FRESH * (pace - before)
        best = min(self._paces, key=self._paces.__getitem__)
        other = 1 if best == self._team else self._team
        self.threads = other if self._calls % CALLS_BETWEEN_TRIALS == 2 else best

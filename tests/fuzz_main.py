"""The command line of the fuzzers: so many files from a case on; then outcomes, the slowest case and the memory."""

import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

__all__ = ["run_fuzzer"]


def run_fuzzer(attempt: Callable[[int, Path], str]) -> None:
    """Call `attempt(case, folder)` for each case, how many and from which on the command line says, and print.

    It returns the outcome; what it raises ends the run. Time is the processor's, since other programs may run.
    """
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    found: Counter[str] = Counter()
    slowest = (0.0, -1)
    with tempfile.TemporaryDirectory() as folder:
        for case in range(first, first + cases):
            start = time.process_time()
            found[attempt(case, Path(folder))] += 1
            slowest = max(slowest, (time.process_time() - start, case))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    outcomes = ", ".join(f"{count} {name}" for name, count in found.most_common())
    sys.stdout.write(f"{cases} files: {outcomes}; slowest {slowest[0]:.3f} s (case {slowest[1]}); peak {peak} MiB\n")

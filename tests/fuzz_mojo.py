"""Damaged MOJOs for `mojo`: a model that scores or ForeignModelError, nothing else, in bounded time and memory.

As a script: `python tests/fuzz_mojo.py 100000` tries that many files and prints what became of them.
"""

import resource
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

from triplicate.importers import mojo
from triplicate.runtime import Scorer
from triplicate.runtime.errors import ForeignModelError

from mojo_mutations import damaged_mojo, healthy_mojos

__all__ = ["outcome"]


def outcome(data: bytes, path: Path) -> str:
    """Import a file and score a row of missing cells; return "model" or "ForeignModelError", raise anything else."""
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", UserWarning)  # the notes of an import
        try:
            model = mojo(path)
        except ForeignModelError as reason:
            assert str(reason).startswith(str(path))  # noqa: PT017 - most cases raise, some do not
            return "ForeignModelError"
        cells = {name: 0.0 if name == model.offset else None for name in model.row_names}
        assert len(Scorer(model).score([cells])) == 1
    return "model"


def main() -> None:
    """Try files (how many, from which case on: the command line says) and print outcomes, slowest case and memory."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    found: Counter[str] = Counter()
    healthy, slowest = healthy_mojos(), (0.0, -1)
    with tempfile.TemporaryDirectory() as folder:
        for case in range(first, first + cases):
            data = damaged_mojo(case, healthy)
            start = time.process_time()
            found[outcome(data, Path(folder) / "case.zip")] += 1
            slowest = max(slowest, (time.process_time() - start, case))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    outcomes = ", ".join(f"{count} {name}" for name, count in found.most_common())
    sys.stdout.write(f"{cases} files: {outcomes}; slowest {slowest[0]:.3f} s (case {slowest[1]}); peak {peak} MiB\n")


if __name__ == "__main__":
    main()

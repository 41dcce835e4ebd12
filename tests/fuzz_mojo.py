"""Damaged MOJOs for `mojo`: a model that scores or ForeignModelError, nothing else, in bounded time and memory.

As a script: `python tests/fuzz_mojo.py 100000` tries that many files and prints what became of them.
"""

import warnings
from pathlib import Path

from triplicate.importers import mojo
from triplicate.runtime import Scorer
from triplicate.runtime.errors import ForeignModelError

from fuzz_main import run_fuzzer
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
    """Fuzz as many cases as the command line says."""
    healthy = healthy_mojos()
    run_fuzzer(lambda case, folder: outcome(damaged_mojo(case, healthy), folder / "case.zip"))


if __name__ == "__main__":
    main()

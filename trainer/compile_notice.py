"""A word to the user while the kernels of a training are compiled, which is once per machine and kind of training."""

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from numba.core import event

from triplicate.trainer.batch_learner import learn_batches
from triplicate.trainer.forward_pass import score_batches
from triplicate.trainer.row_kernels import learn_rows

__all__ = ["compile_notice"]

TAKES_SECONDS = (learn_rows, learn_batches, score_batches)
NOTICE = "compiling kernels for this kind of training, some twenty seconds; next time they come from a cache"


class _Notice(event.Listener):
    """Writes one line to stderr when the first large kernel is compiled; kernels from the cache are no event."""

    def __init__(self) -> None:
        self._is_given = False

    def on_start(self, event: Any) -> None:
        """Numba begins to compile a kernel."""
        if not self._is_given and event.data["dispatcher"] in TAKES_SECONDS:
            self._is_given = True
            print(NOTICE, file=sys.stderr, flush=True)  # noqa: T201 - training speaks to its user here

    def on_end(self, event: Any) -> None:
        """Numba has compiled a kernel."""


def compile_notice(*, quiet: bool) -> AbstractContextManager[Any]:
    """Return a context in which the user is told that kernels are compiled, unless it is to be quiet."""
    return nullcontext() if quiet else event.install_listener("numba:compile", _Notice())

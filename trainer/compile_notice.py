"""While the kernels of a training are compiled, which is once per machine and kind: a word to the user, and no pauses.

Compiling makes very many objects that live long: the garbage collector, which would look through them again and again,
rests meanwhile.
"""

import gc
import sys
from contextlib import AbstractContextManager
from typing import Any

from numba.core import event

from triplicate.trainer.batch_learner import learn_batches
from triplicate.trainer.forward_pass import score_batches
from triplicate.trainer.row_kernels import learn_rows

__all__ = ["compile_notice"]

TAKES_SECONDS = (learn_rows, learn_batches, score_batches)
NOTICE = "compiling kernels for this kind of training, some ten seconds; next time they come from a cache"


class _Notice(event.Listener):
    """Writes one line to stderr when the first large kernel is compiled; kernels from the cache are no event."""

    def __init__(self, *, quiet: bool) -> None:
        self._is_given, self._depth, self._collects = quiet, 0, False

    def on_start(self, event: Any) -> None:
        """Numba begins to compile a kernel, perhaps within another one."""
        if self._depth == 0:
            self._collects = gc.isenabled()
            gc.disable()
        self._depth += 1
        if not self._is_given and event.data["dispatcher"] in TAKES_SECONDS:
            self._is_given = True
            print(NOTICE, file=sys.stderr, flush=True)  # noqa: T201 - training speaks to its user here

    def on_end(self, event: Any) -> None:  # noqa: ARG002 - numba prescribes it
        """Numba has compiled a kernel."""
        self._depth -= 1
        if self._depth == 0 and self._collects:
            gc.enable()


def compile_notice(*, quiet: bool) -> AbstractContextManager[Any]:
    """Return a context in which kernels are compiled without pauses; the user is told, unless it is to be quiet."""
    return event.install_listener("numba:compile", _Notice(quiet=quiet))

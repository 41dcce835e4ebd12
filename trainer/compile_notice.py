"""While the kernels of a training are compiled, which is once per machine and kind: a word to the user, and no pauses.

Compiling makes very many objects that live long: the garbage collector, which would look through them again and again,
rests meanwhile.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numba.core import event

from triplicate.trainer.batch_learner import learn_batches
from triplicate.trainer.compile_aside import CompiledAside
from triplicate.trainer.forward_pass import score_batches
from triplicate.trainer.row_kernels import learn_rows

__all__ = ["compile_notice", "is_first_training"]

LEARN = (learn_rows, learn_batches)
TAKES_SECONDS = (*LEARN, score_batches)
NOTICE = "compiling kernels for this kind of training, some seconds; next time they come from a cache"


def is_first_training() -> bool:
    """Tell whether no kernel of learning lies in the cache, for any kind of training."""
    kernels: Any = LEARN
    return not any(list(Path(kernel.stats.cache_path).glob(f"*.{kernel.__name__}-*.nbi")) for kernel in kernels)


class _Notice(event.Listener):
    """Speaks when the first large kernel is compiled, and lets others be; kernels from the cache are no event."""

    def __init__(self, aside: CompiledAside | None, *, quiet: bool) -> None:
        self._aside, self._is_given, self._depth, self._collects = aside, quiet, 0, False

    def on_start(self, event: Any) -> None:
        """Numba begins to compile a kernel, perhaps within another one."""
        if self._depth == 0:
            self._collects = gc.isenabled()
            gc.disable()
        self._depth += 1
        if self._aside is not None and event.data["dispatcher"] in LEARN:
            self._aside.start()
        if not self._is_given and event.data["dispatcher"] in TAKES_SECONDS:
            self._is_given = True
            print(NOTICE, file=sys.stderr, flush=True)  # noqa: T201 - training speaks to its user here

    def on_end(self, event: Any) -> None:  # noqa: ARG002 - numba prescribes it
        """Numba has compiled a kernel."""
        self._depth -= 1
        if self._depth == 0 and self._collects:
            gc.enable()


@contextmanager
def compile_notice(aside: CompiledAside | None = None, *, quiet: bool) -> Iterator[None]:
    """Return a context in which kernels are compiled without pauses; the user is told, unless it is to be quiet.

    With a kernel of learning another process begins to compile what `aside` holds; it ends with the context.
    """
    try:
        with event.install_listener("numba:compile", _Notice(aside, quiet=quiet)):
            yield
    finally:
        if aside is not None:
            aside.stop()

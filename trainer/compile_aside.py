"""Kernels that another process compiles into their cache, while this one compiles the kernel of learning.

numba compiles one kernel at a time in a process, and a first training waits for several: two processes share the wait.
The other process compiles what is named to it, by signature, as any process would, and ends. If it fails, nothing is
lost: what it did not compile is compiled where it is called. A small kernel that both need is written to the cache by
both, for the same types, which is the same entry.

Run as a program, this module is that other process: it reads the names from its standard input.
"""

import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from numba import config as untyped

from triplicate.trainer.team import Job, thread_count

__all__ = ["CompiledAside"]

settings: Any = untyped

LONGEST = 120.0  # seconds


class CompiledAside:
    """The other process. There is none before `start`, nor where one thread is to work or nothing is left to do."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = jobs
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to compile, unless it has begun before."""
        left = [(kernel, types) for kernel, types in self._jobs if types not in kernel.signatures]
        self._jobs = ()
        if not left or thread_count() == 1 or not _is_python(sys.executable):
            return
        named = [(kernel.py_func.__module__, kernel.py_func.__name__, types) for kernel, types in left]
        surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path)}
        if settings.CACHE_DIR:
            surroundings["NUMBA_CACHE_DIR"] = settings.CACHE_DIR
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, with this module
                [sys.executable, "-P", "-m", __name__],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=surroundings,
            )  # fmt: skip
            if self._process.stdin is not None:
                with self._process.stdin as pipe:
                    pipe.write(pickle.dumps(named))
        except OSError:
            self.stop()

    def wait(self) -> None:
        """Wait until all is compiled, or for so long that something must be wrong."""
        if self._process is not None:
            try:
                self._process.wait(LONGEST)
            except subprocess.TimeoutExpired:
                self.stop()

    def stop(self) -> None:
        """End the process, if it still runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def _is_python(path: str | None) -> bool:
    """Tell whether a program is an interpreter, not one that holds Python inside, which would start anew."""
    return bool(path) and Path(str(path)).name.lower().startswith("python") and not getattr(sys, "frozen", False)


def main() -> None:
    """Compile what standard input names."""
    gc.disable()
    for module, name, types in pickle.load(sys.stdin.buffer):  # noqa: S301 - written by the process that started us
        getattr(import_module(module), name).compile(types)


if __name__ == "__main__":
    main()

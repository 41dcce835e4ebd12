"""Kernels that another process compiles into their cache, while this one compiles others.

numba compiles one kernel at a time in a process, and a first training waits for several: two processes share the wait.
The other process compiles what is named to it, by signature, as any process would. If it fails, nothing is lost: what
it did not compile is compiled where it is called. A small kernel that both need is written to the cache by both, for
the same types, which is the same entry.

Run as a program, this module is that other process: it reads one name after the other from its standard input.
"""

import gc
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from numba import config as untyped

from triplicate.trainer.apart import Job
from triplicate.trainer.team import thread_count

__all__ = ["CompiledAside", "compile_ahead", "compiled_aside"]

settings: Any = untyped

_ahead: list["CompiledAside"] = []  # the one that began before a training, if there is one
LONGEST = 120.0  # seconds
DONE = b"."


class CompiledAside:
    """The other process, and what there is to compile. It begins with `start`, and not where one thread is to work."""

    def __init__(self) -> None:
        self._left: list[Job] = []
        self._done: list[Job] = []  # by the other process
        self._turn = threading.Condition()
        self._theirs: Job | None = None  # what the other process compiles now
        self._ended = False
        self._process: subprocess.Popen[bytes] | None = None

    def take(self, jobs: Sequence[Job]) -> None:
        """Be told what is to be compiled; the other process goes through it in this order, then to older jobs."""
        with self._turn:
            begun, every = [*self._done, self._theirs], [*jobs, *self._left]
            new = (job for k, job in enumerate(every) if job not in every[:k] and job not in begun)
            self._left = [(kernel, types) for kernel, types in new if types not in kernel.signatures]
            self._turn.notify_all()

    def need(self, jobs: Sequence[Job]) -> None:
        """Return when all these kernels are compiled: by the other process, or what it has not begun by this one."""
        for job in jobs:
            with self._turn:
                if job in self._left:
                    self._left.remove(job)
                while job == self._theirs:
                    self._turn.wait()
            kernel, types = job
            kernel.compile(types)

    def start(self) -> None:
        """Let the other process begin, unless it has begun before."""
        if self._process is not None or not self._left or thread_count() == 1:
            return
        self._process = process = _start()
        if process is not None:
            threading.Thread(target=self._feed, args=(process,), daemon=True).start()

    def stop(self) -> None:
        """End the process, if it still runs."""
        with self._turn:
            self._ended = True
            self._turn.notify_all()
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _feed(self, process: subprocess.Popen[bytes]) -> None:
        """Give the process one job after the other; one that takes too long is the last."""
        with suppress(OSError), process:
            while process.stdin is not None and process.stdout is not None:
                job = self._next()
                if job is None:
                    break
                limit = threading.Timer(LONGEST, process.kill)
                limit.daemon = True
                limit.start()
                kernel, types = job
                pickle.dump((kernel.py_func.__module__, kernel.py_func.__name__, types), process.stdin)
                process.stdin.flush()
                done = process.stdout.read(len(DONE))
                limit.cancel()
                if not done:
                    break
                self._done.append(job)
        with self._turn:
            self._theirs = None
            self._turn.notify_all()

    def _next(self) -> Job | None:
        """Wait for a job for the other process; None when it has ended."""
        with self._turn:
            self._theirs = None
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._left or self._ended)
            if not self._ended:
                self._theirs = self._left.pop(0)
            return self._theirs


@contextmanager
def compile_ahead(jobs: Sequence[Job], *, wanted: bool) -> Iterator[None]:
    """Let the other process begin before a training is ready for it, with kernels that every training needs."""
    aside = CompiledAside()
    if wanted and not _ahead:
        aside.take(jobs)
        aside.start()
        _ahead.append(aside)
    try:
        yield
    finally:
        _ahead.clear()
        aside.stop()


def compiled_aside() -> CompiledAside:
    """Return the other process for a training: the one that has begun before it, or one that has not begun."""
    return _ahead.pop() if _ahead else CompiledAside()


def _start() -> subprocess.Popen[bytes] | None:
    """Start a process that compiles what it is told, if the system lets us."""
    if not _is_python(sys.executable):
        return None
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path)}
    if settings.CACHE_DIR:
        surroundings["NUMBA_CACHE_DIR"] = settings.CACHE_DIR
    try:
        return subprocess.Popen(  # noqa: S603 - this interpreter, with this module
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=surroundings,
        )  # fmt: skip
    except OSError:
        return None


def _is_python(path: str | None) -> bool:
    """Tell whether a program is an interpreter, not one that holds Python inside, which would start anew."""
    return bool(path) and Path(str(path)).name.lower().startswith("python") and not getattr(sys, "frozen", False)


def main() -> None:
    """Compile what standard input names, one by one; say so on standard output."""
    gc.disable()
    sys.modules["scipy.linalg.cython_blas"] = None  # type: ignore[assignment]  # numba would load it; no kernel calls it
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # numba prints what it does where it is told to
    import_module("triplicate.trainer.batch_learner")  # what it is going to need
    while True:
        try:
            module, name, types = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by the process that started us
        except EOFError:
            return
        getattr(import_module(module), name).compile(types)
        answers.write(DONE)
        answers.flush()


if __name__ == "__main__":
    main()

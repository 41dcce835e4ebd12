"""Another process compiles what this one is going to need: when it starts, what it leaves behind, how it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import types

from triplicate.trainer import DeepLearningEstimator
from triplicate.trainer.compile_aside import CompiledAside
from triplicate.trainer.exact_kernel import EXACT_JOBS, NumbaArithmetic
from triplicate.trainer.forward_pass import score_batches
from triplicate.trainer.optimizers import momentum_of
from triplicate.trainer.team import Job, set_threads

from training_tables import classes_table

JOB: Job = (momentum_of, (types.Array(types.float64, 1, "F"), types.uint8))  # for which nobody else compiles it
HITS = """
from triplicate.trainer.compile_aside import CompiledAside
from triplicate.trainer.exact_kernel import EXACT_JOBS
from triplicate.trainer.team import set_threads

set_threads(2)
aside = CompiledAside(EXACT_JOBS)
aside.start()
aside.wait()
for kernel, given in EXACT_JOBS:
    kernel.compile(given)
    print(sum(kernel.stats.cache_hits.values()), sum(kernel.stats.cache_misses.values()))
"""


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    """Two threads, whatever machine this is."""
    set_threads(2)
    yield
    set_threads(None)


def test_what_it_compiles_comes_from_the_cache(tmp_path: Path) -> None:
    """Kernels that the other process has compiled are loaded, not compiled again."""
    done = subprocess.run(
        [sys.executable, "-c", HITS], env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}, capture_output=True,
        text=True, check=True, timeout=300,
    )  # fmt: skip
    assert done.stdout.split() == ["1", "0"] * len(EXACT_JOBS)


@pytest.mark.parametrize("reason", ["no jobs", "compiled", "one thread", "another program", "frozen"])
def test_when_there_is_nothing_to_start(monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    """No process starts without work, a second thread, or an interpreter to start."""
    kernel, given = EXACT_JOBS[1]
    kernel.compile(given)
    jobs = {"no jobs": [], "compiled": [EXACT_JOBS[1]]}.get(reason, [JOB])
    set_threads(1 if reason == "one thread" else 2)
    if reason == "another program":
        monkeypatch.setattr(sys, "executable", "/usr/bin/blender")
    monkeypatch.setattr(sys, "frozen", reason == "frozen", raising=False)
    monkeypatch.setattr(subprocess, "Popen", None)
    aside = CompiledAside(jobs)
    aside.start()
    aside.wait()
    aside.stop()


def test_it_starts_once_and_ends_with_its_context() -> None:
    """A second start starts nothing, and a process that still runs is stopped."""
    aside = CompiledAside([JOB])
    aside.start()
    process: Any = aside._process
    aside.start()
    assert aside._process is process
    aside.stop()
    assert process.returncode is not None
    aside.wait()


def test_a_process_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the longest time the process is stopped, and training goes on."""
    monkeypatch.setattr("triplicate.trainer.compile_aside.LONGEST", 0.01)
    aside = CompiledAside([JOB])
    aside.start()
    process: Any = aside._process
    aside.wait()
    assert process.returncode == -signal.SIGKILL


def test_where_no_process_can_start_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that refuses the process is no error: kernels are compiled where they are called."""

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    aside = CompiledAside([JOB])
    aside.start()
    aside.wait()
    aside.stop()


@pytest.mark.parametrize("size", [1, 16])
def test_the_jobs_of_a_training_are_what_it_calls(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """The named signatures are those for which scoring and exact metrics are compiled, so that no work is wasted."""
    named: list[Job] = []
    made = CompiledAside.__init__

    def remember(aside: CompiledAside, jobs: list[Job]) -> None:
        named.extend(jobs)
        made(aside, jobs)

    monkeypatch.setattr(CompiledAside, "__init__", remember)
    DeepLearningEstimator(hidden=[8], epochs=1, mini_batch_size=size).train(y="kind", training_frame=classes_table())
    assert [kernel for kernel, _ in named] == [score_batches, *(kernel for kernel, _ in EXACT_JOBS)]
    for kernel, given in named:
        assert given in kernel.signatures


def test_the_exact_jobs_are_all_that_scoring_calls() -> None:
    """The runtime's arithmetic needs no kernel for other types than those named."""
    known = {kernel: set(kernel.signatures) for kernel, _ in EXACT_JOBS}
    arithmetic, bias = NumbaArithmetic(), np.zeros(2)
    bias.flags.writeable = False
    assert arithmetic.exp(arithmetic.affine(np.zeros((3, 4)), np.zeros((4, 2)), bias)).tolist() == [[1.0, 1.0]] * 3
    for kernel, given in EXACT_JOBS:
        assert set(kernel.signatures) == known[kernel] | {given}

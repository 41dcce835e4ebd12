"""Another process compiles what this one is going to need: when it starts, what it leaves behind, how it ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import types

from triplicate.trainer import DeepLearningEstimator, compile_aside
from triplicate.trainer.apart import Job
from triplicate.trainer.batch_kernels import find_errors, pass_back, pass_forward, read_rows
from triplicate.trainer.batch_learner import learn_batches
from triplicate.trainer.batch_updates import update_layer
from triplicate.trainer.compile_aside import CompiledAside, compile_ahead, compiled_aside
from triplicate.trainer.exact_kernel import EXACT_JOBS, NumbaArithmetic
from triplicate.trainer.forward_pass import score_batches
from triplicate.trainer.momentum import momentum_at
from triplicate.trainer.team import set_threads

from training_tables import classes_table

KERNELS: list[Any] = [learn_batches, read_rows, pass_forward, find_errors, pass_back, update_layer, score_batches]
JOB: Job = (momentum_at, (*[types.float32] * 3, types.uint8))  # for which nobody else compiles it
HITS = """
from triplicate.trainer.compile_aside import CompiledAside, compile_ahead, compiled_aside
from triplicate.trainer.exact_kernel import EXACT_JOBS
from triplicate.trainer.team import set_threads

set_threads(2)
with compile_ahead(EXACT_JOBS[:1], wanted={ahead}):
    aside = compiled_aside()
    aside.take(EXACT_JOBS)
    aside.start()
    while aside._left or aside._theirs:
        pass
    aside.need(EXACT_JOBS)
for kernel, _ in EXACT_JOBS:
    print(sum(kernel.stats.cache_hits.values()), sum(kernel.stats.cache_misses.values()))
"""


def aside_for(*jobs: Job) -> CompiledAside:
    """Return the other process, not started, with something to do."""
    aside = CompiledAside()
    aside.take(jobs)
    return aside


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    """Two threads, whatever machine this is."""
    set_threads(2)
    yield
    set_threads(None)


@pytest.mark.parametrize("ahead", [False, True])
def test_what_it_compiles_comes_from_the_cache(tmp_path: Path, ahead: bool) -> None:
    """Kernels that the other process has compiled are loaded, not compiled again, whenever it started."""
    done = subprocess.run(
        [sys.executable, "-c", HITS.format(ahead=ahead)], env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True, text=True, check=True, timeout=300,
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
    aside = aside_for(*jobs)
    aside.start()
    aside.stop()
    with compile_ahead(jobs, wanted=True):
        assert compiled_aside()._process is None


def test_it_starts_once_and_ends_with_its_context() -> None:
    """A second start starts nothing, and a process that still runs is stopped."""
    aside = aside_for(JOB)
    aside.start()
    process: Any = aside._process
    aside.start()
    assert aside._process is process
    aside.stop()
    assert process.returncode is not None


def test_what_began_ahead_serves_one_training_and_ends() -> None:
    """The first training takes it over, later ones begin their own, and nothing runs on after the context."""
    with compile_ahead([JOB], wanted=True):
        first, second = compiled_aside(), compiled_aside()
        process: Any = first._process
        assert process is not None
        assert second._process is None
    assert process.returncode is not None
    with compile_ahead([JOB], wanted=True):
        process = compile_aside._ahead[0]._process
        with compile_ahead([JOB], wanted=True):
            assert compile_aside._ahead[0]._process is process
    assert process.returncode is not None
    assert compile_aside._ahead == []
    with compile_ahead([JOB], wanted=False):
        assert compiled_aside()._process is None


def test_each_kernel_is_compiled_by_one_of_two() -> None:
    """This process compiles what the other one has not begun, and waits for what it has."""
    done: list[str] = []
    begun = threading.Event()

    class Kernel:
        signatures: tuple[Any, ...] = ()

        def __init__(self, name: str) -> None:
            self.name = name

        def compile(self, _: Any) -> None:
            done.append(self.name)

    def theirs(aside: CompiledAside) -> None:
        with aside._turn:
            aside._theirs = aside._left.pop(0)
            begun.set()
        time.sleep(0.2)
        with aside._turn:
            done.append("theirs")
            aside._theirs = None
            aside._turn.notify_all()

    jobs: list[Job] = [(Kernel(name), ()) for name in "abc"]
    aside = aside_for(*jobs, jobs[0])
    assert aside._left == jobs
    other = threading.Thread(target=theirs, args=(aside,))
    other.start()
    assert begun.wait(10)
    aside.need(jobs[::-1])
    other.join()
    assert done == ["c", "b", "theirs", "a"]
    assert aside._left == []


def test_a_process_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the longest time the process is stopped, and training goes on."""
    monkeypatch.setattr(compile_aside, "LONGEST", 0.01)
    aside = aside_for(JOB)
    aside.start()
    process: Any = aside._process
    with aside._turn:
        assert aside._turn.wait_for(lambda: aside._theirs is None and aside._left == [], timeout=60)
    assert process.wait(60) == -signal.SIGKILL


def test_where_no_process_can_start_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that refuses the process is no error: kernels are compiled where they are called."""

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    aside = aside_for(EXACT_JOBS[1])
    aside.start()
    aside.need([EXACT_JOBS[1]])
    aside.stop()
    assert EXACT_JOBS[1][1] in EXACT_JOBS[1][0].signatures


@pytest.mark.parametrize("size", [1, 16])
def test_the_jobs_of_a_training_are_what_it_calls(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """The named signatures are those for which learning, scoring and exact metrics are compiled, and no others."""
    named: list[Job] = []

    def remember(_: CompiledAside, jobs: list[Job]) -> None:
        named.extend(jobs)

    monkeypatch.setattr(CompiledAside, "take", remember)
    monkeypatch.setattr(CompiledAside, "need", lambda *_: None)
    known = {kernel: set(kernel.signatures) for kernel in KERNELS}
    DeepLearningEstimator(hidden=[8], epochs=1, mini_batch_size=size).train(y="kind", training_frame=classes_table())
    assert {kernel for kernel, _ in named} >= ({*KERNELS} if size > 1 else {score_batches, read_rows, pass_forward})
    for kernel, given in named:
        assert given in kernel.signatures
    for kernel in KERNELS if size > 1 else ():
        assert set(kernel.signatures) <= known[kernel] | {given for other, given in named if other is kernel}


def test_the_exact_jobs_are_all_that_scoring_calls() -> None:
    """The runtime's arithmetic needs no kernel for other types than those named."""
    known = {kernel: set(kernel.signatures) for kernel, _ in EXACT_JOBS}
    arithmetic, bias = NumbaArithmetic(), np.zeros(2)
    bias.flags.writeable = False
    assert arithmetic.exp(arithmetic.affine(np.zeros((3, 4)), np.zeros((4, 2)), bias)).tolist() == [[1.0, 1.0]] * 3
    for kernel, given in EXACT_JOBS:
        assert set(kernel.signatures) == known[kernel] | {given}

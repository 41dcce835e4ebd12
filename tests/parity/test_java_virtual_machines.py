"""Every JDK of this machine runs the same class files to the same bits, however it compiles them."""

from pathlib import Path

import numpy as np
import pytest
from bit_patterns import bits

from triplicate.java_parity import JavaJob, compile_jobs, run_compiled
from triplicate.jdk import find_jdks
from triplicate.runtime import Activation, Classification, Layer, Link, Numeric, RawRows, Scorer, ScoringModel

from random_models import random_model, random_rows

WIDTHS = (37, 67, 42, 3)
SEEDS = (0, 2, 3, 6, 9, 11, 15, 27)  # of random models that have every head, link and activation between them
MODES = {
    "tiered": (),
    "interpreter": ("-Xint",),
    "C1": ("-XX:TieredStopAtLevel=1",),
    "C2": ("-XX:-TieredCompilation",),
    "C2 before the first call": ("-Xcomp", "-XX:-TieredCompilation", "-XX:CompileCommand=quiet",
                                 "-XX:CompileCommand=compileonly,Model*.*"),
    "vectors of 16 bytes": ("-XX:+IgnoreUnrecognizedVMOptions", "-XX:UseAVX=0"),
}  # fmt: skip


def wide() -> ScoringModel:
    """Return a net whose layers leave remainders in every unrolling of loops."""
    rng = np.random.default_rng(3)
    layers = tuple(
        Layer(rng.normal(0, 0.3, (b, a)).astype(np.float32), rng.normal(size=b), function)
        for a, b, function in zip(
            WIDTHS, WIDTHS[1:], (Activation.RECTIFIER, Activation.TANH, Activation.LINEAR), strict=False
        )
    )
    columns = tuple(Numeric(f"x{i}", i) for i in range(WIDTHS[0]))
    return ScoringModel(columns, layers, Classification(("a", "b", "c")))


@pytest.fixture(scope="module")
def jobs() -> list[JavaJob]:
    """Return models of every kind with hostile rows, and a wide net over enough rows to be compiled while it runs."""
    models = [random_model(seed) for seed in SEEDS]
    kinds = {type(model.head) for model in models} | {layer.activation for model in models for layer in model.layers}
    kinds |= {link for model in models if (link := getattr(model.head, "link", None)) is not None}
    assert len(kinds) == 3 + len(Activation) + len(Link)
    rng = np.random.default_rng(5)
    cells = rng.normal(0, 2, (WIDTHS[0], 2_000)) * (rng.random((WIDTHS[0], 2_000)) < 0.7)
    net = JavaJob(wide(), RawRows(tuple(cells), 2_000))
    return [net, *(JavaJob(model, random_rows(model, 40, seed)) for seed, model in zip(SEEDS, models, strict=True))]


@pytest.fixture(scope="module")
def folder(jobs: list[JavaJob], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the classes, compiled once, for Java 8."""
    folder = tmp_path_factory.mktemp("machines")
    compile_jobs(jobs, folder, find_jdks()[0])
    return folder


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_of_every_jdk_gives_pythons_bits(jobs: list[JavaJob], folder: Path, mode: str) -> None:
    """Interpreted, compiled quickly, compiled well, with vectors of any width or none: no bit differs."""
    expected = [Scorer(job.model).score(job.raw) for job in jobs]
    for kit in find_jdks():
        for job, python, java in zip(jobs, expected, run_compiled(jobs, folder, kit, options=MODES[mode]), strict=True):
            assert not java.errors
            assert not java.disagreements
            assert np.array_equal(bits(java.outputs), bits(python.outputs)), (kit.version, job.model)
            assert java.unseen.tolist() == python.unseen.tolist()
            assert java.replaced.tolist() == python.replaced.tolist()


def test_the_class_files_are_for_java_8(folder: Path) -> None:
    """Whatever compiled them, classes of version 52 run everywhere."""
    versions = {int.from_bytes(path.read_bytes()[6:8], "big") for path in folder.glob("*.class")}
    assert versions == {52}

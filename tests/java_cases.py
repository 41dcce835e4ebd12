"""Small models for the tests of the Java exporter, and a way to compile and run their classes."""

import itertools
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from triplicate.exporters.java_source import render_java
from triplicate.jdk import find_jdk
from triplicate.runtime import (
    Activation,
    Categorical,
    Classification,
    GoldenRows,
    Head,
    LabelRule,
    Layer,
    Metadata,
    Numeric,
    Reconstruction,
    Regression,
    Scorer,
    ScoringModel,
    UnseenPolicy,
    raw_rows,
)

__all__ = ["autoencoder", "classes_of", "float_net", "person_model", "regression", "run_class"]


def one_hot(name: str, levels: tuple[str, ...], start: int, unseen: UnseenPolicy = UnseenPolicy.ROW) -> Categorical:
    """Return a one-hot column from input `start` on; missing has an input of its own, unseen shares it."""
    rows = np.minimum(np.arange(len(levels) + 2), len(levels))
    return Categorical(name, levels, start + rows[:, np.newaxis], np.ones((len(rows), 1)), unseen)


def person_model(unseen: UnseenPolicy = UnseenPolicy.ROW, *, golden: bool = True) -> ScoringModel:
    """Return a classifier of persons: two numbers, two columns of levels, one of which may refuse unseen ones."""
    columns = (
        Numeric("age", 0, 40.0, 0.0625),
        one_hot("work-class", ("Private", "State-gov", "Self-emp"), 1, unseen),
        Numeric("capital-gain", 5, 1000.0, 0.001, 0.0, -4.0, 4.0),
        one_hot("children", ("0", "1", "2", "True"), 6),
    )
    weights = (np.arange(22, dtype=np.float32).reshape(2, 11) - 10) / np.float32(8)
    hidden = Layer(weights, np.array([0.5, -0.25]), Activation.RECTIFIER)
    last = Layer(np.array([[1.0, -1.0], [-0.5, 0.75]], np.float32), np.array([0.0, 0.125]))
    head = Classification(("<=50K", ">50K"), rule=LabelRule.THRESHOLD, threshold=0.375)
    model = ScoringModel(columns, (hidden, last), head, ("?",))
    return with_golden_rows(model) if golden else model


def with_golden_rows(model: ScoringModel) -> ScoringModel:
    """Return the model of persons with three golden rows."""
    cells: dict[str, list[float | str | None]] = {
        "age": [25.0, 61.5, None],
        "work-class": ["Private", None, "Self-emp"],
        "capital-gain": [0.0, 99999.0, 12.5],
        "children": ["2", "0", None],
    }
    outputs = Scorer(model).score(raw_rows(model, cells)).outputs
    golden = GoldenRows(tuple(tuple(cells[name]) for name in model.row_names), outputs)
    return model.with_metadata(Metadata.of({}, golden))


def tiny_model(head: Head, outputs: int) -> ScoringModel:
    """Return a model of a number `x` and a column `colour` with one linear layer."""
    weights = np.linspace(-1.0, 1.5, outputs * 4).reshape(outputs, 4)
    layer = Layer(weights, np.linspace(0.25, 0.5, outputs))
    return ScoringModel((Numeric("x", 0), one_hot("colour", ("red", "green"), 1)), (layer,), head)


def regression(offset: str | None = None) -> ScoringModel:
    """Return a regression, with or without an offset column."""
    return tiny_model(Regression(scale=2.0, shift=-1.0, offset=offset), 1)


def autoencoder() -> ScoringModel:
    """Return an autoencoder over both columns."""
    j = np.arange(4, dtype=np.int32)
    head = Reconstruction(j, np.full(4, 0.25), np.minimum(j, 1), np.full(4, 2.0), np.full(4, 0.5), 1.5)
    return tiny_model(head, 4)


def float_net(*widths: int) -> ScoringModel:
    """Return a regression over numbers with random float32 weights."""
    rng = np.random.default_rng(len(widths))
    layers = tuple(
        Layer(rng.normal(0, 0.1, (b, a)).astype(np.float32), rng.normal(size=b), Activation.RECTIFIER)
        for a, b in itertools.pairwise(widths)
    )
    return ScoringModel(tuple(Numeric(f"x{i}", i) for i in range(widths[0])), layers, Regression())


def classes_of(folder: Path, models: dict[str, ScoringModel], program: str = "") -> None:
    """Write and compile one class per model, and a program in a class called Program, in one call of javac."""
    sources = []
    for name, model in models.items():
        sources.append(folder / f"{name}.java")
        sources[-1].write_text(render_java(model, name), encoding="ascii")
    if program:
        sources.append(folder / "Program.java")
        sources[-1].write_text(program, encoding="ascii")
    find_jdk().compile(sources, folder)


def run_class(
    folder: Path, name: str, *arguments: str | Path, options: Sequence[str] = ()
) -> "subprocess.CompletedProcess[bytes]":
    """Run a compiled class and return all it did."""
    command = [str(find_jdk().java), *options, "-cp", str(folder), name, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, timeout=120, check=False, stdin=subprocess.DEVNULL)

"""The Java source of a model: deterministic, ASCII, written whole or not at all."""

from pathlib import Path

import numpy as np
import pytest

from triplicate.exporters import export_java
from triplicate.exporters.java_source import render_java
from triplicate.runtime import Activation, Layer, Numeric, Regression, ScoringModel
from triplicate.runtime.errors import ExportError

from java_cases import autoencoder, person_model, regression
from random_models import random_model


def test_the_same_model_gives_the_same_text() -> None:
    """Nothing of time or place enters the source."""
    assert render_java(person_model(), "Person") == render_java(person_model(), "Person")


@pytest.mark.parametrize("seed", range(20))
def test_hostile_names_leave_no_character_beyond_ascii(seed: int) -> None:
    """The source can be compiled under any default encoding."""
    source = render_java(random_model(seed), "Model")
    assert source.isascii()
    assert "\r" not in source
    assert "\t" not in source
    assert source.endswith("}\n")


def test_fingerprint_and_package_stand_at_the_top() -> None:
    """The first lines say which model it is, and the package follows."""
    model = person_model()
    lines = render_java(model, "Person", "com.bank").split("\n")
    assert lines[1] == f"// {model.fingerprint}."
    assert lines[3] == "package com.bank;"


def test_no_trailing_blanks_and_no_two_blank_lines() -> None:
    """The source is tidy for whoever reads it in a review."""
    for model in (person_model(), person_model(golden=False), regression("exposure"), autoencoder()):
        source = render_java(model, "Tidy")
        assert "\n\n\n" not in source
        assert not [line for line in source.split("\n") if line != line.rstrip()]


def test_the_class_is_named_after_the_file(tmp_path: Path) -> None:
    """Without a class name, the file's stem is the class."""
    path = export_java(person_model(), tmp_path / "Person.java")
    assert path == tmp_path / "Person.java"
    assert "public final strictfp class Person " in path.read_text(encoding="ascii")


def test_an_existing_file_is_replaced(tmp_path: Path) -> None:
    """Exporting again overwrites, and leaves no other file."""
    (tmp_path / "Person.java").write_text("old", encoding="ascii")
    export_java(person_model(), str(tmp_path / "Person.java"), class_name="Person", package="bank")
    assert [path.name for path in tmp_path.iterdir()] == ["Person.java"]
    assert "package bank;" in (tmp_path / "Person.java").read_text(encoding="ascii")


@pytest.mark.parametrize(
    ("file", "class_name", "package", "message"),
    [
        ("person.txt", None, None, "must end in .java"),
        ("class.java", None, None, "is a keyword"),
        ("my-model.java", None, None, "choose another name for the class and its file"),
        ("Row.java", None, None, "uses that name itself"),
        ("Person.java", "Human", None, "must be in a file called Human.java"),
        ("Person.java", "a-b", None, "ASCII letters"),
        ("Person.java", None, "com.int", "is not an identifier"),
        ("missing/Person.java", None, None, "cannot be written"),
        ("file/Person.java", None, None, "cannot be written"),
        ("folder.java", None, None, "cannot be written"),
    ],
)
def test_refusals_leave_nothing_behind(
    tmp_path: Path, file: str, class_name: str | None, package: str | None, message: str
) -> None:
    """A bad name or place is an ExportError that says what to do, and no file appears."""
    (tmp_path / "file").write_text("", encoding="ascii")
    (tmp_path / "folder.java").mkdir()
    with pytest.raises(ExportError, match=message):
        export_java(person_model(), tmp_path / file, class_name, package)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder.java"]


def test_source_per_weight() -> None:
    """Each float32 weight more takes at most 5.5 bytes more of source."""
    small, large = (len(render_java(net_of(units), "Net")) for units in (10, 1010))
    assert (large - small) / (1000 * 101) <= 5.5


def net_of(units: int) -> ScoringModel:
    """Return a net of 100 numbers, one hidden layer of float32 weights, and one output."""
    rng = np.random.default_rng(4)
    hidden = Layer(rng.normal(size=(units, 100)).astype(np.float32), np.zeros(units), Activation.RECTIFIER)
    last = Layer(rng.normal(size=(1, units)).astype(np.float32), np.zeros(1))
    return ScoringModel(tuple(Numeric(f"x{i}", i) for i in range(100)), (hidden, last), Regression())

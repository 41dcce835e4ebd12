"""Classes that read their weights from a resource beside them: the same bits, or a refusal that says why."""

import re
from pathlib import Path

import pytest
from bit_patterns import bits

from triplicate import export_java
from triplicate.deployed_files import DeployedClass
from triplicate.exporters import java_source
from triplicate.exporters.java_view import weight_bytes
from triplicate.java_parity import JavaJob, run_java
from triplicate.jdk import find_jdk
from triplicate.runtime import Scorer
from triplicate.runtime.errors import ExportError, ModelFileError

from java_cases import autoencoder, person_model, regression, run_class
from random_models import random_model, random_rows

DAMAGES = {
    "gone": (None, "is not there; it belongs beside the class, in the same folder or jar"),
    "empty": (b"", "is cut short or cannot be read: java.io.EOFException"),
    "cut": (weight_bytes(person_model())[:-1], "is cut short or cannot be read: java.io.EOFException"),
    "longer": (weight_bytes(person_model()) + b"\0", "is not the file that was exported with this class (SHA-256 "),
    "of another model": (weight_bytes(person_model())[::-1], "is not the file that was exported with this class"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the class of persons, compiled, in the default package."""
    folder = tmp_path_factory.mktemp("weights_file")
    find_jdk().compile([export_java(person_model(), folder / "Person.java", weights="resource")], folder)
    return folder


def test_every_kind_of_model_gives_pythons_bits(tmp_path: Path) -> None:
    """Random models of all kinds, with and without a package, score like those that carry their weights."""
    models = [person_model(), regression("exposure"), autoencoder(), *map(random_model, range(12))]
    jobs = []
    for position, model in enumerate(models):
        path = tmp_path / f"Stored{position}.java"
        export_java(model, path, package="com.bank" if position % 2 else None, weights="resource")
        jobs.append(JavaJob(model, random_rows(model, 20, position), DeployedClass.open(path)))
    for job, java in zip(jobs, run_java(jobs), strict=True):
        accepted = [row for row in range(job.raw.rows) if row not in java.errors]
        assert accepted
        python = Scorer(job.model).score(job.raw.take(accepted)).outputs  # type: ignore[arg-type]
        assert bits(java.outputs[accepted]).tolist() == bits(python).tolist()
        assert not java.disagreements


def test_the_class_then_carries_no_weights(tmp_path: Path) -> None:
    """The source has the file's hash instead; the file takes 4 bytes per weight; everything else is as usual."""
    source = export_java(person_model(), tmp_path / "Person.java", weights="resource").read_text(encoding="ascii")
    assert "class WeightNumbers" not in source
    assert "<p>The weights are in the resource Person.weights" in source
    assert (tmp_path / "Person.weights").read_bytes() == weight_bytes(person_model())
    assert len(weight_bytes(person_model())) == 4 * (22 + 4) + 8 * (2 + 2)
    assert len(source.splitlines()) < 1_300
    assert not re.search(r"[ \t]+$|\n\n\n", source, re.MULTILINE)


@pytest.mark.parametrize("damage", DAMAGES)
def test_another_file_is_refused(folder: Path, damage: str) -> None:
    """What is not the exported file never scores a row: creating the class fails, and says why."""
    content, message = DAMAGES[damage]
    (folder / "Person.weights").unlink(missing_ok=True)
    if content is not None:
        (folder / "Person.weights").write_bytes(content)
    done = run_class(folder, "Person", "--self-test")
    assert done.returncode == 1
    assert f"resource Person.weights of class Person {message}" in done.stderr.decode()
    assert b"\tat " not in done.stderr


def test_opening_a_deployed_class_needs_its_file(tmp_path: Path) -> None:
    """Verification reads both files, and names the one that is missing; an untouched pair shows no change."""
    path = export_java(person_model(), tmp_path / "Person.java", weights="resource")
    assert DeployedClass.open(path).change(person_model()) is None
    (tmp_path / "Person.weights").unlink()
    with pytest.raises(ModelFileError, match=r"Person\.weights: cannot be read"):
        DeployedClass.open(path)


def test_too_many_weights_for_one_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond what javac reads from one file, the message names the number, the limit and the way out."""
    monkeypatch.setattr(java_source, "MOST_WEIGHTS_IN_SOURCE", 25)
    with pytest.raises(ExportError, match=r'the net has 26 weights .* 25; export it with weights="resource"'):
        export_java(person_model(), tmp_path / "Person.java")
    assert list(tmp_path.iterdir()) == []
    export_java(person_model(), tmp_path / "Person.java", weights="resource")
    with pytest.raises(ExportError, match="weights must be"):
        export_java(person_model(), tmp_path / "Person.java", weights="jar")  # type: ignore[arg-type]

"""A Maven project is written whole or not at all, with names that Maven and javac take."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from triplicate.deployed_files import DeployedClass
from triplicate.exporters import export_maven
from triplicate.exporters.java_source import render_java
from triplicate.runtime import GoldenRows, Layer, Metadata, Numeric, Regression, Scorer, ScoringModel, raw_rows
from triplicate.runtime.errors import ExportError

from java_cases import one_hot, person_model

POM = "{http://maven.apache.org/POM/4.0.0}"
TEXTS = ("tab\t", "line\n", "return\r", "back\\slash", "\\n", "\u00fc\U0001f600", "nul\0", " ")


def files(folder: Path) -> list[str]:
    """Return the paths of all files below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_the_files_of_a_project(tmp_path: Path) -> None:
    """The class and its weights, the test and its rows stand where Maven looks for them."""
    folder = tmp_path / "person-model"
    source = export_maven(person_model(), folder, package="com.bank.risk", weights="resource")
    assert source == folder / "src/main/java/com/bank/risk/PersonModel.java"
    assert files(folder) == [
        ".gitignore",
        "README.md",
        "pom.xml",
        "src/main/java/com/bank/risk/PersonModel.java",
        "src/main/resources/com/bank/risk/PersonModel.weights",
        "src/test/java/com/bank/risk/PersonModelTest.java",
        "src/test/resources/com/bank/risk/golden_rows.tsv",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["person-model"]


def test_the_class_is_the_one_that_export_java_writes(tmp_path: Path) -> None:
    """One class, two ways to get it; without a package it is in com.example."""
    source = export_maven(person_model(), tmp_path / "project", "Person")
    assert source.read_text(encoding="ascii") == render_java(person_model(), "Person", "com.example")
    assert not (tmp_path / "project" / "src/main/resources").exists()


@pytest.mark.parametrize(
    ("class_name", "artifact"),
    [("Income", "income"), ("IncomeModel2", "income-model2"), ("V1Net", "v1-net"), ("_x", "_x"), ("HTTP", "http")],
)
def test_the_names_of_the_project(tmp_path: Path, class_name: str, artifact: str) -> None:
    """The package is the groupId, the words of the class's name the artifactId; Java 8, one time for all entries."""
    export_maven(person_model(), tmp_path / "p", class_name, "com.bank")
    project = ElementTree.parse(tmp_path / "p" / "pom.xml").getroot()  # noqa: S314 - our own file
    values = [project.findtext(f"{POM}{name}") for name in ("groupId", "artifactId", "version")]
    assert values == ["com.bank", artifact, "1.0.0"]
    properties = project.find(f"{POM}properties")
    assert properties is not None
    assert properties.findtext(f"{POM}maven.compiler.release") == "8"
    assert properties.findtext(f"{POM}project.build.outputTimestamp") == "2000-01-01T00:00:00Z"


def test_the_same_model_gives_the_same_project(tmp_path: Path) -> None:
    """Nothing of time or place enters the files."""
    for name in ("a", "b"):
        export_maven(person_model(), tmp_path / name, "Person")
    assert [(tmp_path / "a" / f).read_bytes() for f in files(tmp_path / "a")] == [
        (tmp_path / "b" / f).read_bytes() for f in files(tmp_path / "b")
    ]


def test_an_empty_folder_is_filled_and_a_full_one_is_refused(tmp_path: Path) -> None:
    """Nobody's files are mixed with a project, and nothing is half-written."""
    empty, full = tmp_path / "empty", tmp_path / "full"
    empty.mkdir()
    export_maven(person_model(), empty, "Person")
    assert (empty / "pom.xml").is_file()
    full.mkdir()
    (full / "note.txt").write_text("mine")
    with pytest.raises(ExportError, match="is not an empty folder; name a new one, or remove it first"):
        export_maven(person_model(), full, "Person")
    with pytest.raises(ExportError, match="is not an empty folder"):
        export_maven(person_model(), full / "note.txt", "Person")
    assert files(full) == ["note.txt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "full"]


@pytest.mark.parametrize(
    ("folder", "arguments", "message"),
    [
        ("2024", {}, "2024: the class cannot be named after the folder; give a class name"),
        ("row", {}, "generated source uses that name itself"),
        ("p", {"class_name": "my model"}, "must be up to 200 ASCII letters"),
        ("p", {"class_name": "Test"}, "the project's test uses that name itself"),
        ("p", {"package": "com.1bank"}, "is not an identifier"),
        ("p", {"weights": "file"}, 'weights must be "source" or "resource"'),
        ("no/such/p", {}, "there is no folder"),
    ],
)
def test_wrong_names_are_refused_and_leave_nothing(
    tmp_path: Path, folder: str, arguments: dict[str, str], message: str
) -> None:
    """The message says what is wrong, and no folder is made."""
    with pytest.raises(ExportError, match=message):
        export_maven(person_model(), tmp_path / folder, **arguments)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_golden_rows_keep_texts_and_digits(tmp_path: Path) -> None:
    """Texts are escaped so that a row stays a line; numbers have all their digits; missing cells are empty."""
    columns = (Numeric("x\ty", 0, 0.1, 3.0), one_hot("text", TEXTS, 1))
    model = ScoringModel(columns, (Layer(np.full((1, 10), 0.1), np.zeros(1)),), Regression())
    cells: dict[str, list[float | str | None]] = {"x\ty": [0.1 + 0.2, None, *[1e-300] * 6], "text": list(TEXTS)}
    outputs = Scorer(model).score(raw_rows(model, cells)).outputs
    golden = GoldenRows(tuple(tuple(cells[name]) for name in model.row_names), outputs)
    export_maven(model.with_metadata(Metadata.of({}, golden)), tmp_path / "p", "Net", "a.b")
    text = (tmp_path / "p/src/test/resources/a/b/golden_rows.tsv").read_text(encoding="utf-8")
    lines = text.split("\n")
    assert (lines[0], len(lines)) == ("x\\ty\ttext\tvalue", 10)
    assert lines[1] == f"0.30000000000000004\ttab\\t\t{float(outputs[0, 0])!r}"
    assert [line.split("\t")[0] for line in lines[2:4]] == ["", "1e-300"]
    escaped = [line.split("\t")[1] for line in lines[2:9]]
    assert escaped == ["line\\n", "return\\r", "back\\\\slash", "\\\\n", "\u00fc\U0001f600", "nul\0", " "]


def test_a_model_without_golden_rows_gets_some(tmp_path: Path) -> None:
    """They are made as those of a trained model are, so that every project has a test."""
    export_maven(person_model(golden=False), tmp_path / "p", "Person")
    text = (tmp_path / "p/src/test/resources/com/example/golden_rows.tsv").read_text(encoding="utf-8")
    assert len(text.splitlines()) == 11


def test_verify_finds_the_weights_of_a_project(tmp_path: Path) -> None:
    """The class of a project is opened together with its file in src/main/resources."""
    source = export_maven(person_model(), tmp_path / "p", "Person", weights="resource")
    deployed = DeployedClass.open(source)
    assert deployed.weights == (tmp_path / "p/src/main/resources/com/example/Person.weights").read_bytes()
    assert deployed.change(person_model()) is None

"""A Maven project around the generated class: a parity test over golden rows, the same jar in every build."""

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from markupsafe import Markup

from triplicate.exporters.java_literals import java_identifier
from triplicate.exporters.java_names import check_class_name, check_package
from triplicate.exporters.java_source import render_java
from triplicate.exporters.java_view import weight_bytes
from triplicate.exporters.template_engine import maven_engine
from triplicate.runtime import ScoringModel
from triplicate.runtime.atomic_folder import write_folder
from triplicate.runtime.errors import ExportError
from triplicate.runtime.golden import golden_rows
from triplicate.runtime.scorer import Scorer

__all__ = ["DEFAULT_PACKAGE", "export_maven"]

DEFAULT_PACKAGE = "com.example"
IMPORTED_BY_THE_TEST = frozenset({"BufferedReader", "Test"})
ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def export_maven(
    model: ScoringModel,
    folder: str | Path,
    class_name: str | None = None,
    package: str | None = None,
    *,
    weights: Literal["source", "resource"] = "source",
) -> Path:
    """Write a Maven project that builds, tests and packs the model's Java class; return the path of the class.

    The class is named after the folder (income-model: IncomeModel) if `class_name` does not name it. The package,
    by default com.example, is the groupId as well; the artifactId is the class's name in words. The project's JUnit
    test compares the class with what Python gives for the golden rows, to the bit; `mvn package` makes the same jar
    each time. With weights="resource" the weights are a file of src/main/resources.
    Raises ExportError when a name is no name for generated code, when the folder exists and is not empty, or when it
    cannot be written; nothing half-written stays behind.
    """
    target = Path(folder)
    name = _class_of(target) if class_name is None else check_class_name(class_name)
    if name in IMPORTED_BY_THE_TEST:
        raise ExportError(f"class name {name!r}: the project's test uses that name itself; choose another one")
    if weights not in ("source", "resource"):
        raise ExportError(f'weights must be "source" or "resource", got {weights!r}')
    home = check_package(package) or DEFAULT_PACKAGE
    write_folder(target, _files(model, name, home, weights), ExportError)
    return target / "src" / "main" / "java" / Path(*home.split(".")) / f"{name}.java"


def _class_of(folder: Path) -> str:
    """Return the class name that the folder's name gives."""
    words = re.findall(r"[A-Za-z0-9]+", folder.resolve().name)
    name = "".join(word[0].upper() + word[1:] for word in words)
    try:
        return check_class_name(name)
    except ExportError as reason:
        raise ExportError(
            f"{folder}: the class cannot be named after the folder; give a class name ({reason})"
        ) from None


def _files(model: ScoringModel, name: str, package: str, weights: str) -> dict[str, bytes]:
    """Return the content of every file of the project by its path."""
    golden = model.metadata.golden or golden_rows(Scorer(model))
    numbers = weight_bytes(model) if weights == "resource" else None
    home = package.replace(".", "/")
    view = {
        "class_name": name,
        "package": package,
        "artifact": Markup("-").join(map(java_identifier, re.split(r"(?<=[a-z0-9])(?=[A-Z])", name))).lower(),
        "fingerprint": model.fingerprint,
        "columns": len(model.row_names),
        "rows": golden.rows,
    }
    table = [(*model.row_names, *model.output_names)]
    table += zip(*golden.cells, *golden.outputs.T.tolist(), strict=True)
    texts = {
        "pom.xml": _rendered("pom.xml.j2", view),
        "README.md": _rendered("README.md.j2", view),
        ".gitignore": "target/\n",
        f"src/main/java/{home}/{name}.java": render_java(model, name, package, file=numbers),
        f"src/test/java/{home}/{name}Test.java": _rendered("ModelTest.java.j2", view),
        f"src/test/resources/{home}/golden_rows.tsv": "".join(_line(row) for row in table),
    }
    files = {path: text.encode() for path, text in texts.items()}
    if numbers is not None:
        files[f"src/main/resources/{home}/{name}.weights"] = numbers
    return files


def _rendered(template: str, view: Mapping[str, object]) -> str:
    return maven_engine().get_template(template).render(view=view)


def _line(row: tuple[object, ...]) -> str:
    return "\t".join(_cells(row)) + "\n"


def _cells(row: tuple[object, ...]) -> Iterator[str]:
    """Yield cells as the test reads them: numbers with all their digits, missing ones empty, texts escaped."""
    for cell in row:
        if isinstance(cell, float):
            infinite = "Infinity" if cell > 0 else "-Infinity"
            yield "NaN" if math.isnan(cell) else infinite if math.isinf(cell) else repr(float(cell))
        else:
            yield "" if cell is None else str(cell).translate(ESCAPES)

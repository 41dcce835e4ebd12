"""Names in generated Java: refused where javac would refuse them, never silently changed."""

import re

import pytest

from triplicate.exporters.java_names import USED_NAMES, check_class_name, check_package, setter_names
from triplicate.exporters.java_source import render_java
from triplicate.runtime.errors import ExportError

from java_cases import autoencoder, person_model, regression


@pytest.mark.parametrize("name", ["Income", "_Model2", "a", "INCOME_2026", "model"])
def test_good_class_names(name: str) -> None:
    """Identifiers that Java does not use pass unchanged."""
    assert check_class_name(name) == name


@pytest.mark.parametrize("name", ["class", "true", "null", "_", "var", "record", "yield", "goto"])
def test_keywords_are_no_class_names(name: str) -> None:
    """Keywords of any version of Java are refused, with a way out."""
    with pytest.raises(ExportError, match=r"is a keyword of Java; choose another name for the class and its file"):
        check_class_name(name)


@pytest.mark.parametrize("name", ["", "2Fast", "my-model", "Modèle", "a.b", "In come", "Income$1", "a" * 201])
def test_what_is_no_identifier_is_no_class_name(name: str) -> None:
    """Only up to 200 ASCII letters, digits and underscores make a class name."""
    with pytest.raises(ExportError, match="ASCII letters, digits and underscores"):
        check_class_name(name)


@pytest.mark.parametrize("name", ["Row", "Prediction", "String", "Map", "WeightNumbers12", "SchemaTexts1", "java"])
def test_names_of_the_generated_source_are_taken(name: str) -> None:
    """A class must not hide a class that its own source uses."""
    with pytest.raises(ExportError, match="uses that name itself"):
        check_class_name(name)


def test_every_type_in_the_generated_source_is_a_taken_name() -> None:
    """The list of taken names keeps up with the templates."""
    for model in (person_model(), regression("offset"), autoencoder()):
        source = render_java(model, "Example")
        source = re.sub(r"""'(?:[^'\\]|\\.)'|"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/""", "", source, flags=re.DOTALL)
        types = set(re.findall(r"(?<![.\w])[A-Z][a-z]\w*", source)) - {"Example"}
        packed = {name for name in types if re.fullmatch(r"(Schema|Golden|Weight)(Texts|Numbers)[0-9]+", name)}
        assert types - packed <= USED_NAMES


@pytest.mark.parametrize("package", [None, "bank", "com.bank.risk_2", "record"])
def test_good_packages(package: str | None) -> None:
    """Dotted identifiers pass unchanged, and no package is one."""
    assert check_package(package) == package


@pytest.mark.parametrize("package", ["", "com..bank", "com.class", "com.2bank", "com/bank", "bänk", ".com"])
def test_bad_packages(package: str) -> None:
    """Each part of a package must be an identifier and no keyword."""
    with pytest.raises(ExportError, match="is not an identifier"):
        check_package(package)


@pytest.mark.parametrize("package", ["java", "java.bank", "javax.swing"])
def test_packages_of_the_jdk_are_refused(package: str) -> None:
    """The JVM refuses to load foreign classes into java.*."""
    with pytest.raises(ExportError, match="belong to the JDK"):
        check_package(package)


@pytest.mark.parametrize(
    ("columns", "setters"),
    [
        (["capital-gain", "C1", "ageGroup", "hours_per_week"], ["CapitalGain", "C1", "AgeGroup", "HoursPerWeek"]),
        (["a b", "a-b", "A_B"], ["AB", "Column1", "Column2"]),
        (["é", "😀", "x"], ["Column0", "Column1", "X"]),
        (["2nd", "größe", "class"], ["2nd", "GrE", "Class"]),
        (["Column 1", "!", "column1"], ["Column0", "Column1", "Column2"]),
        (["a" * 65, "a" * 64], ["Column0", "A" + "a" * 63]),
    ],
)
def test_setters(columns: list[str], setters: list[str]) -> None:
    """Camel case of the ASCII letters and digits; the position where that is empty, taken or too long."""
    assert list(setter_names(columns)) == [f"set{name}" for name in setters]

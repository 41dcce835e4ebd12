"""The table of parameters, tests and sections is complete, and made from the files as they are."""

from collections.abc import Callable
from pathlib import Path

import pytest

from triplicate.parameter_coverage import coverage_page, documented_at, marked_tests
from triplicate.runtime.errors import ParameterError
from triplicate.trainer.parameters import parameter_table

ROOT = Path(__file__).parent.parent
MARK = '@pytest.mark.parameter("{}")\ndef {}() -> None:\n    assert l1\n'


def test_the_page_is_the_one_the_files_make() -> None:
    """docs/parameter-coverage.md equals the generated page, so that every test and section it names exists."""
    page = (ROOT / "docs" / "parameter-coverage.md").read_text(encoding="utf-8")
    assert page == coverage_page(ROOT), "run: python -m triplicate.parameter_coverage > docs/parameter-coverage.md"


@pytest.mark.parametrize("what", [marked_tests, documented_at])
def test_every_parameter_has_a_test_and_a_section(what: Callable[[Path], dict[str, list[str]]]) -> None:
    """No parameter lacks a test that is marked with it, or a section that names it."""
    found = what(ROOT)
    assert [record.name for record in parameter_table() if not found[record.name]] == []


@pytest.mark.parametrize(
    ("file", "name", "function", "message"),
    [
        ("test_a.py", "l1_", "test_b", "'l1_' is not a parameter; did you mean 'l1'?"),
        ("test_a.py", "l2", "test_b", "test_a.py::test_b is marked with 'l2', which its file does not name"),
        ("test_a.py", "l1", "helper", "test_a.py::helper is marked with 'l1' and is no test"),
        ("helpers.py", "l1", "test_b", "helpers.py::test_b is marked with 'l1' and is no test"),
    ],
)
def test_marks_on_what_shows_nothing_are_refused(
    tmp_path: Path, file: str, name: str, function: str, message: str
) -> None:
    """A mark needs a parameter, a test, and a file that speaks of the parameter."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / file).write_text(MARK.format(name, function))
    with pytest.raises(ParameterError, match=message.replace("?", r"\?")):
        marked_tests(tmp_path)


def test_marks_and_sections_are_found(tmp_path: Path) -> None:
    """A marked test counts for its parameters, a name in code for its section; code blocks and other words do not."""
    for folder in ("tests", "docs"):
        (tmp_path / folder).mkdir()
    (tmp_path / "tests" / "test_a.py").write_text(MARK.format("l1", "test_b"))
    page = "# Top\n\n```\n`epochs`\n```\n\n## The l1, and more\n\n`l1=0.1` or `--max-w2 3`, not l2 nor `seedless`.\n"
    (tmp_path / "docs" / "page.md").write_text(page)
    tests, places = marked_tests(tmp_path), documented_at(tmp_path)
    assert tests["l1"] == ["test_a.py::test_b"]
    assert places["l1"] == places["max_w2"] == ["[The l1, and more](page.md#the-l1-and-more)"]
    assert [name for name, found in places.items() if found] == ["l1", "max_w2"]

"""docs/parameter-coverage.md: for each parameter whether it works, what tests it, and where it is explained.

A test that shows what a parameter does says so, `@pytest.mark.parameter("l1", "l2")`, and a page explains it where a
section names it in code. Both are read off the files, so that the table is never written by hand:
`python -m triplicate.parameter_coverage > docs/parameter-coverage.md`, at the top of the repository.
"""

import ast
import re
import sys
from pathlib import Path

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.parameters import ParameterRecord, parameter_rule, parameter_table

__all__ = ["coverage_page", "documented_at", "marked_tests"]

MARKER = "pytest.mark.parameter"
OF_OTHER_THINGS = frozenset({
    "benchmarks.md", "h2o-differences.md", "java.md", "limits.md", "onnx.md", "parameter-coverage.md", "parameters.md",
    "scoring-model.md", "verify.md",
})  # fmt: skip
OPENING = """# Parameters: what works, what tests it, where it is explained

Every training parameter ([parameters.md](parameters.md)), the tests that show its effect (within `tests/`), and the
sections that explain it. A parameter without a test or a section fails the tests.

This page is generated: `python -m triplicate.parameter_coverage > docs/parameter-coverage.md`.

| parameter | works | tested by | documented at |
|---|---|---|---|
"""


def coverage_page(root: Path) -> str:
    """Return the page as Markdown, from the tests and pages of the repository at `root`."""
    tests, places = marked_tests(root), documented_at(root)
    return OPENING + "".join(_row(record, tests[record.name], places[record.name]) for record in parameter_table())


def marked_tests(root: Path) -> dict[str, list[str]]:
    """Return for every parameter the tests that are marked with it, as file::function within tests/.

    ParameterError names a mark on what is no test, with another name than a parameter's, or in a file without it.
    """
    found: dict[str, list[str]] = {record.name: [] for record in parameter_table()}
    for path in sorted((root / "tests").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        marked = [(node, _marks(node)) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        for node, _ in marked:
            node.decorator_list = [part for part in node.decorator_list if MARKER not in ast.unparse(part)]
        text = ast.unparse(tree)
        for node, names in marked:
            for name in names:
                test = f"{path.relative_to(root / 'tests').as_posix()}::{node.name}"
                parameter_rule(name)
                if not (path.name.startswith("test_") and "::test_" in test):
                    raise ParameterError(f"{test} is marked with {name!r} and is no test")
                if not re.search(rf"\b{name}\b", text):
                    raise ParameterError(f"{test} is marked with {name!r}, which its file does not name")
                found[name].append(test)
    return found


def _marks(node: ast.FunctionDef) -> list[str]:
    """Return the names that the marker on a function gives."""
    calls = [call for call in node.decorator_list if isinstance(call, ast.Call) and ast.unparse(call.func) == MARKER]
    return [str(ast.literal_eval(argument)) for call in calls for argument in call.args]


def documented_at(root: Path) -> dict[str, list[str]]:
    """Return for every parameter the sections that name it, as links: the first one of each page that explains."""
    found: dict[str, list[str]] = {record.name: [] for record in parameter_table()}
    for path in sorted((root / "docs").glob("*.md")):
        if path.name in OF_OTHER_THINGS:
            continue
        prose = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        seen: set[str] = set()
        for section in re.split(r"^(?=#)", prose, flags=re.MULTILINE):
            title = section.partition("\n")[0].lstrip("# ").strip()
            named = {name for code in re.findall(r"`([^`]+)`", section) if (name := _named(code)) in found} - seen
            seen |= named
            for name in named:
                found[name].append(f"[{title}]({path.name}#{_anchor(title)})")
    return found


def _named(code: str) -> str:
    """Return the name in `name`, `name=value` or `--name value`."""
    return code.partition("=")[0].split(" ")[0].removeprefix("--").replace("-", "_")


def _anchor(title: str) -> str:
    """Return the anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _row(record: ParameterRecord, tests: list[str], places: list[str]) -> str:
    shown = "<br>".join(f"`{test}`" for test in tests)
    return f"| `{record.name}` | {_works(record)} | {shown} | {', '.join(places)} |\n"


def _works(record: ParameterRecord) -> str:
    """Return yes, with the choices of other systems that are refused."""
    refused = ", ".join(option for option, _ in parameter_rule(record.name).refused)
    return f"yes ({refused}: refused with the reason)" if refused else "yes"


if __name__ == "__main__":
    sys.stdout.write(coverage_page(Path.cwd()))

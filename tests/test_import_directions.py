"""Data flows one way through the house: no folder imports from one that stands behind it."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

ALLOWED: dict[str, set[str]] = {
    "runtime": {"runtime"},
    "trainer": {"trainer", "runtime"},
    "exporters": {"exporters", "runtime", "templates"},
    "importers": {"importers", "runtime"},
    "serving": {"serving", "runtime", "exporters"},
    "templates": set(),
    "java_harness": set(),
}
RUNTIME_NEEDS = {"numpy", *sys.stdlib_module_names}


def sources(room: str) -> list[Path]:
    """Return the Python files of a room of the installed package."""
    spec = find_spec(f"triplicate.{room}")
    assert spec is not None
    assert spec.origin is not None
    return sorted(Path(spec.origin).parent.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Yield the full name of everything that a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; write triplicate.x"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", ALLOWED)
def test_no_arrow_points_the_wrong_way(room: str) -> None:
    """A room imports from itself and from the rooms before it."""
    assert sources(room)
    for path in sources(room):
        for name in imported(path):
            if name.split(".")[0] == "triplicate":
                target = (*name.split("."), "the façade")[1]
                assert target in ALLOWED[room], f"{path}: imports {name}"


def test_the_runtime_imports_numpy_and_the_standard_library_only() -> None:
    """Scoring in production needs nothing else."""
    outside = {name for path in sources("runtime") for name in imported(path)}
    assert {name for name in outside if name.split(".")[0] not in {*RUNTIME_NEEDS, "triplicate"}} == set()


def test_importing_the_runtime_loads_no_heavy_library() -> None:
    """A scorer starts without numba, pandas, Jinja, ONNX, SciPy and scikit-learn."""
    program = "import sys, triplicate.runtime; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"numba", "pandas", "jinja2", "onnx", "onnxruntime", "scipy", "sklearn", "rich", "typer", "matplotlib"}
    heavy |= {"fastapi", "uvicorn", "prometheus_client"}
    assert heavy.isdisjoint(loaded)
    assert {"triplicate", "numpy"} <= set(loaded)

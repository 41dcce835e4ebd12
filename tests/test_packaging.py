"""What is installed is the wheel, the wheel and the sdist are complete, and an editable install works."""

import ast
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import venv
from importlib.metadata import Distribution, distribution, packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

import triplicate

FOLDERS = {
    "triplicate": "src/triplicate",
    "triplicate/trainer": "trainer",
    "triplicate/exporters": "exporters",
    "triplicate/importers": "importers",
    "triplicate/serving": "serving",
    "triplicate/runtime": "runtime",
    "triplicate/templates": "templates",
    "triplicate/java_harness": "java_harness",
}
SHIPPED = {".py", ".j2", ".java", ".typed", ".html", ".css", ".js"}
SITE_PACKAGES = Path(sysconfig.get_path("purelib"))


@pytest.fixture(scope="module")
def checkout() -> Path:
    """Return the checkout that the wheel was built from, which `make test` names."""
    folder = os.environ.get("TRIPLICATE_CHECKOUT")
    assert folder is not None, "these tests need the installed wheel and its checkout: run them by `make test`"
    return Path(folder)


@pytest.fixture(scope="module")
def tree(checkout: Path) -> dict[str, Path]:
    """Return every file of the source folders that belongs into the wheel, by its path in the wheel."""
    return {
        f"{package}/{path.relative_to(checkout / folder).as_posix()}": path
        for package, folder in FOLDERS.items()
        for path in (checkout / folder).rglob("*")
        if path.suffix in SHIPPED and "jmh" not in path.parts  # the benchmark of the generated classes
    }


@pytest.fixture(scope="module")
def installed() -> Distribution:
    """Return the installed distribution."""
    return distribution("triplicate")


@pytest.fixture(scope="module")
def sdist(checkout: Path, installed: Distribution, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that the sdist, from which the wheel was built, unpacks to."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(checkout / "dist" / f"triplicate-{installed.version}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder / f"triplicate-{installed.version}"


def test_package_comes_from_site_packages(checkout: Path) -> None:
    """The tests import the installed wheel, and no entry of the module path leads into the checkout's sources."""
    assert Path(triplicate.__file__).parent == SITE_PACKAGES / "triplicate"
    reached = [entry for entry in sys.path if (Path(entry).resolve() / "trainer").exists()]
    assert reached == []
    assert checkout.resolve() not in Path.cwd().resolve().parents


@pytest.mark.parametrize(
    "folder", ["trainer", "exporters", "importers", "serving", "runtime", "templates", "java_harness"]
)
def test_folder_is_not_a_top_level_module(folder: str) -> None:
    """A source folder is reached as triplicate.<folder> and by no other name."""
    assert find_spec(f"triplicate.{folder}") is not None
    assert find_spec(folder) is None


def test_wheel_holds_exactly_the_source_folders(installed: Distribution, tree: dict[str, Path]) -> None:
    """The wheel installs every module, template, Java file and type marker of the tree, and nothing else."""
    assert installed.files is not None
    recorded = {file.as_posix() for file in installed.files}
    packaged = {file for file in recorded if file.startswith("triplicate/") and "__pycache__" not in file}
    assert packaged == set(tree)
    elsewhere = {file for file in recorded if not file.startswith(("triplicate/", "triplicate-"))}
    assert {Path(file).stem for file in elsewhere} == {"triplicate"}, "only the command stands outside of the package"


def test_wheel_holds_the_files_of_this_checkout(tree: dict[str, Path]) -> None:
    """Each installed file has the bytes of the checkout's: the tests do not run on an older build."""
    stale = [name for name, path in tree.items() if (SITE_PACKAGES / name).read_bytes() != path.read_bytes()]
    assert stale == []


def test_sdist_holds_what_rebuilds_the_project(checkout: Path, sdist: Path, tree: dict[str, Path]) -> None:
    """The sdist holds every packaged file byte for byte, the licence, the README, the tests and the set-up."""
    paths = [path.relative_to(checkout) for path in tree.values()]
    paths += [
        Path(name) for name in ("LICENSE", "README.md", "CHANGELOG.md", "Makefile", "MANIFEST.in", "pyproject.toml")
    ]
    paths += [path.relative_to(checkout) for path in (checkout / "tools").iterdir()]
    paths += [Path(".ci/run"), Path("tests/test_packaging.py")]
    different = [path for path in paths if (sdist / path).read_bytes() != (checkout / path).read_bytes()]
    assert different == []


def test_version_is_stated_once(installed: Distribution) -> None:
    """The installed metadata carries the version of triplicate.__version__."""
    assert installed.version == triplicate.__version__


def test_command_starts(installed: Distribution) -> None:
    """The installed command `triplicate` leads to a function that can be called."""
    (command,) = installed.entry_points.select(group="console_scripts")
    assert command.name == "triplicate"
    assert callable(command.load())


def test_every_import_is_a_declared_dependency(installed: Distribution, tree: dict[str, Path]) -> None:
    """Each module that the package imports belongs to Python, to itself or to a dependency that it declares."""
    requirements = [line for line in installed.requires or [] if 'extra == "dev"' not in line]
    allowed = {"triplicate"} | {re.split(r"[^\w.-]", line)[0].lower() for line in requirements}
    providers = packages_distributions()
    undeclared = {
        f"{name}: {module}"
        for name, path in tree.items()
        if path.suffix == ".py"
        for module in imported_modules(path) - sys.stdlib_module_names
        if allowed.isdisjoint(provider.lower() for provider in providers.get(module, []))
    }
    assert undeclared == set()


def imported_modules(path: Path) -> set[str]:
    """Return the top-level names of the modules that a source file imports absolutely."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names.add(node.module.partition(".")[0])
    return names


def test_editable_install_works(sdist: Path, tmp_path: Path) -> None:
    """An editable install of the unpacked sdist imports its own files, a new one included, and finds the templates."""
    python = environment_without_triplicate(tmp_path / "environment")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--no-deps", "--no-build-isolation", "--editable", str(sdist)], check=True)
    (sdist / "trainer" / "written_later.py").write_text("", encoding="utf-8")
    program = (
        "import triplicate, triplicate.runtime, triplicate.trainer.written_later\n"
        "from triplicate.exporters.template_engine import java_engine\n"
        "print(triplicate.__file__)\n"
        "print(triplicate.trainer.written_later.__file__)\n"
        "print(*java_engine().list_templates())\n"
    )
    run = subprocess.run([python, "-P", "-c", program], check=True, capture_output=True, text=True, cwd=tmp_path)
    facade, trainer, templates = run.stdout.splitlines()
    assert Path(facade) == sdist / "src" / "triplicate" / "__init__.py"
    assert Path(trainer) == sdist / "trainer" / "written_later.py"
    assert set(templates.split()) == {path.name for path in (sdist / "templates" / "java").iterdir()}


def environment_without_triplicate(folder: Path) -> Path:
    """Make an environment that shares all installed packages but triplicate, by links; return its interpreter."""
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    ask = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(ask, check=True, capture_output=True, text=True).stdout.strip())
    for entry in SITE_PACKAGES.iterdir():
        if "triplicate" not in entry.name:
            (packages / entry.name).symlink_to(entry)
    return python

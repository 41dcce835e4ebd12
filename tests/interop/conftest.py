"""What make test-interop needs, never skipped: the jar of H2O's reader, and the folder named by TRIPLICATE_DATA."""

import os
from pathlib import Path

import pytest

from h2o_fixtures import fixture_folder


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder beside which H2O's models stand; fail, not skip, when they are not there."""
    name = os.environ.get("TRIPLICATE_DATA")
    if not name:
        pytest.fail("TRIPLICATE_DATA must name the folder of the real data sets")
    folder = Path(name)
    if not fixture_folder(folder).is_dir():
        pytest.fail(f"there is no {fixture_folder(folder)}")
    return folder


@pytest.fixture(scope="session", autouse=True)
def jar() -> Path:
    """Return the jar of H2O's reader; fail, not skip, when it is not there."""
    path = Path(os.environ.get("TRIPLICATE_H2O_JAR", "TRIPLICATE_H2O_JAR is not set"))
    if not path.is_file():
        pytest.fail(f"h2o.jar is not there ({path}): run make test-interop, which sets it up")
    return path

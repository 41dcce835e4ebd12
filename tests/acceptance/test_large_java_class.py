"""A net of ten million weights as a Java class: generated, compiled with javac's defaults, loaded, scored."""

import itertools
import subprocess
from pathlib import Path

import numpy as np
import pytest

from triplicate import export_java
from triplicate.deployed_files import DeployedClass
from triplicate.java_parity import JavaJob, run_java
from triplicate.jdk import find_jdk
from triplicate.runtime import RawRows, Scorer

from java_cases import float_net

pytestmark = pytest.mark.acceptance
WIDTHS = (1_000, 2_500, 2_900, 87, 1)  # 10,000,000 weights and a few
WEIGHTS = sum(a * b for a, b in itertools.pairwise(WIDTHS))


def test_ten_million_weights(tmp_path: Path) -> None:
    """Inside the class or beside it: at most 5.5 bytes a weight, javac's default heap, Python's bits."""
    assert WEIGHTS >= 10_000_000
    model = float_net(*WIDTHS)
    inside = export_java(model, tmp_path / "Inside.java")
    beside = export_java(model, tmp_path / "Beside.java", weights="resource")
    subprocess.run([find_jdk().javac, "-d", tmp_path, inside], timeout=300, check=True)
    classes = sum(path.stat().st_size for path in tmp_path.glob("*.class"))
    per_weight = [size / WEIGHTS for size in (inside.stat().st_size, classes)]
    print(f"{WEIGHTS:,} weights: bytes each of source, of classes: {per_weight}")  # noqa: T201 - belongs in the log
    assert max(per_weight) <= 5.5
    cells = np.random.default_rng(8).normal(size=(WIDTHS[0], 60))
    rows = RawRows(tuple(cells), 60)
    python = Scorer(model).score_numbers(cells.T).outputs
    for java in run_java([JavaJob(model, rows, DeployedClass.open(path)) for path in (inside, beside)]):
        assert java.outputs.view(np.int64).tolist() == python.view(np.int64).tolist()
        assert not java.disagreements

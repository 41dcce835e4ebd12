"""How large generated classes are: methods that HotSpot compiles, few bytes per weight, large nets that work."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from triplicate import export_java
from triplicate.java_parity import JavaJob, run_java
from triplicate.jdk import find_jdk
from triplicate.runtime import Layer, RawRows, Regression, Scorer, ScoringModel

from java_cases import autoencoder, float_net, one_hot, person_model, regression
from random_models import random_model

HUGE_METHOD = 8_000  # bytes of bytecode: HotSpot interprets longer methods for ever


LARGE = (784, 300, 200, 1)
WEIGHTS = 784 * 300 + 300 * 200 + 200
MODELS = {
    "Person": person_model(),
    "Claims": regression("exposure"),
    "Auto": autoencoder(),
    **{f"Random{seed}": random_model(seed) for seed in (6, 9, 15, 27)},
    "Large": float_net(*LARGE),
    "Deep": float_net(*[1] * 501),
    "Columns": float_net(3_900, 2, 1),
    "Levels": ScoringModel(
        (one_hot("big", tuple(f"level {i}" for i in range(10_000)), 0),),
        (Layer(np.ones((1, 10_001), np.float32), np.zeros(1)),),
        Regression(),
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of all sources and classes; every model twice, its weights inside and beside."""
    folder = tmp_path_factory.mktemp("sizes")
    sources = [export_java(model, folder / f"{name}.java") for name, model in MODELS.items()]
    sources += [export_java(model, folder / f"{name}File.java", weights="resource") for name, model in MODELS.items()]
    find_jdk().compile(sources, folder)
    return folder


def test_hotspot_compiles_every_method(folder: Path) -> None:
    """No method of any model reaches the size from which HotSpot leaves a method to the interpreter."""
    javap = find_jdk().javac.with_name("javap")
    command = [str(javap), "-c", "-p", *map(str, folder.glob("*.class"))]
    code = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    assert len(re.findall("^(?:public )?(?:static )?(?:final )?class ", code, re.MULTILINE)) >= len(MODELS)
    longest = max(int(offset) for offset in re.findall(r"^ +(\d+): [a-z]", code, re.MULTILINE))
    assert 1_000 < longest < HUGE_METHOD


def test_bytes_per_weight(folder: Path) -> None:
    """A float32 net of 295,400 weights: at most 5.5 bytes of source and of classes for each, everything included."""
    classes = sum(path.stat().st_size for path in folder.glob("Large*.class") if not path.name.startswith("LargeFile"))
    source = (folder / "Large.java").stat().st_size
    beside = (folder / "LargeFile.weights").stat().st_size
    assert source / WEIGHTS <= 5.5
    assert classes / WEIGHTS <= 5.5
    assert beside / WEIGHTS <= 4.02


def test_a_large_net_scores_with_pythons_bits() -> None:
    """Several data classes, read one after the other, give every weight."""
    model = float_net(*LARGE)
    cells = np.random.default_rng(8).normal(size=(784, 20))
    (java,) = run_java([JavaJob(model, RawRows(tuple(cells), 20))])
    python = Scorer(model).score_numbers(cells.T)
    assert java.outputs.view(np.int64).tolist() == python.outputs.view(np.int64).tolist()
    assert not java.disagreements

"""The pytest that users copy opens their exported files: it passes on true ones and fails when one weight drifted."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from sklearn.datasets import load_iris

import triplicate as tp
from triplicate.jdk import find_jdk
from triplicate.runtime import ScoringModel

CI = Path(__file__).parent.parent / "examples" / "ci"


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a model of the irises, its class, its graph, and rows."""
    folder = tmp_path_factory.mktemp("deployed")
    data = load_iris(as_frame=True)
    frame = data.data.assign(species=data.target.map(lambda k: str(data.target_names[k])))
    model = tp.DeepLearningEstimator(hidden=[4], activation="Tanh", epochs=2, seed=1)
    model.train(y="species", training_frame=frame).save(folder / "model.npz")
    model.export_java(folder / "Model.java", package="com.bank")
    model.export_onnx(folder / "model.onnx")
    frame[::10].to_csv(folder / "rows.csv", index=False)
    return folder


@pytest.fixture
def folder(deployed: Path, tmp_path: Path) -> Path:
    """Return a copy of the folder to change."""
    return Path(shutil.copytree(deployed, tmp_path / "copy"))


def failures(folder: Path) -> set[str]:
    """Run the example on a folder and return the cases that fail."""
    java = Path(find_jdk().javac).parent
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", folder, "-c", os.devnull),
            CI / "test_exported_model.py",
        ],
        env=os.environ | {"MODEL_FOLDER": str(folder), "PATH": f"{java}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    failed = set(re.findall(r"^FAILED .*\[(\w+)\]", done.stdout, flags=re.MULTILINE))
    assert bool(failed) == (done.returncode == 1), done.stdout
    return failed


def with_another_weight(model: ScoringModel) -> ScoringModel:
    """Return the model with one weight of the first layer moved by a thousandth."""
    weights = np.array(model.layers[0].weights)
    weights[0, 0] += 1e-3
    return replace(model, layers=(replace(model.layers[0], weights=weights), *model.layers[1:]))


def change_class(folder: Path) -> None:
    """Replace the class by one with another weight, which says that it is the old one."""
    model = tp.load_model(folder / "model.npz")
    other = with_another_weight(model)
    tp.export_java(other, folder / "Model.java", package="com.bank")
    text = (folder / "Model.java").read_text(encoding="ascii").replace(other.fingerprint, model.fingerprint)
    (folder / "Model.java").write_text(text, encoding="ascii", newline="\n")


def change_graph(folder: Path) -> None:
    """Move one weight in the graph's own file."""
    proto = onnx.load(folder / "model.onnx")
    tensor = next(tensor for tensor in proto.graph.initializer if len(tensor.dims) == 2)
    weights = np.array(onnx.numpy_helper.to_array(tensor))
    weights[0, 0] += 1e-3
    tensor.CopyFrom(onnx.numpy_helper.from_array(weights, tensor.name))
    onnx.save(proto, folder / "model.onnx")


def test_true_exports_pass(deployed: Path) -> None:
    """Nothing fails when class and graph come from the model."""
    assert failures(deployed) == set()


def test_one_weight_changed_in_class_and_graph_fails_both(folder: Path) -> None:
    """Each file is opened: what fails is what was changed, although the fingerprints are the old ones."""
    change_class(folder)
    change_graph(folder)
    assert failures(folder) == {"class", "graph"}


def test_a_model_trained_again_fails_both(folder: Path) -> None:
    """A new model without new exports is found."""
    tp.save_model(with_another_weight(tp.load_model(folder / "model.npz")), folder / "model.npz")
    assert failures(folder) == {"class", "graph"}


def test_the_workflow_runs_the_example() -> None:
    """Its last step runs the file by its name, in the folder that the comment says, with a JDK."""
    text = (CI / "workflow.yml").read_text(encoding="utf-8")
    steps = re.findall(r"- run: (.+)", text)
    assert steps == [
        f"python -m pip install triplicate=={tp.__version__} pytest",
        "python -m pytest tests/test_exported_model.py",
    ]
    assert "MODEL_FOLDER: model" in text
    assert "actions/setup-java" in text

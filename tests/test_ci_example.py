"""The pytest that users copy passes on fresh exports and fails on exports that drifted."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sklearn.datasets import load_iris

import triplicate as tp
from triplicate.jdk import find_jdk

CI = Path(__file__).parent.parent / "examples" / "ci"


def write_model(folder: Path, seed: int) -> None:
    """Train on iris; write model, class, graph and rows."""
    data = load_iris(as_frame=True)
    frame = data.data.assign(species=data.target.map(lambda k: str(data.target_names[k])))
    model = tp.DeepLearningEstimator(hidden=[4], epochs=2, seed=seed).train(y="species", training_frame=frame)
    folder.mkdir()
    model.save(folder / "model.npz")
    model.export_java(folder / "Model.java")
    model.export_onnx(folder / "model.onnx")
    frame[::10].to_csv(folder / "rows.csv", index=False)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the folders of two models that differ by their seed."""
    folder = tmp_path_factory.mktemp("models")
    write_model(folder / "one", 1)
    write_model(folder / "two", 2)
    return folder / "one", folder / "two"


def failures(folder: Path) -> set[str]:
    """Run the example on a folder and return the names of the tests that fail."""
    java = Path(find_jdk().java).parent
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
    failed = set(re.findall(r"^FAILED .*::(\w+)", done.stdout, flags=re.MULTILINE))
    assert bool(failed) == (done.returncode == 1), done.stdout
    return failed


def test_fresh_exports_pass(models: tuple[Path, Path]) -> None:
    """Nothing fails when class and graph come from the model."""
    assert failures(models[0]) == set()


def test_exports_of_another_model_fail(models: tuple[Path, Path], tmp_path: Path) -> None:
    """A model that was trained again without exporting it again is found by fingerprint and by its answers."""
    old, new = models
    folder = tmp_path / "drifted"
    shutil.copytree(old, folder)
    shutil.copy(new / "model.npz", folder / "model.npz")
    assert failures(folder) == {
        "test_the_class_and_the_graph_were_made_from_this_model",
        "test_the_class_predicts_what_the_model_predicts",
        "test_the_graph_predicts_what_the_model_predicts",
    }


def test_the_workflow_runs_the_example() -> None:
    """Its last step runs the file by its name, in the folder that the comment says, on a Java that runs sources."""
    text = (CI / "workflow.yml").read_text(encoding="utf-8")
    steps = re.findall(r"- run: (.+)", text)
    assert steps == ["python -m pip install triplicate pytest", "python -m pytest tests/test_exported_model.py"]
    assert "MODEL_FOLDER: model" in text
    assert int(re.findall(r'java-version: "(\d+)"', text)[0]) >= 11

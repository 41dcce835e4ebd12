"""export_checkpoints_dir: the model with its state after each scoring, whole at any moment."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from triplicate.runtime.errors import ParameterError
from triplicate.runtime.model_file import load_model
from triplicate.trainer import DeepLearningEstimator
from triplicate.trainer.restart import Restart

from training_tables import classes_table

OPTIONS: dict[str, Any] = {
    "hidden": [30], "seed": 3, "epochs": 30, "train_samples_per_iteration": 50, "mini_batch_size": 1,
    "stopping_rounds": 0, "classification_stop": -1, "score_each_iteration": True,
}  # fmt: skip
CHILD = """
import json
import sys
from triplicate.trainer import DeepLearningEstimator
table, folder, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
DeepLearningEstimator(**options, export_checkpoints_dir=folder, model_id="m").train(y="kind", training_frame=table)
"""


@pytest.mark.parameter("export_checkpoints_dir")
def test_the_file_is_the_model_with_its_state(tmp_path: Path) -> None:
    """At the end the folder, which is made, holds the trained model itself, ready to go on."""
    folder = tmp_path / "new" / "folder"
    options = OPTIONS | {"epochs": 1}
    model = DeepLearningEstimator(**options, export_checkpoints_dir=str(folder), model_id="mine")
    model.train(y="kind", training_frame=classes_table())
    assert [path.name for path in folder.iterdir()] == ["mine.npz"]
    assert load_model(folder / "mine.npz") == model.scoring_model
    assert Restart.read(folder / "mine.npz").loop.iterations == 6
    unnamed = DeepLearningEstimator(**options, export_checkpoints_dir=str(folder))
    unnamed.train(y="kind", training_frame=classes_table())
    assert len(list(folder.glob("model_*.npz"))) == 1


def test_the_file_of_a_model_of_folds_has_their_metrics(tmp_path: Path) -> None:
    """What the held out rows gave stands in the exported file as in the model."""
    options = OPTIONS | {"epochs": 1, "nfolds": 2}
    model = DeepLearningEstimator(**options, export_checkpoints_dir=str(tmp_path), model_id="cv")
    model.train(y="kind", training_frame=classes_table())
    record = load_model(tmp_path / "cv.npz").metadata.training_summary()
    assert record["cross_validation_metrics"]["logloss"] == model.model_performance(xval=True).value("logloss")
    assert record["notes"][-1] == "2-fold cross-validation: the model keeps its last weights"


def test_unusable_folders_are_refused(tmp_path: Path) -> None:
    """A file where the folder should be, and a model_id that is no file name, are errors before training."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(ParameterError, match=r"export_checkpoints_dir .* cannot be made"):
        DeepLearningEstimator(export_checkpoints_dir=str(tmp_path / "file")).train(
            y="kind", training_frame=classes_table()
        )
    with pytest.raises(ParameterError, match=r"model_id names a file .* cannot be '\.\./m'"):
        DeepLearningEstimator(export_checkpoints_dir=str(tmp_path), model_id="../m").train(
            y="kind", training_frame=classes_table()
        )


def test_a_killed_training_goes_on_from_its_last_checkpoint(tmp_path: Path) -> None:
    """Killed twice at random moments, continued twice: the file is always readable, the last model that of one go."""
    table = tmp_path / "table.csv"
    classes_table().to_csv(table, index=False)
    file, rng = tmp_path / "m.npz", random.Random(time.time_ns())  # noqa: S311 - moments, not secrets
    options: dict[str, Any] = dict(OPTIONS)
    done = 0
    for _ in range(2):
        before = file.read_bytes() if file.exists() else b""
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(table), str(tmp_path), json.dumps(options)])
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and child.poll() is None:
            if file.exists() and file.read_bytes() != before:
                break
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.5))
        child.kill()
        child.wait()
        restart = Restart.read(file)
        assert restart.loop.iterations > done
        done = restart.loop.iterations
        options = {"checkpoint": str(file), "epochs": OPTIONS["epochs"]}
        if done == OPTIONS["epochs"] * 6:
            break
    if done < OPTIONS["epochs"] * 6:
        final = DeepLearningEstimator(**options).train(y="kind", training_frame=str(table)).scoring_model
    else:
        final = load_model(file)
    once = DeepLearningEstimator(**OPTIONS).train(y="kind", training_frame=str(table))
    assert final.fingerprint == once.scoring_model.fingerprint

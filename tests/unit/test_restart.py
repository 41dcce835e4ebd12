"""The training state in a file: exact, complete, and refused when damaged."""

from pathlib import Path

import numpy as np
import pytest

from triplicate.runtime.errors import ModelFileError
from triplicate.runtime.model_file import load_training_state, save_model
from triplicate.trainer import DeepLearningEstimator
from triplicate.trainer.restart import Restart

from training_tables import classes_table


@pytest.fixture(scope="module")
def model() -> DeepLearningEstimator:
    """Return a small model."""
    return DeepLearningEstimator(hidden=[4], epochs=1, seed=1).train(y="kind", training_frame=classes_table())


def test_a_restart_comes_back_from_its_file(model: DeepLearningEstimator, tmp_path: Path) -> None:
    """Every array has its bits, every fact its value, and writing it again gives the same bytes."""
    path = model.save(tmp_path / "m.npz", training_state=True)
    restart, arrays = Restart.read(path), load_training_state(path)
    assert restart.given == {"hidden": (4,), "epochs": 1.0, "seed": 1, "response_column": "kind"}
    assert restart.loop.history == model.trained.restart.loop.history
    again = restart.arrays()
    assert again.keys() == arrays.keys()
    assert all(np.array_equal(again[name], arrays[name]) for name in arrays)


def test_the_deployed_file_is_the_small_one(model: DeepLearningEstimator, tmp_path: Path) -> None:
    """Without training_state the file holds the model alone."""
    small, large = model.save(tmp_path / "s.npz"), model.save(tmp_path / "l.npz", training_state=True)
    assert small.stat().st_size < large.stat().st_size
    with pytest.raises(ModelFileError, match="holds no training state"):
        Restart.read(small)


def test_foreign_state_is_refused(model: DeepLearningEstimator, tmp_path: Path) -> None:
    """Arrays of another meaning, broken JSON and unknown classes end in ModelFileError."""
    good = model.trained.restart.arrays()
    facts = good["facts"].tobytes()
    for wrong in (
        {"velocity": np.zeros(3)},
        good | {"facts": np.frombuffer(b"{", dtype=np.uint8)},
        good | {"facts": np.frombuffer(facts.replace(b'"LoopState"', b'"Popen"'), dtype=np.uint8)},
        {name: array for name, array in good.items() if not name.endswith("squares")},
    ):
        save_model(model.scoring_model, tmp_path / "m.npz", wrong)
        with pytest.raises(ModelFileError, match="training state is damaged"):
            Restart.read(tmp_path / "m.npz")

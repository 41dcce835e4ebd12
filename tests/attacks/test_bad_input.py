"""Bad input at the public surface: one clear error of ours, or a model that works; nothing half-written.

Truncated and changed model files are in test_model_file_attacks.py.
"""

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from triplicate import DeepLearningEstimator, export_java, export_onnx, save_model
from triplicate.prediction_files import write_predictions
from triplicate.runtime import Scorer, ScoringModel
from triplicate.runtime.errors import (
    BadNumberError,
    ExportError,
    MissingColumnError,
    ModelFileError,
    TrainingDataError,
    TriplicateError,
)

from java_cases import person_model
from training_tables import classes_table

NOBODY = 65534
PERSON = {"age": [30.0], "work-class": ["Private"], "capital-gain": [0.0], "children": ["1"]}


@pytest.fixture(scope="module")
def model() -> DeepLearningEstimator:
    """Return a small trained model."""
    return DeepLearningEstimator(hidden=[4], epochs=1, seed=1).train(y="kind", training_frame=classes_table())


def train(table: pd.DataFrame, **parameters: object) -> DeepLearningEstimator:
    """Train a small model to predict `kind`."""
    return DeepLearningEstimator(hidden=[4], epochs=1, seed=1, **parameters).train(y="kind", training_frame=table)


def test_a_missing_column(model: DeepLearningEstimator) -> None:
    """Of the response in training, and of a predictor in scoring; the nearest name is proposed."""
    with pytest.raises(TrainingDataError, match=r"column 'kind' .* is missing"):
        train(classes_table().drop(columns="kind"))
    with pytest.raises(MissingColumnError, match=r"column 'size' is missing.*did you mean 'Size'"):
        model.predict(classes_table().rename(columns={"size": "Size"}))


def test_text_in_a_numeric_column(model: DeepLearningEstimator) -> None:
    """Training refuses the mixture, scoring the cell, both by column and text."""
    table = classes_table().astype({"size": object})
    table.loc[7, "size"] = "large"
    with pytest.raises(TrainingDataError, match=r"'size'.*'large'"):
        train(table)
    with pytest.raises(BadNumberError, match="row 7, column 'size': 'large' is not a number"):
        model.predict(table)


def test_an_empty_frame(model: DeepLearningEstimator) -> None:
    """Nothing can be learned from it; scoring it gives no rows under the usual names."""
    with pytest.raises(TrainingDataError, match="the table is empty: 0 rows"):
        train(classes_table().head(0))
    assert model.predict(classes_table().head(0)).columns.tolist() == ["predict", "no", "yes"]
    assert len(model.predict(classes_table().head(0))) == 0


def test_one_class_only() -> None:
    """There is nothing to tell apart."""
    with pytest.raises(TrainingDataError, match="response 'kind' has one class only, 'yes'"):
        train(classes_table().assign(kind="yes"))


def test_an_all_missing_column() -> None:
    """It is left out, which is told, and need not be there when rows are scored."""
    trained = train(classes_table().assign(hole=np.nan, gap=None))
    assert "hole" not in trained.scoring_model.row_names
    assert re.search(r"columns without any value.* left out: 'hole', 'gap'", trained.summary())
    assert len(trained.predict(classes_table())) == 300


def test_a_column_of_ten_thousand_levels() -> None:
    """Each level has its input; a level never seen scores like a missing cell."""
    table = pd.concat([classes_table(300, seed=seed) for seed in range(34)], ignore_index=True)
    trained = train(table.assign(code=[f"c{row % 10_000}" for row in range(len(table))]))
    code = trained.scoring_model.columns[0]
    assert (code.name, len(getattr(code, "levels", ()))) == ("code", 10_000)
    found = trained.predict(classes_table(2).iloc[[0, 0]].assign(code=["never", None]))
    assert found["yes"].iloc[0] == found["yes"].iloc[1]


def test_a_java_class_named_by_a_keyword(tmp_path: Path) -> None:
    """The error says so, and no file is written."""
    with pytest.raises(ExportError, match="class name 'switch': is a keyword of Java"):
        export_java(person_model(), tmp_path / "switch.java")
    assert list(tmp_path.iterdir()) == []


@contextmanager
def read_only_folder() -> Iterator[Path]:
    """Yield a folder that this process may not write into, root or not, holding one file."""
    with tempfile.TemporaryDirectory() as name:
        folder, root = Path(name), os.geteuid() == 0
        (folder / "old").write_bytes(b"old")
        folder.chmod(0o555)
        if root:
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o755)


WRITERS: dict[str, tuple[type[TriplicateError], Callable[[ScoringModel, Path], object]]] = {
    "m.npz": (ModelFileError, save_model),
    "Model.java": (ExportError, export_java),
    "m.onnx": (ExportError, export_onnx),
    "m.csv": (TriplicateError, lambda model, path: write_predictions(Scorer(model).score(PERSON), path)),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_read_only_target_folder(tmp_path: Path, name: str) -> None:
    """Model file, class, graph and predictions: the path and the system's reason, and the folder stays as it was."""
    kind, write = WRITERS[name]
    write(person_model(), tmp_path / name)  # loads what it needs while everything can be read
    with read_only_folder() as folder:
        with pytest.raises(kind, match=r"cannot be written \(Permission denied\)") as caught:
            write(person_model(), folder / name)
        left = sorted(entry.name for entry in folder.iterdir())
    assert str(caught.value).startswith(f"{folder / name}: ")
    assert left == ["old"]

"""Trained models of every way to prepare data give the same bits in Java, and ONNX within its demand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate import verify
from triplicate.java_parity import JavaJob, run_java
from triplicate.runtime import Scorer, ScoringModel, raw_rows
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator
from triplicate.trainer.parameters import parameter_rule

from training_tables import classes_table, numbers_table

CASES: dict[str, dict[str, Any]] = {
    "one-hot": {"use_all_factor_levels": False, "missing_values_handling": "Skip"},
    "binary": {"categorical_encoding": "Binary"},
    "eigen": {"categorical_encoding": "Eigen"},
    "label": {"categorical_encoding": "LabelEncoder", "standardize": False},
    "sorted": {"categorical_encoding": "SortByResponse", "use_all_factor_levels": False},
    "limited": {"categorical_encoding": "EnumLimited"},
    "balanced": {"balance_classes": True},
    "balanced as asked": {"balance_classes": True, "class_sampling_factors": (0.5, 1.5, 3.0)},
    "hashed": {"max_categorical_features": 7},
    "hashed without first levels": {"max_categorical_features": 2, "use_all_factor_levels": False},
    "sparse": {"sparse": True},
    "sparse binary": {"sparse": True, "categorical_encoding": "Binary"},
}


def with_codes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with a column of 17 levels that spell numbers."""
    return frame.assign(code=[str(row * row % 17 - 3) for row in range(len(frame))])


def hostile(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows with missing and unseen levels and extreme numbers."""
    rows = frame.iloc[:40].copy()
    rows.loc[rows.index[:8], "colour"] = [None, "violet", "", "red", "blue ", "😀", "grey", None]
    rows.loc[rows.index[4:10], "code"] = ["99", None, "", "-3", "2.0", "13"]
    rows.loc[rows.index[8:12], "size"] = [0.0, -1e300, np.nan, 1e-310]
    return rows


def trained(name: str) -> list[tuple[ScoringModel, pd.DataFrame]]:
    """Return a classification, a regression and, where there can be one, an autoencoder with rows for each."""
    options: dict[str, Any] = {"hidden": [7, 5], "epochs": 2, "seed": 3, "mini_batch_size": 4} | CASES[name]
    classes = with_codes(classes_table(120, 2 if name == "balanced" else 3))
    numbers = with_codes(numbers_table(120))
    models = [(DeepLearningEstimator(**options).train(y="kind", training_frame=classes), classes)]
    if not name.startswith("balanced"):
        regression = DeepLearningEstimator(**options, activation="Tanh").train(y="price", training_frame=numbers)
        models.append((regression, numbers))
    if not name.startswith(("sorted", "hashed", "balanced")):
        inputs = classes.drop(columns="kind")
        models.append((AutoEncoderEstimator(**options, activation="Tanh").train(training_frame=inputs), inputs))
    return [(model.scoring_model, hostile(frame)) for model, frame in models]


@pytest.fixture(scope="module")
def models() -> dict[str, list[tuple[ScoringModel, pd.DataFrame]]]:
    """Train every case once."""
    return {name: trained(name) for name in CASES}


def test_java_gives_the_same_bits(models: dict[str, list[tuple[ScoringModel, pd.DataFrame]]]) -> None:
    """No bit of an output or count differs, in one javac call and one JVM."""
    names = [name for name, made in models.items() for _ in made]
    jobs = [JavaJob(model, raw_rows(model, rows)) for made in models.values() for model, rows in made]
    for name, job, java in zip(names, jobs, run_java(jobs), strict=True):
        python = Scorer(job.model).score(job.raw)
        assert not java.errors, name
        assert not java.disagreements, name
        assert java.outputs.view(np.int64).tolist() == python.outputs.view(np.int64).tolist(), name
        assert java.unseen.tolist() == python.unseen.tolist(), name
        assert python.unseen.sum() > 0, name


@pytest.mark.parametrize("name", CASES)
def test_onnx_is_within_its_demand(name: str, models: dict[str, list[tuple[ScoringModel, pd.DataFrame]]]) -> None:
    """Every graph passes verify: columns and matrix, float64 and float32, unseen levels counted alike."""
    for model, rows in models[name]:
        report = verify(model, rows, java=False)
        assert report.passed, [pair for pair in report.pairs if not pair.passed]


def test_every_categorical_encoding_is_here() -> None:
    """The encodings of the cases are all that the parameter knows, the default among them."""
    encodings = {options.get("categorical_encoding", "OneHotInternal") for options in CASES.values()}
    assert encodings | {"AUTO"} == set(parameter_rule("categorical_encoding").choices)

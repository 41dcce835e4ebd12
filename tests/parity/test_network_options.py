"""Models trained with every kind of network and optimiser pass through Java (the same bits) and ONNX (its demand)."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate import verify
from triplicate.java_parity import JavaJob, run_java
from triplicate.runtime import Scorer, ScoringModel, raw_rows
from triplicate.trainer import DeepLearningEstimator

from training_tables import classes_table, numbers_table, unlabelled_table

SMALL: dict[str, Any] = {"hidden": [9, 5], "epochs": 2, "seed": 4}
Cases = list[tuple[ScoringModel, pd.DataFrame]]


def case(y: str | None, table: pd.DataFrame, **options: Any) -> tuple[ScoringModel, pd.DataFrame]:
    """Train on a table and return the model with rows that hold missing and unseen cells."""
    model = DeepLearningEstimator(**(SMALL | options)).train(y=y, training_frame=table).scoring_model
    name = model.columns[0].name
    return model, table.assign(**{name: ["unseen", *table[name].iloc[1:]]})


@pytest.fixture(scope="module")
def cases() -> Cases:
    """Train each kind once."""
    source = DeepLearningEstimator(**SMALL, autoencoder=True).train(training_frame=classes_table().drop(columns="kind"))
    return [
        case("kind", classes_table(), activation="Maxout"),
        case("kind", classes_table(classes=4), activation="MaxoutWithDropout", mini_batch_size=8),
        case("price", numbers_table(), activation="Maxout", mini_batch_size=4),
        case("kind", classes_table(), activation="RectifierWithDropout", input_dropout_ratio=0.1),
        case("price", numbers_table(), activation="TanhWithDropout", hidden_dropout_ratios=[0.1, 0.4]),
        case("kind", classes_table(), adaptive_rate=False, momentum_start=0.5, momentum_stable=0.9, max_w2=1.0),
        case(
            "price",
            numbers_table(),
            adaptive_rate=False,
            rate=1e-3,
            momentum_stable=0.9,
            nesterov_accelerated_gradient=False,
            mini_batch_size=8,
        ),
        case(None, unlabelled_table(), autoencoder=True, activation="Tanh", sparsity_beta=0.5, average_activation=0.1),
        case("kind", classes_table(), pretrained_autoencoder=source, mini_batch_size=4),
        case(
            "kind",
            classes_table(),
            initial_weights=[None, np.full((5, 9), 0.25), None],
            initial_biases=[None, None, np.ones((2, 1))],
        ),
        case(None, unlabelled_table(), autoencoder=True, sparsity_beta=0.5, average_activation=0.2, mini_batch_size=4),
    ]


def test_java_gives_the_same_bits(cases: Cases) -> None:
    """One javac call and one JVM score all of them; no output and no count differs."""
    jobs = [JavaJob(model, raw_rows(model, rows)) for model, rows in cases]
    for job, java in zip(jobs, run_java(jobs), strict=True):
        python = Scorer(job.model).score(job.raw)
        assert not java.disagreements
        assert java.outputs.tobytes() == python.outputs.tobytes()
        assert java.unseen.tolist() == python.unseen.tolist()
        assert python.unseen.sum() == 1


def test_onnx_is_within_its_demand(cases: Cases) -> None:
    """Every graph passes verify: columns and matrix, float64 and float32."""
    for model, rows in cases:
        report = verify(model, rows, java=False)
        assert report.passed, [pair for pair in report.pairs if not pair.passed]

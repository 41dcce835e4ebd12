"""Models trained with every kind of network and optimiser pass through Java (the same bits) and ONNX (its demand)."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate.comparison import Demand, compare_within
from triplicate.java_parity import JavaJob, run_java
from triplicate.onnx_parity import run_onnx
from triplicate.runtime import RawRows, Scorer, ScoringModel, encode_rows, raw_rows
from triplicate.runtime.yardstick import output_bounds
from triplicate.trainer import DeepLearningEstimator

from training_tables import classes_table, numbers_table, unlabelled_table

SMALL: dict[str, Any] = {"hidden": [9, 5], "epochs": 2, "seed": 4}
Cases = list[tuple[ScoringModel, RawRows]]


def case(y: str | None, table: pd.DataFrame, **options: Any) -> tuple[ScoringModel, RawRows]:
    """Train on a table and return the model with rows that hold missing and unseen cells."""
    model = DeepLearningEstimator(**(SMALL | options)).train(y=y, training_frame=table).scoring_model
    name = model.columns[0].name
    return model, raw_rows(model, table.assign(**{name: ["unseen", *table[name].iloc[1:]]}))


@pytest.fixture(scope="module")
def cases() -> Cases:
    """Train each kind once."""
    source = DeepLearningEstimator(**SMALL, autoencoder=True).train(training_frame=classes_table().drop(columns="kind"))
    return [
        case("kind", classes_table(), activation="Maxout"),
        case("kind", classes_table(classes=4), activation="MaxoutWithDropout", mini_batch_size=8),
        case("price", numbers_table(), activation="Maxout", mini_batch_size=4),
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
    for (model, raw), java in zip(cases, run_java([JavaJob(model, raw) for model, raw in cases]), strict=True):
        python = Scorer(model).score(raw)
        assert not java.disagreements
        assert java.outputs.tobytes() == python.outputs.tobytes()
        assert java.unseen.tolist() == python.unseen.tolist()
        assert python.unseen.sum() == 1


def test_onnx_is_within_its_demand(cases: Cases) -> None:
    """float64 graphs agree within 1e-14 A, probabilities within 1e-10 more."""
    for model, raw in cases:
        scorer, (numbers, _) = Scorer(model), encode_rows(model, raw)
        exact = scorer.score_numbers(numbers).outputs
        found = run_onnx(model, raw, input="columns", dtype="float64", threads=1).outputs
        demand = Demand(relative=1e-14, absolute=1e-10)
        result = compare_within("ONNX", model, exact, found, output_bounds(scorer, numbers, exact), demand)
        assert result.passed, result.mismatch
        assert np.isfinite(found).all()

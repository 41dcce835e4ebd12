"""Trained models of every distribution and loss, with offsets of both signs: Python, Java and ONNX agree."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate import verify
from triplicate.java_parity import JavaJob, run_java
from triplicate.runtime import Regression, Scorer, ScoringModel, raw_rows
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator
from triplicate.trainer.parameters import parameter_rule

QUICK: dict[str, Any] = {"hidden": [6, 5], "epochs": 3, "seed": 1, "quiet_mode": True}

REGRESSIONS: dict[str, dict[str, Any]] = {
    "gaussian": {"distribution": "gaussian"},
    "gaussian, not standardised": {"distribution": "gaussian", "standardize": False},
    "laplace": {"distribution": "laplace"},
    "quantile": {"distribution": "quantile", "quantile_alpha": 0.8},
    "huber": {"distribution": "huber"},
    "poisson": {"distribution": "poisson", "activation": "Tanh"},
    "gamma": {"distribution": "gamma"},
    "tweedie": {"distribution": "tweedie", "tweedie_power": 1.3, "activation": "TanhWithDropout"},
}
OTHERS: dict[str, dict[str, Any]] = {
    "classes, Quadratic": {"y": "kind", "loss": "Quadratic"},
    "classes, Absolute": {"y": "kind", "loss": "Absolute"},
    "classes, Huber": {"y": "kind", "loss": "Huber", "threshold": "argmax"},
    "autoencoder, Absolute": {"loss": "Absolute"},
    "autoencoder, Huber": {"loss": "Huber", "activation": "Tanh"},
}


def claims(rows: int = 400, seed: int = 1) -> pd.DataFrame:
    """Return categories and numbers with holes, offsets of both signs and zeros, and responses."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "fuel": rng.choice(["petrol", "diesel", None], rows, p=[0.6, 0.35, 0.05]),
            "power": np.where(rng.random(rows) < 0.05, np.nan, rng.normal(60, 20, rows)),
            "age": rng.normal(45, 12, rows),
            "offset": np.where(rng.random(rows) < 0.1, 0.0, rng.normal(-0.5, 1, rows)),
        }
    )
    y = rng.gamma(1.5, np.exp(0.02 * (frame["age"] - 45) + frame["offset"]))
    return frame.assign(y=np.where(rng.random(rows) < 0.2, 0.0, y), kind=np.where(y > np.median(y), "high", "low"))


@pytest.fixture(scope="module")
def models() -> dict[str, ScoringModel]:
    """Return the trained models by name."""
    frame = claims()
    numbers = frame.drop(columns="kind")
    made: dict[str, ScoringModel] = {}
    for name, given in REGRESSIONS.items():
        for offset in (None, "offset"):
            estimator = DeepLearningEstimator(y="y", offset_column=offset, **QUICK, **given)
            made[f"{name}, offset {offset}"] = estimator.train(training_frame=numbers).scoring_model
    for name, given in OTHERS.items():
        kind = DeepLearningEstimator if "y" in given else AutoEncoderEstimator
        made[name] = kind(**QUICK, **given).train(training_frame=frame.drop(columns="y")).scoring_model
    return made


def test_every_distribution_and_loss_is_here() -> None:
    """The cases are all the distributions of numbers, and all the losses that other tasks have beside their own."""
    distributions = set(parameter_rule("distribution").choices) - {"AUTO", "bernoulli", "multinomial"}
    assert {given["distribution"] for given in REGRESSIONS.values()} == distributions
    losses = set(parameter_rule("loss").choices) - {"Automatic", "CrossEntropy", "Quantile"}
    assert {given["loss"] for given in OTHERS.values() if "loss" in given} == losses


def test_java_gives_the_bits_of_python(models: dict[str, ScoringModel]) -> None:
    """No bit differs, and golden rows, which hold offsets too, pass in every class."""
    fresh = claims(seed=2)
    jobs = [JavaJob(model, raw_rows(model, fresh)) for model in models.values()]
    for name, job, java in zip(models, jobs, run_java(jobs), strict=True):
        python = Scorer(job.model).score(job.raw)
        assert not java.errors, name
        assert not java.disagreements, name
        assert java.outputs.view(np.int64).tolist() == python.outputs.view(np.int64).tolist(), name


def test_onnx_stays_within_its_demand(models: dict[str, ScoringModel]) -> None:
    """Every graph passes verify."""
    fresh = claims(seed=2)
    for name, model in models.items():
        assert verify(model, fresh, java=False).passed, name


def test_offsets_count_in_every_form(models: dict[str, ScoringModel]) -> None:
    """The offset is added after unscaling, or inside the exponential; zero and negative ones too."""
    frame = claims(50, seed=3)
    for name, model in models.items():
        if not isinstance(model.head, Regression) or model.head.offset is None:
            continue
        with_offset, without = (
            Scorer(model).score(frame.assign(offset=offset)).outputs[:, 0] for offset in (frame["offset"], 0.0)
        )
        expected = without * np.exp(frame["offset"]) if model.head.link == "log" else without + frame["offset"]
        np.testing.assert_allclose(with_offset, expected, rtol=1e-12, err_msg=name)

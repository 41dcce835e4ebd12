"""Training with every distribution and loss: that each one changes what is learned as it should."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate.runtime.errors import ParameterError, TrainingDataError, UnstableTrainingError
from triplicate.runtime.heads import Link, Regression
from triplicate.trainer.encoding_plan import EncodingPlan
from triplicate.trainer.estimator import AutoEncoderEstimator, DeepLearningEstimator
from triplicate.trainer.losses import HUBER
from triplicate.trainer.parameters import Parameters
from triplicate.trainer.table import Table
from triplicate.trainer.training_loop import Training

from training_tables import classes_table, unlabelled_table

QUICK: dict[str, Any] = {"hidden": [16], "epochs": 30, "seed": 1, "quiet_mode": True}


def skewed_table(rows: int = 1500, seed: int = 4) -> pd.DataFrame:
    """Return x in [0, 1] and a positive response whose mean, median and spread grow with x."""
    rng = np.random.default_rng(seed)
    x = rng.random(rows)
    return pd.DataFrame({"x": x, "y": (1 + 2 * x) * rng.exponential(size=rows)})


def trained(frame: pd.DataFrame, **given: Any) -> DeepLearningEstimator:
    """Return a quickly trained estimator of `y`."""
    return DeepLearningEstimator(y="y", **(QUICK | given)).train(training_frame=frame)


@pytest.mark.parameter("distribution", "quantile_alpha")
@pytest.mark.parametrize(
    ("given", "low", "high"),
    [
        ({}, 0.55, 0.70),  # the mean of an exponential lies at its quantile 0.632
        ({"distribution": "gamma"}, 0.55, 0.70),
        ({"distribution": "poisson"}, 0.55, 0.70),
        ({"distribution": "tweedie"}, 0.55, 0.70),
        ({"distribution": "laplace"}, 0.44, 0.56),
        ({"loss": "Absolute"}, 0.44, 0.56),
        ({"distribution": "gaussian", "loss": "Absolute"}, 0.44, 0.56),
        ({"distribution": "quantile", "quantile_alpha": 0.2}, 0.15, 0.26),
        ({"loss": "Quantile", "quantile_alpha": 0.8}, 0.74, 0.86),
        ({"distribution": "huber", "huber_alpha": 0.1}, 0.44, 0.57),
        ({"distribution": "huber", "huber_alpha": 1.0}, 0.55, 0.70),
    ],
)
def test_each_loss_finds_its_own_centre(given: dict[str, Any], low: float, high: float) -> None:
    """As many responses lie below the predictions as the loss's own centre says: mean, median or quantile."""
    frame, fresh = skewed_table(), skewed_table(seed=5)
    predicted = trained(frame, **given).predict(fresh)["predict"]
    assert low < float((fresh["y"] < predicted).mean()) < high


@pytest.mark.parameter("distribution")
@pytest.mark.parametrize("name", ["poisson", "gamma", "tweedie"])
def test_log_links_are_frozen(name: str) -> None:
    """The head is a log link without a scale, predictions are positive, and the deviance is the distribution's."""
    frame = skewed_table(300)
    model = trained(frame, distribution=name, validation_frame=frame)
    head = model.scoring_model.head
    assert isinstance(head, Regression)
    assert (head.link, head.scale, head.shift, head.offset) == (Link.LOG, 1.0, 0.0, None)
    predicted = model.predict(frame)["predict"].to_numpy()
    assert (predicted > 0).all()
    deviance = model.trained.plan.distribution.deviances(frame["y"].to_numpy(), predicted).mean()
    assert model.model_performance(valid=True).value("deviance") == pytest.approx(float(deviance))
    assert model.scoring_history()["training_deviance"].min() == pytest.approx(float(deviance), rel=1e-3)


def test_a_log_link_starts_at_the_mean() -> None:
    """Without a step, predictions are about the mean of the responses, whatever their size."""
    frame = skewed_table(300).assign(y=lambda f: 1e6 * f["y"])
    predicted = trained(frame, distribution="gamma", epochs=0, initial_weight_distribution="Uniform",
                        initial_weight_scale=1e-6).predict(frame)["predict"]  # fmt: skip
    np.testing.assert_allclose(predicted, frame["y"].mean(), rtol=1e-3)


@pytest.mark.parameter("tweedie_power")
def test_tweedie_power_matters() -> None:
    """Powers give different models; 1 and 2 are the very models of poisson and gamma, 0 of gaussian."""
    frame = skewed_table(200)
    by_power = [trained(frame, distribution="tweedie", tweedie_power=p).scoring_model.fingerprint
                for p in (1.2, 1.8, 0, 1, 2)]  # fmt: skip
    named = [trained(frame, distribution=d).scoring_model.fingerprint for d in ("gaussian", "poisson", "gamma")]
    assert len(set(by_power)) == 5
    assert by_power[2:] == named


def test_negative_responses_are_refused() -> None:
    """A log link names the row of training, validation or test data that holds a negative response."""
    frame = skewed_table(100)
    wrong = frame.assign(y=frame["y"].where(frame.index != 3, -1.0))
    message = "response 'y', row 3: -1 is negative, and distribution 'poisson' needs numbers of at least 0"
    with pytest.raises(TrainingDataError, match=message):
        trained(wrong, distribution="poisson")
    with pytest.raises(TrainingDataError, match=message):
        trained(frame, distribution="poisson", validation_frame=wrong)
    with pytest.raises(TrainingDataError, match=message):
        trained(frame, distribution="poisson").model_performance(wrong)


@pytest.mark.parameter("huber_alpha")
def test_huber_threshold_follows_the_errors() -> None:
    """The threshold is the quantile of the errors, in standardised units, of the state before an iteration."""
    frame = skewed_table(400)
    given = {"distribution": "huber", "huber_alpha": 0.7, "overwrite_with_best_model": False} | QUICK
    table = Table.for_parameters(frame, Parameters.of(y="y", **given))
    p = Parameters.of(y="y", train_samples_per_iteration=400, **(given | {"epochs": 2})).for_task(table.task)
    plan = EncodingPlan.of(table, p)
    rows = plan.encode(table)
    training = Training(plan, rows, p, rows, None)
    training.run()
    threshold = training._rule.shape[0]
    assert training._rule.loss == HUBER
    before = trained(frame, **(given | {"epochs": 1, "train_samples_per_iteration": 400}))
    errors = np.abs(frame["y"] - before.predict(frame)["predict"]) / plan.response_scale
    assert threshold == pytest.approx(float(np.quantile(errors, 0.7)), rel=1e-4)


@pytest.mark.parameter("loss")
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("loss", ["Quadratic", "Absolute", "Huber"])
def test_classes_learn_by_other_losses(classes: int, loss: str) -> None:
    """Each loss learns to classify, and to another model than cross-entropy."""
    frame = classes_table(600, classes)
    models = [
        DeepLearningEstimator(y="kind", loss=name, threshold="argmax", **QUICK).train(training_frame=frame)
        for name in (loss, "CrossEntropy")
    ]
    assert models[0].scoring_model.fingerprint != models[1].scoring_model.fingerprint
    for model in models:
        assert model.model_performance().value("misclassification") < 0.3


@pytest.mark.parametrize("given", [{"loss": "Absolute"}, {"distribution": "huber"}, {"loss": "Quantile"}])
def test_autoencoders_learn_by_other_losses(given: dict[str, Any]) -> None:
    """Laplace, huber and quantile rebuild rows too, better than the start weights, and differ from gaussian."""
    frame = unlabelled_table()
    quick = QUICK | {"activation": "Tanh", "hidden": [4]}
    model = AutoEncoderEstimator(**quick, **given).train(training_frame=frame)
    plain = AutoEncoderEstimator(**quick).train(training_frame=frame)
    start = AutoEncoderEstimator(**(quick | {"epochs": 0}), **given).train(training_frame=frame)
    assert model.scoring_model.fingerprint != plain.scoring_model.fingerprint
    assert model.model_performance().value("MSE") < 0.5 * start.model_performance().value("MSE")


@pytest.mark.parametrize("given", [{"distribution": "poisson"}, {"distribution": "bernoulli"},
                                   {"loss": "CrossEntropy"}, {"offset_column": "s0"}])  # fmt: skip
def test_autoencoders_refuse_what_needs_a_response(given: dict[str, Any]) -> None:
    """Distributions of a response, cross-entropy and offsets do not go with an autoencoder."""
    with pytest.raises(ParameterError, match="an autoencoder cannot have"):
        AutoEncoderEstimator(**given)


def test_weights_count_like_repetitions() -> None:
    """A row of weight 2 moves the predicted quantile as two rows do."""
    frame = skewed_table().assign(w=lambda f: np.where(f["y"] > f["y"].median(), 3.0, 1.0))
    heavy, light = (
        trained(frame[columns], distribution="gamma", **given).predict(frame)["predict"].mean()
        for columns, given in ((["x", "y", "w"], {"weights_column": "w"}), (["x", "y"], {}))
    )
    expected = float(np.average(frame["y"], weights=frame["w"]))
    assert heavy == pytest.approx(expected, rel=0.08)
    assert light < 0.85 * expected


@pytest.mark.parametrize("name", ["poisson", "gamma", "tweedie"])
def test_exploding_log_links_never_give_nan(name: str) -> None:
    """With a rate far too large training ends in UnstableTrainingError, or in a model of finite predictions."""
    frame = skewed_table(300).assign(y=lambda f: 1e8 * f["y"])
    message = ""
    try:
        model = trained(frame, distribution=name, adaptive_rate=False, rate=10.0, epochs=3)
        finite = bool(np.isfinite(model.predict(frame)["predict"]).all())
    except UnstableTrainingError as reason:
        finite, message = True, str(reason)
    assert finite
    assert not message or "unstable" in message

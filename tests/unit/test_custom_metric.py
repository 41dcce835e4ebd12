"""Metrics of the user's own, and the lift of the top group: in the history, in the metrics, as rules to stop by."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate.runtime.errors import ParameterError
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator

from training_tables import classes_table, numbers_table, unlabelled_table

SMALL: dict[str, Any] = {"hidden": [6], "epochs": 5, "seed": 1, "score_each_iteration": True}


def cost(actual: Any, predicted: pd.DataFrame, weights: Any) -> float:
    """Return what wrong answers cost: a missed yes five times a false one."""
    wrong = np.where(actual == "yes", 5.0 * (predicted["yes"] < 0.5), 1.0 * (predicted["yes"] >= 0.5))
    return float(np.average(wrong, weights=weights))


@pytest.mark.parameter("custom_metric_func")
def test_a_function_of_classes_is_a_metric() -> None:
    """It sees class names, a column of probabilities per class, and weights; history and metrics show its value."""
    table = classes_table(300).assign(w=np.arange(300) % 2 + 1.0)
    model = DeepLearningEstimator(**SMALL, custom_metric_func=cost)
    model.train(y="kind", training_frame=table, validation_frame=classes_table(200, seed=2), weights_column="w")
    expected = cost(table["kind"].to_numpy(), model.predict(table), table["w"].to_numpy())
    assert model.model_performance(table).value("custom") == pytest.approx(expected)
    history = model.scoring_history()
    assert history[["training_custom", "validation_custom"]].notna().all(axis=None)
    unweighted = classes_table(200, seed=2)
    found = model.model_performance(unweighted).value("custom_increasing")
    assert found == pytest.approx(cost(unweighted["kind"].to_numpy(), model.predict(unweighted), None))


def test_a_function_of_numbers_is_a_metric() -> None:
    """In regression it sees numbers in their own units."""
    table = numbers_table(200)
    model = DeepLearningEstimator(**SMALL, custom_metric_func=lambda y, p, _: float(np.abs(y - p).max()))
    model.train(y="price", training_frame=table)
    expected = np.abs(table["price"] - model.predict(table)["predict"]).max()
    assert model.model_performance(table).value("custom") == pytest.approx(expected)


@pytest.mark.parameter("custom_metric_func")
@pytest.mark.parametrize(("name", "sign"), [("custom", 1.0), ("custom_increasing", -1.0)])
def test_training_stops_and_chooses_by_it(name: str, sign: float) -> None:
    """A metric that gets worse at every scoring stops training early and leaves the first model the best."""
    calls: list[float] = []

    def worse(actual: Any, predicted: Any, weights: Any) -> float:
        calls.append(sign * (len(calls) + 1.0))
        return calls[-1]

    model = DeepLearningEstimator(
        **(SMALL | {"epochs": 50}), custom_metric_func=worse, stopping_metric=name, stopping_rounds=2,
        train_samples_per_iteration=300,
    ).train(y="price", training_frame=numbers_table(300))  # fmt: skip
    assert model.trained.result.samples == 4 * 300
    assert model.trained.result.best_samples == 300
    assert f"{name} has not improved" in model.trained.result.reason


def test_folds_measure_it_too() -> None:
    """The held out rows of all folds have the metric."""
    table = classes_table(200)
    model = DeepLearningEstimator(**(SMALL | {"epochs": 2}), nfolds=2, custom_metric_func=cost)
    model.train(y="kind", training_frame=table)
    assert 0.0 <= model.model_performance(xval=True).value("custom") <= 5.0


def test_a_file_holds_no_function(tmp_path: Path) -> None:
    """A model that stopped by a metric of one's own reopens and scores; to go on it asks for the function again."""
    model = DeepLearningEstimator(**SMALL, custom_metric_func=cost, stopping_metric="custom")
    model.train(y="kind", training_frame=classes_table())
    path = model.save(tmp_path / "m.npz", training_state=True)
    again = DeepLearningEstimator.reopen(path)
    assert again.scoring_model == model.scoring_model
    assert again.model_performance().value("custom") == model.model_performance().value("custom")
    more: dict[str, Any] = {"checkpoint": path, "epochs": 2 * SMALL["epochs"]}
    with pytest.raises(ParameterError, match="needs custom_metric_func"):
        DeepLearningEstimator(**more).train(training_frame=classes_table())
    on = DeepLearningEstimator(**more, custom_metric_func=cost).train(training_frame=classes_table())
    assert on.trained.result.samples > model.trained.result.samples


def test_what_is_no_metric_is_refused() -> None:
    """A stopping metric without its function, something that is no function, a result that is no number."""
    with pytest.raises(ParameterError, match="stopping_metric 'custom' needs custom_metric_func"):
        DeepLearningEstimator(stopping_metric="custom").train(y="kind", training_frame=classes_table())
    with pytest.raises(ParameterError, match="custom_metric_func must be a function, got 3"):
        DeepLearningEstimator(custom_metric_func=3)
    with pytest.raises(ParameterError, match="autoencoder cannot have custom_metric_func"):
        AutoEncoderEstimator(custom_metric_func=cost).train(training_frame=unlabelled_table())
    with pytest.raises(ParameterError, match="custom_metric_func must return a number, got 'much'"):
        DeepLearningEstimator(**SMALL, custom_metric_func=lambda *_: "much").train(
            y="price", training_frame=numbers_table(50)
        )


@pytest.mark.parameter("stopping_metric")
def test_training_may_stop_by_the_lift_of_the_top_group() -> None:
    """lift_top_group, also by its other name, is the first lift of the automatic table, and more is better."""
    table = classes_table(400)
    model = DeepLearningEstimator(**SMALL, stopping_metric="lift_top_gain").train(y="kind", training_frame=table)
    found = model.model_performance(table)
    assert found.value("lift_top_group") == pytest.approx(found.gains_lift().loc[0, "lift"])
    assert model.scoring_history()["training_lift"].between(0, 400).all()
    best = model.scoring_history()["training_lift"].max()
    at_best = model.scoring_history().set_index("samples").loc[model.trained.result.best_samples, "training_lift"]
    assert np.max(at_best) == best
    with pytest.raises(ParameterError, match="lift_top_group"):
        DeepLearningEstimator(**SMALL, stopping_metric="lift_top_group").train(
            y="kind", training_frame=classes_table(100, classes=3)
        )


@pytest.mark.parameter("stopping_metric")
def test_training_may_stop_by_rmsle() -> None:
    """RMSLE steers training on a response above -1."""
    table = numbers_table(200)
    table["price"] -= table["price"].min()
    model = DeepLearningEstimator(**SMALL, stopping_metric="RMSLE", overwrite_with_best_model=True)
    model.train(y="price", training_frame=table)
    assert "rmsle" in model.summary().lower()

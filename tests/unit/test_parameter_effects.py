"""What single parameters do to a trained model, seen from the estimator."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from triplicate.runtime import Classification
from triplicate.runtime.errors import RowError
from triplicate.runtime.layers import Activation
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator

from training_tables import classes_table, numbers_table, unlabelled_table

SMALL: dict[str, Any] = {"hidden": [5], "epochs": 2, "seed": 1}
START = [0.3, -0.2, 0.1]  # two weights and a bias
LINEAR: dict[str, Any] = {
    "hidden": [], "seed": 1, "standardize": False, "mini_batch_size": 1, "train_samples_per_iteration": 0,
    "overwrite_with_best_model": False, "stopping_rounds": 0, "regression_stop": -1,
    "initial_weights": [[START[:2]]], "initial_biases": [[START[2:]]],
}  # fmt: skip
SGD: dict[str, Any] = {"adaptive_rate": False, "rate": 0.02}
MOMENTUM: dict[str, Any] = SGD | {"momentum_start": 0.2, "momentum_stable": 0.8, "momentum_ramp": 40}


def trained(**options: Any) -> DeepLearningEstimator:
    """Return a small model of classes."""
    return DeepLearningEstimator(**SMALL | options).train(y="kind", training_frame=classes_table())


def linear_table() -> pd.DataFrame:
    """Return thirty rows of two numbers and a response."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 2))
    return pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": 2 * x[:, 0] - x[:, 1] + 1 + 0.1 * rng.normal(size=30)})


def by_hand(epochs: int, options: dict[str, Any]) -> npt.NDArray[np.float64]:
    """Return weights and bias after learning the linear table row by row, by the formulas of docs/learning.md."""
    o = {"rho": 0.99, "epsilon": 1e-8, "rate_annealing": 1e-6, "momentum_start": 0.0, "momentum_stable": 0.0,
         "momentum_ramp": 1e6, "nesterov_accelerated_gradient": True, "l1": 0.0, "l2": 0.0} | options  # fmt: skip
    w, v, squares, steps = np.array(START), np.zeros(3), np.zeros(3), np.zeros(3)
    table = linear_table()
    for done in range(30 * epochs):
        a, b, y = table.iloc[done % 30]
        x = np.array([a, b, 1.0])
        share = min(1.0, done / o["momentum_ramp"])
        m = o["momentum_start"] + (o["momentum_stable"] - o["momentum_start"]) * share
        at = w + m * v if o["nesterov_accelerated_gradient"] else w
        gradient = 2 * (at @ x - y) * x + o["l1"] * np.sign(at) + o["l2"] * at
        if o.get("adaptive_rate", True):
            squares = o["rho"] * squares + (1 - o["rho"]) * gradient**2
            step = -gradient * np.sqrt((steps + o["epsilon"]) / (squares + o["epsilon"]))
            steps = o["rho"] * steps + (1 - o["rho"]) * step**2
            w = w + step
        else:
            v = m * v - o["rate"] / (1 + o["rate_annealing"] * done) * gradient
            w = w + v
    return w


@pytest.mark.parameter(
    "adaptive_rate", "rho", "epsilon", "rate", "rate_annealing", "momentum_start", "momentum_stable", "momentum_ramp",
    "nesterov_accelerated_gradient", "l1", "l2",
)  # fmt: skip
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"rho": 0.9, "epsilon": 1e-4},
        {"epsilon": 1e-3, "l1": 0.1, "l2": 0.2},
        SGD,
        SGD | {"rate": 0.05, "rate_annealing": 0.1},
        SGD | {"l1": 0.1, "l2": 0.3},
        MOMENTUM,
        MOMENTUM | {"nesterov_accelerated_gradient": False},
        MOMENTUM | {"momentum_ramp": 1, "momentum_stable": 0.5, "l2": 0.1},
    ],
)
def test_steps_are_those_of_the_formulas(options: dict[str, Any]) -> None:
    """A linear model learned row by row ends at the weights that the documented formulas give."""
    model = DeepLearningEstimator(**LINEAR, **options, epochs=2).train(y="y", training_frame=linear_table())
    layer = model.scoring_model.layers[0]
    found = [*layer.weights[0].tolist(), float(layer.bias[0])]
    np.testing.assert_allclose(found, by_hand(2, options), rtol=2e-4, atol=2e-6)


@pytest.mark.parameter("rate_decay")
def test_a_layer_whose_rate_has_decayed_stands_still() -> None:
    """With rate_decay 1e-12 the second layer keeps its start weights, with 1 it learns; the first one always does."""
    start = DeepLearningEstimator(hidden=[5], seed=1, epochs=0).train(y="price", training_frame=numbers_table())
    for decay, still in ((1e-12, True), (1.0, False)):
        model = DeepLearningEstimator(**SMALL, **SGD, rate_decay=decay, overwrite_with_best_model=False)
        layers = model.train(y="price", training_frame=numbers_table()).scoring_model.layers
        first, second = start.scoring_model.layers
        assert not np.allclose(layers[0].weights, first.weights, atol=1e-5)
        assert np.allclose(layers[1].weights, second.weights, atol=1e-8) is still


@pytest.mark.parameter("hidden", "activation")
@pytest.mark.parametrize("activation", ["Rectifier", "Tanh", "Maxout", "TanhWithDropout"])
def test_layers_are_those_asked_for(activation: str) -> None:
    """The model has the hidden layers in their order and width, with the activation asked for, and a linear output."""
    layers = trained(hidden=[7, 4], activation=activation).scoring_model.layers
    assert [layer.units for layer in layers] == [7, 4, 2]
    kind = Activation[activation.removesuffix("WithDropout").upper()]
    assert [layer.activation for layer in layers] == [kind, kind, Activation.LINEAR]


@pytest.mark.parameter("initial_weight_distribution", "initial_weight_scale")
def test_start_weights_follow_their_distribution() -> None:
    """Before any step the weights lie within the half width, or have the deviation, that is asked for."""
    started = {
        name: trained(hidden=[300], epochs=0, **given).scoring_model.layers[0].weights.astype(float)
        for name, given in {
            "adaptive": {},
            "uniform": {"initial_weight_distribution": "Uniform", "initial_weight_scale": 0.3},
            "normal": {"initial_weight_distribution": "Normal", "initial_weight_scale": 0.3},
        }.items()
    }
    width = math.sqrt(6 / (started["adaptive"].shape[1] + 300))
    for name, bound in (("adaptive", width), ("uniform", 0.3)):
        assert 0.98 * bound < np.abs(started[name]).max() <= bound * (1 + 1e-6)
    assert started["normal"].std() == pytest.approx(0.3, rel=0.05)
    assert np.abs(started["normal"]).max() > 0.6


@pytest.mark.parameter("input_dropout_ratio", "hidden_dropout_ratios")
def test_dropout_holds_learning_back() -> None:
    """The more inputs or hidden units are dropped, the worse the training rows are known."""
    options: dict[str, Any] = {"hidden": [30], "epochs": 60, "activation": "TanhWithDropout", "stopping_rounds": 0}
    losses = [
        trained(**options, input_dropout_ratio=first, hidden_dropout_ratios=[second]).model_performance().value("MSE")
        for first, second in ((0.0, 0.0), (0.4, 0.0), (0.0, 0.9))
    ]
    assert losses[1] > 1.2 * losses[0]
    assert losses[2] > 1.2 * losses[0]


@pytest.mark.parameter("response_column", "y")
def test_the_response_has_two_names() -> None:
    """response_column in the constructor is y of train."""
    one = DeepLearningEstimator(**SMALL, response_column="kind").train(training_frame=classes_table())
    assert one.scoring_model == trained().scoring_model


@pytest.mark.parameter("autoencoder")
def test_an_autoencoder_may_be_asked_for_by_parameter() -> None:
    """autoencoder=True rebuilds every input, with the bits of AutoEncoderEstimator."""
    options: dict[str, Any] = SMALL | {"activation": "Tanh"}
    one = DeepLearningEstimator(**options, autoencoder=True).train(training_frame=unlabelled_table())
    assert one.predict(unlabelled_table()).columns[0].startswith("reconstr_")
    assert one.scoring_model == AutoEncoderEstimator(**options).train(training_frame=unlabelled_table()).scoring_model


@pytest.mark.parameter("classification")
def test_whole_numbers_are_classified_on_request() -> None:
    """A response of digits is regressed on, and has classes with classification=True."""
    table = classes_table(classes=3).assign(kind=lambda t: t["kind"].map({"no": 0, "yes": 1, "zebra": 2}))
    asked = DeepLearningEstimator(**SMALL, classification=True).train(y="kind", training_frame=table)
    assert asked.predict(table).columns.tolist() == ["predict", "p0", "p1", "p2"]
    plain = DeepLearningEstimator(**SMALL).train(y="kind", training_frame=table)
    assert plain.predict(table).columns.tolist() == ["predict"]


@pytest.mark.parameter("unseen_levels")
def test_unseen_levels_are_refused_on_request() -> None:
    """A model scores a row of a new category like a missing one, or refuses it with unseen_levels="error"."""
    rows = classes_table().head(3).assign(colour="violet")
    assert len(trained().predict(rows)) == 3
    with pytest.raises(RowError, match="violet"):
        trained(unseen_levels="error").predict(rows)


@pytest.mark.parameter("threshold")
def test_the_threshold_decides_labels_alone() -> None:
    """Rows from the threshold on get the second label; probabilities stay as they are."""
    low, high = trained(threshold=0.1), trained(threshold=0.9)
    one, other = low.predict(classes_table()), high.predict(classes_table())
    np.testing.assert_array_equal(one["yes"], other["yes"])
    assert ((one["predict"] == "yes") == (one["yes"] >= 0.1)).all()
    assert ((other["predict"] == "yes") == (other["yes"] >= 0.9)).all()
    assert isinstance(low.scoring_model.head, Classification)


@pytest.mark.parameter("class_sampling_factors", "max_after_balance_size")
def test_balanced_tables_have_the_size_asked_for() -> None:
    """An epoch is so many rows as the factors make of each class, at most max_after_balance_size times the table."""
    table = classes_table()
    counts = table["kind"].value_counts()
    balance: dict[str, Any] = {"balance_classes": True, "class_sampling_factors": [1.0, 3.0]}
    plain = trained(**balance).trained.result.samples
    assert plain == 2 * (counts["no"] + 3 * counts["yes"])
    capped = trained(**balance, max_after_balance_size=1.2).trained.result.samples
    assert capped == pytest.approx(2 * 1.2 * 300, rel=0.1)


@pytest.mark.parameter("train_samples_per_iteration")
@pytest.mark.parametrize(("asked", "iterations"), [(-2, 10), (-1, 4), (0, 4), (100, 12), (450, 3)])
def test_iterations_have_the_length_asked_for(asked: int, iterations: int) -> None:
    """Four epochs of 300 rows are ten automatic iterations, four passes, or as many as the rows per iteration say."""
    result = trained(epochs=4, train_samples_per_iteration=asked, stopping_rounds=0).trained.result
    assert (result.iterations, result.samples) == (iterations, 1200)


@pytest.mark.parameter("mini_batch_size")
def test_a_batch_is_one_update_of_the_mean_gradient() -> None:
    """With all rows in one batch an epoch is a single step along the mean gradient."""
    options = LINEAR | SGD | {"mini_batch_size": 30, "rate": 0.1}
    model = DeepLearningEstimator(**options, epochs=1).train(y="y", training_frame=linear_table())
    table = linear_table()
    x = np.column_stack([table["a"], table["b"], np.ones(30)])
    expected = np.array(START) - 0.1 * (2 * (x @ START - table["y"].to_numpy()) @ x / 30)
    layer = model.scoring_model.layers[0]
    np.testing.assert_allclose([*layer.weights[0], layer.bias[0]], expected, rtol=1e-5)


@pytest.mark.parameter("reproducible", "col_major")
def test_what_promises_or_is_deprecated_changes_no_bit() -> None:
    """reproducible=True gives the bits that its absence gives, and so does col_major, with a warning."""
    plain = trained().scoring_model.fingerprint
    assert trained(reproducible=True).scoring_model.fingerprint == plain
    with pytest.warns(UserWarning, match="col_major: deprecated"):
        assert trained(col_major=True).scoring_model.fingerprint == plain


@pytest.mark.parameter("stopping_rounds", "stopping_tolerance")
def test_a_tolerance_stops_earlier() -> None:
    """Training ends once scores improve by less than the tolerance, long before they stop improving at all."""
    options: dict[str, Any] = {"epochs": 200, "stopping_rounds": 2, "train_samples_per_iteration": 300}
    strict, patient = trained(**options, stopping_tolerance=0.3), trained(**options, stopping_tolerance=0.0)
    assert "has not improved" in strict.trained.result.reason
    assert strict.trained.result.samples < patient.trained.result.samples


@pytest.mark.parameter("regression_stop")
def test_a_small_error_stops_a_regression() -> None:
    """Training ends at the first scoring whose mean squared error is at most regression_stop; -1 goes on."""
    options: dict[str, Any] = {"hidden": [5], "seed": 1, "epochs": 30, "stopping_rounds": 0}
    stopped, full = (
        DeepLearningEstimator(**options, regression_stop=limit).train(y="price", training_frame=numbers_table())
        for limit in (100.0, -1)
    )
    assert "regression_stop" in stopped.trained.result.reason
    assert stopped.trained.result.samples < full.trained.result.samples == 9000
    scores = stopped.scoring_history()["training_rmse"] ** 2
    assert (scores[scores <= 100.0].index[0] + 2) >= len(scores)


@pytest.mark.parameter("stopping_metric")
@pytest.mark.parametrize("metric", ["logloss", "AUC", "misclassification", "mean_per_class_error", "AUCPR"])
def test_the_best_model_is_best_by_the_stopping_metric(metric: str) -> None:
    """The returned weights are those of the scoring that is best by the metric asked for."""
    model = DeepLearningEstimator(hidden=[20], seed=1, epochs=60, stopping_rounds=0, stopping_metric=metric)
    model.train(y="kind", training_frame=classes_table(80), validation_frame=classes_table(150, seed=9))
    result = model.trained.result
    best = max if metric.startswith("AUC") else min
    scores = result.history.scores(metric)
    assert result.history.rows[scores.index(best(scores))].samples == result.best_samples


@pytest.mark.parameter("score_validation_samples")
def test_few_validation_rows_can_be_scored_while_training() -> None:
    """The history's validation metrics are of about so many rows; the model's own are of all."""
    model = DeepLearningEstimator(**SMALL, score_validation_samples=60)
    model.train(y="kind", training_frame=classes_table(), validation_frame=classes_table(seed=2))
    scored = model.trained.result.history.rows[0].validation
    assert scored is not None
    assert 30 < scored.rows < 90
    assert model.model_performance(valid=True).rows == 300


@pytest.mark.parameter("quiet_mode")
@pytest.mark.parametrize("quiet", [True, False])
def test_a_quiet_training_draws_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, quiet: bool
) -> None:
    """On a terminal a training shows its progress after a while, unless it is to be quiet."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("triplicate.trainer.progress.PATIENCE", 0.0)
    trained(quiet_mode=quiet, epochs=20)
    assert (capsys.readouterr().err == "") is quiet


@pytest.mark.parameter("fold_assignment", "keep_cross_validation_models", "keep_cross_validation_fold_assignment")
def test_folds_are_kept_as_asked() -> None:
    """Modulo deals rows out in turn; models and assignment are there if they are kept."""
    options: dict[str, Any] = {"nfolds": 3, "fold_assignment": "Modulo", "keep_cross_validation_fold_assignment": True}
    model = trained(**options)
    assert model.cross_validation_fold_assignment()["fold_assignment"].tolist() == [row % 3 for row in range(300)]
    assert len(model.cross_validation.models) == 3
    assert trained(**options, keep_cross_validation_models=False).cross_validation.models == ()

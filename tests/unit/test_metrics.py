"""Metrics against hand-worked examples and scikit-learn."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from sklearn import metrics as sk

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.metrics import (
    Metrics,
    autoencoder_metrics,
    binomial_metrics,
    less_is_better,
    metrics_of,
    multinomial_metrics,
    regression_metrics,
)
from triplicate.trainer.parameters import Task
from triplicate.trainer.ranking import Ranking

# The example of the reference sheet.
P = np.array([0.9, 0.8, 0.8, 0.6, 0.4, 0.2])
Y = np.array([1, 1, 0, 1, 0, 0], dtype=np.int32)


Floats = npt.NDArray[np.float64]


def two(p: Floats) -> Floats:
    """Return probabilities of both classes."""
    return np.stack([1 - p, p], axis=1)


def drawn(seed: int, classes: int, rows: int = 500) -> tuple[npt.NDArray[np.int32], Floats, Floats]:
    """Return classes, probabilities with ties, and weights."""
    rng = np.random.default_rng(seed)
    probabilities = np.round(rng.dirichlet(np.ones(classes), rows), 2) + 1e-3
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return rng.integers(0, classes, rows).astype(np.int32), probabilities, rng.random(rows) * 3


def test_the_example_of_two_classes() -> None:
    """Six rows give AUC .833333, AUCPR .828990, and the largest F1, .857143, at .6."""
    found = binomial_metrics(Y, two(P))
    assert found.value("AUC") == pytest.approx(0.833333, abs=1e-6)
    assert found.value("AUCPR") == pytest.approx(0.828990, abs=1e-6)
    assert found.threshold == 0.6
    assert found.value("misclassification") == pytest.approx(1 / 6)
    assert found.value("mean_per_class_error") == pytest.approx(1 / 6)


def test_the_ranking_of_the_example() -> None:
    """Thresholds fall over the distinct probabilities, with true and false positives and F1 at each."""
    ranking = Ranking.of(Y == 1, P)
    assert ranking.thresholds.tolist() == [0.9, 0.8, 0.6, 0.4, 0.2]
    assert ranking.true_positives.tolist() == [1, 2, 3, 3, 3]
    assert ranking.false_positives.tolist() == [0, 1, 1, 2, 3]
    assert ranking.f1 == pytest.approx([0.5, 0.6667, 0.8571, 0.75, 0.6667], abs=1e-4)


def test_the_first_of_equal_f1_wins() -> None:
    """Of thresholds with the same largest F1, the largest threshold is taken."""
    ranking = Ranking.of(np.array([True, False, False, True]), np.array([0.9, 0.5, 0.4, 0.3]))
    assert ranking.f1[0] == ranking.f1[-1] == pytest.approx(2 / 3)
    assert ranking.max_f1_threshold == 0.9


@pytest.mark.parametrize(("positive", "auc", "aucpr"), [(True, 1.0, 1.0), (False, 0.0, 0.0)])
def test_one_class_only(positive: bool, auc: float, aucpr: float) -> None:
    """Without negatives both areas are 1, without positives 0."""
    ranking = Ranking.of(np.full(3, positive), np.array([0.1, 0.2, 0.2]))
    assert (ranking.auc, ranking.aucpr) == (auc, aucpr)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_two_classes_agree_with_scikit_learn(seed: int, weighted: bool) -> None:
    """Logloss, squared error, AUC, F1 and error are scikit-learn's, ties and weights included."""
    y, p, w = drawn(seed, 2)
    weights = w if weighted else None
    found = binomial_metrics(y, p, weights)
    assert found.threshold is not None
    labels = p[:, 1] >= found.threshold
    assert found.value("logloss") == pytest.approx(sk.log_loss(y, p, sample_weight=weights), rel=1e-12)
    assert found.value("MSE") == pytest.approx(sk.mean_squared_error(y, p[:, 1], sample_weight=weights), rel=1e-12)
    assert found.value("AUC") == pytest.approx(sk.roc_auc_score(y, p[:, 1], sample_weight=weights), rel=1e-12)
    assert found.value("r2") == pytest.approx(sk.r2_score(y, p[:, 1], sample_weight=weights), rel=1e-9)
    best = max(sk.f1_score(y, p[:, 1] >= t, sample_weight=weights) for t in np.unique(p[:, 1]))
    assert sk.f1_score(y, labels, sample_weight=weights) == pytest.approx(best, rel=1e-12)
    accuracy = sk.accuracy_score(y, labels, sample_weight=weights)
    assert found.value("misclassification") == pytest.approx(1 - accuracy, rel=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_more_classes_agree_with_scikit_learn(weighted: bool) -> None:
    """Logloss, error and mean error per class are scikit-learn's."""
    y, p, w = drawn(1, 4)
    weights = w if weighted else None
    found = multinomial_metrics(y, p, weights)
    labels = p.argmax(axis=1)
    assert found.value("logloss") == pytest.approx(sk.log_loss(y, p, sample_weight=weights), rel=1e-12)
    accuracy = sk.accuracy_score(y, labels, sample_weight=weights)
    assert found.value("misclassification") == pytest.approx(1 - accuracy, rel=1e-12)
    balanced = sk.balanced_accuracy_score(y, labels, sample_weight=weights)
    assert found.value("mean_per_class_error") == pytest.approx(1 - balanced, rel=1e-12)


def test_a_class_without_rows_counts_in_the_mean_error() -> None:
    """A class that does not occur adds an error of 0 to the mean over all classes."""
    probabilities = np.array([[0.8, 0.1, 0.1], [0.8, 0.1, 0.1]])
    found = multinomial_metrics(np.array([0, 1], dtype=np.int32), probabilities)
    assert found.value("mean_per_class_error") == pytest.approx(1 / 3)


@pytest.mark.parametrize("weighted", [False, True])
def test_regression_agrees_with_scikit_learn(weighted: bool) -> None:
    """Every regression metric is scikit-learn's; the gaussian deviance is the squared error."""
    rng = np.random.default_rng(3)
    y, p = rng.gamma(2.0, size=300), rng.gamma(2.0, size=300)
    weights = rng.random(300) if weighted else None
    found = regression_metrics(y, p, weights)
    for name, score in (
        ("MSE", sk.mean_squared_error),
        ("RMSE", sk.root_mean_squared_error),
        ("MAE", sk.mean_absolute_error),
        ("RMSLE", sk.root_mean_squared_log_error),
        ("r2", sk.r2_score),
    ):
        assert found.value(name) == pytest.approx(score(y, p, sample_weight=weights), rel=1e-12), name
    assert found.value("deviance") == found.value("MSE")


def test_logarithmic_error_of_negative_numbers_does_not_exist() -> None:
    """RMSLE is NaN when a value is at most -1."""
    assert math.isnan(regression_metrics(np.array([1.0, 2.0]), np.array([-1.0, 2.0])).value("RMSLE"))


def test_logloss_stays_finite() -> None:
    """A probability of 0 for the class that came costs 34.53878 and no more."""
    found = multinomial_metrics(np.array([0], dtype=np.int32), np.array([[0.0, 0.5, 0.5]]))
    assert found.value("logloss") == pytest.approx(34.53878, abs=1e-5)


def test_weights_count_as_repetitions() -> None:
    """Whole weights give the metrics of the repeated rows."""
    y, p, _ = drawn(7, 2, 60)
    times = np.arange(60) % 4
    repeated = binomial_metrics(np.repeat(y, times), np.repeat(p, times, axis=0))
    weighted = binomial_metrics(y[times > 0], p[times > 0], times[times > 0].astype(float))
    assert weighted.threshold == repeated.threshold
    assert dict(weighted.values) == pytest.approx(dict(repeated.values), rel=1e-12)


@pytest.mark.parametrize(("threshold", "wrong"), [(0.85, 2), ("argmax", 1), ("max_f1", 1), (0.0, 3), (1.0, 3)])
def test_errors_follow_the_label_rule(threshold: float | str, wrong: int) -> None:
    """Errors count the labels that the threshold parameter gives."""
    assert binomial_metrics(Y, two(P), threshold=threshold).value("misclassification") == pytest.approx(wrong / 6)


def test_argmax_gives_equal_probabilities_to_the_first_class() -> None:
    """With argmax, the second class must be strictly more probable."""
    found = binomial_metrics(np.array([0, 1], dtype=np.int32), np.array([[0.5, 0.5], [0.4, 0.6]]), threshold="argmax")
    assert found.value("misclassification") == 0
    assert found.threshold is None


def test_autoencoders_have_squared_error() -> None:
    """The metric of an autoencoder is the weighted mean of the rows' errors."""
    found = autoencoder_metrics(np.array([1.0, 4.0]), np.array([3.0, 1.0]))
    assert (found.value("mse"), found.value("rmse")) == (1.75, math.sqrt(1.75))


@pytest.mark.parametrize("bad", [0, 3])
def test_a_prediction_that_is_no_number_spoils_every_metric(bad: int) -> None:
    """One NaN among the predictions makes every metric NaN, never a plausible number."""
    probabilities = two(P)
    probabilities[bad] = np.nan
    found = binomial_metrics(Y, probabilities)
    assert all(math.isnan(value) for value in found.values.values())
    predictions = np.arange(6.0)
    predictions[bad] = np.nan
    assert all(math.isnan(value) for value in regression_metrics(np.arange(6.0), predictions).values.values())


def test_infinite_predictions_give_infinite_errors_quietly() -> None:
    """An overflowing regression has infinite errors and no NumPy warning."""
    found = regression_metrics(np.array([1.0, 2.0]), np.array([1e300, np.inf]))
    assert found.value("MSE") == math.inf


@pytest.mark.parametrize(
    ("name", "less"),
    [
        ("logloss", True),
        ("mse", True),
        ("AUC", False),
        ("pr_auc", False),
        ("r2", False),
        ("Mean_Per_Class_Error", True),
    ],
)
def test_directions(name: str, less: bool) -> None:
    """Errors improve downwards, areas and r2 upwards, whatever the spelling."""
    assert less_is_better(name) is less


def test_names_are_spelled_freely_and_checked() -> None:
    """Metrics are found in any spelling; unknown ones and those of other tasks are refused."""
    found = binomial_metrics(Y, two(P))
    assert found.value("classification_error") == found.value("Misclassification")
    with pytest.raises(ParameterError, match="'lift' is not a metric; there are logloss"):
        found.value("lift")
    with pytest.raises(ParameterError, match="'MAE' does not exist for a binomial model"):
        found.value("MAE")


def test_the_task_chooses_its_metrics() -> None:
    """metrics_of calls the metrics of the task, and the error that stops training is theirs."""
    both = metrics_of(Task.BINOMIAL, Y, two(P), threshold=0.85)
    assert both.stop_error == pytest.approx(2 / 6)
    assert metrics_of(Task.MULTINOMIAL, Y, two(P)).stop_error == pytest.approx(1 / 6)
    assert metrics_of(Task.REGRESSION, np.array([1.0, 2.0]), np.array([1.0, 4.0])).stop_error == 2.0
    errors: Metrics = metrics_of(Task.AUTOENCODER, None, np.array([1.0, 2.0]))
    assert (errors.stop_error, errors.rows) == (1.5, 2)
    with pytest.raises(TypeError, match="need the actual values"):
        metrics_of(Task.REGRESSION, None, np.array([1.0]))

"""How good predictions are: every metric of this version, weighted, from a few NumPy passes.

Plain NumPy rather than one scikit-learn call per metric: they are computed at each scoring, and one sort
serves AUC, AUCPR and the best threshold at once. The tests compare with scikit-learn.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.distributions import GAUSSIAN, Distribution
from triplicate.trainer.gains_lift import top_lift
from triplicate.trainer.parameter_checks import Task
from triplicate.trainer.parameter_rules import plain_word
from triplicate.trainer.ranking import Ranking

__all__ = [
    "Metrics",
    "autoencoder_metrics",
    "binomial_metrics",
    "less_is_better",
    "metrics_of",
    "multinomial_metrics",
    "regression_metrics",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]

SMALLEST_PROBABILITY = 1e-15  # keeps logloss finite: -ln of it is 34.53878
LESS_IS_BETTER = {
    "logloss": True,
    "MSE": True,
    "RMSE": True,
    "MAE": True,
    "RMSLE": True,
    "r2": False,
    "deviance": True,
    "AUC": False,
    "AUCPR": False,
    "misclassification": True,
    "mean_per_class_error": True,
    "lift_top_group": False,
    "custom": True,
    "custom_increasing": False,
}
ALIASES = {"prauc": "AUCPR", "lifttopgain": "lift_top_group", "classificationerror": "misclassification",
           "meanresidualdeviance": "deviance"}  # fmt: skip
SPELLINGS = ALIASES | {plain_word(name): name for name in LESS_IS_BETTER}


def metric_name(name: str) -> str:
    """Return the metric's own spelling; ParameterError when there is none of that name."""
    if plain_word(name) not in SPELLINGS:
        raise ParameterError(f"{name!r} is not a metric; there are {', '.join(LESS_IS_BETTER)}")
    return SPELLINGS[plain_word(name)]


def less_is_better(name: str) -> bool:
    """Tell a metric's direction."""
    return LESS_IS_BETTER[metric_name(name)]


@dataclass(frozen=True, slots=True)
class Metrics:
    """Metrics of one set of rows by name. `threshold` is the label threshold of two classes, else None."""

    task: Task
    rows: int
    values: Mapping[str, float]
    threshold: float | None = None

    def value(self, name: str) -> float:
        """Return a metric by name, spelled in any case; ParameterError when the task has no such metric."""
        spelling = metric_name(name)
        if spelling == "custom_increasing":  # one number; the name tells its direction
            spelling = "custom"
        if spelling not in self.values:
            raise ParameterError(f"{name!r} does not exist for a {self.task.value} model")
        return self.values[spelling]

    @property
    def stop_error(self) -> float:
        """The error that classification_stop or regression_stop is compared with."""
        return self.value("misclassification" if self.task.classifies else "MSE")


def metrics_of(
    task: Task,
    actual: npt.NDArray[np.int32] | npt.NDArray[np.float64] | None,
    predicted: FloatArray,
    weights: FloatArray | None = None,
    threshold: float | str = "max_f1",
    distribution: Distribution = GAUSSIAN,
) -> Metrics:
    """Return the task's metrics; `distribution` is that of a regression's response.

    `actual`: class indices, or numbers in their own units, or None for an autoencoder. `predicted`:
    probabilities (n, classes), or numbers (n,), or the reconstruction error per row (n,).
    """
    if task is Task.AUTOENCODER:
        return autoencoder_metrics(predicted, weights)
    if actual is None:
        raise TypeError(f"{task.value} metrics need the actual values")
    if task is Task.REGRESSION:
        return regression_metrics(actual.astype(np.float64, copy=False), predicted, weights, distribution)
    classes = actual.astype(np.int32, copy=False)
    if task is Task.BINOMIAL:
        return binomial_metrics(classes, predicted, weights, threshold)
    return multinomial_metrics(classes, predicted, weights)


def binomial_metrics(
    actual: IntArray, probabilities: FloatArray, weights: FloatArray | None = None, threshold: float | str = "max_f1"
) -> Metrics:
    """Return metrics of two classes from probabilities of shape (n, 2).

    Errors count the labels that `threshold` gives: a number, the one of the largest F1 ("max_f1"), or the more
    probable class ("argmax").
    """
    w = _weights(actual.shape[0], weights)
    p = probabilities[:, 1]
    ranking = Ranking.of(actual == 1, p, w)
    if threshold == "argmax":
        cut, labels = None, (p > probabilities[:, 0]).astype(np.int32)
    else:
        cut = ranking.max_f1_threshold if threshold == "max_f1" else float(threshold)
        labels = (p >= cut).astype(np.int32)
    values = _class_values(actual, probabilities, labels, w)
    total = float(actual.size if weights is None else weights.sum())
    values |= {"AUC": ranking.auc, "AUCPR": ranking.aucpr, "lift_top_group": top_lift(ranking, total)}
    return Metrics(Task.BINOMIAL, int(actual.size), values, cut)


def multinomial_metrics(actual: IntArray, probabilities: FloatArray, weights: FloatArray | None = None) -> Metrics:
    """Return metrics of more than two classes from probabilities of shape (n, classes)."""
    w = _weights(actual.shape[0], weights)
    labels = probabilities.argmax(axis=1).astype(np.int32)
    return Metrics(Task.MULTINOMIAL, int(actual.size), _class_values(actual, probabilities, labels, w))


def regression_metrics(
    actual: FloatArray,
    predicted: FloatArray,
    weights: FloatArray | None = None,
    distribution: Distribution = GAUSSIAN,
) -> Metrics:
    """Return metrics of a regression, in the response's own units; `deviance` is the distribution's, averaged."""
    w = _weights(actual.shape[0], weights)
    with np.errstate(over="ignore", invalid="ignore"):  # a diverging network is the trainer's to report
        error = actual - predicted
        mse = _average(np.square(error), w)
        values = {
            "MSE": mse,
            "RMSE": float(np.sqrt(mse)),
            "MAE": _average(np.abs(error), w),
            "RMSLE": _rmsle(actual, predicted, w),
            "r2": _r2(actual, mse, w),
            "deviance": _average(distribution.deviances(actual, predicted, weights), w),
        }
    return Metrics(Task.REGRESSION, int(actual.size), values)


def autoencoder_metrics(row_errors: FloatArray, weights: FloatArray | None = None) -> Metrics:
    """Return metrics of an autoencoder from each row's mean squared reconstruction error, in network space."""
    mse = _average(row_errors, _weights(row_errors.shape[0], weights))
    return Metrics(Task.AUTOENCODER, int(row_errors.size), {"MSE": mse, "RMSE": float(np.sqrt(mse))})


def _weights(rows: int, weights: FloatArray | None) -> FloatArray:
    """Return weights that add up to 1."""
    return np.full(rows, 1.0 / rows) if weights is None else weights / weights.sum()


def _average(values: FloatArray, w: FloatArray) -> float:
    """Return the weighted mean, added pairwise: a BLAS product would depend on the number of threads."""
    return float((values * w).sum())


def _class_values(actual: IntArray, probabilities: FloatArray, labels: IntArray, w: FloatArray) -> dict[str, float]:
    hit = probabilities[np.arange(actual.size), actual]
    if np.isnan(hit).any():  # a comparison with NaN would pass for a wrong label
        w = np.full_like(w, np.nan)
    mse = _average(np.square(1.0 - hit), w)
    wrong = labels != actual
    classes = probabilities.shape[1]
    total = np.bincount(actual, weights=w, minlength=classes)
    failed = np.bincount(actual[wrong], weights=w[wrong], minlength=classes)
    return {
        "logloss": _average(-np.log(np.maximum(hit, SMALLEST_PROBABILITY)), w),
        "MSE": mse,
        "RMSE": float(np.sqrt(mse)),
        "r2": _r2(actual.astype(np.float64), mse, w),
        "misclassification": float(failed.sum()) if not np.isnan(mse) else float("nan"),
        "mean_per_class_error": float(np.divide(failed, total, out=np.zeros(classes), where=total != 0).mean()),
    }


def _r2(actual: FloatArray, mse: float, w: FloatArray) -> float:
    """1 - MSE / population variance; NaN when the actual values are all equal."""
    variance = _average(np.square(actual - _average(actual, w)), w)
    return 1.0 - mse / variance if variance > 0 else float("nan")


def _rmsle(actual: FloatArray, predicted: FloatArray, w: FloatArray) -> float:
    """Root mean squared difference of ln(1 + y); NaN when a value is at most -1."""
    if min(float(actual.min()), float(predicted.min())) <= -1.0:
        return float("nan")
    return float(np.sqrt(_average(np.square(np.log1p(actual) - np.log1p(predicted)), w)))

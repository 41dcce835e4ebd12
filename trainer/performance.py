"""What model_performance returns: the metrics of a set of rows, and every table that can be made of them.

Tables are computed when asked for, from the predictions kept here: exact over all distinct probabilities, and
weighted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from triplicate.runtime.errors import ParameterError
from triplicate.runtime.prediction_table import prediction_columns
from triplicate.runtime.scores import Scores
from triplicate.trainer import class_tables, threshold_table
from triplicate.trainer.custom_metric import CustomMetric
from triplicate.trainer.gains_lift import gains_lift_table, kolmogorov_smirnov
from triplicate.trainer.metrics import Metrics
from triplicate.trainer.parameters import Parameters, Task
from triplicate.trainer.ranking import Ranking

__all__ = ["Performance", "Report"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Report:
    """What parameters say about reports: see docs/parameters.md."""

    auc_type: str = "AUTO"
    gainslift_bins: int = -1
    max_hit_ratio_k: int = 10
    max_confusion_matrix_size: int = 20
    custom: CustomMetric | None = None

    @classmethod
    def of(cls, p: Parameters) -> "Report":
        """Return the settings of a training."""
        return cls(p.auc_type, p.gainslift_bins, p.max_hit_ratio_k, p.max_confusion_matrix_size, p.custom_metric_func)


@dataclass(frozen=True)
class Performance(Metrics):
    """Metrics of a model on a set of rows.

    `description` says which rows, `frame` where they came from (a path) or None, `duration` (s) how long scoring and
    measuring took. `scores` holds the model and its outputs (None for an autoencoder, and for the pooled folds of a
    cross-validation). `actual` are class indices, into `labels`, or numbers; `predicted` probabilities or numbers;
    `weights` the rows' weights or None. Performances are equal when their metrics are.
    """

    description: str = field(default="", compare=False)
    frame: str | None = field(default=None, compare=False)
    duration: float = field(default=0.0, compare=False)
    report: Report = field(default_factory=Report, compare=False)
    scores: Scores | None = field(default=None, compare=False, repr=False)
    labels: tuple[str, ...] = field(default=(), compare=False, repr=False)
    actual: npt.NDArray[Any] | None = field(default=None, compare=False, repr=False)
    predicted: FloatArray | None = field(default=None, compare=False, repr=False)
    weights: FloatArray | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(
        cls,
        metrics: Metrics,
        actual: npt.NDArray[Any] | None,
        predicted: FloatArray,
        weights: FloatArray | None,
        labels: tuple[str, ...],
        **about: Any,
    ) -> "Performance":
        """Return metrics together with what they were computed from, and what is known about it."""
        found = {item.name: getattr(metrics, item.name) for item in fields(Metrics)}
        return cls(**found, labels=labels, actual=actual, predicted=predicted, weights=weights, **about)

    @property
    def nobs(self) -> int:
        """Number of rows measured."""
        return self.rows

    @property
    def model(self) -> str:
        """The fingerprint of the model measured, or "" where `scores` is None."""
        return "" if self.scores is None else self.scores.model.fingerprint

    @property
    def predictions(self) -> pd.DataFrame | None:
        """The predictions that were measured, as predict() returns them, or None where `scores` is None."""
        return None if self.scores is None else pd.DataFrame(dict(prediction_columns(self.scores)))

    @cached_property
    def _ranking(self) -> Ranking:
        if self.task is not Task.BINOMIAL:
            raise ParameterError(f"thresholds exist for two classes only, and this is a {self.task.value} model")
        actual, probabilities = self._classes()
        ranking = Ranking.of(actual == 1, probabilities[:, 1], self.weights)
        if ranking.thresholds.size == 0:
            raise ParameterError("a predicted probability is NaN: there are no thresholds")
        return ranking

    def _classes(self) -> tuple[npt.NDArray[np.int32], FloatArray]:
        """Return actual class indices and probabilities."""
        if not self.task.classifies or self.actual is None or self.predicted is None:
            raise ParameterError(f"classes are needed, and this is a {self.task.value} model")
        return self.actual, self.predicted

    def auc(self, auc_type: str | None = None) -> float:
        """Return the area under the ROC curve; of more than two classes the average that `auc_type` names."""
        return self._area("AUC", auc_type)

    def aucpr(self, auc_type: str | None = None) -> float:
        """Return the area under the precision-recall curve; of more than two classes as for `auc`."""
        return self._area("AUCPR", auc_type)

    def _area(self, name: str, auc_type: str | None) -> float:
        if self.task is not Task.MULTINOMIAL:
            return self.value(name)
        kind = self.report.auc_type if auc_type is None else auc_type
        if kind in ("AUTO", "NONE"):
            raise ParameterError(
                f"{name} of more than two classes needs auc_type: MACRO_OVR, WEIGHTED_OVR, MACRO_OVO or WEIGHTED_OVO"
            )
        if kind not in ("MACRO_OVR", "WEIGHTED_OVR", "MACRO_OVO", "WEIGHTED_OVO"):
            raise ParameterError(f"auc_type {kind!r} is not MACRO_OVR, WEIGHTED_OVR, MACRO_OVO or WEIGHTED_OVO")
        return class_tables.multinomial_auc(self._area_table(name.lower()), kind, name.lower())

    def _area_table(self, area: str) -> pd.DataFrame:
        actual, probabilities = self._classes()
        return class_tables.multinomial_auc_table(actual, probabilities, self.labels, self.weights, area)

    def multinomial_auc_table(self) -> pd.DataFrame:
        """Return AUC of each class against the rest, of each pair, and the averages."""
        return self._area_table("auc")

    def multinomial_aucpr_table(self) -> pd.DataFrame:
        """Return the area under the precision-recall curve likewise."""
        return self._area_table("aucpr")

    pr_auc = aucpr

    def mse(self) -> float:
        """Return the mean squared error."""
        return self.value("MSE")

    def rmse(self) -> float:
        """Return the root of the mean squared error."""
        return self.value("RMSE")

    def mae(self) -> float:
        """Return the mean absolute error of a regression."""
        return self.value("MAE")

    def rmsle(self) -> float:
        """Return the root mean squared difference of ln(1 + y) of a regression."""
        return self.value("RMSLE")

    def r2(self) -> float:
        """Return the share of the response's variance that is explained."""
        return self.value("r2")

    def mean_residual_deviance(self) -> float:
        """Return the mean deviance of a regression's distribution."""
        return self.value("deviance")

    def logloss(self) -> float:
        """Return the mean negative logarithm of the actual class's probability."""
        return self.value("logloss")

    def mean_per_class_error(self) -> float:
        """Return the mean over classes of the share of wrong labels, under the model's own rule."""
        return self.value("mean_per_class_error")

    def gini(self) -> float:
        """Return 2 AUC - 1."""
        return 2.0 * self.auc() - 1.0

    def confusion_matrix(self, metrics: str | None = None, thresholds: float | None = None) -> pd.DataFrame:
        """Return actual against predicted classes by weight.

        Labels are the model's own. Of two classes they can be those of the threshold at which a criterion is largest
        (`metrics="f1"`), or of a threshold.
        """
        actual, probabilities = self._classes()
        if metrics is not None and thresholds is not None:
            raise ParameterError("give metrics or thresholds, not both: either one decides the labels")
        given = thresholds if metrics is None else self.find_threshold_by_max_metric(metrics)
        cut = self.threshold if given is None else given
        if cut is None:
            predicted = probabilities.argmax(axis=1)
        elif len(self.labels) == 2:
            predicted = probabilities[:, 1] >= cut
        else:
            raise ParameterError(f"a threshold decides between two classes, and there are {len(self.labels)}")
        return class_tables.confusion_matrix(actual, predicted.astype(np.int32), self.labels, self.weights)

    def thresholds_and_metric_scores(self) -> pd.DataFrame:
        """Return every distinct probability as a threshold, from the largest down, with its 18 criteria."""
        return threshold_table.threshold_table(self._ranking)

    def max_criteria_and_metric_scores(self) -> pd.DataFrame:
        """Return the threshold at which each criterion is largest: metric, threshold, value, idx."""
        return threshold_table.max_criteria(self.thresholds_and_metric_scores())

    def find_threshold_by_max_metric(self, metric: str) -> float:
        """Return the largest threshold at which a criterion is largest."""
        name = threshold_table.criterion_name(metric)
        table = self.max_criteria_and_metric_scores()
        return float(table["threshold"].to_numpy(dtype=np.float64)[threshold_table.CRITERIA.index(name)])

    def metric(self, name: str, thresholds: Sequence[float] | None = None) -> list[list[float]]:
        """Return [threshold, value] pairs of a criterion: at the given thresholds, or where it is largest."""
        name = threshold_table.criterion_name(name)
        cuts = [self.find_threshold_by_max_metric(name)] if thresholds is None else list(thresholds)
        ranking = self._ranking
        ends = np.searchsorted(-ranking.thresholds, -np.asarray(cuts, dtype=np.float64), side="right")
        tps = np.concatenate(([0.0], ranking.true_positives))
        fps = np.concatenate(([0.0], ranking.false_positives))
        values = threshold_table.criteria_at(tps[ends], fps[ends], tps[-1], fps[-1])[name]
        return [[float(cut), float(value)] for cut, value in zip(cuts, values, strict=True)]

    def F1(self, thresholds: Sequence[float] | None = None) -> list[list[float]]:  # noqa: N802 - the metric's name
        """Return F1 at thresholds, or at the one where it is largest, as [threshold, value] pairs."""
        return self.metric("f1", thresholds)

    def roc(self) -> tuple[list[float], list[float]]:
        """Return false and true positive rates from the largest threshold down."""
        table = self.thresholds_and_metric_scores()
        return table["fpr"].tolist(), table["tpr"].tolist()

    def gains_lift(self) -> pd.DataFrame:
        """Return the gains and lift table in `gainslift_bins` groups."""
        if self.report.gainslift_bins == 0:
            raise ParameterError("there is no gains and lift table: gainslift_bins is 0")
        return gains_lift_table(self._ranking, self.report.gainslift_bins)

    def kolmogorov_smirnov(self) -> float:
        """Return the largest difference of true and false positive rate over all thresholds."""
        return kolmogorov_smirnov(self._ranking)

    def hit_ratio_table(self) -> pd.DataFrame:
        """Return the share of rows whose class is among the k most probable ones, up to `max_hit_ratio_k`."""
        if self.report.max_hit_ratio_k == 0:
            raise ParameterError("there are no hit ratios: max_hit_ratio_k is 0")
        actual, probabilities = self._classes()
        return class_tables.hit_ratio_table(actual, probabilities, self.report.max_hit_ratio_k, self.weights)

    def __str__(self) -> str:
        lines = [f"{self.task.value} metrics {self.description}".rstrip() + f", {self.rows:,} rows"]
        lines += [f"{name}: {value:.6g}" for name, value in self.values.items()]
        if self.task.classifies:
            classes = len(self.labels)
            if classes <= self.report.max_confusion_matrix_size:
                lines += ["", self.confusion_matrix().to_string()]
            if classes > 2 and self.report.max_hit_ratio_k > 0:
                lines += ["", self.hit_ratio_table().to_string(index=False)]
        return "\n".join(lines)

    def show(self) -> None:
        """Print the metrics, and the confusion matrix of up to `max_confusion_matrix_size` classes."""
        from rich.console import Console

        Console().print(str(self), highlight=False, markup=False)

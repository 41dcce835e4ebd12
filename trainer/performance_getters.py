"""Metrics of a trained estimator by name: of training, validation and held out rows.

Each getter takes `train`, `valid` and `xval`: with none of them the value of training, with one its value, with
several a dict by their names. A set that was not measured gives None.
"""

from collections.abc import Callable
from typing import Any

import pandas as pd

from triplicate.trainer.build_model import TrainedModel
from triplicate.trainer.cross_validation import CrossValidation
from triplicate.trainer.performance import Performance

__all__ = ["PerformanceGetters"]

Value = float | None | dict[str, float | None]


class PerformanceGetters:
    """Getters of the estimators, by the incumbent's names; ParameterError where the task has no such metric."""

    _cross_validation: CrossValidation | None

    @property
    def trained(self) -> TrainedModel:
        """The trained model; the estimators provide it."""
        raise NotImplementedError

    def _performances(self) -> dict[str, Performance | None]:
        trained = self.trained
        held_out = None if self._cross_validation is None else self._cross_validation.metrics
        return {"train": trained.training, "valid": trained.validation, "xval": held_out}

    def _get(self, measure: Callable[[Performance], Any], train: bool, valid: bool, xval: bool) -> Any:
        wanted = [name for name, chosen in (("train", train), ("valid", valid), ("xval", xval)) if chosen] or ["train"]
        sets = self._performances()
        values = {name: None if (found := sets[name]) is None else measure(found) for name in wanted}
        return values if len(values) > 1 else values[wanted[0]]

    def _value(self, name: str, train: bool, valid: bool, xval: bool) -> Value:
        found: Value = self._get(lambda performance: performance.value(name), train, valid, xval)
        return found

    def mse(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the mean squared error."""
        return self._value("MSE", train, valid, xval)

    def rmse(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the root of the mean squared error."""
        return self._value("RMSE", train, valid, xval)

    def mae(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the mean absolute error of a regression."""
        return self._value("MAE", train, valid, xval)

    def rmsle(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the root mean squared difference of ln(1 + y) of a regression."""
        return self._value("RMSLE", train, valid, xval)

    def r2(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the share of the response's variance that is explained."""
        return self._value("r2", train, valid, xval)

    def mean_residual_deviance(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the mean deviance of a regression's distribution."""
        return self._value("deviance", train, valid, xval)

    def logloss(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the mean negative logarithm of the actual class's probability."""
        return self._value("logloss", train, valid, xval)

    def mean_per_class_error(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the mean over classes of the share of wrong labels, under the model's own rule."""
        return self._value("mean_per_class_error", train, valid, xval)

    def auc(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the area under the ROC curve; of more than two classes the average that `auc_type` names."""
        found: Value = self._get(lambda performance: performance.auc(), train, valid, xval)
        return found

    def aucpr(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the area under the precision-recall curve, likewise."""
        found: Value = self._get(lambda performance: performance.aucpr(), train, valid, xval)
        return found

    pr_auc = aucpr

    def gini(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return 2 AUC - 1."""
        found: Value = self._get(lambda performance: performance.gini(), train, valid, xval)
        return found

    def kolmogorov_smirnov(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the largest difference of true and false positive rate over all thresholds."""
        found: Value = self._get(lambda performance: performance.kolmogorov_smirnov(), train, valid, xval)
        return found

    def F1(  # noqa: N802 - the metric's name
        self, thresholds: list[float] | None = None, train: bool = False, valid: bool = False, xval: bool = False
    ) -> Any:
        """Return [threshold, F1] pairs: at the thresholds given, or where F1 is largest."""
        return self._get(lambda performance: performance.F1(thresholds), train, valid, xval)

    def find_threshold_by_max_metric(
        self, metric: str, train: bool = False, valid: bool = False, xval: bool = False
    ) -> Value:
        """Return the threshold at which a criterion ("f1", "accuracy", …) is largest."""
        found: Value = self._get(lambda one: one.find_threshold_by_max_metric(metric), train, valid, xval)
        return found

    def confusion_matrix(
        self,
        metrics: str | None = None,
        thresholds: float | None = None,
        train: bool = False,
        valid: bool = False,
        xval: bool = False,
    ) -> Any:
        """Return actual against predicted classes (see `Performance.confusion_matrix`)."""
        return self._get(lambda one: one.confusion_matrix(metrics, thresholds), train, valid, xval)

    def gains_lift(self, train: bool = False, valid: bool = False, xval: bool = False) -> Any:
        """Return the gains and lift table."""
        return self._get(lambda performance: performance.gains_lift(), train, valid, xval)

    def hit_ratio_table(self, train: bool = False, valid: bool = False, xval: bool = False) -> Any:
        """Return the share of rows whose class is among the k most probable ones."""
        return self._get(lambda performance: performance.hit_ratio_table(), train, valid, xval)

    def roc(self, train: bool = False, valid: bool = False, xval: bool = False) -> Any:
        """Return false and true positive rates from the largest threshold down."""
        return self._get(lambda performance: performance.roc(), train, valid, xval)

    def thresholds_and_metric_scores(self, train: bool = False, valid: bool = False, xval: bool = False) -> Any:
        """Return every threshold with its criteria."""
        return self._get(lambda performance: performance.thresholds_and_metric_scores(), train, valid, xval)

    def max_criteria_and_metric_scores(
        self, train: bool = False, valid: bool = False, xval: bool = False
    ) -> pd.DataFrame | dict[str, Any] | None:
        """Return the threshold at which each criterion is largest."""
        found: pd.DataFrame | dict[str, Any] | None = self._get(
            lambda performance: performance.max_criteria_and_metric_scores(), train, valid, xval
        )
        return found

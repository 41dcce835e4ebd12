"""One method per metric, with H2O's flags for the set of rows."""

from typing import Any

from triplicate.trainer.metrics import Metrics

__all__ = ["MetricGetters"]

Value = float | dict[str, float]


class MetricGetters:
    """mse(), auc() and the like: of training rows, or of the set that a flag names, or a dict of several sets.

    ParameterError when there are no rows of that set, or the model's task has no such metric.
    """

    def model_performance(self, test_data: Any = None, **sets: bool) -> Metrics:
        """Return the metrics of one set; the estimators provide it."""
        raise NotImplementedError

    def _metric(self, name: str, train: bool, valid: bool, xval: bool) -> Value:
        asked = {"train": train, "valid": valid, "xval": xval}
        sets = [label for label, wanted in asked.items() if wanted] or ["train"]
        values = {label: self.model_performance(**{label: True}).value(name) for label in sets}
        return values[sets[0]] if len(sets) == 1 else values

    def mse(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the mean squared error."""
        return self._metric("MSE", train, valid, xval)

    def rmse(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the root mean squared error."""
        return self._metric("RMSE", train, valid, xval)

    def mae(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the mean absolute error."""
        return self._metric("MAE", train, valid, xval)

    def rmsle(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the root mean squared error of ln(1 + y)."""
        return self._metric("RMSLE", train, valid, xval)

    def r2(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the share of the variance that is explained."""
        return self._metric("r2", train, valid, xval)

    def logloss(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the mean negative log-likelihood of the classes."""
        return self._metric("logloss", train, valid, xval)

    def mean_residual_deviance(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the mean deviance of a regression."""
        return self._metric("deviance", train, valid, xval)

    def auc(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the area under the ROC curve of two classes."""
        return self._metric("AUC", train, valid, xval)

    def aucpr(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the area under the precision-recall curve of two classes."""
        return self._metric("AUCPR", train, valid, xval)

    def mean_per_class_error(self, train: bool = False, valid: bool = False, xval: bool = False) -> Value:
        """Return the mean of the classes' shares of wrong labels."""
        return self._metric("mean_per_class_error", train, valid, xval)

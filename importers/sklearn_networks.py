"""scikit-learn's nets as layers and a head: MLPClassifier, MLPRegressor, and a regressor of a scaled target."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline

from triplicate.importers.classification_heads import binary_as_softmax, classification
from triplicate.importers.sklearn_features import Number, Raw
from triplicate.importers.sklearn_steps import require_fitted, through
from triplicate.runtime.errors import ForeignModelError
from triplicate.runtime.heads import Head, Link, Regression
from triplicate.runtime.layers import Activation, Layer

__all__ = ["network", "unfolded"]

SEARCHES = (GridSearchCV, RandomizedSearchCV)
ACTIVATIONS = {
    "identity": Activation.LINEAR,
    "logistic": Activation.LOGISTIC,
    "tanh": Activation.TANH,
    "relu": Activation.RECTIFIER,
}


def unfolded(estimator: Any) -> tuple[list[tuple[str, Any]], list[Any], tuple[str, Any]]:
    """Return the steps before the net, by path, the TransformedTargetRegressors around it, and the net itself.

    A search stands for its best estimator; a pipeline may end in a pipeline.
    """
    steps: list[tuple[str, Any]] = []
    targets: list[Any] = []
    path = ""
    while True:
        kind = type(estimator)
        where = f"{path or 'model'} ({kind.__name__})"
        if kind is Pipeline:
            named = [(f"{path}.{name}" if path else name, step) for name, step in estimator.steps]
            steps += named[:-1]
            path, estimator = named[-1]
        elif kind in SEARCHES:
            if not hasattr(estimator, "best_estimator_"):
                raise ForeignModelError(f"{where}: has no best estimator; call fit, with refit=True, before the import")
            path, estimator = f"{path or 'model'}.best_estimator_", estimator.best_estimator_
        elif kind is TransformedTargetRegressor:
            require_fitted(estimator, where)
            targets.append(estimator)
            path, estimator = f"{path or 'model'}.regressor_", estimator.regressor_
        else:
            return steps, targets, (path or "model", estimator)


def network(estimator: Any, targets: list[Any], where: str) -> tuple[list[Layer], Head]:
    """Return the layers and the head of a fitted net, for a target that the others scale.

    ForeignModelError for what a model cannot carry.
    """
    kind = type(estimator)
    where = f"{where} ({kind.__name__})"
    if kind not in (MLPClassifier, MLPRegressor):
        raise ForeignModelError(f"{where}: only MLPClassifier and MLPRegressor can be carried")
    require_fitted(estimator, where)
    layers = _layers(estimator)
    if kind is MLPRegressor:
        answer = _regression(estimator, where)
        for target in reversed(targets):
            answer = _of_scaled_target(answer, target, where)
        return layers, answer
    if estimator.out_activation_ != "softmax" and estimator.n_outputs_ != 1:
        raise ForeignModelError(f"{where}: several labels per row (multi-label) cannot be carried")
    head = classification(list(estimator.classes_), where)
    if estimator.out_activation_ == "softmax":
        return layers, head
    return [*layers[:-1], binary_as_softmax(layers[-1])], head


def _layers(estimator: Any) -> list[Layer]:
    hidden = ACTIVATIONS[estimator.activation]
    last = len(estimator.coefs_) - 1
    return [
        Layer(_plain(weights.T), _plain(bias), Activation.LINEAR if index == last else hidden)
        for index, (weights, bias) in enumerate(zip(estimator.coefs_, estimator.intercepts_, strict=True))
    ]


def _plain(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the array with 0 in place of -0, which no sum can tell apart."""
    return np.asarray(values + values.dtype.type(0))


def _regression(estimator: Any, where: str) -> Regression:
    if estimator.n_outputs_ != 1:
        raise ForeignModelError(f"{where}: {estimator.n_outputs_} targets (multi-output) cannot be carried, one can")
    if estimator.out_activation_ == "identity":
        return Regression()
    if estimator.out_activation_ == "exp":  # loss="poisson"
        return Regression(Link.LOG)
    raise ForeignModelError(f"{where}: output activation {estimator.out_activation_!r} cannot be carried")


def _of_scaled_target(head: Regression, estimator: Any, where: str) -> Regression:
    """Return the head with the inverse of a TransformedTargetRegressor's scaler."""
    where = f"{where}, inside a TransformedTargetRegressor"
    if estimator.transformer is None:
        if estimator.func is not None or estimator.inverse_func is not None:
            raise ForeignModelError(f"{where}: func and inverse_func cannot be carried; a scaler as transformer can")
        return head
    (target,) = through(estimator.transformer_, [Raw("target")], f"{where}: transformer_")
    plain_head = head.link is Link.IDENTITY and (head.scale, head.shift) == (1.0, 0.0)
    if not plain_head or not isinstance(target, Number) or np.isfinite([target.low, target.high]).any():
        raise ForeignModelError(f"{where}: one scaler without clip, over a net without a link, can be carried")
    return Regression(scale=1.0 / target.multiply, shift=float(target.subtract))

"""scikit-learn's nets as layers and a head: MLPClassifier, MLPRegressor, and a regressor of a scaled target."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.compose import TransformedTargetRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor

from triplicate.importers.classification_heads import binary_as_softmax, classification
from triplicate.importers.sklearn_features import Number, Raw
from triplicate.importers.sklearn_steps import require_fitted, through
from triplicate.runtime.errors import ForeignModelError
from triplicate.runtime.heads import Head, Link, Regression
from triplicate.runtime.layers import Activation, Layer

__all__ = ["network"]

ACTIVATIONS = {
    "identity": Activation.LINEAR,
    "logistic": Activation.LOGISTIC,
    "tanh": Activation.TANH,
    "relu": Activation.RECTIFIER,
}


def network(estimator: Any, where: str) -> tuple[list[Layer], Head]:
    """Return the layers and the head of a fitted net; ForeignModelError for what a model cannot carry."""
    kind = type(estimator)
    where = f"{where} ({kind.__name__})"
    if kind not in (MLPClassifier, MLPRegressor, TransformedTargetRegressor):
        raise ForeignModelError(
            f"{where}: only MLPClassifier, MLPRegressor and TransformedTargetRegressor of one can be carried"
        )
    require_fitted(estimator, where)
    if kind is TransformedTargetRegressor:
        return _of_transformed_target(estimator, where)
    layers = _layers(estimator)
    if kind is MLPRegressor:
        return layers, _regression(estimator, where)
    head = classification(list(estimator.classes_), where)
    if estimator.out_activation_ == "softmax":
        return layers, head
    if estimator.n_outputs_ != 1:
        raise ForeignModelError(f"{where}: several labels per row (multi-label) cannot be carried")
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


def _of_transformed_target(estimator: Any, where: str) -> tuple[list[Layer], Head]:
    """Return the net of a TransformedTargetRegressor, whose scaler's inverse goes into the head."""
    layers, head = network(estimator.regressor_, f"{where}.regressor_")
    scaler, identity = estimator.transformer_, estimator.func is None and estimator.inverse_func is None
    if estimator.transformer is None:
        if not identity:
            raise ForeignModelError(f"{where}: func and inverse_func cannot be carried; a scaler as transformer can")
        return layers, head
    (target,) = through(scaler, [Raw("target")], f"{where}.transformer_")
    plain_head = isinstance(head, Regression) and head.link is Link.IDENTITY and (head.scale, head.shift) == (1.0, 0.0)
    if not plain_head or not isinstance(target, Number) or np.isfinite([target.low, target.high]).any():
        raise ForeignModelError(f"{where}: only a scaler without clip, over a net without a link, can be carried")
    return layers, Regression(scale=1.0 / target.multiply, shift=target.subtract + 0.0)

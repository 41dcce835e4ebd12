"""Losses as plain formulas of one number at a time: what the kernels' gradients are compared with."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

__all__ = ["CLASS_LOSSES", "NUMBER_LOSSES", "class_loss", "class_slopes", "number_loss", "number_slope"]

NumberLoss = Callable[[float, float, float], float]

NUMBER_LOSSES: dict[str, tuple[str, float]] = {
    "squared": ("Quadratic", 1.0),
    "absolute": ("Absolute", 1.0),
    "quantile": ("Quantile", 0.8),
    "huber": ("Huber", 0.7),
    "poisson": ("poisson", 1.0),
    "gamma": ("gamma", 1.0),
    "tweedie": ("tweedie", 1.5),
    "tweedie-1.2": ("tweedie", 1.2),
}
"""Losses of a numeric response: the kernels' name, and the constant used in the tests."""

CLASS_LOSSES: dict[str, tuple[str, float]] = {
    "cross-entropy": ("CrossEntropy", 1.0),
    "class-squared": ("Quadratic", 1.0),
    "class-absolute": ("Absolute", 1.0),
    "class-huber": ("Huber", 0.4),
}
"""Losses of classes, likewise."""

LOSS_OF: dict[str, NumberLoss] = {
    "Quadratic": lambda f, t, _: (f - t) ** 2,
    "Absolute": lambda f, t, _: abs(f - t),
    "Quantile": lambda f, t, a: a * (t - f) if t > f else (1 - a) * (f - t),
    "Huber": lambda f, t, d: (f - t) ** 2 if abs(f - t) <= d else (2 * abs(f - t) - d) * d,
    "poisson": lambda f, t, _: 2 * (math.exp(f) - t * f),
    "gamma": lambda f, t, _: 2 * (f + t * math.exp(-f)),
    "tweedie": lambda f, t, p: 2 * (math.exp(f * (2 - p)) / (2 - p) - t * math.exp(f * (1 - p)) / (1 - p)),
}

SLOPE_OF: dict[str, NumberLoss] = {
    "Quadratic": lambda f, t, _: 2 * (f - t),
    "Absolute": lambda f, t, _: math.copysign(1, f - t),
    "Quantile": lambda f, t, a: -a if t > f else 1 - a,
    "Huber": lambda f, t, d: 2 * math.copysign(min(abs(f - t), d), f - t),
    "poisson": lambda f, t, _: 2 * (math.exp(f) - t),
    "gamma": lambda f, t, _: 2 * (1 - t * math.exp(-f)),
    "tweedie": lambda f, t, p: 2 * (math.exp(f * (2 - p)) - t * math.exp(f * (1 - p))),
}


def number_loss(loss: str, f: float, t: float) -> float:
    """Return the loss of an output f with target t, but for terms without f."""
    name, shape = NUMBER_LOSSES[loss]
    return LOSS_OF[name](f, t, shape)


def number_slope(loss: str, f: float, t: float) -> float:
    """Return its derivative by f."""
    name, shape = NUMBER_LOSSES[loss]
    return SLOPE_OF[name](f, t, shape)


def class_loss(loss: str, p: npt.NDArray[np.float64], label: int) -> float:
    """Return the loss of probabilities: squares and huber's with a factor of one half."""
    name, shape = CLASS_LOSSES[loss]
    if name == "CrossEntropy":
        return -math.log(p[label])
    half = 1.0 if name == "Absolute" else 0.5
    return half * sum(LOSS_OF[name](f, float(k == label), shape) for k, f in enumerate(p))


def class_slopes(loss: str, p: npt.NDArray[np.float64], label: int) -> npt.NDArray[np.float64]:
    """Return the derivatives by the linear sums before softmax."""
    name, shape = CLASS_LOSSES[loss]
    target = np.eye(len(p))[label]
    if name == "CrossEntropy":
        return np.asarray(p - target)
    half = 1.0 if name == "Absolute" else 0.5
    errors = half * np.array([SLOPE_OF[name](f, t, shape) for f, t in zip(p, target, strict=True)])
    jacobian = np.diag(p) - np.outer(p, p)
    return np.asarray(jacobian @ errors)

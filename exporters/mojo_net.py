"""The layers as H2O has them: one activation for all hidden ones, the output linear (autoencoders: the same one).

Some nets are first said in other words that mean the same: a logistic unit is half a hyperbolic tangent, and beside
Maxout units a rectifier is the maximum of z and 0, a linear unit that of z and z. Halves and zeros keep float32 exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.errors import ExportError
from triplicate.runtime.layers import Activation, Layer

__all__ = ["MojoNet", "mojo_net", "require_single"]

Weights = npt.NDArray[np.floating[Any]]
NAMES = {
    frozenset({Activation.RECTIFIER}): "Rectifier",
    frozenset({Activation.TANH}): "Tanh",
    frozenset({Activation.ELU}): "ExpRectifier",
    frozenset({Activation.MAXOUT}): "Maxout",
}
MAXOUT_CAN = frozenset({Activation.RECTIFIER, Activation.LINEAR, Activation.MAXOUT})


@dataclass(frozen=True, slots=True)
class MojoNet:
    """Activation with or without dropout; layers whose weights are float32; units dropped per layer."""

    activation: str
    layers: tuple[Layer, ...]
    dropout: tuple[float, ...]


def mojo_net(layers: Sequence[Layer], *, autoencoder: bool) -> MojoNet:
    """Return the net for a MOJO; ExportError names the layer that the format cannot hold, and why."""
    said = list(layers)
    plain = said[-1].activation is Activation.LINEAR and said[-1].retain == 1.0
    if not autoencoder and not plain:  # it becomes a hidden layer, and the output hands its units on
        units = said[-1].units
        said.append(Layer(np.eye(units, dtype=np.float32), np.zeros(units)))
    for index, layer in enumerate(said):
        _require_known(index, layer)
    hidden = len(said) if autoencoder else len(said) - 1
    kinds = frozenset(layer.activation for layer in said[:hidden])
    if Activation.LOGISTIC in kinds and kinds <= {Activation.LOGISTIC, Activation.TANH}:
        _say_as_tanh(said, hidden, autoencoder=autoencoder)
    elif kinds == {Activation.LINEAR} or (len(kinds) > 1 and kinds <= MAXOUT_CAN):
        said[:hidden] = [_as_maxout(layer) for layer in said[:hidden]]
    kinds = frozenset(layer.activation for layer in said[:hidden]) or frozenset({Activation.RECTIFIER})
    if kinds not in NAMES:
        raise ExportError(
            f"layers are {', '.join(sorted(kinds))}, but a MOJO has one activation for all hidden layers (tanh,"
            " rectifier, elu or maxout; an autoencoder's output has it too); export Java or ONNX"
        )
    for index, layer in enumerate(said):
        require_single(layer.weights, f"layer {index}")
    drops = any(layer.retain != 1.0 for layer in said)
    return MojoNet(
        NAMES[kinds] + ("WithDropout" if drops else ""),
        tuple(said),
        tuple(1.0 - layer.retain for layer in said),
    )


def require_single(weights: Weights, where: str) -> None:
    """Raise ExportError unless float32 holds the weights as they are."""
    with np.errstate(over="ignore"):
        same = np.array_equal(weights.astype(np.float32), weights)
    if not same:
        raise ExportError(
            f"{where} has float64 weights, and a MOJO holds float32 ones: they would be rounded; export Java or ONNX"
        )


def _require_known(index: int, layer: Layer) -> None:
    if layer.activation is Activation.LEAKY_RECTIFIER:
        raise ExportError(f"layer {index} is a leaky rectifier, which H2O does not have; export Java or ONNX")
    if layer.activation is Activation.ELU and layer.alpha != 1.0:
        raise ExportError(f"layer {index} is elu with alpha {layer.alpha:g}, and H2O's is 1; export Java or ONNX")


def _say_as_tanh(layers: list[Layer], hidden: int, *, autoencoder: bool) -> None:
    """Replace 1 / (1 + exp(-z)) by (1 + tanh(z / 2)) / 2, whose constants go into the next layer."""
    if autoencoder and layers[-1].activation is Activation.LOGISTIC:
        raise ExportError("the output of the autoencoder is logistic, which H2O does not have; export Java or ONNX")
    for index, layer in enumerate(layers[:hidden]):
        if layer.activation is Activation.LOGISTIC:
            after = layers[index + 1]
            constant = after.weights.astype(np.float64).sum(axis=1) * (0.5 * layer.retain)
            layers[index + 1] = replace(after, weights=_halved(after.weights, index + 1), bias=after.bias + constant)
            half = _halved(layers[index].weights, index)
            layers[index] = replace(
                layers[index], weights=half, bias=layers[index].bias * 0.5, activation=Activation.TANH
            )


def _halved(weights: Weights, index: int) -> Weights:
    half = weights * weights.dtype.type(0.5) + weights.dtype.type(0)
    if not np.array_equal(half + half, weights):
        raise ExportError(f"layer {index} has weights near 1e-45, which cannot be halved for H2O's hyperbolic tangent")
    return half


def _as_maxout(layer: Layer) -> Layer:
    """Return a layer of rectifiers or linear units as the maximum of two channels."""
    if layer.activation is Activation.MAXOUT:
        return layer
    other = 0.0 if layer.activation is Activation.RECTIFIER else 1.0
    channels = np.tile([1.0, other], layer.units)
    weights = np.repeat(layer.weights.astype(np.float64), 2, axis=0) * channels[:, None]
    return Layer(weights + 0.0, np.repeat(layer.bias, 2) * channels + 0.0, Activation.MAXOUT, retain=layer.retain)

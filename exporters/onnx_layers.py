"""Layers after the encoding: sums by matrix product, activations in operators ONNX Runtime has in float64."""

from collections.abc import Sequence
from typing import assert_never

import numpy as np

from triplicate.exporters.onnx_nodes import GraphBuilder
from triplicate.runtime.layers import Activation, Layer

__all__ = ["add_activation", "add_layers"]


def add_layers(b: GraphBuilder, layers: Sequence[Layer], units: str) -> str:
    """Return the outputs [N, units] of the layers behind the first one, for its outputs."""
    for number, layer in enumerate(layers, start=1):
        units = add_activation(b, layer, number, b.affine(units, layer.weights, layer.bias, f"layers.{number}"))
    return units


def add_activation(b: GraphBuilder, layer: Layer, number: int, sums: str) -> str:
    """Return the outputs [N, units] of layer `number` for its sums [N, units * channels]."""
    hint = f"layers.{number}"
    units = _activated(b, layer, sums, hint)
    if layer.retain != 1.0:
        units = b.node("Mul", [units, b.scalar(layer.retain)], f"{hint}.retained")
    return units


def _activated(b: GraphBuilder, layer: Layer, z: str, hint: str) -> str:
    match layer.activation:
        case Activation.LINEAR:
            return z
        case Activation.RECTIFIER:
            return b.node("Relu", [z], f"{hint}.rectifier")
        case Activation.LEAKY_RECTIFIER:
            return _below_zero(b, z, b.node("Mul", [z, b.scalar(layer.alpha)], f"{hint}.slope"), hint)
        case Activation.ELU:
            growth = b.node("Sub", [b.node("Exp", [z], f"{hint}.exp"), b.scalar(1.0)], f"{hint}.growth")
            return _below_zero(b, z, b.node("Mul", [growth, b.scalar(layer.alpha)], f"{hint}.bend"), hint)
        case Activation.TANH:
            return b.node("Tanh", [z], f"{hint}.tanh")
        case Activation.LOGISTIC:
            return b.node("Sigmoid", [z], f"{hint}.logistic")
        case Activation.MAXOUT:
            width = 2 * layer.units
            even = b.columns_of(z, np.arange(0, width, 2), width, f"{hint}.first_channel")
            odd = b.columns_of(z, np.arange(1, width, 2), width, f"{hint}.second_channel")
            return b.node("Max", [even, odd], f"{hint}.maxout")
        case _:
            assert_never(layer.activation)


def _below_zero(b: GraphBuilder, z: str, bent: str, hint: str) -> str:
    """Return `bent` where z < 0, and z elsewhere: ONNX Runtime has no LeakyRelu or Elu in float64."""
    below = b.node("Less", [z, b.scalar(0.0)], f"{hint}.below_zero")
    return b.node("Where", [below, bent, z], f"{hint}.bent")

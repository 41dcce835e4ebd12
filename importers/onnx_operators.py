"""What each ONNX operator of a dense graph does to the chain; the others have no place in it."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import AttributeProto, TensorProto

from triplicate.importers.onnx_chain import Chain
from triplicate.importers.onnx_reader import Graph, Node
from triplicate.runtime.errors import ForeignModelError
from triplicate.runtime.layers import Activation

__all__ = ["OPERATORS", "PASSED", "Walk"]


SELU_ALPHA, SELU_GAMMA = 1.67326319217681884765625, 1.05070102214813232421875  # ONNX's, of Klambauer et al., 2017


class Walk:
    """A way through a graph: the chain so far, whether a row is flat, the softmax if one has come.

    `node` is where the walk stands, `live` the computed edge that the node reads.
    """

    def __init__(self, graph: Graph, start: str) -> None:
        """Start at an input of the graph."""
        self._graph = graph
        shape = graph.inputs[start]
        sizes = (None,) if shape is None else shape[1:]
        if not sizes or (len(sizes) > 1 and None in sizes):
            raise ForeignModelError(f"input {start!r} has shape {shape}: [rows, values] is needed")
        self.flat = len(sizes) == 1
        self.chain = Chain(None if sizes[0] is None else math.prod(size or 0 for size in sizes))
        self.softmax: Node | None = None
        self.node = Node("Input", start, (), (), {})
        self.live = start

    def take(self, node: Node, live: str) -> None:
        """Go through a node that reads the computed edge `live`; ForeignModelError when it does not fit."""
        if self.softmax is not None and node.op not in PASSED:
            raise node.refuse("follows a softmax, which must be the end")
        if not self.flat and node.op not in PASSED:
            raise node.refuse("works on more than two axes: flatten the values of a row first")
        self.node, self.live = node, live
        OPERATORS[node.op](self)

    @property
    def opset(self) -> int:
        """The version of ONNX's operators."""
        return self._graph.opset

    def constant(self, position: int) -> npt.NDArray[Any]:
        """Return the constant that the node reads at a position."""
        if position >= len(self.node.inputs) or not self.node.inputs[position]:
            raise self.node.refuse(f"has no input {position}")
        return self._graph.constant(self.node.inputs[position], self.node)


Operator = Callable[[Walk], None]


def _gemm(walk: Walk) -> None:
    if walk.node.inputs[0] != walk.live or walk.node.integer("transA", 0) != 0:
        raise walk.node.refuse("the rows must be its first operand, not transposed")
    weights, alpha = walk.constant(1), walk.node.number("alpha", 1.0)
    weights = weights if walk.node.integer("transB", 0) else weights.T
    walk.chain.dense(weights, walk.node)
    if alpha != 1.0:
        walk.chain.scaled(np.array(alpha), np.zeros(()), walk.node)
    if len(walk.node.inputs) > 2 and walk.node.inputs[2]:
        walk.chain.scaled(
            None, walk.node.number("beta", 1.0) * walk.chain.vector(walk.constant(2), walk.node), walk.node
        )


def _mat_mul(walk: Walk) -> None:
    if walk.node.inputs[0] != walk.live:
        raise walk.node.refuse("the rows must be its first operand")
    walk.chain.dense(walk.constant(1).T, walk.node)


def _arithmetic(walk: Walk) -> None:
    if len(walk.node.inputs) != 2:
        raise walk.node.refuse(f"has {len(walk.node.inputs)} inputs")
    first = walk.node.inputs[0] == walk.live
    value = walk.chain.vector(walk.constant(1 if first else 0), walk.node)
    zero = np.zeros(())
    match walk.node.op:
        case "Add":
            walk.chain.scaled(None, value, walk.node)
        case "Sub":
            walk.chain.scaled(None if first else -np.ones(()), -value if first else value, walk.node)
        case "Mul":
            walk.chain.scaled(value, zero, walk.node)
        case _:  # Div
            if not first:
                raise walk.node.refuse("divides by what was computed")
            with np.errstate(all="ignore"):
                walk.chain.scaled(1.0 / value, zero, walk.node)


def _batch_normalization(walk: Walk) -> None:
    if walk.node.inputs[0] != walk.live or walk.node.integer("training_mode", 0) != 0:
        raise walk.node.refuse("must be in inference mode")
    scale, shift, mean, variance = (walk.chain.vector(walk.constant(position), walk.node) for position in range(1, 5))
    spread = variance + walk.node.number("epsilon", 1e-5)
    if (spread <= 0).any():
        raise walk.node.refuse("a variance plus epsilon is not positive")
    with np.errstate(all="ignore"):
        factor = scale / np.sqrt(spread)
        walk.chain.scaled(factor, shift - mean * factor, walk.node)


def _scaler(walk: Walk) -> None:
    offset, scale = (
        walk.chain.vector(
            np.array(walk.node.get(name, AttributeProto.FLOATS, [usual]) or [usual], dtype=np.float64), walk.node
        )
        for name, usual in (("offset", 0.0), ("scale", 1.0))
    )
    with np.errstate(all="ignore"):
        walk.chain.scaled(scale, -offset * scale, walk.node)


def _activation(activation: Activation, alpha: float | None = None) -> Operator:
    def apply(walk: Walk) -> None:
        walk.chain.activate(activation, 0.0 if alpha is None else walk.node.number("alpha", alpha), walk.node)

    return apply


def _selu(walk: Walk) -> None:
    alpha, gamma = walk.node.number("alpha", SELU_ALPHA), walk.node.number("gamma", SELU_GAMMA)
    walk.chain.activate(Activation.ELU, alpha, walk.node)
    walk.chain.scaled(np.array(gamma), np.zeros(()), walk.node)


def _softmax(walk: Walk) -> None:
    axis = walk.node.integer("axis", -1 if walk.opset >= 13 else 1)
    if axis not in (-1, 1):
        raise walk.node.refuse(f"axis {axis}: a softmax over the values of a row is needed")
    walk.softmax = walk.node


def _identity(walk: Walk) -> None:
    del walk  # nothing is done to the values


def _dropout(walk: Walk) -> None:
    if len(walk.node.inputs) > 2 and walk.node.inputs[2] and bool(walk.constant(2).any()):
        raise walk.node.refuse("is in training mode, where it draws random numbers")


def _cast(walk: Walk) -> None:
    if walk.node.integer("to", 0) not in (TensorProto.FLOAT, TensorProto.DOUBLE):
        raise walk.node.refuse("casts to another type than float32 or float64")


def _flatten(walk: Walk) -> None:
    axis = walk.node.integer("axis", 1)
    if axis != 1 and not (axis == -1 and walk.flat):
        raise walk.node.refuse(f"axis {axis} mixes the values of rows")
    walk.flat = True


def _reshape(walk: Walk) -> None:
    shape = [int(size) for size in walk.constant(1).reshape(-1)[:3]]
    keeps_rows = len(shape) == 2 and shape[0] in (-1, 0, 1) and shape != [-1, -1]
    same_width = len(shape) == 2 and (shape[1] == walk.chain.width or shape[1] == -1 or (shape[1] == 0 and walk.flat))
    if not keeps_rows or not same_width:
        raise walk.node.refuse(f"to {shape} does not leave the {walk.chain.width} values of a row as they are")
    walk.flat = True


def _squeeze(walk: Walk) -> None:
    """Take away the axis of the one value that is left, as `.squeeze(-1)` at the end of a regression does."""
    axes = walk.node.get("axes", AttributeProto.INTS, [])
    if len(walk.node.inputs) > 1:
        axes = [int(axis) for axis in walk.constant(1).reshape(-1)[:3]]
    if axes not in ([1], [-1]) or walk.chain.width != 1 or not walk.flat:
        raise walk.node.refuse(f"of axes {axes[:3]}: only the axis of a single value can go")


PASSED: dict[str, Operator] = {
    "Identity": _identity,
    "Dropout": _dropout,
    "Cast": _cast,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Squeeze": _squeeze,
}
OPERATORS: dict[str, Operator] = {
    **PASSED,
    "Gemm": _gemm,
    "MatMul": _mat_mul,
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), _arithmetic),
    "BatchNormalization": _batch_normalization,
    "Scaler": _scaler,
    "Relu": _activation(Activation.RECTIFIER),
    "LeakyRelu": _activation(Activation.LEAKY_RECTIFIER, 0.01),
    "Elu": _activation(Activation.ELU, 1.0),
    "Selu": _selu,
    "Tanh": _activation(Activation.TANH),
    "Sigmoid": _activation(Activation.LOGISTIC),
    "Softmax": _softmax,
}

"""A chain of scalings, dense products and activations, folded into the layers of a ScoringModel."""

import numpy as np
import numpy.typing as npt

from triplicate.importers.onnx_reader import Node
from triplicate.runtime.layers import Activation, Layer

__all__ = ["Chain"]

FloatArray = npt.NDArray[np.float64]
WIDEST_ALONE = 4096  # units of an activation without a product before it: they become a square matrix
MOST_WEIGHTS = 2**27  # of all layers: the square matrices of a small file may be large

END = Node("Output", "", (), (), {})


class Chain:
    """Layers under construction; `width` is the number of values that come out so far, None while unknown.

    A scaling y = x * scale + shift is folded into the product before it, or into the one after it; the one at
    the very beginning waits in `scale` and `shift` for whoever builds the columns (`take_leading`).
    """

    def __init__(self, width: int | None) -> None:
        self.width = width
        self.layers: list[Layer] = []
        self._weights: npt.NDArray[np.floating] | None = None
        self._bias: FloatArray = np.zeros(0)
        self._scale: FloatArray | None = None
        self._shift: FloatArray = np.zeros(())
        self._leading: tuple[FloatArray, FloatArray] | None = None
        self._size = 0

    @property
    def leading(self) -> tuple[FloatArray, FloatArray] | None:
        """Return (scale, shift) of the raw numbers, both (inputs,), that the first layer leaves out; None if none."""
        return self._leading

    def vector(self, value: npt.NDArray[np.generic], node: Node) -> FloatArray:
        """Return a constant as one number per value, or as a single number for all."""
        if value.dtype.kind not in "fi":
            raise node.refuse(f"a constant of {value.dtype} where numbers belong")
        if value.size == 1 and value.ndim <= 2:
            return value.reshape(()).astype(np.float64)
        if value.ndim > 2 or value.size != value.shape[-1]:
            raise node.refuse(f"a constant of shape {value.shape} is not one number per value")
        if self.width is None:
            self.width = value.size
        if value.size != self.width:
            raise node.refuse(f"{value.size} numbers for {self.width} values")
        return value.reshape(-1).astype(np.float64)

    def scaled(self, scale: FloatArray | None, shift: FloatArray, node: Node) -> None:
        """Append y = x * scale + shift; None stands for a scale of 1."""
        with np.errstate(all="ignore"):
            if self._weights is not None:
                if scale is not None:
                    self._weights = self._weights * np.broadcast_to(scale, self._bias.shape)[:, np.newaxis]
                    self._bias = self._bias * scale
                self._bias = self._bias + shift
                self._require_finite(node, self._weights, self._bias)
                return
            factor = np.ones(()) if scale is None else scale
            self._scale = factor if self._scale is None else self._scale * factor
            self._shift = self._shift * factor + shift
        self._require_finite(node, self._scale, self._shift)

    def dense(self, weights: npt.NDArray[np.floating], node: Node) -> None:
        """Append y = weights @ x, weights (units, inputs) float32 or float64; what is added comes as a scaling."""
        if weights.dtype.kind != "f" or weights.ndim != 2:
            raise node.refuse(f"weights of {weights.dtype} and shape {weights.shape}: a matrix of floats is needed")
        if self.width is not None and weights.shape[1] != self.width:
            raise node.refuse(f"weights for {weights.shape[1]} inputs, but {self.width} values reach the node")
        if self._weights is not None:
            self.activate(Activation.LINEAR, 0.0, node)
        bias = np.zeros(weights.shape[0])
        if self._scale is not None:
            scale, shift = (np.broadcast_to(part, weights.shape[1]) for part in (self._scale, self._shift))
            if not self.layers and self._can_lead(scale, shift):
                self._leading = scale, shift
            else:
                with np.errstate(all="ignore"):
                    bias, weights = weights @ shift + 0.0, weights * scale
                self._require_finite(node, weights, bias)
            self._scale, self._shift = None, np.zeros(())
        self._weights, self._bias, self.width = weights, bias, weights.shape[0]

    def activate(self, activation: Activation, alpha: float, node: Node | None) -> None:
        """End the layer with an activation."""
        if self._weights is None:
            if self.width is None or self.width > WIDEST_ALONE:
                reason = f"nothing but {self.width or 'an unknown number of'} values before it: a product is needed"
                raise (node or END).refuse(reason)
            scale = np.ones(()) if self._scale is None else self._scale
            self._weights = np.diag(np.broadcast_to(scale, self.width))
            self._bias = np.broadcast_to(self._shift, self.width)
            self._scale, self._shift = None, np.zeros(())
        self._size += self._weights.size
        if self._size > MOST_WEIGHTS:
            raise (node or END).refuse(f"more than {MOST_WEIGHTS} weights")
        zero = self._weights.dtype.type(0)
        self.layers.append(Layer(self._weights + zero, self._bias + 0.0, activation, alpha))
        self._weights = None

    def finish(self) -> None:
        """End with a linear layer where values wait for one."""
        if self._weights is not None or self._scale is not None or not self.layers:
            self.activate(Activation.LINEAR, 0.0, None)

    @staticmethod
    def _can_lead(scale: FloatArray, shift: FloatArray) -> bool:
        with np.errstate(all="ignore"):
            return bool((scale != 0).all() and np.isfinite(shift / scale).all())

    @staticmethod
    def _require_finite(node: Node, *values: npt.NDArray[np.floating]) -> None:
        if not all(np.isfinite(value).all() for value in values):
            raise node.refuse("the numbers of this node and those before it multiply to infinity")

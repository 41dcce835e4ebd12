"""The arithmetic of a layer: the exact order of docs/scoring-model.md, or BLAS for speed."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from triplicate.runtime.errors import TriplicateError
from triplicate.runtime.exponential import exp
from triplicate.runtime.layers import Activation, Layer

__all__ = ["Arithmetic", "BlasArithmetic", "ExactArithmetic", "activate", "refuse_flush_to_zero"]

FloatMatrix = npt.NDArray[np.float64]


class Arithmetic(Protocol):
    """How sums and exponentials are computed; the numba kernel of the façade is another implementation."""

    exact: bool

    def affine(self, inputs: FloatMatrix, by_input: FloatMatrix, bias: npt.NDArray[np.float64]) -> FloatMatrix:
        """Return bias + inputs @ by_input: (rows, n) and (n, sums) give (rows, sums), all float64."""
        ...

    def exp(self, x: FloatMatrix) -> FloatMatrix:
        """Return fdlibm's exponential of each element."""
        ...


class ExactArithmetic:
    """The contract's order in NumPy alone: each sum starts at its bias and adds inputs in ascending order."""

    exact = True

    def affine(self, inputs: FloatMatrix, by_input: FloatMatrix, bias: npt.NDArray[np.float64]) -> FloatMatrix:
        """Add one input after the other; inputs that are 0 in all rows are skipped, which changes no bit."""
        sums = np.repeat(bias[np.newaxis, :], len(inputs), axis=0)
        with np.errstate(all="ignore"):
            for index in np.flatnonzero(inputs.any(axis=0)):
                sums += inputs[:, index, np.newaxis] * by_input[index]
        return sums

    def exp(self, x: FloatMatrix) -> FloatMatrix:
        """Return fdlibm's exponential of each element."""
        return exp(x)


class BlasArithmetic(ExactArithmetic):
    """Matrix products by BLAS, whose summation order differs between machines, batch sizes and threads."""

    exact = False

    def affine(self, inputs: FloatMatrix, by_input: FloatMatrix, bias: npt.NDArray[np.float64]) -> FloatMatrix:
        """Return the matrix product plus bias."""
        with np.errstate(all="ignore"):
            return inputs @ by_input + bias


def activate(layer: Layer, sums: FloatMatrix, arithmetic: Arithmetic) -> FloatMatrix:
    """Return the outputs (rows, units) of a layer for its sums (rows, units * channels)."""
    with np.errstate(all="ignore"):
        return _activation(layer, sums, arithmetic) * layer.retain


def _activation(layer: Layer, z: FloatMatrix, arithmetic: Arithmetic) -> FloatMatrix:
    match layer.activation:
        case Activation.LINEAR:
            return z
        case Activation.RECTIFIER:
            return np.where(z <= 0.0, 0.0, z)
        case Activation.LEAKY_RECTIFIER:
            return np.where(z < 0.0, layer.alpha * z, z)
        case Activation.ELU:
            return np.where(z < 0.0, layer.alpha * (arithmetic.exp(z) - 1.0), z)
        case Activation.TANH:
            return 1.0 - 2.0 / (1.0 + arithmetic.exp(2.0 * z))
        case Activation.LOGISTIC:
            return 1.0 / (1.0 + arithmetic.exp(-z))
        case Activation.MAXOUT:
            return np.maximum(z[:, 0::2], z[:, 1::2])


def refuse_flush_to_zero() -> None:
    """Raise TriplicateError when the processor rounds subnormal numbers to 0, since bits would then differ."""
    subnormal = np.array([5e-310])
    # Bits, not values: a processor that reads subnormal numbers as 0 calls 5e-310 and 0 equal.
    if (subnormal * 1.0).tobytes() != subnormal.tobytes():
        raise TriplicateError(
            "this thread's processor state flushes subnormal numbers to zero (another library set it); "
            "exact scores need it off: score in a fresh thread or process"
        )

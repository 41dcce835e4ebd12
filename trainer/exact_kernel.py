"""The exact order of docs/scoring-model.md as numba kernels: the bits of the runtime's NumPy loop, much faster.

The façade and the estimators hand `NumbaArithmetic` to the runtime's Scorer; the runtime itself needs NumPy only.
"""

import numpy as np
import numpy.typing as npt
from numba import types

from triplicate.runtime.exponential import (
    HALF_LN2_WORD,
    LN2_HIGH,
    LN2_LOW,
    LOG2_E,
    OVERFLOW,
    POLYNOMIAL,
    THREE_HALVES_LN2_WORD,
    TINY_WORD,
    UNDERFLOW,
)
from triplicate.runtime.scorer import Scorer
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.trainer.apart import Job
from triplicate.trainer.jit import kernel

__all__ = ["EXACT_JOBS", "NumbaArithmetic", "exact_scorer"]

FloatMatrix = npt.NDArray[np.float64]
P1, P2, P3, P4, P5 = POLYNOMIAL


@kernel()  # no fastmath: every rounding of the contract counts
def _affine(
    inputs: FloatMatrix, by_input: FloatMatrix, bias: npt.NDArray[np.float64], live: npt.NDArray[np.int64],
    sums: FloatMatrix,
) -> None:  # fmt: skip
    """Fill sums (rows, n) with bias + inputs @ by_input, inputs in ascending order, zeros skipped.

    `live`, one per input, is written over: the places of a row's inputs that are not 0. Four of them in one pass read
    and write the sums a quarter as often.
    """
    for row in range(inputs.shape[0]):
        x, z = inputs[row], sums[row]
        count = 0
        for i in range(x.shape[0]):
            live[count] = i
            if x[i] != 0.0:
                count += 1
        for j in range(z.shape[0]):  # an array assignment would take numba five seconds to compile
            z[j] = bias[j]
        fours = count // 4 * 4
        for k in range(0, fours, 4):
            a, b, c, d = live[k], live[k + 1], live[k + 2], live[k + 3]
            by_a, by_b, by_c, by_d = by_input[a], by_input[b], by_input[c], by_input[d]
            x_a, x_b, x_c, x_d = x[a], x[b], x[c], x[d]  # not in the loop, where z might be the same memory
            for j in range(z.shape[0]):
                z[j] = z[j] + x_a * by_a[j] + x_b * by_b[j] + x_c * by_c[j] + x_d * by_d[j]
        for k in range(fours, count):
            value, weights = x[live[k]], by_input[live[k]]
            for j in range(z.shape[0]):
                z[j] += value * weights[j]


@kernel()
def _exp(x: FloatMatrix, x_bits: npt.NDArray[np.int64], y: FloatMatrix, y_bits: npt.NDArray[np.int64]) -> None:
    """Fill y with fdlibm's exponential of x; both are flat, and the bits are views of the same memory."""
    for i in range(x.shape[0]):
        value = x[i]
        if not (value <= OVERFLOW and value >= UNDERFLOW):
            y[i] = np.inf if value > 0 else 0.0
            if np.isnan(value):
                y[i] = np.nan
            continue
        word = (x_bits[i] >> 32) & 0x7FFFFFFF
        if word < TINY_WORD:
            y[i] = 1.0 + value
            continue
        half = -0.5 if value < 0 else 0.5
        if word <= HALF_LN2_WORD:
            k = 0
        elif word < THREE_HALVES_LN2_WORD:
            k = -1 if value < 0 else 1
        else:
            k = int(LOG2_E * value + half)
        high = value - k * LN2_HIGH
        low = k * LN2_LOW
        reduced = high - low
        t = reduced * reduced
        c = reduced - t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * P5))))
        y[i] = 1.0 - ((low - (reduced * c) / (2.0 - c)) - high)
        if k >= -1021:
            y_bits[i] += np.int64(k) << 52
        else:
            y_bits[i] += np.int64(k + 1000) << 52
            y[i] *= 2.0**-1000


MATRIX, VECTOR = types.Array(types.float64, 2, "C"), types.Array(types.float64, 1, "C")
READ_ONLY, WORDS = types.Array(types.float64, 1, "C", readonly=True), types.Array(types.int64, 1, "C")
EXACT_JOBS: list[Job] = [(_affine, (MATRIX, MATRIX, READ_ONLY, WORDS, MATRIX)), (_exp, (VECTOR, WORDS, VECTOR, WORDS))]
"""The kernels, and the types for which `NumbaArithmetic` calls them."""


class NumbaArithmetic:
    """An Arithmetic (triplicate.runtime.arithmetic) with compiled loops; bit for bit the NumPy one."""

    exact = True

    def affine(self, inputs: FloatMatrix, by_input: FloatMatrix, bias: npt.NDArray[np.float64]) -> FloatMatrix:
        """Return bias + inputs @ by_input: (rows, n) and (n, sums) give (rows, sums), all float64."""
        sums = np.empty((inputs.shape[0], by_input.shape[1]))
        live = np.empty(inputs.shape[1], dtype=np.int64)
        _affine(np.ascontiguousarray(inputs), by_input, bias, live, sums)
        return sums

    def exp(self, x: FloatMatrix) -> FloatMatrix:
        """Return fdlibm's exponential of each element."""
        flat = np.ascontiguousarray(x, dtype=np.float64).reshape(-1)
        result = np.empty_like(flat)
        _exp(flat, flat.view(np.int64), result, result.view(np.int64))
        return result.reshape(x.shape)


def exact_scorer(model: ScoringModel) -> Scorer:
    """Return a scorer whose exact arithmetic is compiled."""
    return Scorer(model, NumbaArithmetic())

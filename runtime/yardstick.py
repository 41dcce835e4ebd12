"""The yardstick A of the parity contract: the net run on absolute values, and the bounds it gives.

A difference between two ways of adding the same terms is a small multiple of the sum of their absolute
values, however much the terms cancel; A is that sum, carried through the layers (docs/scoring-model.md).
"""

from collections.abc import Iterator
from typing import assert_never

import numpy as np
import numpy.typing as npt

from triplicate.runtime.columns import Numeric
from triplicate.runtime.heads import Classification, Link, Reconstruction, Regression
from triplicate.runtime.layers import Activation, Layer
from triplicate.runtime.prediction import LARGEST_MEAN
from triplicate.runtime.scorer import Scorer
from triplicate.runtime.scoring_model import ScoringModel

__all__ = [
    "FLOAT32_DEMAND",
    "FLOAT32_LARGEST_INPUT",
    "FLOAT64_DEMAND",
    "LARGEST_PROMISED",
    "Bounds",
    "output_bounds",
    "scaled_magnitude",
    "yardstick",
]

FloatMatrix = npt.NDArray[np.float64]
LARGEST_PROMISED = 1e308  # rows whose A is not below this are promised between the exact forms only
FLOAT64_DEMAND, FLOAT32_DEMAND = (1e-14, 1e-10), (1e-5, 1e-6)  # of ONNX graphs: relative to A, and for probabilities
FLOAT32_LARGEST_INPUT = 1e3  # the float32 demand covers rows whose scaled numbers stay below this
CURVED = (Activation.TANH, Activation.LOGISTIC, Activation.ELU)


def yardstick(scorer: Scorer, numbers: npt.ArrayLike, *, rounded_cells: bool = False) -> list[FloatMatrix]:
    """Return A per layer for row numbers: first the inputs' (rows, inputs), then (rows, units) of each layer.

    A_0 = |x'|, A_l = |W_l| A_(l-1) + |b_l|, the larger of the two for maxout, times max(1, |alpha|) for
    leaky_rectifier and elu, and at least 1 after tanh, logistic and elu. With `rounded_cells`, for forms that
    take rounded numbers in, A_0 also holds (|x| + |subtract|) |multiply|: what the subtraction may cancel.
    """
    matrix = np.asarray(numbers, dtype=np.float64)
    current = np.abs(scorer.inputs(matrix))
    with np.errstate(all="ignore"):
        if rounded_cells:
            for index, column, magnitude in _scaled_magnitudes(scorer.model, matrix):
                current[:, column.input] += magnitude * np.isfinite(matrix[:, index])
        steps = [current]
        for layer in scorer.model.layers:
            current = _step(layer, current)
            steps.append(current)
    return steps


def _scaled_magnitudes(
    model: ScoringModel, numbers: FloatMatrix
) -> Iterator[tuple[int, Numeric, npt.NDArray[np.float64]]]:
    """Yield (index, column, (|x| + |subtract|) * |multiply|) of each numeric column; a missing x counts as 0."""
    for index, column in enumerate(model.columns):
        if isinstance(column, Numeric):
            x = np.nan_to_num(np.abs(numbers[:, index]), posinf=0.0)
            yield index, column, (x + abs(column.subtract)) * abs(column.multiply)


def _step(layer: Layer, current: FloatMatrix) -> FloatMatrix:
    sums = current @ np.abs(layer.weights).T.astype(np.float64) + np.abs(layer.bias)
    if layer.activation is Activation.MAXOUT:
        sums = np.maximum(sums[:, 0::2], sums[:, 1::2])
    sums = sums * max(1.0, abs(layer.alpha))
    return np.maximum(sums, 1.0) if layer.activation in CURVED else sums


def scaled_magnitude(model: ScoringModel, numbers: FloatMatrix) -> npt.NDArray[np.float64]:
    """Return per row the largest (|x| + |subtract|) * |multiply| of its numbers (0 where none is present)."""
    largest = np.zeros(len(numbers))
    with np.errstate(all="ignore"):
        for _, _, magnitude in _scaled_magnitudes(model, numbers):
            largest = np.maximum(largest, magnitude)
    return largest


class Bounds:
    """`scale` (rows, outputs): what a relative demand is multiplied by; `promised` (rows): A is below 1e308.

    `probability` (outputs) marks the outputs to which the absolute part of the demand belongs, `decision` those
    that are labels or flags, which may differ only where the margin is inside the bound.
    """

    def __init__(
        self,
        scale: FloatMatrix,
        promised: npt.NDArray[np.bool_],
        probability: npt.NDArray[np.bool_],
        decision: npt.NDArray[np.bool_],
    ) -> None:
        self.scale, self.promised, self.probability, self.decision = scale, promised, probability, decision

    def restricted(self, rows: npt.NDArray[np.bool_]) -> "Bounds":
        """Return the bounds with the promise kept for these rows (a mask) only."""
        return Bounds(self.scale, self.promised & rows, self.probability, self.decision)

    def allowed(self, relative: float, absolute: float) -> FloatMatrix:
        """Return the largest allowed difference (rows, outputs): relative * scale, plus absolute for probabilities."""
        return relative * self.scale + absolute * self.probability


def output_bounds(scorer: Scorer, numbers: npt.ArrayLike, exact: FloatMatrix, *, rounded_cells: bool = False) -> Bounds:
    """Return the bounds of the flat outputs (docs/scoring-model.md, "What the forms promise") for row numbers."""
    matrix = np.asarray(numbers, dtype=np.float64)
    model, steps = scorer.model, yardstick(scorer, matrix, rounded_cells=rounded_cells)
    last = steps[-1]
    largest = np.max([step.max(axis=1, initial=0.0) for step in steps], axis=0)
    width = len(model.output_names)
    probability, decision = np.zeros(width, dtype=bool), np.zeros(width, dtype=bool)
    with np.errstate(all="ignore"):
        match model.head:
            case Regression() as head:
                scale = _regression_scale(head, last, matrix, exact)
            case Classification():
                scale = np.repeat(last.max(axis=1, keepdims=True), width, axis=1)
                decision[0] = True
                probability[1:] = True
            case Reconstruction() as head:
                scale = _reconstruction_scale(head, steps[0], last, len(model.columns))
                decision[1] = True
            case _:
                assert_never(model.head)
        promised = (largest < LARGEST_PROMISED) & (np.nan_to_num(scale, nan=np.inf).max(axis=1) < LARGEST_PROMISED)
    return Bounds(scale, promised, probability, decision)


def _regression_scale(head: Regression, last: FloatMatrix, matrix: FloatMatrix, exact: FloatMatrix) -> FloatMatrix:
    offset = np.abs(matrix[:, -1:]) if head.offset is not None else np.zeros((len(matrix), 1))
    if head.link is Link.IDENTITY:
        scale: FloatMatrix = last * abs(head.scale) + abs(head.shift) + offset
        return scale
    # A small difference d of the linear predictor multiplies the mean by 1 + d; the exponential adds an ulp.
    return np.minimum(exact, LARGEST_MEAN) * np.maximum(last + offset, 1.0)


def _reconstruction_scale(head: Reconstruction, inputs: FloatMatrix, last: FloatMatrix, columns: int) -> FloatMatrix:
    # d = out - x has yardstick a = A + |x|; d * d differs by at most 2 a times the difference of d.
    a = last + inputs[:, head.targets]
    terms = 2.0 * (a * a) * head.weights
    errors = np.zeros((len(last), columns))
    for j, group in enumerate(head.groups):
        errors[:, group] += terms[:, j]
    score = terms.sum(axis=1, keepdims=True)
    rebuilt = last * np.abs(head.scale) + np.abs(head.shift)
    return np.column_stack((score, score, errors, rebuilt))

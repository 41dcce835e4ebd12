"""From the last layer's outputs to the flat output that all three forms are compared on."""

from typing import assert_never

import numpy as np
import numpy.typing as npt

from triplicate.runtime.arithmetic import Arithmetic
from triplicate.runtime.heads import Classification, LabelRule, Link, Reconstruction, Regression
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["LARGEST_MEAN", "predict", "probabilities_of"]

FloatMatrix = npt.NDArray[np.float64]
LARGEST_MEAN = 1e19  # cap of predictions under the log link


def predict(
    model: ScoringModel, units: FloatMatrix, inputs: FloatMatrix, numbers: FloatMatrix, arithmetic: Arithmetic
) -> FloatMatrix:
    """Return the flat output (rows, model.output_names) for the last layer's `units` (rows, units)."""
    with np.errstate(all="ignore"):
        match model.head:
            case Regression() as head:
                return _regression(head, units, numbers, arithmetic)
            case Classification() as head:
                return _classification(head, units, arithmetic)
            case Reconstruction() as head:
                return _reconstruction(head, units, inputs, len(model.columns))
            case _:
                assert_never(model.head)


def _regression(head: Regression, f: FloatMatrix, numbers: FloatMatrix, arithmetic: Arithmetic) -> FloatMatrix:
    offset = None if head.offset is None else numbers[:, -1:]
    if head.link is Link.IDENTITY:
        value = f * head.scale + head.shift
        return value if offset is None else value + offset
    return np.minimum(arithmetic.exp(f if offset is None else f + offset), LARGEST_MEAN)


def probabilities_of(head: Classification, z: FloatMatrix, arithmetic: Arithmetic) -> FloatMatrix:
    """Return class probabilities (rows, labels): softmax, then the prior correction if there is one."""
    p = arithmetic.exp(z - z.max(axis=1, keepdims=True))
    p /= _sum_in_order(p)
    if head.correction is not None:
        p = p * head.correction
        p /= _sum_in_order(p)
    return p


def _sum_in_order(terms: FloatMatrix) -> FloatMatrix:
    """Add the columns from first to last (NumPy's own sum adds in pairs, which rounds differently)."""
    total = terms[:, 0].copy()
    for k in range(1, terms.shape[1]):
        total += terms[:, k]
    return total[:, np.newaxis]


def _classification(head: Classification, z: FloatMatrix, arithmetic: Arithmetic) -> FloatMatrix:
    p = probabilities_of(head, z, arithmetic)
    if head.rule is LabelRule.THRESHOLD:
        label = (p[:, 1] >= head.threshold).astype(np.float64)
    else:
        label = p.argmax(axis=1).astype(np.float64)
    label[np.isnan(p).any(axis=1)] = -1.0
    return np.column_stack((label, p))


def _reconstruction(head: Reconstruction, out: FloatMatrix, inputs: FloatMatrix, columns: int) -> FloatMatrix:
    difference = out - inputs[:, head.targets]
    terms = (difference * difference) * head.weights
    score = np.zeros(len(out))
    errors = np.zeros((len(out), columns))
    for j, group in enumerate(head.groups):
        score += terms[:, j]
        errors[:, group] += terms[:, j]
    anomaly = (score > head.threshold).astype(np.float64)
    return np.column_stack((score, anomaly, errors, out * head.scale + head.shift))

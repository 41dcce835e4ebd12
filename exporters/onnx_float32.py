"""A model arranged for a float32 graph: less to compute there, the same answer within float32's demand."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from triplicate.exporters.onnx_input_plan import plan_inputs
from triplicate.runtime.columns import Categorical, Numeric
from triplicate.runtime.heads import Classification, Reconstruction
from triplicate.runtime.layers import Activation, Layer
from triplicate.runtime.metadata import Metadata
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["LARGEST_NUMBER", "always_labels", "fold_scaling"]

FloatVector = npt.NDArray[np.float64]
LARGEST_NUMBER = 2.0**64  # from here on a scaled number is as good as missing, where that keeps all sums finite
LARGEST_SUM = 1e37  # a tenth of the largest float32: room for rounding, and for the difference of two
ORDINARY = (1e-20, 1e20)  # factors and weights that float32 multiplies without losing digits at either end
NEAR = 8.0  # scaled units: a mean so far from 0 costs three bits where it is not subtracted
LARGEST_FOLDED = 2**26  # weights: a second copy of more is not worth a step over the numbers
BLOCK = 2**22  # weights looked at in one step
MOST_FACTORS = 1e30  # prior correction beyond this, or below its inverse, might divide 0 by 0


def fold_scaling(model: ScoringModel, *, complete: bool = False) -> ScoringModel:
    """Return the model with its numbers' factors in the first layer's weights, or as it is where that is not safe.

    x' = (x - s) * m becomes x - S with S the float32 next to s: one subtraction with one rounding, so that float32
    keeps the digits of large numbers that lie close together. What S lacks goes into the bias, where it is smaller
    than the bias itself: within float32's demand, whatever the row.

    Of a `complete` table nothing is subtracted where every s is near 0, beside the spread of its column, and nothing is
    clipped: all of s goes into the bias. That costs numbers near s up to three of their 24 bits, and saves a step over
    all numbers.
    """
    first, plan = model.layers[0], plan_inputs(model)
    columns = {p: c for p, c in enumerate(model.columns) if isinstance(c, Numeric)}
    inputs = np.array([column.input for column in columns.values()], dtype=np.int64)
    if isinstance(model.head, Reconstruction) or not columns or first.weights.size > LARGEST_FOLDED:
        return model
    subtract, multiply = (np.array([getattr(c, name) for c in columns.values()]) for name in ("subtract", "multiply"))
    with np.errstate(over="ignore", under="ignore"):
        nearest = subtract.astype(np.float32).astype(np.float64)
        missing = np.array([column.missing for column in columns.values()]) / np.where(multiply == 0.0, 1.0, multiply)
    usable = (multiply > 0.0) & (np.abs(nearest) <= LARGEST_NUMBER) & (np.abs(missing) <= LARGEST_NUMBER)
    if np.isin(inputs, plan.shared).any() or not _ordinary(multiply) or not usable.all():
        return model
    clipped = any(column.low > -np.inf or column.high < np.inf for column in columns.values())
    near = complete and not clipped and bool((np.abs(subtract * multiply) <= NEAR).all())
    if near:
        nearest = np.zeros_like(subtract)
    rest = subtract - nearest
    if (multiply == 1.0).all() and not rest.any():
        return model
    weights = first.weights.astype(np.float64)
    with np.errstate(over="ignore", under="ignore"):
        weights[:, inputs] *= multiply
    parts = weights[:, inputs] * rest
    if not _ordinary(np.abs(weights[:, inputs])):
        return model
    if not near and (np.abs(parts).sum(axis=1) > np.abs(first.bias)).any():
        return model
    layer = replace(first, weights=weights, bias=first.bias - parts.sum(axis=1))
    folded = list(model.columns)
    for (position, column), s, d in zip(columns.items(), nearest.tolist(), rest.tolist(), strict=True):
        filled, low, high = (float(n / column.multiply + d) for n in (column.missing, column.low, column.high))
        folded[position] = Numeric(column.name, column.input, s, 1.0, filled, low, high)
    return replace(model, columns=tuple(folded), layers=(layer, *model.layers[1:]), metadata=Metadata())


def _ordinary(values: FloatVector) -> bool:
    """Tell whether every value lies between the two ends of `ORDINARY`; a weight may be 0 as well."""
    smallest, largest = ORDINARY
    return bool((((values >= smallest) & (values <= largest)) | (values == 0.0)).all())


def always_labels(model: ScoringModel) -> bool:
    """Tell whether a float32 graph of the model has a label for every row, when it drops what `LARGEST_NUMBER` says.

    It has one when no sum can overflow: then no probability is NaN. Known from the yardstick of the largest inputs.
    """
    head = model.head
    if not isinstance(head, Classification):
        return False
    if head.correction is not None:
        factors = head.correction
        if (factors > MOST_FACTORS).any() or (factors < 1.0 / MOST_FACTORS).any():
            return False
    current = _largest_inputs(model)
    for layer in model.layers:
        sums = _magnitudes(layer, current)
        if not (sums < LARGEST_SUM).all():
            return False
        current = _largest_outputs(layer, sums)
    return True


def _largest_inputs(model: ScoringModel) -> FloatVector:
    """Return a bound of each input's absolute value."""
    largest = np.zeros(model.inputs)
    for column in model.columns:
        if isinstance(column, Numeric):
            ends = np.abs([column.low, column.high, column.missing])
            largest[column.input] += np.where(np.isfinite(ends), ends, LARGEST_NUMBER).max()
        elif isinstance(column, Categorical) and column.inputs.size:
            reached = column.inputs >= 0
            added = np.zeros(model.inputs)
            np.maximum.at(added, column.inputs[reached], np.abs(column.values[reached]))
            largest += added * column.inputs.shape[1]
    return largest


def _magnitudes(layer: Layer, current: FloatVector) -> FloatVector:
    """Return |weights| · current + |bias|, a block of weights at a time."""
    sums = np.abs(layer.bias)
    rows = max(1, BLOCK // layer.inputs)
    with np.errstate(over="ignore"):
        for start in range(0, len(sums), rows):
            sums[start : start + rows] += np.abs(layer.weights[start : start + rows]).astype(np.float64) @ current
    return sums


def _largest_outputs(layer: Layer, sums: FloatVector) -> FloatVector:
    match layer.activation:
        case Activation.TANH | Activation.LOGISTIC:
            return np.ones(layer.units)
        case Activation.MAXOUT:
            return np.maximum(sums[0::2], sums[1::2])
        case _:
            return np.maximum(sums * max(1.0, abs(layer.alpha)), abs(layer.alpha))

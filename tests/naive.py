"""A slow, plain twin of the forward pass: one number at a time, read straight off docs/scoring-model.md.

Nothing here is shared with the runtime except the model itself; exp is the runtime's, proven elsewhere.
"""

import math

import numpy as np

from triplicate.runtime import Activation, Classification, LabelRule, Layer, Link, Numeric, Regression, ScoringModel
from triplicate.runtime.exponential import exp as vector_exp

__all__ = ["naive_outputs"]


def naive_exp(x: float) -> float:
    """Return fdlibm's exp of one number (tests/unit/test_exponential.py proves it against StrictMath)."""
    return float(vector_exp(np.array([x]))[0])


def naive_inputs(model: ScoringModel, row: list[float]) -> list[float]:
    """Return the network's inputs for one row of row numbers."""
    x = [0.0] * model.inputs
    for column, given in zip(model.columns, row, strict=False):
        if isinstance(column, Numeric):
            scaled = (given - column.subtract) * column.multiply
            if not math.isfinite(scaled):
                scaled = column.missing
            if scaled < column.low:
                scaled = column.low
            if scaled > column.high:
                scaled = column.high
            x[column.input] += scaled
            continue
        levels = len(column.levels)
        known = not math.isnan(given) and 0 <= given < levels and given == math.floor(given)
        table_row = levels if math.isnan(given) else int(given) if known else levels + 1
        for target, value in zip(column.inputs[table_row], column.values[table_row], strict=True):
            if target >= 0:
                x[target] += float(value)
    return x


def naive_layer(layer: Layer, x: list[float]) -> list[float]:
    """Return one layer's outputs."""
    sums = []
    for row, bias in zip(layer.weights, layer.bias, strict=True):
        z = float(bias)
        for value, weight in zip(x, row, strict=True):
            if value != 0.0:
                z = z + value * float(weight)
        sums.append(z)
    return [_activation(layer, sums[u * layer.channels : (u + 1) * layer.channels]) * layer.retain
            for u in range(layer.units)]  # fmt: skip


def _activation(layer: Layer, z: list[float]) -> float:
    match layer.activation:
        case Activation.LINEAR:
            return z[0]
        case Activation.RECTIFIER:
            return 0.0 if z[0] <= 0 else z[0]
        case Activation.LEAKY_RECTIFIER:
            return layer.alpha * z[0] if z[0] < 0 else z[0]
        case Activation.ELU:
            return layer.alpha * (naive_exp(z[0]) - 1.0) if z[0] < 0 else z[0]
        case Activation.TANH:
            return 1.0 - 2.0 / (1.0 + naive_exp(2.0 * z[0]))
        case Activation.LOGISTIC:
            return 1.0 / (1.0 + naive_exp(-z[0]))
        case Activation.MAXOUT:
            return math.nan if math.isnan(z[0]) or math.isnan(z[1]) else max(z)


def naive_outputs(model: ScoringModel, row: list[float]) -> list[float]:
    """Return the flat output of one row of row numbers."""
    inputs = naive_inputs(model, row)
    out = inputs
    for layer in model.layers:
        out = naive_layer(layer, out)
    head = model.head
    if isinstance(head, Classification):
        return _classification(head, out)
    if isinstance(head, Regression):
        offset = 0.0 if head.offset is None else row[-1]
        if head.link is Link.LOG:
            mean = naive_exp(out[0] if head.offset is None else out[0] + offset)
            return [1e19 if mean > 1e19 else mean]
        value = out[0] * head.scale + head.shift
        return [value if head.offset is None else value + offset]
    score, errors = 0.0, [0.0] * len(model.columns)
    for j, target in enumerate(head.targets):
        difference = out[j] - inputs[target]
        term = (difference * difference) * float(head.weights[j])
        score += term
        errors[head.groups[j]] += term
    rebuilt = [o * float(a) + float(b) for o, a, b in zip(out, head.scale, head.shift, strict=True)]
    return [score, 1.0 if score > head.threshold else 0.0, *errors, *rebuilt]


def _classification(head: Classification, z: list[float]) -> list[float]:
    top = z[0]
    for value in z:
        if value > top:
            top = value
    e = [naive_exp(value - top) for value in z]
    p = _normalise(e)
    if head.correction is not None:
        p = _normalise([value * float(factor) for value, factor in zip(p, head.correction, strict=True)])
    if any(math.isnan(value) for value in p):
        return [-1.0, *p]
    if head.rule is LabelRule.THRESHOLD:
        return [1.0 if p[1] >= head.threshold else 0.0, *p]
    label = 0
    for k, value in enumerate(p):
        if value > p[label]:
            label = k
    return [float(label), *p]


def _normalise(terms: list[float]) -> list[float]:
    total = terms[0]
    for term in terms[1:]:
        total += term
    return [
        math.nan if math.isnan(total) or (math.isinf(total) and math.isinf(t)) or total == 0 else t / total
        for t in terms
    ]

"""Heads: from the last layer's outputs to the named outputs of the graph."""

import numpy as np
from onnx import TensorProto

from triplicate.exporters.onnx_nodes import GraphBuilder
from triplicate.runtime.columns import Column
from triplicate.runtime.heads import Classification, LabelRule, LabelType, Link, Reconstruction, Regression
from triplicate.runtime.layers import Activation, Layer
from triplicate.runtime.prediction import LARGEST_MEAN

__all__ = [
    "REASONS",
    "add_classification",
    "add_linear_classification",
    "add_reconstruction",
    "add_regression",
    "is_linear_classification",
    "log_odds_layer",
    "no_label",
]

FEW_LABELS = 16  # up to here one operator for layer, softmax and label takes less than three
REASONS = 3  # columns named per row, fewer when the model has fewer


def no_label(head: Classification) -> str | int:
    """Return what `label` holds for a row whose probabilities are NaN (sums beyond the largest number).

    "" for texts and booleans; for integers the smallest 64-bit integer that is not a label.
    """
    if head.label_type is not LabelType.INTEGER:
        return ""
    lowest = -(2**63)
    while str(lowest) in head.labels:
        lowest += 1
    return lowest


def log_odds_layer(head: Classification, last: Layer) -> Layer | None:
    """Return a last layer that gives z_0 - z_1 and z_1 - z_0 for two classes; None where there is no such layer.

    The logistic function of these is the softmax of z, in one operator that ONNX Runtime merges with the product, or
    has in its linear classifier. It is for float32 graphs: a sum beyond the largest number ends at 0 or 1, where the
    contract wants NaN.
    """
    if len(head.labels) != 2 or last.activation is not Activation.LINEAR or last.retain != 1.0:
        return None
    wide = last.weights.astype(np.float64)
    with np.errstate(over="ignore"):
        weights, bias = wide - wide[::-1], last.bias - last.bias[::-1]
    return Layer(weights, bias) if np.isfinite(weights).all() and np.isfinite(bias).all() else None


def add_linear_classification(
    b: GraphBuilder, head: Classification, last: Layer, number: int, inputs: str, *, log_odds: bool = False
) -> str | None:
    """Add layer `number`, the last one, and the outputs of `add_classification` as one operator, in float32.

    With `log_odds`, the layer is that of `log_odds_layer`: of two sums of opposite sign the logistic function is the
    softmax, which ONNX Runtime computes row by row in twice the time. Returns the labels' edge where they are integers.
    """
    kind, code, known = "strings", TensorProto.STRING, list[str | int](head.labels)
    if head.label_type is LabelType.INTEGER:
        kind, code, known = "ints", TensorProto.INT64, [int(label) for label in head.labels]
    label, p = b.nodes(
        "LinearClassifier",
        [inputs],
        ("head.label", "head.probabilities"),
        domain="ai.onnx.ml",
        coefficients=b.narrow(last.weights, f"layers.{number}.weights").ravel().tolist(),
        intercepts=b.narrow(last.bias, f"layers.{number}.bias").tolist(),
        post_transform="LOGISTIC" if log_odds else "SOFTMAX",
        multi_class=0,
        **{f"classlabels_{kind}": known},
    )
    b.output(label, "label", code, None)
    b.output(p, "probabilities", b.float_code, len(head.labels))
    return label if code == TensorProto.INT64 else None


def is_linear_classification(head: Classification, last: Layer) -> bool:
    """Tell whether one operator does the last layer and the head: the largest of a few sums decides."""
    plain = last.activation is Activation.LINEAR and last.retain == 1.0 and head.correction is None
    return plain and head.rule is LabelRule.ARGMAX and len(head.labels) <= FEW_LABELS


def add_classification(
    b: GraphBuilder, head: Classification, z: str, *, log_odds: bool = False, always: bool = False
) -> str:
    """Add the outputs `label` [N] and `probabilities` [N, labels].

    With `log_odds`, z is that of `log_odds_layer`; with `always`, no probability is ever NaN. Labels are int64 for
    integer labels and strings else: booleans are the texts "True" and "False", since a tensor of booleans could not
    say that a row has no label. Returns an edge of integers int64 [N].
    """
    classes = len(head.labels)
    p = b.node("Sigmoid", [z], "head.logistic") if log_odds else b.node("Softmax", [z], "head.softmax", axis=1)
    if head.correction is not None:
        q = b.node("Mul", [p, b.numbers(head.correction, "head.correction")], "head.corrected")
        p = b.node("Div", [q, b.sum_over(q, [1], "head.total", keep=True)], "head.normalised")
    unknown = None
    if head.rule is LabelRule.THRESHOLD:
        judged = b.node("Gather", [p, b.scalar(1, TensorProto.INT64)], "head.second", axis=1)
        reached = b.node("GreaterOrEqual", [judged, b.scalar(head.threshold)], "head.reached")
        index = b.node("Cast", [reached], "head.index", to=TensorProto.INT64)
        if not always:
            unknown = b.node("IsNaN", [judged], "head.unknown")
    else:
        index = b.node("ArgMax", [p], "head.index", axis=1, keepdims=0, select_last_index=0)
        if not always:  # one probability of a row is NaN when all are
            judged = b.node("Gather", [p, b.scalar(0, TensorProto.INT64)], "head.first", axis=1)
            unknown = b.node("IsNaN", [judged], "head.unknown")
    label, code = _label(b, head, index, unknown)
    b.output(label, "label", code, None)
    b.output(p, "probabilities", b.float_code, classes)
    return index


def _label(b: GraphBuilder, head: Classification, index: str, unknown: str | None) -> tuple[str, int]:
    """Return the labels at `index`, or `no_label` where `unknown`, and their type."""
    none, classes = no_label(head), len(head.labels)
    if isinstance(none, int):
        labels = [int(label) for label in head.labels]
        if labels != list(range(classes)):
            index = b.node("Gather", [b.integers(labels, "head.labels"), index], "head.label_or_any")
        if unknown is not None:
            index = b.node("Where", [unknown, b.scalar(none, TensorProto.INT64), index], "head.label")
        return index, TensorProto.INT64
    if unknown is None:
        return b.node("Gather", [b.texts(head.labels, "head.labels"), index], "head.label"), TensorProto.STRING
    index = b.node("Where", [unknown, b.scalar(classes, TensorProto.INT64), index], "head.index_or_none")
    return b.node("Gather", [b.texts([*head.labels, none], "head.labels"), index], "head.label"), TensorProto.STRING


def add_regression(b: GraphBuilder, head: Regression, f: str, offset: str | None) -> None:
    """Add the output `variable` [N, 1]; a missing offset makes it NaN."""
    value = f
    if head.scale != 1.0:
        value = b.node("Mul", [value, b.scalar(head.scale)], "head.scaled")
    if head.shift != 0.0:
        value = b.node("Add", [value, b.scalar(head.shift)], "head.shifted")
    if offset is not None:
        value = b.node("Add", [value, offset], "head.with_offset")
    if head.link is Link.LOG:
        # exp(v) as the square of exp(v / 2): ONNX Runtime before 1.21 has 5.6e-309 for everything that should be 0
        root = b.node("Exp", [b.node("Mul", [value, b.scalar(0.5)], "head.half")], "head.root")
        mean, cap = b.node("Mul", [root, root], "head.exp"), b.scalar(LARGEST_MEAN)
        beyond = b.node("Greater", [mean, cap], "head.beyond")  # Min makes the cap of a NaN before ONNX Runtime 1.21
        value = b.node("Where", [beyond, cap, mean], "head.mean")
    b.output(value, "variable", b.float_code, 1)


def add_reconstruction(
    b: GraphBuilder, head: Reconstruction, columns: tuple[Column, ...], out: str, targets: str
) -> None:
    """Add `reconstruction` [N, targets], `score` [N, 1], `per_column` [N, columns], `is_anomaly` [N], `reasons`.

    `reasons` [N, up to 3] names the columns with the largest errors, largest first, earlier columns first
    among equals; an error that is not a number counts as infinite.
    """
    rebuilt = b.node("Mul", [out, b.numbers(head.scale, "head.scale")], "head.scaled")
    rebuilt = b.node("Add", [rebuilt, b.numbers(head.shift, "head.shift")], "head.reconstruction")
    difference = b.node("Sub", [out, targets], "head.difference")
    squares = b.node("Mul", [difference, difference], "head.squares")
    errors = b.node("Mul", [squares, b.numbers(head.weights, "head.weights")], "head.errors")
    score = b.sum_over(errors, [1], "head.score", keep=True)
    anomaly = b.node("Greater", [score, b.scalar(head.threshold)], "head.anomaly")
    anomaly = b.node("Squeeze", [anomaly, b.integers([1], "head.axis")], "head.is_anomaly")
    per_column = _per_column(b, head, len(columns), errors)
    count = min(REASONS, len(columns))
    largest = b.integers([count], "head.reasons.count")
    unknown = b.node("IsNaN", [per_column], "head.reasons.unknown")
    ranked = b.node("Where", [unknown, b.scalar(np.inf), per_column], "head.reasons.ranks")
    _, places = b.nodes("TopK", [ranked, largest], ("head.reasons.errors", "head.reasons.places"), axis=1)
    names = b.texts([column.name for column in columns], "head.columns")
    b.output(rebuilt, "reconstruction", b.float_code, len(head.targets))
    b.output(score, "score", b.float_code, 1)
    b.output(per_column, "per_column", b.float_code, len(columns))
    b.output(anomaly, "is_anomaly", TensorProto.BOOL, None)
    b.output(b.node("Gather", [names, places], "head.reasons"), "reasons", TensorProto.STRING, count)


def _per_column(b: GraphBuilder, head: Reconstruction, columns: int, errors: str) -> str:
    """Add up the errors of each column [N, columns].

    Columns with the same number of targets are added at once; a matrix of zeros and ones would turn one
    infinite error into NaN for all columns.
    """
    members = [np.flatnonzero(head.groups == column) for column in range(columns)]
    sizes = sorted({len(targets) for targets in members} - {0})
    order: list[int] = []
    sums = []
    for size in sizes:
        same = [column for column in range(columns) if len(members[column]) == size]
        order += same
        targets = np.array([members[column] for column in same], dtype=np.int64)
        hint = f"head.columns_of_{size}"
        if size == 1:
            sums.append(b.columns_of(errors, targets[:, 0], len(head.targets), hint))
            continue
        terms = b.node("Gather", [errors, b.integers(targets, f"{hint}.targets")], f"{hint}.errors", axis=1)
        sums.append(b.sum_over(terms, [2], hint))
    together = b.concat(sums, "head.column_sums")
    width = len(order)
    if width < columns:  # columns without a target have no error
        together = b.node("Pad", [together, b.integers([0, 0, 0, 1], "head.margins")], "head.padded_sums")
        order += [column for column in range(columns) if not len(members[column])]
        width += 1
    place = np.minimum(np.argsort(np.array(order)), width - 1)
    return b.columns_of(together, place, width, "head.per_column")

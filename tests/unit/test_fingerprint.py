"""triplicate.runtime.fingerprint: exactly what scoring reads, byte by byte."""

import hashlib
import struct
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from triplicate.runtime import (
    Activation,
    Categorical,
    Classification,
    GoldenRows,
    LabelRule,
    LabelType,
    Layer,
    Link,
    Metadata,
    Numeric,
    Reconstruction,
    Regression,
    ScoringModel,
    UnseenPolicy,
)
from triplicate.runtime.heads import Head


def model(head: Head | None = None) -> ScoringModel:
    """Return a model of two columns and two layers in which every field can be changed alone."""
    table = Categorical("c", ("x", "y"), np.array([[1], [2], [-1], [0]]), np.array([[1.0], [1], [0], [0]]))
    hidden = Layer(np.full((2, 3), 0.5, np.float32), np.zeros(2), Activation.ELU, 1.0, 0.5)
    last = Layer(np.ones((2, 2)), np.zeros(2))
    return ScoringModel((Numeric("n", 0), table), (hidden, last), head or Classification(("a", "b")), ("NA",))


REGRESSION = ScoringModel((Numeric("n", 0),), (Layer(np.ones((1, 1)), np.zeros(1)),), Regression(offset="o"))
RECONSTRUCTION = Reconstruction([0, 1], [1.0, 1], [0, 1], [1.0, 1], [0.0, 0])  # type: ignore[arg-type]
CORRECTED = Classification(("a", "b"), LabelType.STRING, LabelRule.THRESHOLD, 0.5, np.array([1.0, 2.0]))


def one_column(index: int, **changes: Any) -> ScoringModel:
    """Return the model with fields of one column changed."""
    columns = list(model().columns)
    columns[index] = replace(columns[index], **changes)
    return replace(model(), columns=tuple(columns))


def one_layer(**changes: Any) -> ScoringModel:
    """Return the model with fields of the first layer changed."""
    return replace(model(), layers=(replace(model().layers[0], **changes), model().layers[1]))


# One entry per field that scoring reads: (part, field) and the model in which it alone differs from its base.
CHANGES: dict[tuple[str, str], tuple[ScoringModel, Callable[[], ScoringModel]]] = {
    ("Numeric", "name"): (model(), lambda: one_column(0, name="m")),
    ("Numeric", "input"): (model(), lambda: one_column(0, input=1)),
    ("Numeric", "subtract"): (model(), lambda: one_column(0, subtract=5e-324)),
    ("Numeric", "multiply"): (model(), lambda: one_column(0, multiply=1.0000000000000002)),
    ("Numeric", "missing"): (model(), lambda: one_column(0, missing=1.0)),
    ("Numeric", "low"): (model(), lambda: one_column(0, low=-1e308)),
    ("Numeric", "high"): (model(), lambda: one_column(0, high=1e308)),
    ("Categorical", "name"): (model(), lambda: one_column(1, name="d")),
    ("Categorical", "levels"): (model(), lambda: one_column(1, levels=("y", "x"))),
    ("Categorical", "inputs"): (model(), lambda: one_column(1, inputs=np.array([[1], [2], [-1], [1]]))),
    ("Categorical", "values"): (model(), lambda: one_column(1, values=np.array([[1.0], [1], [0], [2]]))),
    ("Categorical", "unseen"): (model(), lambda: one_column(1, unseen=UnseenPolicy.ERROR)),
    ("Layer", "weights"): (model(), lambda: one_layer(weights=np.full((2, 3), 0.5))),
    ("Layer", "bias"): (model(), lambda: one_layer(bias=np.array([0.0, 5e-324]))),
    ("Layer", "activation"): (model(), lambda: one_layer(activation=Activation.LEAKY_RECTIFIER)),
    ("Layer", "alpha"): (model(), lambda: one_layer(alpha=2.0)),
    ("Layer", "retain"): (model(), lambda: one_layer(retain=1.0)),
    ("Regression", "link"): (REGRESSION, lambda: replace(REGRESSION, head=Regression(Link.LOG, offset="o"))),
    ("Regression", "scale"): (REGRESSION, lambda: replace(REGRESSION, head=Regression(scale=2.0, offset="o"))),
    ("Regression", "shift"): (REGRESSION, lambda: replace(REGRESSION, head=Regression(shift=2.0, offset="o"))),
    ("Regression", "offset"): (REGRESSION, lambda: replace(REGRESSION, head=Regression(offset="p"))),
    ("Classification", "labels"): (model(), lambda: model(Classification(("b", "a")))),
    ("Classification", "label_type"): (
        model(Classification(("0", "1"))),
        lambda: model(Classification(("0", "1"), LabelType.INTEGER)),
    ),
    ("Classification", "rule"): (
        model(),
        lambda: model(Classification(("a", "b"), rule=LabelRule.THRESHOLD, threshold=0.0)),
    ),
    ("Classification", "threshold"): (model(CORRECTED), lambda: model(replace(CORRECTED, threshold=0.6))),
    ("Classification", "correction"): (model(CORRECTED), lambda: model(replace(CORRECTED, correction=None))),
    **{
        ("Reconstruction", name): (
            model(RECONSTRUCTION),
            lambda name=name, value=value: model(replace(RECONSTRUCTION, **{name: value})),  # type: ignore[misc]
        )
        for name, value in {
            "targets": [1, 0], "weights": [1.0, 2], "groups": [1, 0], "scale": [1.0, 2], "shift": [0.0, 2],
            "threshold": 1.0,
        }.items()
    },
    ("ScoringModel", "columns"): (model(), lambda: replace(model(), columns=tuple(reversed(model().columns)))),
    ("ScoringModel", "layers"): (model(), lambda: replace(model(), layers=(*model().layers, model().layers[1]))),
    ("ScoringModel", "head"): (model(), lambda: model(RECONSTRUCTION)),
    ("ScoringModel", "na_values"): (model(), lambda: replace(model(), na_values=("NA", "?"))),
}  # fmt: skip


def test_every_field_that_scoring_reads_is_among_the_changes() -> None:
    """A new field must enter the fingerprint, this list and the specification."""
    kinds = (Numeric, Categorical, Layer, Regression, Classification, Reconstruction, ScoringModel)
    expected = {(kind.__name__, field.name) for kind in kinds for field in fields(kind)} - {
        ("ScoringModel", "metadata")
    }
    assert set(CHANGES) == expected


@pytest.mark.parametrize("part", CHANGES, ids=".".join)
def test_the_fingerprint_changes_with_every_field(part: tuple[str, str]) -> None:
    """The smallest change of any one field gives another fingerprint and an unequal model."""
    base, change = CHANGES[part]
    changed = change()
    assert changed.fingerprint != base.fingerprint
    assert changed != base
    assert change().fingerprint == changed.fingerprint


def test_the_fingerprint_does_not_change_with_metadata() -> None:
    """Training summary and golden rows are not read by scoring."""
    golden = GoldenRows(((1.0,), ("x",)), np.zeros((1, 3)))
    assert model().with_metadata(Metadata.of({"auc": 1.0}, golden)).fingerprint == model().fingerprint


def test_texts_cannot_run_into_each_other() -> None:
    """Lengths are written, so that ("ab", "c") and ("a", "bc") differ."""
    assert replace(model(), na_values=("ab", "c")).fingerprint != replace(model(), na_values=("a", "bc")).fingerprint


def _text(value: str) -> bytes:
    data = value.encode("utf-8")
    return b"S" + struct.pack("<q", len(data)) + data


def _array(code: bytes, shape: tuple[int, ...], data: bytes) -> bytes:
    return b"A" + code + struct.pack("<q", len(shape)) + struct.pack(f"<{len(shape)}q", *shape) + data


def worked_example() -> Iterator[bytes]:
    """Yield the byte string of the tiny model of docs/scoring-model.md, written out by hand."""
    yield _text("triplicate scoring model 1")
    yield b"T" + struct.pack("<q", 2)
    yield b"O" + _text("Numeric") + _text("age") + b"I" + struct.pack("<q", 0)
    yield b"".join(b"F" + struct.pack("<d", x) for x in (40.0, 0.1, 0.0, -np.inf, np.inf))
    yield b"O" + _text("Categorical") + _text("colour")
    yield b"T" + struct.pack("<q", 2) + _text("blue") + _text("red")
    yield _array(b"i", (4, 1), struct.pack("<4i", 1, 2, -1, -1))
    yield _array(b"d", (4, 1), struct.pack("<4d", 1.0, 1.0, 0.0, 0.0))
    yield _text("row")
    yield b"T" + struct.pack("<q", 1)
    yield b"O" + _text("Layer")
    yield _array(b"f", (1, 3), struct.pack("<3f", 0.5, -1.0, 2.0))
    yield _array(b"d", (1,), struct.pack("<d", 0.25))
    yield _text("linear") + b"F" + struct.pack("<d", 0.0) + b"F" + struct.pack("<d", 1.0)
    yield b"O" + _text("Regression") + _text("identity")
    yield b"F" + struct.pack("<d", 10.0) + b"F" + struct.pack("<d", 100.0) + b"N"
    yield b"T" + struct.pack("<q", 0)


def tiny() -> ScoringModel:
    """Return the model of the specification's worked example."""
    table = np.array([[1], [2], [-1], [-1]]), np.array([[1.0], [1.0], [0.0], [0.0]])
    columns = (Numeric("age", 0, subtract=40.0, multiply=0.1), Categorical("colour", ("blue", "red"), *table))
    layer = Layer(np.array([[0.5, -1.0, 2.0]], dtype=np.float32), np.array([0.25]))
    return ScoringModel(columns, (layer,), Regression(Link.IDENTITY, 10.0, 100.0))


def test_the_worked_example_has_the_digest_of_its_bytes() -> None:
    """Bytes written by hand as docs/scoring-model.md lists them, and the library, agree."""
    data = b"".join(worked_example())
    assert len(data) == 495
    assert tiny().fingerprint == hashlib.sha256(data).hexdigest()
    assert tiny().fingerprint == "16139c50d9f77720526862696d31e6ef0abace78e65342a96ef84eebf6e63090"

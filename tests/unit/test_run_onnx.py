"""Running the ONNX form over raw rows and arranging its outputs as the flat layout."""

from collections.abc import Sequence

import numpy as np
import pytest

from triplicate.exporters import onnx_run
from triplicate.exporters.onnx_columns import InputForm
from triplicate.exporters.onnx_graph import build_onnx
from triplicate.exporters.onnx_run import run_onnx
from triplicate.runtime import (
    Categorical,
    Classification,
    LabelType,
    Layer,
    Numeric,
    RawRows,
    Reconstruction,
    Regression,
    Scorer,
    ScoringModel,
    UnseenPolicy,
)

from onnx_cases import adding_model, one_hot, small_model


def rows_of(*columns: Sequence[float] | Sequence[str | None]) -> RawRows:
    """Return raw rows from lists of numbers or texts."""
    cells = tuple(np.array(c) if isinstance(c[0], float) else np.array(c, dtype=object) for c in columns)
    return RawRows(cells, len(columns[0]))


FORMS: tuple[InputForm, ...] = ("columns", "matrix")
RAW = rows_of([0.5, np.nan, 3.0], ["red", None, "blue"])


@pytest.mark.parametrize("label_type", list(LabelType))
def test_labels_come_back_as_their_index(label_type: LabelType) -> None:
    """Texts, booleans and integers alike; probabilities follow."""
    labels = {LabelType.STRING: ("no", "yes"), LabelType.INTEGER: ("5", "-3"), LabelType.BOOLEAN: ("True", "False")}
    model = small_model(Classification(labels[label_type], label_type), 2)
    exact = Scorer(model).score(RAW)
    found = run_onnx(model, RAW)
    assert found.outputs[:, 0].tolist() == exact.outputs[:, 0].tolist()
    assert np.allclose(found.outputs, exact.outputs, rtol=0, atol=1e-14)
    assert found.unseen.tolist() == [0, 0, 1]


def test_a_row_without_a_label_is_minus_one() -> None:
    """As in the flat output of the exact path."""
    layer = Layer(np.array([[1e300, -1e300], [0.0, 1.0]]), np.zeros(2))
    model = ScoringModel((Numeric("x", 0), Numeric("y", 1)), (layer,), Classification(("a", "b")))
    found = run_onnx(model, rows_of([1e300, 0.0], [1e300, 1.0]))
    assert found.outputs[:, 0].tolist() == [-1.0, 1.0]


@pytest.mark.parametrize("form", FORMS)
def test_an_autoencoder_has_the_flat_layout(form: InputForm) -> None:
    """Score, flag, error per column, reconstruction per target."""
    ones = np.ones(3)
    head = Reconstruction(np.array([0, 1, 2]), ones, np.array([0, 1, 1]), 2 * ones, ones, 0.5)
    model = small_model(head, 3)
    exact = Scorer(model).score(RAW).outputs
    found = run_onnx(model, RAW, input=form).outputs
    assert found.shape == (3, len(model.output_names))
    assert np.allclose(found, exact, rtol=1e-13, atol=0)


def test_rows_are_scored_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of two give what one batch of seven gives, and no rows give no outputs."""
    model = small_model(Regression(), 1)
    raw = rows_of([float(i) for i in range(7)], ["red", "green", None, "x", "red", "red", "green"])
    whole = run_onnx(model, raw)
    monkeypatch.setattr(onnx_run, "LARGEST_BATCH", 2)
    parts = run_onnx(model, raw)
    assert np.allclose(parts.outputs, whole.outputs, rtol=1e-15, atol=0)
    assert parts.unseen.tolist() == whole.unseen.tolist() == [0, 0, 0, 1, 0, 0, 0]
    assert run_onnx(model, raw.take(slice(0, 0))).outputs.shape == (0, 1)


@pytest.mark.parametrize("form", FORMS)
def test_levels_that_the_model_refuses_are_counted(form: InputForm) -> None:
    """A graph cannot raise, so that running it must not either."""
    column = one_hot("c", ("a",), 0)
    model = adding_model((Categorical("c", column.levels, column.inputs, column.values, UnseenPolicy.ERROR),), 2)
    found = run_onnx(model, rows_of(["a", "b"]), input=form)
    assert found.outputs.ravel().tolist() == [1.0, 10.0]
    assert found.unseen.tolist() == [0, 1]


def test_a_text_that_no_tensor_can_hold_is_unseen() -> None:
    """A lone surrogate cannot be a level, and must not become one on the way."""
    model = adding_model((one_hot("c", ("a", "?", "??", "\ufffd", "\\udc80"), 0),), 6)
    found = run_onnx(model, rows_of(["a", "\udc80", "é", "??"]))
    assert found.unseen.tolist() == [0, 1, 1, 0]
    assert found.outputs.ravel().tolist() == [1.0, 1e5, 1e5, 100.0]


def test_a_missing_offset_is_nan() -> None:
    """Python and Java refuse the row; a graph can only say that there is no number."""
    model = adding_model((Numeric("x", 0),), 1, Regression(offset="o"))
    for form in FORMS:
        found = run_onnx(model, rows_of([1.0, 1.0], [2.0, np.nan]), input=form)
        assert np.array_equal(found.outputs, [[3.0], [np.nan]], equal_nan=True)


def test_a_given_graph_is_run_instead_of_a_new_one() -> None:
    """`verify` scores the file it was given."""
    model, other = adding_model((Numeric("x", 0),), 1), adding_model((Numeric("x", 1),), 2)
    assert run_onnx(model, rows_of([2.0]), proto=build_onnx(other)).outputs.tolist() == [[20.0]]


def test_float32_takes_numbers_beyond_its_range_as_infinite() -> None:
    """1e300 becomes infinite, which counts as missing in float32, and nothing warns."""
    model = adding_model((Numeric("x", 0, missing=7.0),), 1)
    found = run_onnx(model, rows_of([1e300, 0.1]), dtype="float32")
    assert found.outputs.ravel().tolist() == [7.0, float(np.float32(0.1))]

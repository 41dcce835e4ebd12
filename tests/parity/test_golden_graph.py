"""verify of an exported graph alone, by the golden rows that it carries."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest

from triplicate import export_onnx, verify
from triplicate.exporters.onnx_columns import InputForm
from triplicate.exporters.onnx_nodes import FloatName
from triplicate.exporters.onnx_standard import Target
from triplicate.runtime import (
    Classification,
    GoldenRows,
    LabelRule,
    Metadata,
    Numeric,
    Regression,
    Scorer,
    ScoringModel,
)
from triplicate.runtime.errors import ModelFileError, ParameterError
from triplicate.runtime.golden import golden_rows

from onnx_cases import small_model
from random_models import random_model

pytestmark = pytest.mark.filterwarnings("ignore::triplicate.exporters.onnx_graph.ExportWarning")
FORMS: tuple[tuple[InputForm, FloatName, Target], ...] = (
    ("columns", "float64", "default"),
    ("matrix", "float64", "modern"),
    ("columns", "float32", "modern"),
    ("matrix", "float32", "default"),
)


def with_golden_rows(model: ScoringModel) -> ScoringModel:
    """Return the model with golden rows, as trained and imported ones have them."""
    return model.with_metadata(Metadata.of({}, golden_rows(Scorer(model))))


def classifier() -> ScoringModel:
    """Return a small classifier with a threshold."""
    return with_golden_rows(small_model(Classification(("no", "yes"), rule=LabelRule.THRESHOLD, threshold=0.4), 2))


def rewritten(path: Path, key: str, text: str) -> Path:
    """Change one property of an exported file."""
    proto = onnx.load(path)
    next(entry for entry in proto.metadata_props if entry.key == key).value = text
    onnx.save(proto, path)
    return path


@pytest.mark.parametrize(("form", "dtype", "target"), FORMS)
def test_every_kind_of_model_verifies_itself(tmp_path: Path, form: InputForm, dtype: FloatName, target: Target) -> None:
    """Random models of every head and table; hostile names and levels come back from the metadata as they were."""
    promised = 0
    for seed in range(FORMS.index((form, dtype, target)), 60, len(FORMS)):
        model = with_golden_rows(random_model(seed))
        if form == "columns" and not model.row_names:
            continue
        path = export_onnx(model, tmp_path / "m.onnx", input=form, dtype=dtype, target=target)
        report = verify(path)
        assert report.passed, (seed, report.to_json())
        assert report.fingerprint == model.fingerprint
        promised += report.pairs[0].promised_rows
    assert promised > 60


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_graph_for_complete_tables_verifies_itself(tmp_path: Path, dtype: FloatName) -> None:
    """Of ten golden rows one lacks its numbers: it must be NaN, and the report says so."""
    for seed in range(20):
        model = with_golden_rows(random_model(seed))
        numeric = any(isinstance(column, Numeric) for column in model.columns)
        path = export_onnx(model, tmp_path / "m.onnx", input="matrix", dtype=dtype, complete=True)
        (pair,) = verify(path).pairs
        assert pair.passed, (seed, pair)
        lacking = f"for complete tables: 1 of {pair.rows} rows lack a number and must be NaN"
        assert pair.note == (lacking if numeric else None)


def test_a_graph_that_answers_for_a_missing_number_is_none_for_complete_tables(tmp_path: Path) -> None:
    """A number where NaN was owed is a mismatch; where no golden row is complete, nothing is proven."""
    model = classifier()
    owed = onnx.load(export_onnx(model, tmp_path / "c.onnx", input="matrix", complete=True))
    looking = onnx.load(export_onnx(model, tmp_path / "m.onnx", input="matrix"))
    owed.graph.CopyFrom(looking.graph)
    onnx.save(owed, tmp_path / "c.onnx")
    (pair,) = verify(tmp_path / "c.onnx").pairs
    assert pair.mismatch is not None
    assert pair.mismatch.row == 8
    assert np.isnan(pair.mismatch.expected)
    golden = model.metadata.golden
    assert golden is not None
    lacking = GoldenRows(tuple(column[8:9] for column in golden.cells), golden.outputs[8:9])
    path = export_onnx(
        model.with_metadata(Metadata.of({}, lacking)), tmp_path / "n.onnx", input="matrix", complete=True
    )
    assert "not one row is complete" in (verify(path).pairs[0].error or "")


def test_a_changed_weight_fails_even_where_no_golden_row_reaches_it(tmp_path: Path) -> None:
    """The SHA-256 of the graph is not the one that was stored."""
    path = export_onnx(classifier(), tmp_path / "m.onnx")
    proto = onnx.load(path)
    weights = next(t for t in proto.graph.initializer if t.name.endswith("layers.1.weights"))
    weights.raw_data = bytes(np.frombuffer(weights.raw_data, np.float64) * (1 + 1e-15))
    onnx.save(proto, path)
    report = verify(path)
    assert not report.passed
    assert "the file was changed" in (report.pairs[0].error or "")


def test_a_wrong_answer_names_row_and_output(tmp_path: Path) -> None:
    """An output that differs by more than was allowed is a mismatch; a label that differs is listed."""
    path = export_onnx(classifier(), tmp_path / "m.onnx")
    golden = json.loads(next(e.value for e in onnx.load(path).metadata_props if e.key == "triplicate.golden"))
    golden["outputs"][3][1] = np.array(0.75, ">f8").tobytes().hex()
    label = golden["outputs"][2]
    label[0] = np.array(1.0 if label[0] == "0" * 16 else 0.0, ">f8").tobytes().hex()
    pair = verify(rewritten(path, "triplicate.golden", json.dumps(golden))).pairs[0]
    assert pair.mismatch is not None
    assert (pair.mismatch.row, pair.mismatch.output, pair.mismatch.expected) == (3, "probability of no", 0.75)
    assert [decision.row for decision in pair.decisions] == [2]
    assert not pair.passed


def test_other_rows_need_the_model_file(tmp_path: Path) -> None:
    """The message says what to type."""
    path = export_onnx(classifier(), tmp_path / "m.onnx")
    with pytest.raises(ParameterError, match=r"give the model file .* triplicate verify MODEL.npz ROWS --onnx"):
        verify(path, {"x": [1.0], "colour": ["red"]})
    with pytest.raises(ParameterError, match="rows are missing"):
        verify(classifier())


def test_a_file_without_golden_rows_says_so(tmp_path: Path) -> None:
    """Nothing to verify is no success."""
    path = export_onnx(small_model(Regression(), 1), tmp_path / "m.onnx")
    with pytest.raises(ModelFileError, match="holds no golden rows"):
        verify(path)


DAMAGED = {
    "triplicate.golden": ["{", "[]", '{"outputs": [["zz"]], "allowed": [["00"]], "cells": []}', '{"outputs": 7}'],
    "triplicate.schema": ["[7]", '[{"name": "x"}]', "[]"],
    "triplicate.outputs": ["[]"],
}


@pytest.mark.parametrize(("key", "text"), [(key, text) for key, texts in DAMAGED.items() for text in texts])
def test_damaged_properties_are_refused_by_name(tmp_path: Path, key: str, text: str) -> None:
    """Whatever stands there, the error is ours and names file and property."""
    path = rewritten(export_onnx(classifier(), tmp_path / "m.onnx"), key, text)
    with pytest.raises(ModelFileError, match=r"m\.onnx: (triplicate\.|cannot be run)"):
        verify(path)

"""Copy into your tests: fails when the exported class or graph is no longer that of the model.

MODEL_FOLDER holds model.npz, Model.java and model.onnx (float64, one input per column), and rows.csv with rows to
score. Java 11 or newer runs the class from its source.
"""

import csv
import io
import os
import subprocess
from pathlib import Path

import numpy as np
import onnx

import triplicate as tp
from triplicate.onnx_parity import run_onnx
from triplicate.runtime import raw_rows
from triplicate.runtime.prediction_table import prediction_columns

FOLDER = Path(os.environ.get("MODEL_FOLDER", "."))
MODEL, JAVA, GRAPH, ROWS = (FOLDER / name for name in ("model.npz", "Model.java", "model.onnx", "rows.csv"))


def java(*arguments: Path | str) -> str:
    """Run the class and return what it prints; its messages stand in the error when it fails."""
    done = subprocess.run(
        ["java", str(JAVA), *map(str, arguments)], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_class_and_the_graph_were_made_from_this_model() -> None:
    """Both carry the fingerprint of the model file."""
    fingerprint = tp.load_model(MODEL).fingerprint
    said = {entry.key: entry.value for entry in onnx.load(GRAPH).metadata_props}
    assert fingerprint in JAVA.read_text(encoding="ascii")
    assert said["triplicate.fingerprint"] == fingerprint


def test_the_class_passes_its_own_test() -> None:
    """The rows that the class brings along give the bits they gave in training."""
    assert "golden rows" in java("--self-test")


def test_the_class_predicts_what_the_model_predicts() -> None:
    """Every number has the same bits, every label the same text."""
    header, *records = csv.reader(io.StringIO(java(ROWS)))
    expected = dict(prediction_columns(tp.load_scorer(MODEL).score(ROWS)))
    assert header == list(expected)
    for name, cells in zip(header, zip(*records, strict=True), strict=True):
        values = expected[name]
        found = np.array(cells, dtype=np.float64) if values.dtype.kind == "f" else np.array(cells)
        np.testing.assert_array_equal(found, values if values.dtype.kind == "f" else values.astype(str))


def test_the_graph_predicts_what_the_model_predicts() -> None:
    """The outputs agree within what another order of additions explains."""
    model = tp.load_model(MODEL)
    found = run_onnx(model, raw_rows(model, ROWS), proto=onnx.load(GRAPH)).outputs
    np.testing.assert_allclose(found, tp.load_scorer(MODEL).score(ROWS).outputs, rtol=1e-10, atol=1e-10)

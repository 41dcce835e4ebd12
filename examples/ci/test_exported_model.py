"""Copy into your tests: fails when the exported class or graph is no longer that of the model.

MODEL_FOLDER holds the files as you deploy them: model.npz, Model.java, model.onnx, and rows.csv with rows to score.
They are opened, compiled and run as they are; a JDK must be there. The command line does the same:
triplicate verify model.npz rows.csv --java Model.java --onnx model.onnx
"""

import os
from pathlib import Path

import pytest

import triplicate as tp

FOLDER = Path(os.environ.get("MODEL_FOLDER", "."))
MODEL, ROWS, JAVA, GRAPH = (FOLDER / name for name in ("model.npz", "rows.csv", "Model.java", "model.onnx"))


@pytest.mark.parametrize(("java", "onnx"), [(JAVA, False), (False, GRAPH)], ids=["class", "graph"])
def test_the_exported_file_is_still_that_of_the_model(java: Path | bool, onnx: Path | bool) -> None:
    """It was made from this model, nobody edited it, and it answers like the model on every row."""
    report = tp.verify(MODEL, ROWS, java=java, onnx=onnx)
    assert report.passed, report.to_json()

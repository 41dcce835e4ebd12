"""Folders for other servers: MLflow loads and scores one, Triton's own definitions read the other."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triplicate import export_mlflow, export_triton
from triplicate.exporters.onnx_signature import graph_inputs, graph_outputs
from triplicate.runtime import Categorical, Classification, Scorer, ScoringModel
from triplicate.runtime.prediction_table import prediction_columns

from random_models import HOSTILE_TEXTS, random_model, random_rows

pytestmark = pytest.mark.acceptance
SEEDS = tuple(range(7))  # one model of each kind of head

MLFLOW = """
import json, sys
import mlflow, pandas as pd
answers = []
for folder, rows, numbers in json.load(open(sys.argv[1])):
    model = mlflow.pyfunc.load_model(folder)
    frame = pd.DataFrame(rows)
    frame[numbers] = frame[numbers].astype(float)
    said = model.predict(frame)
    types = {column.name: column.type.name for column in model.metadata.get_output_schema()}
    answers.append([list(said.columns), [list(said[name]) for name in said], types])
json.dump(answers, open(sys.argv[2], "w"), default=lambda value: value.item())
"""

TRITON = """
import json, sys
from google.protobuf import json_format, text_format
from tritonclient.grpc import model_config_pb2
folders = json.load(open(sys.argv[1]))
texts = [open(folder + "/config.pbtxt", encoding="utf-8").read() for folder in folders]
configs = [text_format.Parse(text, model_config_pb2.ModelConfig()) for text in texts]
json.dump([json_format.MessageToDict(config) for config in configs], open(sys.argv[2], "w"))
"""


def run(program: str, question: Any, folder: Path) -> Any:
    """Run a program in the environment of MLflow and Triton; question and answer are JSON files."""
    checkout = os.environ.get("TRIPLICATE_CHECKOUT")
    assert checkout is not None, "these tests need .venv-mlflow of the checkout: run them by `make acceptance`"
    asked, answered = folder / "asked.json", folder / "answered.json"
    asked.write_text(json.dumps(question), encoding="utf-8")
    command = [f"{checkout}/.venv-mlflow/bin/python", "-P", "-c", program, str(asked), str(answered)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(answered.read_text(encoding="utf-8"))


def rows_of(model: ScoringModel, seed: int) -> list[dict[str, Any]]:
    """Return raw rows as JSON: missing and infinite numbers as null, no offset missing, no lone surrogate."""
    raw = random_rows(model, 20, seed)
    rows = []
    for cells in zip(*raw.cells, strict=True):
        row = dict(zip(model.row_names, cells, strict=True))
        rows.append({k: v if v is None or isinstance(v, str) or np.isfinite(v) else None for k, v in row.items()})
        if model.offset is not None and rows[-1][model.offset] is None:
            rows[-1][model.offset] = 0.0
    return rows


def test_mlflow_scores_what_we_score(tmp_path: Path) -> None:
    """mlflow.pyfunc loads each kind of model, takes raw rows, and gives the columns of predict to the bit."""
    question, wanted = [], []
    for seed in SEEDS:
        model = random_model(seed)
        rows = rows_of(model, seed)
        folder = export_mlflow(model, tmp_path / f"model{seed}")
        numbers = [c.name for c in model.columns if not isinstance(c, Categorical)]
        question.append([str(folder), rows, [*numbers, *([model.offset] if model.offset else [])]])
        wanted.append((model, prediction_columns(Scorer(model).score(rows))))
    for (model, columns), (names, values, types) in zip(wanted, run(MLFLOW, question, tmp_path), strict=True):
        assert names == [name for name, _ in columns]
        assert list(types) == names
        for position, ((_, ours), theirs) in enumerate(zip(columns, values, strict=True)):
            if position == 0 and isinstance(model.head, Classification):
                assert [None if value != value else value for value in theirs] == ours.tolist()
            else:
                assert np.array_equal(ours.astype(float), np.array(theirs, dtype=float), equal_nan=True)


def test_triton_reads_the_configuration(tmp_path: Path) -> None:
    """Triton's protobuf definitions parse each config.pbtxt; names, types and shapes are those of the graph."""
    models = [random_model(seed) for seed in range(14)]
    forms = [("matrix", "float32") if number % 3 == 2 else ("columns", "float64") for number in range(len(models))]
    folders = []
    for number, (model, (form, dtype)) in enumerate(zip(models, forms, strict=True)):
        folders.append(str(export_triton(model, tmp_path / "repository", f"m{number}", input=form, dtype=dtype)))  # type: ignore[arg-type]
    assert {text for model in models for text in model.row_names} & set(HOSTILE_TEXTS)
    for number, config in enumerate(run(TRITON, folders, tmp_path)):
        form, dtype = forms[number]
        floats = "FP64" if dtype == "float64" else "FP32"
        assert (config["name"], config["backend"], config["maxBatchSize"]) == (f"m{number}", "onnxruntime", 1024)
        for kind, signature in (("input", graph_inputs), ("output", graph_outputs)):
            tensors = signature(models[number], floats, form)  # type: ignore[operator]
            given = [(entry["name"], entry["dataType"], entry["dims"], "reshape" in entry) for entry in config[kind]]
            named = [(t.name, t.datatype.replace("BYTES", "STRING"), t.shape[1:]) for t in tensors]
            assert given == [
                (name, f"TYPE_{datatype}", [str(*shape or (1,))], not shape) for name, datatype, shape in named
            ]

"""The folder for MLflow: it loads the model and scores raw rows."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triplicate import export_mlflow
from triplicate.runtime import Categorical, Classification, Scorer, ScoringModel
from triplicate.runtime.prediction_table import prediction_columns

from random_models import random_model, random_rows

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


def run(program: str, question: Any, folder: Path) -> Any:
    """Run a program in the environment of MLflow; question and answer are JSON files."""
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

"""Several versions of ONNX Runtime give the same answers: installed side by side by tools/set_up_onnxruntimes.sh."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from triplicate.comparison import Demand, compare_within
from triplicate.exporters.flat_outputs import flat_outputs
from triplicate.exporters.onnx_columns import InputForm
from triplicate.exporters.onnx_complete import broken_promises, owed_outputs
from triplicate.exporters.onnx_file import write_onnx
from triplicate.exporters.onnx_graph import build_onnx
from triplicate.exporters.onnx_nodes import FloatName
from triplicate.exporters.onnx_run import row_feeds
from triplicate.runtime import Layer, Link, Numeric, RawRows, Regression, Scorer, ScoringModel, encode_rows
from triplicate.runtime.yardstick import FLOAT32_DEMAND, FLOAT32_LARGEST_INPUT, FLOAT64_DEMAND, output_bounds

import onnx_worker
from random_models import random_model, random_rows

pytestmark = pytest.mark.acceptance
MODELS, ROWS, VERSIONS = 80, 60, 4


class Job(NamedTuple):
    """A graph in the folder, and what exact Python says of its rows."""

    name: str
    model: ScoringModel
    raw: RawRows
    form: InputForm
    dtype: FloatName
    complete: bool = False


def installed() -> list[Path]:
    """Return the folders of the versions, the newest last."""
    folder = Path(os.environ["TRIPLICATE_CHECKOUT"]) / ".venv-onnxruntimes"
    found = [entry for entry in folder.iterdir() if entry.is_dir()]
    return sorted(found, key=lambda entry: [int(n) if n.isdigit() else 999 for n in entry.name.split(".")])


def missing_offset(folder: Path) -> Job:
    """Write a model under the log link with a row that has its offset and one that lacks it, which must be NaN."""
    model = ScoringModel(
        (Numeric("x", 0),), (Layer(np.ones((1, 1)), np.zeros(1)),), Regression(link=Link.LOG, offset="o")
    )
    raw = RawRows((np.ones(2), np.array([2.0, np.nan])), 2)
    return written(folder, Job("offset", model, raw, "columns", "float64"))


def jobs(folder: Path) -> list[Job]:
    """Write random models in turn as columns and matrices, in both types, with hostile rows.

    Those of matrices are written for complete tables too: a row that lacks a number must be NaN.
    """
    made = []
    forms: tuple[InputForm, InputForm] = ("columns", "matrix")
    types: tuple[FloatName, FloatName] = ("float64", "float32")
    for seed in range(MODELS):
        model = random_model(seed)
        form, dtype = forms[seed % 2], types[seed // 2 % 2]
        if not model.row_names:
            form = "matrix"
        raw = random_rows(model, ROWS, seed)
        made.append(written(folder, Job(f"{seed:03}", model, raw, form, dtype)))
        if form == "matrix":
            made.append(written(folder, Job(f"{seed:03}c", model, raw, form, dtype, complete=True)))
    return made


def written(folder: Path, job: Job) -> Job:
    """Write a job's graph and inputs."""
    write_onnx(build_onnx(job.model, job.form, job.dtype, complete=job.complete), folder / f"{job.name}.onnx")
    feeds = row_feeds(job.model, job.raw, job.form, np.dtype(job.dtype))
    (folder / f"{job.name}.json").write_text(json.dumps({name: stored_array(cells) for name, cells in feeds.items()}))
    return job


def stored_array(array: npt.NDArray[Any]) -> list[Any]:
    """Return an array as the worker reads it."""
    if array.dtype == object:
        return ["text", array.shape, array.ravel().tolist()]
    return [str(array.dtype), array.shape, array.astype(np.float64).tobytes().hex()]


def answers(folder: Path, job: Job, version: str) -> tuple[npt.NDArray[np.float64], list[int]]:
    """Return the flat outputs and the unseen counts that a version gave."""
    *named, unseen = [
        np.array(data, dtype=object).reshape(shape)
        if kind == "text"
        else np.frombuffer(bytes.fromhex(data), kind).reshape(shape)
        for kind, shape, data in json.loads((folder / f"{job.name}.{version}.out").read_text())
    ]
    return flat_outputs(job.model, named), unseen.tolist()


def test_all_versions_meet_the_demands(tmp_path: Path) -> None:
    """Every version: each output within its bound of exact Python, each decision, each count of unseen levels."""
    made, folders = jobs(tmp_path), installed()
    offset = missing_offset(tmp_path)
    assert len(folders) == VERSIONS
    versions = []
    for packages in folders:
        words = [sys.executable, "-S", onnx_worker.__file__, str(packages), str(tmp_path)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        versions.append(done.stdout.strip())
    assert len(set(versions)) == VERSIONS
    print("ONNX Runtime", ", ".join(versions))  # noqa: T201 - the figure belongs in the log
    for version in versions:
        found, _ = answers(tmp_path, offset, version)
        assert np.isnan(found).ravel().tolist() == [False, True]
    for job in made:
        scorer = Scorer(job.model)
        numbers, unseen = encode_rows(job.model, job.raw)
        exact = scorer.score_numbers(numbers).outputs
        float32 = job.dtype == "float32"
        bounds = output_bounds(scorer, numbers, exact, rounded_cells=float32)
        if float32:
            bounds = bounds.restricted((np.abs(scorer.inputs(numbers)) <= FLOAT32_LARGEST_INPUT).all(axis=1))
        if job.complete:
            broken = broken_promises(job.model, numbers)
            exact, bounds = owed_outputs(job.model, broken.missing, exact), bounds.restricted(~broken.infinite)
        for version in versions:
            found, counted = answers(tmp_path, job, version)
            demand = Demand(*(FLOAT32_DEMAND if float32 else FLOAT64_DEMAND))
            result = compare_within(version, job.model, exact, found, bounds, demand)
            assert result.passed, (version, job.name, result.mismatch, result.decisions)
            assert counted == unseen.tolist(), (version, job.name)

"""Imported MOJOs pass through every form like models of our own."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from triplicate import verify
from triplicate.importers import mojo
from triplicate.java_parity import JavaJob, run_java
from triplicate.runtime import Scorer, ScoringModel, load_model, raw_rows, save_model

from mojo_files import FIVE, ROWS, TWO, Cell, MojoSpec, write_zip

ORIGINAL: list[tuple[str, list[str] | None]] = [("colour", ["red", "green", "blue"]), ("age", None), ("answer", None)]
SPECS: tuple[dict[str, Any], ...] = (
    {"activation": "ExpRectifierWithDropout", "dropout": (0.25, 0.5), "response_scale": (0.25, 3.5)},
    {**TWO, "activation": "MaxoutWithDropout", "dropout": (0.5, 0.5), "prior": (0.9, 0.1), "trained": (0.5, 0.5)},
    {**FIVE, "use_all": False},
    {"distribution": "poisson", "response_scale": (2.0, -0.5), "offset": "exposure", "special": ("exposure",)},
    {"distribution": "bernoulli"},
    {"category": "AutoEncoder", "activation": "Tanh"},
    {"categories": {}, "numbers": ["age", "colour:0", "colour:1"], "encoding": "Binary", "original": ORIGINAL},
)


def imported(folder: Path) -> list[ScoringModel]:
    """Return one model per specification; notes are tested elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return [mojo(write_zip(folder / "model.zip", MojoSpec(**spec).texts())) for spec in SPECS]


def rows() -> list[dict[str, Cell]]:
    """Return rows with an offset."""
    return [{**row, "exposure": 0.5 * k - 1.0} for k, row in enumerate(ROWS)]


def test_java_gives_the_same_bits(tmp_path: Path) -> None:
    """One class per model, compiled in one call: every output has Python's bits."""
    jobs = [JavaJob(model, raw_rows(model, rows())) for model in imported(tmp_path)]
    for job, scores in zip(jobs, run_java(jobs), strict=True):
        assert np.array_equal(Scorer(job.model).score(job.raw).outputs, scores.outputs, equal_nan=True)
        assert scores.disagreements == ()


def test_onnx_stays_within_its_bound(tmp_path: Path) -> None:
    """The graphs, float32 included, keep the demands of the contract."""
    for model in imported(tmp_path):
        report = verify(model, rows(), java=False)
        assert report.passed, report.to_json()


def test_a_model_file_keeps_the_model_and_where_it_came_from(tmp_path: Path) -> None:
    """Saved and loaded, an imported model has its fingerprint and its notes."""
    for model in imported(tmp_path):
        save_model(model, tmp_path / "m.npz")
        loaded = load_model(tmp_path / "m.npz")
        assert loaded == model
        assert loaded.metadata.training_summary()["source"]["format"] == "H2O MOJO"

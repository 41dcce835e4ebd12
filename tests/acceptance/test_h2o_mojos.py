"""MOJOs that H2O trained: they import, answer as H2O's own reader does, and agree in every form."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

from triplicate import verify
from triplicate.importers import h2o_weights, mojo
from triplicate.java_parity import JavaJob, run_java
from triplicate.runtime import Scorer, raw_rows
from triplicate.runtime.errors import ForeignModelError

from h2o_fixtures import fixtures

pytestmark = pytest.mark.acceptance
ERROR = "Reconstruction.MSE"


def test_every_model_answers_as_h2o_does(data_folder: Path) -> None:
    """Each model meets mojo_predictions.csv within 1e-10 with equal labels, and ONNX and BLAS meet exact Python."""
    failed, count = [], 0
    for fixture in fixtures(data_folder):
        report = verify(
            fixture.model(), fixture.rows, java=False, against=fixture.folder / "mojo_predictions.csv", like_h2o=True
        )
        count += 1
        failed += [(fixture.folder.name, pair) for pair in report.pairs if not pair.passed]
    assert failed == []
    assert count >= 41


def test_without_like_h2o_only_its_errors_differ(data_folder: Path) -> None:
    """The plain comparison fails for models with an offset and for autoencoders with missing numbers, and no others."""
    differing = set()
    for fixture in fixtures(data_folder):
        against = fixture.folder / "mojo_predictions.csv"
        report = verify(fixture.model(), fixture.rows, java=False, onnx=False, against=against)
        if not report.passed:
            differing.add(fixture.folder.name)
    names = {fixture.folder.name for fixture in fixtures(data_folder)}
    assert differing == {name for name in names if name.endswith("_offset") or name.startswith("ae_")}


def test_every_model_is_one_java_class_with_the_same_bits(data_folder: Path) -> None:
    """All models compile in one call, and each class gives Python's bits for all rows."""
    found = fixtures(data_folder)
    models = [fixture.model() for fixture in found]
    jobs = [JavaJob(model, raw_rows(model, fixture.rows)) for model, fixture in zip(models, found, strict=True)]
    for job, scores in zip(jobs, run_java(jobs), strict=True):
        exact = Scorer(job.model).score(job.raw)
        same = (exact.outputs == scores.outputs) | (np.isnan(exact.outputs) & np.isnan(scores.outputs))
        assert same.all()
        assert scores.disagreements == ()


def test_positive_offsets_count_as_in_the_cluster(data_folder: Path) -> None:
    """Where H2O's cluster uses the offset (above 0), the imported model predicts what the cluster does."""
    compared = 0
    for fixture in fixtures(data_folder):
        model = fixture.model()
        if model.offset is None:
            continue
        offsets = np.array([float(row[model.offset]) for row in fixture.table("rows.csv")])
        theirs = np.array([float(row["predict"]) for row in fixture.table("cluster_predictions.csv")])
        ours = Scorer(model).score(fixture.rows).outputs[:, 0]
        np.testing.assert_allclose(ours[offsets > 0], theirs[offsets > 0], rtol=1e-10)
        compared += int((offsets > 0).sum())
    assert compared > 10


def test_the_error_of_autoencoders_is_the_clusters(data_folder: Path) -> None:
    """Reconstruction errors are those of the cluster's anomaly scores, missing cells or not."""
    compared = 0
    for fixture in fixtures(data_folder):
        table = fixture.table("cluster_predictions.csv")
        if ERROR in table[0]:
            theirs = np.array([float(row[ERROR]) for row in table])
            ours = Scorer(fixture.model()).score(fixture.rows).outputs[:, 0]
            np.testing.assert_allclose(ours, theirs, rtol=1e-10)
            compared += 1
    assert compared >= 5


def test_exported_weights_give_the_same_model_as_the_mojo(data_folder: Path) -> None:
    """The tables of export_weights_and_biases and what a user knows lead to the fingerprint of the MOJO's model."""
    compared = 0
    for fixture in fixtures(data_folder):
        if not (fixture.folder / "scaling.json").exists():
            continue
        said, scaling = fixture.parameters(), json.loads((fixture.folder / "scaling.json").read_text(encoding="utf-8"))
        actual, domains = said["actual_params"], said["model_domains"]
        layers = len(list(fixture.folder.glob("weights_*.csv")))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            model = h2o_weights(
                [fixture.folder / f"weights_{layer}.csv" for layer in range(layers)],
                [fixture.folder / f"biases_{layer}.csv" for layer in range(layers)],
                {name: domains[name] for name in said["x"]},
                activation=actual["activation"],
                labels=domains[said["response"]] if said["response"] else None,
                autoencoder=actual["autoencoder"],
                distribution=actual["distribution"],
                hidden_dropout_ratios=actual["hidden_dropout_ratios"],
                threshold=said["default_threshold"],
                **{name: scaling[name] for name in ("normmul", "normsub", "respmul", "respsub")},
            )
        assert model == fixture.model(), fixture.folder.name
        compared += 1
    assert compared >= 3


def test_what_cannot_be_carried_is_refused_by_name(data_folder: Path) -> None:
    """Hashed nets, enum_limited and other algorithms are refused, and the message says what was found."""
    said = {}
    for fixture in fixtures(data_folder, refused=True):
        with pytest.raises(ForeignModelError) as refusal:
            mojo(fixture.folder / "model.zip")
        said[fixture.folder.name] = str(refusal.value)
    assert "max_categorical_features" in said["refuse_hashing"]
    assert "enum_limited" in said["refuse_enum_limited"]
    assert "Generalized Linear Modeling" in said["refuse_other_algo"]

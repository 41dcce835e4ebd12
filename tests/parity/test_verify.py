"""verify: passes what agrees, and names what does not."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from triplicate import ParityReport, verify
from triplicate.cut_model import cut_after, unit_outputs
from triplicate.exporters.onnx_run import OnnxScores, run_onnx
from triplicate.java_parity import JavaJob, JavaScores, run_java
from triplicate.runtime import (
    Activation,
    Classification,
    Layer,
    Numeric,
    RawRows,
    Scorer,
    ScoringModel,
    encode_rows,
    raw_rows,
)
from triplicate.runtime.errors import RowError
from triplicate.runtime.golden import golden_rows
from triplicate.runtime.metadata import Metadata

from random_models import random_model, random_rows


def small_net() -> ScoringModel:
    """Return a net of three layers over three numbers."""
    rng = np.random.default_rng(5)
    sizes = ((3, 4, Activation.TANH), (4, 5, Activation.RECTIFIER), (5, 2, Activation.LINEAR))
    layers = tuple(Layer(rng.normal(size=(b, a)).astype(np.float32), rng.normal(size=b), f) for a, b, f in sizes)
    return ScoringModel(tuple(Numeric(f"x{i}", i) for i in range(3)), layers, Classification(("no", "yes")))


def rows_of(model: ScoringModel, count: int = 40) -> pd.DataFrame:
    """Return random rows."""
    values = np.random.default_rng(6).normal(size=(count, len(model.columns)))
    return pd.DataFrame(values, columns=[column.name for column in model.columns])


def tampered(model: ScoringModel, layer: int, unit: int, change: Callable[[float], float]) -> ScoringModel:
    """Return the model with one bias changed, or the model itself when it has been cut before that layer."""
    if len(model.layers) <= layer:
        return model
    bias = model.layers[layer].bias.copy()
    bias[unit] = change(float(bias[unit]))
    layers = list(model.layers)
    layers[layer] = replace(layers[layer], bias=bias)
    return replace(model, layers=tuple(layers))


def test_a_model_whose_forms_agree_passes() -> None:
    """Every pair passes over ordinary rows, and Java needs no ulp."""
    model = small_net()
    report = verify(model, rows_of(model))
    assert report.passed
    assert report.fingerprint == model.fingerprint
    by_name = {pair.pair: pair for pair in report.pairs}
    assert by_name["java"].largest_ulp == 0
    assert set(by_name) >= {"blas", "onnx columns", "onnx matrix", "onnx float32"}


@pytest.mark.parametrize("seed", [0, 4, 6])
def test_random_models_pass_with_hostile_rows(seed: int) -> None:
    """A model of each head passes verify with missing, unseen, infinite and huge cells."""
    model = random_model(seed)
    report = verify(model, random_rows(model, 60, seed))
    assert report.passed, report.to_json()


def test_the_first_differing_layer_and_unit_are_named_for_onnx(monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph with one wrong bias fails, and the report names that layer and unit."""

    def wrong(model: ScoringModel, raw: RawRows, **options: object) -> OnnxScores:
        return run_onnx(tampered(model, 1, 3, lambda b: b + 1.0), raw, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("triplicate.exporters.onnx_run.run_onnx", wrong)
    model = small_net()
    report = verify(model, rows_of(model), java=False)
    failed = {pair.pair: pair.mismatch for pair in report.pairs if not pair.passed}
    assert not report.passed
    mismatch = failed["onnx columns"]
    assert mismatch is not None
    assert (mismatch.layer, mismatch.unit) == (1, 3)


def test_one_ulp_in_java_fails_and_is_located(monkeypatch: pytest.MonkeyPatch) -> None:
    """A class whose bias is one ulp off fails the demand of equal bits, and the unit is named."""

    def wrong(jobs: list[JavaJob]) -> list[JavaScores]:
        return run_java([JavaJob(tampered(j.model, 2, 1, lambda b: float(np.nextafter(b, 9.0))), j.raw) for j in jobs])

    monkeypatch.setattr("triplicate.java_parity.run_java", wrong)
    model = small_net()
    (numpy_pair, java_pair, _) = verify(model, rows_of(model), onnx=False).pairs
    assert numpy_pair.passed
    assert java_pair.mismatch is not None
    assert (java_pair.mismatch.layer, java_pair.mismatch.unit) == (2, 1)


def test_a_class_that_fails_its_self_test_is_located_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Golden rows that disagree do not hide which row, layer and unit differ; agreeing but complaining fails."""

    def wrong(jobs: list[JavaJob]) -> list[JavaScores]:
        return run_java([JavaJob(tampered(j.model, 0, 2, lambda b: b + 0.5), j.raw) for j in jobs])

    def complaining(jobs: list[JavaJob]) -> list[JavaScores]:
        return [replace(scores, disagreements=("row 3: predict(Map)",)) for scores in run_java(jobs)]

    model = small_net()
    model = model.with_metadata(Metadata.of({}, golden_rows(Scorer(model))))
    for form, said in ((wrong, "selfTest"), (complaining, "row 3: predict(Map)")):
        monkeypatch.setattr("triplicate.java_parity.run_java", form)
        pair = verify(model, rows_of(model), onnx=False).pairs[1]
        assert not pair.passed
        assert pair.error is not None
        assert said in pair.error
        assert (pair.mismatch is None) == (form is complaining)
        assert pair.mismatch is None or (pair.mismatch.layer, pair.mismatch.unit) == (0, 2)


def test_a_form_that_cannot_run_is_a_failed_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of ours inside a form is reported as that pair's failure, with its text."""

    def refusing(jobs: list[JavaJob]) -> list[JavaScores]:
        raise RowError("the class refuses")

    monkeypatch.setattr("triplicate.java_parity.run_java", refusing)
    model = small_net()
    pair = verify(model, rows_of(model), onnx=False).pairs[1]
    assert not pair.passed
    assert pair.error == "the class refuses"


def test_no_rows_is_an_error() -> None:
    """Verifying over nothing proves nothing, and is refused."""
    model = small_net()
    with pytest.raises(RowError, match="no rows"):
        verify(model, rows_of(model, 0))


def test_the_report_is_json(tmp_path: object) -> None:
    """The JSON text reads back, holds the verdict of each pair, and no NaN."""
    model = small_net()
    report: ParityReport = verify(model, rows_of(model), java=False)
    read = json.loads(report.to_json(), parse_constant=lambda name: pytest.fail(f"JSON holds {name}"))
    assert read["passed"] is True
    assert all(pair["passed"] for pair in read["pairs"])


@pytest.mark.parametrize("seed", range(0, 35, 3))
def test_a_cut_model_hands_out_the_units_of_its_layer(seed: int) -> None:
    """The flat outputs of a cut model are the layer's units, to the bit, for every head it was cut from."""
    model = random_model(seed)
    raw = random_rows(model, 20, seed)
    numbers, _ = encode_rows(model, raw)
    for layer in range(len(model.layers)):
        cut = cut_after(model, layer)
        found = Scorer(cut).score_numbers(numbers[:, : len(model.columns)]).outputs[:, unit_outputs(cut)]
        expected = Scorer(model).layer_outputs(numbers, layer) * 1.0 + 0.0
        assert np.array_equal(found, expected, equal_nan=True)


def test_raw_rows_pass_through_verify_unchanged() -> None:
    """Rows read once are taken as they are."""
    model = small_net()
    raw = raw_rows(model, rows_of(model))
    assert raw_rows(model, raw) is raw

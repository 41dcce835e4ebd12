"""ONNX agrees with the exact scores over random models and hostile rows, within the demands of the contract."""

from collections import Counter
from typing import NamedTuple

import numpy as np
import pytest

from triplicate.comparison import Demand, compare_within
from triplicate.exporters.onnx_columns import InputForm
from triplicate.exporters.onnx_complete import broken_promises, owed_outputs
from triplicate.exporters.onnx_graph import build_onnx
from triplicate.exporters.onnx_nodes import FloatName
from triplicate.exporters.onnx_run import run_onnx
from triplicate.exporters.onnx_standard import Target
from triplicate.parity_report import PairResult
from triplicate.runtime import Activation, Layer, Numeric, RawRows, Regression, Scorer, ScoringModel, encode_rows
from triplicate.runtime.yardstick import output_bounds

from random_models import random_model, random_rows

MODELS, ROWS = 210, 200
IN_FLOAT64 = Demand(relative=1e-14, absolute=1e-10)
IN_FLOAT32 = Demand(relative=1e-5, absolute=1e-6)
LARGEST_FOR_FLOAT32 = 1e3  # |x'| above this is not promised in float32


class Case(NamedTuple):
    """One random model, its rows, and what the exact path says of them."""

    model: ScoringModel
    raw: RawRows
    scorer: Scorer


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """Draw the models and rows once for all tests of this file."""
    drawn = []
    for seed in range(MODELS):
        model = random_model(seed)
        drawn.append(Case(model, random_rows(model, ROWS, seed), Scorer(model)))
    return drawn


def compare(case: Case, raw: RawRows, form: InputForm, dtype: FloatName, target: Target = "default") -> PairResult:
    """Score rows in both forms; unseen counts must be equal, outputs within the demand of the type."""
    numbers, unseen = encode_rows(case.model, raw)
    exact = case.scorer.score_numbers(numbers).outputs
    found = run_onnx(case.model, raw, input=form, dtype=dtype, threads=1, target=target)
    assert found.unseen.tolist() == unseen.tolist()
    bounds = output_bounds(case.scorer, numbers, exact)
    demand = IN_FLOAT32 if dtype == "float32" else IN_FLOAT64
    return compare_within(f"ONNX {form} {dtype}", case.model, exact, found.outputs, bounds, demand)


@pytest.mark.parametrize("form", ["columns", "matrix"])
def test_float64_is_within_its_demand_for_every_model_and_row(cases: list[Case], form: InputForm) -> None:
    """Sums and linear outputs within 1e-14 A, probabilities within 1e-10 more, labels equal but for near ties."""
    promised = 0
    for seed, case in enumerate(cases):
        target: Target = "modern" if (seed % 2 == 0) == (form == "matrix") else "default"  # each model is in both
        result = compare(case, case.raw, form, "float64", target)
        assert result.passed, (seed, result.mismatch, result.decisions)
        promised += result.promised_rows
    assert promised > 0.8 * MODELS * ROWS


def test_float32_is_within_its_demand_for_moderate_inputs(cases: list[Case]) -> None:
    """For rows that float32 can hold, with |x'| <= 1e3, every output is within 1e-5 A."""
    compared = 0
    for seed, case in enumerate(cases):
        raw = moderate_rows(case)
        forms: tuple[InputForm, InputForm] = ("columns", "matrix")  # each arranges the net in its own way
        for form in forms:
            result = compare(case, raw, form, "float32", "modern" if seed % 3 else "default")
            assert result.passed, (seed, form, result.mismatch, result.decisions)
        compared += raw.rows
    assert compared > 0.6 * MODELS * ROWS


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_graphs_for_complete_tables_are_within_the_same_demand(cases: list[Case], dtype: FloatName) -> None:
    """Hostile finite numbers keep the demand of the type, rows that lack one are NaN, infinite ones are set aside."""
    complete, lacking, half = 0, 0, cases[::2]
    for seed, case in enumerate(half):
        raw = case.raw if dtype == "float64" else moderate_rows(case)
        numbers, unseen = encode_rows(case.model, raw)
        exact, broken = case.scorer.score_numbers(numbers).outputs, broken_promises(case.model, numbers)
        target: Target = "modern" if seed % 2 else "default"
        proto = build_onnx(case.model, "matrix", dtype, target, complete=True)
        found = run_onnx(case.model, raw, input="matrix", dtype=dtype, proto=proto, threads=1)
        assert found.unseen.tolist() == unseen.tolist()
        bounds = output_bounds(case.scorer, numbers, exact, rounded_cells=dtype == "float32").restricted(
            ~broken.infinite
        )
        owed = owed_outputs(case.model, broken.missing, exact)
        demand = IN_FLOAT32 if dtype == "float32" else IN_FLOAT64
        result = compare_within("complete", case.model, owed, found.outputs, bounds, demand)
        assert result.passed, (seed, result.mismatch, result.decisions)
        complete += int((broken.kept & bounds.promised).sum())
        lacking += int(broken.missing.sum())
    assert complete > 0.6 * len(half) * ROWS
    assert lacking > 0.02 * len(half) * ROWS


def moderate_rows(case: Case) -> RawRows:
    """Return the case's rows rounded to float32, without those whose inputs are large."""
    with np.errstate(over="ignore", under="ignore"):
        cells = tuple(c if c.dtype == object else c.astype(np.float32).astype(np.float64) for c in case.raw.cells)
    rounded = RawRows(cells, case.raw.rows)
    inputs = case.scorer.inputs(encode_rows(case.model, rounded)[0])
    return rounded.take(np.flatnonzero((np.abs(inputs) <= LARGEST_FOR_FLOAT32).all(axis=1)))


def test_the_random_models_cover_every_head_activation_and_table(cases: list[Case]) -> None:
    """No kind is proven by fewer than three models."""
    heads = Counter(type(case.model.head).__name__ for case in cases)
    activations = Counter(layer.activation for case in cases for layer in case.model.layers)
    weights = Counter(layer.weights.dtype.name for case in cases for layer in case.model.layers)
    widths = Counter(c.inputs.shape[1] for case in cases for c in case.model.columns if not isinstance(c, Numeric))
    assert set(activations) == set(Activation)
    assert set(weights) == {"float32", "float64"}
    assert {0, 1, 2, 3} <= set(widths)
    assert min((*heads.values(), *activations.values())) >= 3


def test_a_wide_net_is_within_the_same_demand() -> None:
    """The constant 1e-14 holds for sums of a thousand terms, not only for small nets."""
    rng = np.random.default_rng(5)
    widths = (300, 1024, 1024, 1)
    layers = tuple(
        Layer(rng.normal(0, 0.1, (after, before)).astype(np.float32), rng.normal(0, 0.1, after), activation)
        for before, after, activation in zip(
            widths, widths[1:], (Activation.TANH, Activation.RECTIFIER, Activation.LINEAR), strict=False
        )
    )
    model = ScoringModel(tuple(Numeric(f"x{i}", i) for i in range(300)), layers, Regression())
    raw = RawRows(tuple(rng.normal(0, 3, 40) for _ in range(300)), 40)
    result = compare(Case(model, raw, Scorer(model)), raw, "matrix", "float64")
    assert result.passed, result.mismatch

"""The reference evaluator of ONNX, which knows no ONNX Runtime, agrees with exact Python."""

import numpy as np
import pytest
from onnx.reference import ReferenceEvaluator

from triplicate.comparison import Demand, compare_within
from triplicate.exporters.flat_outputs import flat_outputs
from triplicate.exporters.onnx_columns import InputForm
from triplicate.exporters.onnx_complete import broken_promises, owed_outputs
from triplicate.exporters.onnx_graph import build_onnx
from triplicate.exporters.onnx_nodes import FloatName
from triplicate.exporters.onnx_run import row_feeds
from triplicate.exporters.onnx_standard import Target
from triplicate.runtime import Scorer, encode_rows
from triplicate.runtime.yardstick import (
    FLOAT32_DEMAND,
    FLOAT32_LARGEST_INPUT,
    FLOAT64_DEMAND,
    output_bounds,
    scaled_magnitude,
)

from random_models import random_model, random_rows

MODELS, ROWS = 48, 25


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # it computes with NumPy, which warns of hostile numbers
@pytest.mark.parametrize("target", ["default", "modern"])
@pytest.mark.parametrize("form", ["columns", "matrix"])
def test_the_reference_evaluator_meets_the_demands(form: InputForm, target: Target) -> None:
    """Random models and hostile rows: what the graph means by the standard is what the model says."""
    promised = 0
    for seed in range(MODELS):
        model = random_model(seed)
        if form == "columns" and not model.row_names:
            continue
        raw, scorer = random_rows(model, ROWS, seed), Scorer(model)
        evaluator = ReferenceEvaluator(build_onnx(model, form, target=target))
        *named, unseen = evaluator.run(None, row_feeds(model, raw, form, np.dtype("float64")))
        numbers, expected_unseen = encode_rows(model, raw)
        exact = scorer.score_numbers(numbers).outputs
        found = flat_outputs(model, named)
        bounds = output_bounds(scorer, numbers, exact)
        result = compare_within("reference", model, exact, found, bounds, Demand(*FLOAT64_DEMAND))
        assert result.passed, (seed, result.mismatch, result.decisions)
        assert unseen.tolist() == expected_unseen.tolist()
        promised += result.promised_rows
    assert promised > 0.7 * MODELS * ROWS


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_reference_evaluator_meets_the_demands_of_complete_tables(dtype: FloatName) -> None:
    """NaN goes through by the standard too; NumPy's own products lose it at a single weight of 0."""
    complete, lacking = 0, 0
    for seed in range(MODELS):
        model = random_model(seed)
        if any((layer.weights == 0.0).all(axis=0).any() for layer in model.layers):
            continue
        raw, scorer = random_rows(model, ROWS, seed), Scorer(model)
        evaluator = ReferenceEvaluator(build_onnx(model, "matrix", dtype, complete=True))
        *named, _ = evaluator.run(None, row_feeds(model, raw, "matrix", np.dtype(dtype)))
        numbers, _ = encode_rows(model, raw)
        exact, broken = scorer.score_numbers(numbers).outputs, broken_promises(model, numbers)
        bounds = output_bounds(scorer, numbers, exact, rounded_cells=dtype == "float32").restricted(~broken.infinite)
        if dtype == "float32":
            bounds = bounds.restricted(scaled_magnitude(model, numbers) <= FLOAT32_LARGEST_INPUT)
        owed, demand = (
            owed_outputs(model, broken.missing, exact),
            FLOAT32_DEMAND if dtype == "float32" else FLOAT64_DEMAND,
        )
        result = compare_within("reference", model, owed, flat_outputs(model, named), bounds, Demand(*demand))
        assert result.passed, (seed, result.mismatch, result.decisions)
        complete += int((broken.kept & bounds.promised).sum())
        lacking += int((broken.missing & bounds.promised).sum())
    assert complete > 0.3 * MODELS * ROWS
    assert lacking > 10


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("form", ["columns", "matrix"])
def test_the_reference_evaluator_meets_the_demands_in_float32(form: InputForm) -> None:
    """What float32 graphs rearrange is right by the standard, not only in ONNX Runtime."""
    promised, operators = 0, set()
    for seed in range(MODELS):
        model = random_model(seed)
        if form == "columns" and not model.row_names:
            continue
        raw, scorer = random_rows(model, ROWS, seed), Scorer(model)
        proto = build_onnx(model, form, "float32")
        operators |= {node.op_type for node in proto.graph.node}
        *named, _ = ReferenceEvaluator(proto).run(None, row_feeds(model, raw, form, np.dtype("float32")))
        numbers, _ = encode_rows(model, raw)
        exact = scorer.score_numbers(numbers).outputs
        bounds = output_bounds(scorer, numbers, exact, rounded_cells=True)
        bounds = bounds.restricted((np.abs(scorer.inputs(numbers)) <= FLOAT32_LARGEST_INPUT).all(axis=1))
        found = flat_outputs(model, named)
        result = compare_within("reference", model, exact, found, bounds, Demand(*FLOAT32_DEMAND))
        assert result.passed, (seed, result.mismatch, result.decisions)
        promised += result.promised_rows
    assert promised > 0.3 * MODELS * ROWS
    assert "LinearClassifier" in operators

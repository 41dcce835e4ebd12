"""Graphs for complete tables: they look for no missing number, and a row that lacks one is NaN."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from triplicate.exporters import export_onnx
from triplicate.exporters.onnx_complete import broken_promises, owed_outputs
from triplicate.exporters.onnx_export import export_measured
from triplicate.exporters.onnx_float32 import NEAR
from triplicate.exporters.onnx_graph import ExportWarning, build_onnx
from triplicate.exporters.onnx_nodes import FloatName
from triplicate.runtime import (
    Activation,
    Classification,
    Layer,
    Metadata,
    Numeric,
    Reconstruction,
    Regression,
    Scorer,
    ScoringModel,
)
from triplicate.runtime.errors import ParameterError
from triplicate.runtime.golden import golden_rows
from triplicate.runtime.yardstick import output_bounds

from onnx_cases import run_graph, small_model

TYPES: tuple[FloatName, FloatName] = ("float64", "float32")
LOOKS = {"If", "ReduceSumSquare", "Abs", "IsNaN", "Less", "Where"}


def net(
    activation: Activation = Activation.RECTIFIER, width: int = 70, labels: int = 3, **column: float
) -> ScoringModel:
    """Return a classifier over standardised numbers, two hidden layers of 17 units."""
    rng = np.random.default_rng(2)
    columns = tuple(
        Numeric(f"x{i}", i, float(rng.normal()), float(rng.uniform(0.5, 2.0)), **column) for i in range(width)
    )
    channels = 2 if activation is Activation.MAXOUT else 1
    alpha = 0.3 if activation in (Activation.LEAKY_RECTIFIER, Activation.ELU) else 0.0
    sizes = ((17 * channels, width), (17 * channels, 17), (labels, 17))
    layers = [Layer(rng.normal(0, 0.3, size).astype(np.float32), rng.normal(size=size[0])) for size in sizes]
    hidden = [replace(layer, activation=activation, alpha=alpha) for layer in layers[:2]]
    return ScoringModel(columns, (*hidden, layers[2]), Classification(tuple("abcdefg"[:labels])))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("width", [5, 70])
def test_it_looks_for_nothing(dtype: FloatName, width: int) -> None:
    """No operator that finds or replaces a missing number is left, and fewer are in it than in other graphs."""
    model = net(width=width)
    whole, complete = (build_onnx(model, "matrix", dtype, complete=flag) for flag in (False, True))
    assert not LOOKS & {node.op_type for node in complete.graph.node}
    assert LOOKS & {node.op_type for node in whole.graph.node}
    assert [value.name for value in whole.graph.output] == [value.name for value in complete.graph.output]
    assert len(complete.graph.node) < len(whole.graph.node)


@pytest.mark.parametrize("rows", [1, 3, 200])
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("activation", Activation)
def test_a_row_that_lacks_a_number_is_nan(activation: Activation, dtype: FloatName, rows: int) -> None:
    """Through every activation, in single rows and batches, with ends: the label is the first, no other row notices."""
    for model in (net(activation), net(activation, width=6, labels=2, low=-2.0, high=1.5)):
        rng = np.random.default_rng(rows)
        numbers = rng.normal(size=(rows, len(model.columns))).astype(np.float32).astype(np.float64)
        lacking = np.arange(rows) % 3 == 0
        numbers[lacking, rng.integers(0, numbers.shape[1], rows)[lacking]] = np.nan
        found = run_graph(build_onnx(model, "matrix", dtype, complete=True), {"input": numbers.astype(dtype)})
        assert np.isnan(found["probabilities"][lacking]).all()
        assert set(found["label"][lacking].tolist()) == {"a"}
        scorer = Scorer(model)
        exact = scorer.score_numbers(numbers).outputs[~lacking]
        bounds = output_bounds(scorer, numbers[~lacking], exact, rounded_cells=True)
        allowed = bounds.allowed(1e-5, 1e-6) if dtype == "float32" else bounds.allowed(1e-14, 1e-10)
        assert (np.abs(found["probabilities"][~lacking] - exact[:, 1:]) <= allowed[:, 1:]).all()


def test_categories_keep_their_meaning() -> None:
    """The promise is about numbers: a missing level is scored as such, an unseen one is counted."""
    model = small_model(Regression(), 1)
    given = np.array([[0.5, 0.0], [0.5, np.nan], [0.5, 7.0]])
    graphs = (build_onnx(model, "matrix", complete=complete) for complete in (False, True))
    looking, found = (run_graph(graph, {"input": given}) for graph in graphs)
    assert found["variable"].tolist() == looking["variable"].tolist()
    assert found["unseen"].tolist() == [0, 0, 1]


def test_raw_columns_are_refused() -> None:
    """The promise is about a matrix."""
    with pytest.raises(ParameterError, match=r"complete=True .* give input='matrix' as well"):
        build_onnx(small_model(Regression(), 1), complete=True)


def test_means_near_zero_go_into_the_bias() -> None:
    """In float32 nothing is subtracted then; a mean far from 0, beside the spread, and ends keep the subtraction."""
    model = net(width=5, low=-np.inf)
    far = replace(model, columns=(replace(model.columns[0], subtract=1.01 * NEAR, multiply=1.0), *model.columns[1:]))
    for changed, subtracted in ((model, False), (far, True), (net(width=5, low=-3.0), True)):
        complete = build_onnx(changed, "matrix", "float32", complete=True).graph.node
        assert ("Sub" in {node.op_type for node in complete}) == subtracted
        assert "Sub" in {node.op_type for node in build_onnx(changed, "matrix", "float32").graph.node}


def test_rows_are_judged_before_and_after_scaling() -> None:
    """A number may be too large for its factor; a row that lacks one as well counts as lacking it."""
    model = ScoringModel(
        (Numeric("x", 0), Numeric("y", 1, 0.0, 1e10)), (Layer(np.ones((1, 2)), np.zeros(1)),), Regression()
    )
    numbers = np.array([[1.0, 2.0], [np.nan, 2.0], [np.inf, 2.0], [1.0, 1e300], [np.nan, np.inf]])
    broken = broken_promises(model, numbers)
    assert broken.missing.tolist() == [False, True, False, False, True]
    assert broken.infinite.tolist() == [False, False, True, True, False]
    assert broken.note == (
        "for complete tables: 2 of 5 rows lack a number and must be NaN; "
        "2 of 5 rows have an infinite number and are set aside"
    )
    assert (broken.error, broken_promises(model, numbers[:1]).note) == (None, None)
    assert "not one row is complete" in (broken_promises(model, numbers[1:]).error or "")


@pytest.mark.parametrize("dtype", TYPES)
def test_an_autoencoder_owes_nan_and_no_anomaly(dtype: FloatName) -> None:
    """A column that is not rebuilt keeps its error of 0."""
    head = Reconstruction(np.array([0]), np.ones(1), np.array([0]), np.ones(1), np.zeros(1), threshold=0.25)
    model = small_model(head, 1)
    numbers = np.array([[np.nan, 0.0], [1.0, 1.0]])
    exact = Scorer(model).score_numbers(numbers).outputs
    owed = owed_outputs(model, np.array([True, False]), exact)
    assert owed[1].tolist() == exact[1].tolist()
    assert str(owed[0].tolist()) == "[nan, 0.0, nan, 0.0, nan]"
    found = run_graph(build_onnx(model, "matrix", dtype, complete=True), {"input": numbers.astype(dtype)})
    assert str(found["per_column"][0].tolist()) == "[nan, 0.0]"
    assert np.isnan(found["score"][0, 0])
    assert not found["is_anomaly"][0]


def test_rows_given_that_are_not_complete_are_said(tmp_path: Path) -> None:
    """The export warns, in either type, and measures float32's error on the others."""
    model = small_model(Regression(), 1)
    model = model.with_metadata(Metadata.of({}, golden_rows(Scorer(model))))
    rows = {"x": [0.5, None, 2.0], "colour": ["red", None, "green"]}
    with pytest.warns(ExportWarning, match="^1 of the 3 rows given are not complete: this graph is not for them$"):
        errors = export_measured(model, tmp_path / "m.onnx", "matrix", "float32", rows=rows, complete=True)
    assert {name: error.rows for name, error in errors.items()} == {"golden": 9, "rows": 2}
    with pytest.warns(ExportWarning, match="1 of the 3 rows"):
        export_onnx(model, tmp_path / "m.onnx", input="matrix", rows=rows, complete=True)

"""What a float32 graph rearranges: factors in the weights, and sums that cannot overflow."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from triplicate.exporters.onnx_float32 import always_labels, fold_scaling
from triplicate.exporters.onnx_graph import build_onnx
from triplicate.runtime import (
    Categorical,
    Classification,
    Column,
    Head,
    LabelRule,
    Layer,
    Numeric,
    Reconstruction,
    Regression,
    Scorer,
    ScoringModel,
)

from onnx_cases import one_hot, run_graph, small_model
from random_models import random_model

COLUMNS = (
    Numeric("age", 0, 38.6, 1 / 13.7, 0.25),
    one_hot("colour", ("red", "green"), 2),
    Numeric("income", 1, 1077.3, 1 / 7385.0, 0.0, -0.1, 2.5),
)


def net(columns: tuple[Column, ...] = COLUMNS, head: Head | None = None, bias: float = 0.3) -> ScoringModel:
    """Return a model of one linear unit over `columns`, with weights that are no round numbers."""
    width = 1 + max(c.input if isinstance(c, Numeric) else int(c.inputs.max()) for c in columns)
    weights = np.random.default_rng(3).normal(size=(1, width))
    return ScoringModel(columns, (Layer(weights, np.full(1, bias)),), Regression() if head is None else head)


def rows_of(model: ScoringModel) -> npt.NDArray[np.float64]:
    """Return row numbers with ordinary, missing, unusable and clipped cells, and every kind of level."""
    rows = np.array([[38.0, 0, 1000.0], [np.nan, 1, 1e5], [17.0, np.nan, -1e5], [np.inf, -1, np.nan]])
    assert rows.shape[1] == len(model.row_names)
    return rows


def test_a_folded_model_gives_the_same_scores() -> None:
    """Factors move into the weights and the rest of the means into the bias, in every kind of row."""
    model = net()
    folded = fold_scaling(model)
    numbers = [column for column in folded.columns if isinstance(column, Numeric)]
    assert [column.multiply for column in numbers] == [1.0, 1.0]
    assert [column.subtract for column in numbers] == [float(np.float32(38.6)), float(np.float32(1077.3))]
    rows = rows_of(model)
    found, exact = Scorer(folded).score_numbers(rows), Scorer(model).score_numbers(rows)
    assert found.outputs == pytest.approx(exact.outputs, rel=1e-13, abs=1e-14)


@pytest.mark.parametrize("seed", range(60))
def test_random_models_folded_give_the_same_scores(seed: int) -> None:
    """Whatever the columns and the head; what is not folded is the model itself."""
    model = random_model(seed)
    folded = fold_scaling(model)
    rows = np.random.default_rng(seed).normal(size=(20, len(model.row_names)))
    with np.errstate(all="ignore"):
        found, exact = (Scorer(m).score_numbers(rows).outputs for m in (folded, model))
    assert found == pytest.approx(exact, rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize(
    "columns",
    [
        (Numeric("x", 0, 1.0, -2.0),),
        (Numeric("x", 0, 1.0, 0.0),),
        (Numeric("x", 0, 1.0, 1e30),),
        (Numeric("x", 0, 1e300, 2.0),),
        (Numeric("x", 0, 1.0, 1e-15, 1e10),),
        (Numeric("x", 0, 1.0, 2.0), Numeric("y", 0, 1.0, 2.0)),
        (Numeric("x", 0),),
        (Categorical("c", ("a",), np.array([[0], [1], [-1]]), np.array([[1.0], [1], [0]])),),
    ],
)
def test_what_cannot_be_folded_safely_stays(columns: tuple[Column, ...]) -> None:
    """Factors that are negative, nothing or extreme, numbers that float32 loses, shared inputs; and what needs none."""
    model = net(columns)
    assert fold_scaling(model) is model


def test_an_autoencoder_is_not_folded() -> None:
    """It compares with the scaled numbers themselves."""
    one = np.ones(1)
    head = Reconstruction(np.array([0]), one, np.array([0]), one, 0 * one)
    model = net((Numeric("x", 0, 1.0, 2.0),), head)
    assert fold_scaling(model) is model


def test_a_mean_that_float32_loses_must_be_small_beside_the_bias() -> None:
    """Then float32's demand holds for every row, a missing cell included."""
    column = Numeric("x", 0, 16777214.3, 2.0)
    assert fold_scaling(net((column,), bias=0.001)).columns[0] is column
    model = net((column,), bias=3.0)
    weight = float(model.layers[0].weights[0, 0])
    folded = fold_scaling(model)
    assert isinstance(folded.columns[0], Numeric)
    assert folded.columns[0].subtract == 16777214.0
    given = np.array([[16777214.0], [16777215.0], [np.nan]], dtype=np.float32)
    found = run_graph(build_onnx(model, "matrix", "float32"), {"input": given})["variable"]
    expected = [3.0 - 0.6 * weight, 3.0 + 1.4 * weight, 3.0]
    assert found.ravel().tolist() == pytest.approx(expected, abs=2e-6)


def test_a_folded_graph_computes_nothing_in_float64() -> None:
    """One subtraction in float32 stands for Cast, Sub, Mul and Cast."""
    nodes = build_onnx(net(), "columns", "float32").graph.node
    operators = [node.op_type for node in nodes if node.name.startswith("triplicate/numbers")]
    assert operators == ["Concat", "Reshape", "Sub", "Abs", "Less", "Where", "Max", "Min"]


def classifier(scale: float = 1.0, labels: int = 3, **rule: Any) -> ScoringModel:
    """Return a classifier with a hidden layer, weights multiplied by `scale`."""
    names = tuple("abcdefghijklmnopqrstuvwxyz"[:labels])
    model = small_model(Classification(names, **rule), labels)
    hidden, last = model.layers
    layers = (Layer(hidden.weights, hidden.bias), Layer(last.weights * scale, last.bias))  # linear: nothing is bounded
    return ScoringModel(model.columns, layers, model.head)


@pytest.mark.parametrize(
    "rule", [{}, {"rule": LabelRule.THRESHOLD, "threshold": 0.4}, {"correction": np.array([0.2, 5.0])}]
)
def test_a_row_of_a_float32_graph_always_has_a_label(rule: dict[str, object]) -> None:
    """Numbers up to float32's largest, of either sign, and what is missing: no probability is NaN."""
    model = classifier(labels=2, **rule)
    assert always_labels(model)
    graph = build_onnx(model, "matrix", "float32")
    assert "IsNaN" not in {node.op_type for node in graph.graph.node if "head" in node.name}
    numbers = np.array([3.4e38, -3.4e38, 1e30, -1e18, np.inf, np.nan, 0.0], dtype=np.float32)
    found = run_graph(graph, {"input": np.column_stack((numbers, np.zeros_like(numbers)))})
    assert np.isfinite(found["probabilities"]).all()
    assert set(found["label"].tolist()) <= {"a", "b"}


@pytest.mark.parametrize("labels", [2, 3])
def test_one_operator_ends_a_float32_graph(labels: int) -> None:
    """Layer, probabilities and label are one: the logistic function of two labels' log-odds, or a softmax."""
    model = classifier(labels=labels, rule=LabelRule.ARGMAX)
    graph = build_onnx(model, "matrix", "float32")
    (last,) = [node for node in graph.graph.node if node.op_type == "LinearClassifier"]
    ends = {attribute.name: attribute.s for attribute in last.attribute}
    assert ends["post_transform"] == {2: b"LOGISTIC", 3: b"SOFTMAX"}[labels]
    numbers = np.random.default_rng(1).normal(size=(50, len(model.columns)))
    found = run_graph(graph, {"input": numbers.astype(np.float32)})
    scores = Scorer(model).score_numbers(numbers)
    assert np.abs(found["probabilities"] - scores.outputs[:, 1:]).max() < 1e-6
    assert isinstance(model.head, Classification)
    assert found["label"].tolist() == [model.head.labels[int(index)] for index in scores.outputs[:, 0]]


@pytest.mark.parametrize("width", [3, 80])
def test_numbers_too_large_for_the_sums_count_as_missing(width: int) -> None:
    """In float32 a classifier takes a number from 2^64 on as missing, whichever way the graph goes."""
    columns = tuple(Numeric(f"x{i}", i) for i in range(width))
    rng = np.random.default_rng(1)
    layers = (Layer(rng.normal(size=(4, width)), rng.normal(size=4)), Layer(rng.normal(size=(2, 4)), np.zeros(2)))
    model = ScoringModel(columns, layers, Classification(("a", "b")))
    given = np.zeros((2, width), dtype=np.float32)
    given[0, 1], given[1, 1] = 3e38, np.nan
    found = run_graph(build_onnx(model, "matrix", "float32"), {"input": given})["probabilities"]
    assert found[0].tolist() == found[1].tolist()


def test_weights_that_may_overflow_keep_the_search_for_rows_without_a_label() -> None:
    """Then the label of a row whose probabilities are NaN is none, as in float64."""
    model = classifier(scale=1e30)
    assert not always_labels(model)
    found = run_graph(build_onnx(model, "matrix", "float32"), {"input": np.array([[1e30, 0]], dtype=np.float32)})
    assert np.isnan(found["probabilities"]).all()
    assert found["label"].tolist() == [""]


def test_a_prior_correction_that_may_divide_nothing_is_no_promise() -> None:
    """A factor of 0, or one that float32 rounds to 0, can leave no probability at all."""
    assert not always_labels(classifier(labels=2, correction=np.array([0.0, 1.0])))
    assert not always_labels(classifier(labels=2, correction=np.array([1e-40, 1.0])))
    assert not always_labels(net())

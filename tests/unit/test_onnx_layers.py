"""Activations in the graph against the formulas of the contract."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from triplicate.exporters.onnx_graph import build_onnx
from triplicate.runtime import Activation, Layer, Numeric, Regression, ScoringModel

from onnx_cases import run_graph

POINTS = np.array([-800.0, -30.0, -1.0, -1e-9, -5e-324, 0.0, 5e-324, 1e-9, 0.3, 1.0, 19.0, 800.0])
FORMULAS: dict[Activation, Callable[[float], float]] = {
    Activation.LINEAR: lambda z: z,
    Activation.RECTIFIER: lambda z: max(z, 0.0),
    Activation.LEAKY_RECTIFIER: lambda z: 0.3 * z if z < 0 else z,
    Activation.ELU: lambda z: 0.3 * math.expm1(z) if z < 0 else z,
    Activation.TANH: math.tanh,
    Activation.LOGISTIC: lambda z: 1.0 / (1.0 + math.exp(-z)) if z > -700 else 0.0,
}


def one_unit(activation: Activation, retain: float = 1.0) -> ScoringModel:
    """Return a model that is one activation of its only number."""
    alpha = 0.3 if activation in (Activation.LEAKY_RECTIFIER, Activation.ELU) else 0.0
    layer = Layer(np.ones((1, 1)), np.zeros(1), activation, alpha, retain)
    return ScoringModel((Numeric("x", 0),), (layer,), Regression())


@pytest.mark.parametrize("activation", FORMULAS)
def test_an_activation_follows_its_formula_in_float64(activation: Activation) -> None:
    """Within 4e-16 of the largest of 1 and the value, from -800 over subnormals to 800."""
    found = run_graph(build_onnx(one_unit(activation)), {"x": POINTS[:, np.newaxis]})["variable"].ravel()
    expected = np.array([FORMULAS[activation](z) for z in POINTS])
    assert np.all(np.abs(found - expected) <= 4e-16 * np.maximum(1.0, np.abs(expected)))


@pytest.mark.parametrize("activation", FORMULAS)
def test_an_activation_follows_its_formula_in_float32(activation: Activation) -> None:
    """Within 3e-7 of the largest of 1 and the value."""
    points = POINTS.astype(np.float32)
    found = run_graph(build_onnx(one_unit(activation), dtype="float32"), {"x": points[:, np.newaxis]})
    expected = np.array([FORMULAS[activation](float(z)) for z in points])
    assert np.all(np.abs(found["variable"].ravel() - expected) <= 3e-7 * np.maximum(1.0, np.abs(expected)))


def test_maxout_takes_the_larger_of_neighbouring_rows() -> None:
    """Rows 0 and 1 are the channels of unit 0, rows 2 and 3 those of unit 1."""
    weights = np.array([[1.0], [-1.0], [2.0], [3.0]])
    layers = (
        Layer(weights, np.array([0.0, 0.0, 1.0, 0.0]), Activation.MAXOUT),
        Layer(np.array([[1.0, 100.0]]), np.zeros(1)),
    )
    model = ScoringModel((Numeric("x", 0),), layers, Regression())
    found = run_graph(build_onnx(model), {"x": np.array([[5.0], [-5.0], [0.5]])})
    assert found["variable"].ravel().tolist() == [5 + 1500, 5 - 900, 0.5 + 200]


@pytest.mark.parametrize("activation", Activation)
def test_retain_multiplies_what_the_activation_gives(activation: Activation) -> None:
    """A unit kept half of the time in training counts half."""
    if activation is Activation.MAXOUT:
        layers = [Layer(np.ones((2, 1)), np.zeros(2), activation, retain=retain) for retain in (1.0, 0.5)]
        models = [ScoringModel((Numeric("x", 0),), (layer,), Regression()) for layer in layers]
    else:
        models = [one_unit(activation, retain) for retain in (1.0, 0.5)]
    whole, half = (run_graph(build_onnx(model), {"x": np.array([[-0.7], [2.0]])})["variable"] for model in models)
    assert half.tolist() == (whole * 0.5).tolist()


@pytest.mark.parametrize("activation", [a for a in Activation if a is not Activation.MAXOUT])
def test_a_nan_stays_a_nan(activation: Activation) -> None:
    """Sums that overflow to inf - inf are no number, and no activation hides it."""
    first = Layer(np.array([[1e300], [-1e300]]), np.zeros(2))
    second = Layer(np.ones((1, 2)), np.zeros(1), activation, one_unit(activation).layers[0].alpha)
    model = ScoringModel((Numeric("x", 0),), (first, second), Regression())
    found = run_graph(build_onnx(model), {"x": np.array([[1e300]])})
    assert np.isnan(found["variable"]).all()

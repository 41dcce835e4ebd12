"""Gedeon's importances: the worked example, layers of every kind, inputs that nothing was learned for."""

import numpy as np
import pytest

from triplicate.runtime.columns import Categorical, Numeric
from triplicate.runtime.heads import Regression
from triplicate.runtime.layers import Activation, Layer
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.trainer.importances import gedeon_importances, importance_frame, input_importances


def numeric_model(*layers: Layer) -> ScoringModel:
    """Return a regression of numeric columns a, b, … with these layers."""
    names = "abcdef"[: layers[0].inputs]
    return ScoringModel(tuple(Numeric(name, k) for k, name in enumerate(names)), layers, Regression())


def layer(weights: list[list[float]], activation: Activation = Activation.LINEAR) -> Layer:
    """Return a layer without bias."""
    matrix = np.array(weights, dtype=np.float64)
    return Layer(matrix, np.zeros(len(matrix)), activation)


def test_the_worked_example() -> None:
    """Two inputs, two hidden units, two outputs: 1 and 0.972603, or 50.6944 % and 49.3056 %."""
    values = gedeon_importances([[1, -2], [3, 1]], [[2, -1], [1, 1]])
    np.testing.assert_allclose(values, [1.0, 0.986111 / 1.013889], rtol=1e-5)
    np.testing.assert_allclose(values / values.sum(), [0.506944, 0.493056], rtol=1e-5)


def test_without_a_hidden_layer_absolute_weights_count() -> None:
    """The sum of absolute weights out of an input, over the largest."""
    np.testing.assert_allclose(gedeon_importances([[1.0, -4.0], [1.0, 0.0]]), [0.5, 1.0])
    assert importance_frame(numeric_model(layer([[1.0, -4.0]])))["variable"].tolist() == ["b", "a"]


def test_the_table() -> None:
    """Rows fall by importance; relative and scaled have a largest value of 1, percentages add up to 1."""
    model = numeric_model(layer([[1, -2], [3, 1]], Activation.TANH), layer([[2, -1]]))
    table = importance_frame(model)
    assert table.columns.tolist() == ["variable", "relative_importance", "scaled_importance", "percentage"]
    assert table["relative_importance"].is_monotonic_decreasing
    assert table["scaled_importance"].max() == 1.0
    assert table["percentage"].sum() == pytest.approx(1.0)


def test_the_channels_of_a_maxout_unit_are_added() -> None:
    """A Maxout layer counts like one whose weights are the sums of its channels' absolute weights."""
    maxout = numeric_model(layer([[1, -2], [0.5, 1], [3, 1], [-1, 0]], Activation.MAXOUT), layer([[2, -1]]))
    plain = numeric_model(layer([[1.5, 3], [4, 1]], Activation.TANH), layer([[2, -1]]))
    np.testing.assert_allclose(input_importances(maxout), input_importances(plain))


def test_units_without_any_weight_count_nothing() -> None:
    """Weights that are all 0 give importances of 0, not NaN."""
    assert gedeon_importances([[0, 0], [0, 0]], [[1, 1]]).tolist() == [0.0, 0.0]
    assert importance_frame(numeric_model(layer([[0.0, 0.0]])))["percentage"].tolist() == [0.0, 0.0]


def test_the_missing_input_of_a_full_column_is_zero() -> None:
    """Where no cell was missing in training, the input of missing cells keeps its start weights and says nothing."""
    inputs = np.array([[0], [1], [2], [2]], dtype=np.int32)
    colour = Categorical("colour", ("blue", "red"), inputs, np.ones((4, 1)))
    model = ScoringModel((colour,), (layer([[1.0, 2.0, 9.0]]),), Regression())
    assert importance_frame(model)["variable"].tolist()[0] == "colour.missing(NA)"
    np.testing.assert_allclose(input_importances(model, ["colour"]), [0.5, 1.0, 0.0])

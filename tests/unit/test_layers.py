"""triplicate.runtime.layers: the rules of a layer."""

from typing import Any

import numpy as np
import pytest

from triplicate.runtime import Activation, Layer
from triplicate.runtime.errors import InvalidModelError


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": [[1, 2], [3, 4]]}, "Layer.weights: must be float32 or float64, got int64"),
        ({"weights": [1.0, 2.0]}, "Layer.weights: must be a matrix, got shape (2,)"),
        ({"weights": np.zeros((0, 2))}, "Layer.weights: must be a matrix, got shape (0, 2)"),
        ({"weights": np.zeros((2, 0))}, "Layer.weights: must be a matrix, got shape (2, 0)"),
        ({"weights": [[1.0], [np.inf]]}, "Layer.weights: must hold finite numbers only"),
        ({"weights": [[1.0], [-0.0]]}, "Layer.weights: must not hold -0"),
        (
            {"weights": np.ones((3, 1)), "bias": np.zeros(3), "activation": "maxout"},
            "Layer.weights: 3 rows do not divide into 2 channels",
        ),
        ({"bias": [0.0]}, "Layer.bias: must have shape (2,), got (1,)"),
        ({"bias": [0.0, np.nan]}, "Layer.bias: must hold finite numbers only"),
        ({"bias": [0.0, -0.0]}, "Layer.bias: must not hold -0"),
        (
            {"activation": "relu"},
            f"Layer.activation: must be one of {', '.join(Activation)}, got 'relu'",
        ),
        ({"alpha": np.nan}, "Layer.alpha: must not be NaN"),
        ({"alpha": -0.0}, "Layer.alpha: must not be -0"),
        ({"alpha": 0.1}, "Layer.alpha: must be 0 for linear, got 0.1"),
        ({"retain": np.inf}, "Layer.retain: must be finite, got inf"),
        ({"retain": 0.0}, "Layer.retain: must be in (0, 1], got 0.0"),
        ({"retain": 1.5}, "Layer.retain: must be in (0, 1], got 1.5"),
    ],
)
def test_a_layer_that_breaks_a_rule_is_refused(changes: dict[str, Any], message: str) -> None:
    """The message begins with the field."""
    with pytest.raises(InvalidModelError) as caught:
        Layer(**({"weights": np.ones((2, 3)) if "weights" not in changes else None, "bias": np.zeros(2)} | changes))
    assert str(caught.value) == message


def test_weights_keep_their_type_and_the_bias_is_float64() -> None:
    """float32 weights stay float32, since exporters store them; sums start at a float64 bias."""
    layer = Layer(np.ones((2, 3), dtype=np.float32), np.zeros(2, dtype=np.float32))
    assert layer.weights.dtype == np.float32
    assert layer.bias.dtype == np.float64
    assert Layer(np.ones((2, 3)), np.zeros(2)).weights.dtype == np.float64


def test_maxout_has_two_channels_per_unit() -> None:
    """The rows of a maxout layer are its units times two."""
    layer = Layer(np.ones((6, 5)), np.zeros(6), Activation.MAXOUT)
    assert (layer.units, layer.channels, layer.inputs) == (3, 2, 5)


@pytest.mark.parametrize("activation", [a for a in Activation if a is not Activation.MAXOUT])
def test_every_other_activation_has_one_channel(activation: Activation) -> None:
    """Units equal the rows of the weights."""
    layer = Layer(np.ones((6, 5)), np.zeros(6), activation)
    assert (layer.units, layer.channels, layer.inputs) == (6, 1, 5)


@pytest.mark.parametrize("activation", ["leaky_rectifier", "elu"])
def test_alpha_belongs_to_the_sloped_activations(activation: str) -> None:
    """leaky_rectifier and elu take any finite alpha."""
    assert Layer(np.ones((1, 1)), np.zeros(1), Activation(activation), 0.3).alpha == 0.3

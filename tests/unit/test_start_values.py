"""Start weights and biases of the user: applied layer by layer, checked by shape and value."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate.runtime.errors import ParameterError
from triplicate.trainer import DeepLearningEstimator

from training_tables import classes_table

OPTIONS: dict[str, Any] = {"hidden": [3], "epochs": 0, "seed": 1}


def started(**given: Any) -> DeepLearningEstimator:
    """Return a model that has not learned a row: 8 inputs, 3 hidden units, 2 classes."""
    return DeepLearningEstimator(**(OPTIONS | given)).train(y="kind", training_frame=classes_table())


@pytest.mark.parameter("initial_weights", "initial_biases")
def test_given_layers_are_the_start_and_others_stay_random() -> None:
    """Each entry of each list counts by itself; None keeps what the model would have started from."""
    plain, first, bias = started(), np.arange(24.0).reshape(3, 8) / 10, pd.DataFrame({"b": [7.0, 8.0]})
    model = started(initial_weights=[first, None], initial_biases=[None, bias]).scoring_model
    np.testing.assert_allclose(model.layers[0].weights, first, rtol=1e-7)
    assert model.layers[0].bias.tolist() == [0.5] * 3
    assert (model.layers[1].weights == plain.scoring_model.layers[1].weights).all()
    assert model.layers[1].bias.tolist() == [7.0, 8.0]
    only = started(initial_biases=[np.array([1.0, 2.0, 3.0]), None]).scoring_model
    assert only.layers[0].bias.tolist() == [1.0, 2.0, 3.0]
    assert (only.layers[0].weights == plain.scoring_model.layers[0].weights).all()


@pytest.mark.parametrize("activation", ["Rectifier", "Maxout"])
def test_the_tables_of_a_model_start_another_one(activation: str) -> None:
    """What weights() and biases() return goes in unchanged, also with two rows per Maxout unit."""
    learned = started(activation=activation, epochs=3)
    again = started(
        activation=activation,
        seed=9,
        initial_weights=[learned.weights(0), learned.weights(1)],
        initial_biases=[learned.biases(0), learned.biases(1)],
    )
    table = classes_table(50, seed=3)
    assert (again.predict(table)["yes"] == learned.predict(table)["yes"]).all()
    assert learned.weights(0).shape == ((6, 8) if activation == "Maxout" else (3, 8))


def test_learning_goes_on_from_there() -> None:
    """Starting from a learned model is better after one epoch than starting from random weights."""
    learned = started(epochs=20)
    given = {"initial_weights": [learned.weights(0), learned.weights(1)], "epochs": 1}
    warm, cold = started(**given), started(epochs=1)
    assert warm.model_performance().value("logloss") < cold.model_performance().value("logloss")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"initial_weights": [None]}, r"initial_weights must have one entry per hidden layer.*2 entries, got 1"),
        ({"initial_weights": np.zeros((3, 8))}, r"initial_weights must be a list.*got ndarray"),
        (
            {"initial_weights": [np.zeros((8, 3)), None]},
            r"initial_weights\[0\] must have 3 rows \(units\) and 8 columns \(inputs\), got shape \(8, 3\)",
        ),
        (
            {"initial_weights": [np.zeros((3, 8)), None], "activation": "Maxout"},
            r"initial_weights\[0\] must have 6 rows \(two per unit\) and 8 columns",
        ),
        (
            {"initial_biases": [None, [[1.0, 2.0]]]},
            r"initial_biases\[1\] must have 2 rows \(units\) and 1 column, got shape \(1, 2\)",
        ),
        ({"initial_weights": [[["a"]], None]}, r"initial_weights\[0\] must be a table of numbers"),
        ({"initial_weights": [None, [[1, 2, 3], [4, 1e39, 6]]]}, r"initial_weights\[1\], row 1, column 1: .*1e\+39"),
        ({"initial_biases": [None, [1.0, np.nan]]}, r"initial_biases\[1\], row 1, column 0: .*nan"),
    ],
)
def test_what_does_not_fit_is_named(given: dict[str, Any], message: str) -> None:
    """Errors name the parameter, the layer and the shape it needs."""
    with pytest.raises(ParameterError, match=message):
        started(**given)

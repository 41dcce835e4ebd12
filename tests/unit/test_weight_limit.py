"""max_w2: the naive twin in both modes, categories that are not active, the effect on a model."""

from typing import Any

import numpy as np
import pytest

from triplicate.runtime import Activation
from triplicate.trainer import DeepLearningEstimator
from triplicate.trainer.optimizers import Optimizer
from triplicate.trainer.parameters import Parameters
from triplicate.trainer.weight_limit import Norms, close_rows, measure, open_rows, settle

from learning_cases import assert_equal, case_network, case_rows, learned, start_state
from training_tables import classes_table


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize(
    ("activation", "loss", "more"),
    [
        (Activation.RECTIFIER, "cross-entropy", {}),
        (Activation.TANH, "reconstruction", {"fast_mode": False, "l2": 0.01}),
        (Activation.MAXOUT, "squared", {"adaptive": False, "rate": 0.05}),
        (
            Activation.RECTIFIER,
            "squared",
            {"adaptive": False, "rate": 0.05, "momentum_start": 0.9, "momentum_stable": 0.9},
        ),
    ],
)
def test_both_modes_are_the_naive_twin(activation: Activation, loss: str, more: dict[str, Any], batch: int) -> None:
    """After every update each sum of squares is brought back to the limit exactly, Maxout by channel."""
    network, optimizer = case_network(activation, loss), Optimizer(**more, max_w2=0.7)
    state, naive = learned(network, case_rows(loss, 12), loss, optimizer, batch, 12)
    assert_equal(network, state, naive)
    before, largest = start_state(network, optimizer), 0.0
    for layer in range(network.layers):
        sums, start = (np.square(network.weights(s.parameters, layer)).sum(axis=0) for s in (state, before))
        assert sums.max() <= 0.7 * (1 + 1e-9)
        largest = max(largest, float(start.max()))
    assert largest > 1.0


def test_scales_are_settled_before_they_vanish() -> None:
    """A scale that becomes tiny is multiplied into the weights; no weight changes its true value."""
    network = case_network(Activation.TANH, "squared")
    state, layout = start_state(network, Optimizer()), network.layout()
    norms, index = Norms(np.zeros(layout.sums[-1]), np.ones(layout.sums[1])), np.array([0, 5, 8])
    measure(layout, state.parameters, norms)
    truth = network.weights(state.parameters, 0).copy()
    for step in range(40):
        open_rows(layout, 0, 5, state.parameters, norms, index)
        network.weights(state.parameters, 0)[0] *= 3.0
        truth[0] *= 3.0
        close_rows(layout, 0, 5, state.parameters, norms, index, 0.7)
        truth *= np.sqrt(np.minimum(1.0, 0.7 / np.square(truth).sum(axis=0)))
        assert norms.scales.min() > 1e-7, step
    settle(5, state.parameters, norms)
    np.testing.assert_allclose(network.weights(state.parameters, 0), truth, rtol=1e-9, atol=1e-300)


@pytest.mark.parameter("max_w2")
@pytest.mark.parametrize("size", [1, 8])
@pytest.mark.parametrize("activation", ["Rectifier", "Maxout"])
def test_a_model_keeps_the_limit(size: int, activation: str) -> None:
    """No unit or channel of the model exceeds max_w2; without it some do."""
    options: dict[str, Any] = {
        "hidden": [8, 8], "epochs": 5, "seed": 1, "mini_batch_size": size, "activation": activation,
        "overwrite_with_best_model": False,
    }  # fmt: skip
    for limit, holds in ((0.5, True), (float("inf"), False), (3.4028235e38, False)):
        model = DeepLearningEstimator(**options, max_w2=limit).train(y="kind", training_frame=classes_table())
        largest = [np.square(layer.weights.astype(float)).sum(axis=1).max() for layer in model.scoring_model.layers]
        assert bool(max(largest) <= 0.5 * (1 + 1e-5)) is holds


def test_infinity_and_the_default_are_off() -> None:
    """Both spell no limit; 0 and below are refused."""
    assert Optimizer(max_w2=3.4028235e38).constants().tolist() == Optimizer(max_w2=float("inf")).constants().tolist()
    for wrong in (0, -1):
        with pytest.raises(ValueError, match="max_w2 must be greater than 0"):
            Parameters.of(max_w2=wrong)

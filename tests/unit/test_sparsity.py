"""Sparse autoencoders: mean activations, the naive twin, the effect, what is refused."""

from typing import Any

import numpy as np
import pytest
from open_kernels import follow_activity

from triplicate.runtime import Activation
from triplicate.runtime.errors import ParameterError
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator
from triplicate.trainer.optimizers import Optimizer

from learning_cases import assert_equal, case_network, case_rows, learned
from training_tables import unlabelled_table


def test_the_mean_takes_in_a_thousandth_of_each_row() -> None:
    """Activity starts at 0 and follows .999 a + .001 x."""
    activity = np.zeros(2)
    follow_activity(activity, 0, np.array([1.0, -2.0]))
    follow_activity(activity, 0, np.array([1.0, 0.0]))
    assert activity == pytest.approx([0.001999, -0.001998])


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize(
    ("activation", "more"),
    [
        (Activation.TANH, {"average_activation": -0.2}),
        (Activation.RECTIFIER, {"average_activation": 0.3, "fast_mode": False}),
        (Activation.TANH, {"adaptive": False, "rate": 0.02, "average_activation": 0.1, "rate_decay": 0.5}),
    ],
)
def test_both_modes_are_the_naive_twin(activation: Activation, more: dict[str, Any], batch: int) -> None:
    """Biases of hidden layers, and the means, are those of the naive trainer."""
    network, loss = case_network(activation, "reconstruction", (0.1, 0.2, 0.0)), "reconstruction"
    optimizer = Optimizer(**more, sparsity_beta=0.8)
    state, naive = learned(network, case_rows(loss, 12), loss, optimizer, batch, 12)
    assert_equal(network, state, naive)
    np.testing.assert_allclose(state.activity, np.concatenate(naive.activity), rtol=1e-9, atol=1e-12)


@pytest.mark.parameter("average_activation", "sparsity_beta")
@pytest.mark.parametrize("size", [1, 8])
@pytest.mark.parametrize(("activation", "target"), [("Tanh", -0.5), ("Rectifier", 0.1)])
def test_hidden_units_come_closer_to_the_average_asked_for(activation: str, target: float, size: int) -> None:
    """With sparsity the mean activation of the hidden units is nearer to the target than without."""
    table, distances = unlabelled_table(400), []
    for beta in (0.0, 1.0):
        options: dict[str, Any] = {"average_activation": target} if beta else {}
        model = AutoEncoderEstimator(
            activation=activation, hidden=[6], epochs=60, seed=1, mini_batch_size=size, sparsity_beta=beta,
            adaptive_rate=False, rate=0.02 * size, overwrite_with_best_model=False, stopping_rounds=0, **options,
        ).train(training_frame=table)  # fmt: skip
        distances.append(abs(model.deepfeatures(table, 0).to_numpy().mean(axis=0) - target).mean())
    assert distances[1] < 0.5 * distances[0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"activation": "Tanh", "average_activation": 1.0},
            r"average_activation must be in \(-1, 1\) for Tanh, got 1.0",
        ),
        ({"activation": "Rectifier"}, "average_activation must be greater than 0 for Rectifier, got 0.0"),
        ({"activation": "Tanh", "sparsity_beta": -1}, "sparsity_beta must be at least 0, got -1"),
    ],
)
def test_ranges(given: dict[str, Any], message: str) -> None:
    """The average must lie where the activation can reach."""
    with pytest.raises(ParameterError, match=message):
        AutoEncoderEstimator(**({"sparsity_beta": 0.5} | given))


def test_only_autoencoders_are_sparse() -> None:
    """A supervised model refuses sparsity_beta; an average without it warns."""
    with pytest.raises(ParameterError, match=r"sparsity_beta is for autoencoders only, got 0\.5"):
        DeepLearningEstimator(sparsity_beta=0.5)
    with pytest.warns(UserWarning, match="average_activation: no effect while sparsity_beta is 0"):
        AutoEncoderEstimator(average_activation=0.5)

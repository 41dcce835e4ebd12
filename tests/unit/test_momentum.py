"""Momentum: the ramp, the published steps, Nesterov's look-ahead against the textbook, its effect."""

from typing import Any

import numpy as np
import pytest
from open_kernels import advance, rate_at, update_rows

from triplicate.runtime import Activation
from triplicate.trainer import DeepLearningEstimator
from triplicate.trainer.momentum import momentum_at
from triplicate.trainer.optimizers import Optimizer

from learning_cases import assert_equal, case_network, case_rows, learned
from training_tables import classes_table, numbers_table

PLAIN: dict[str, Any] = {"adaptive": False, "rate": 0.05, "rate_annealing": 0.0}


@pytest.mark.parameter("momentum_start")
def test_the_ramp() -> None:
    """Momentum grows in a line from its start to its stable value, by samples, and stays there."""
    found = [momentum_at(0.5, 100.0, 0.9, samples) for samples in (0, 25, 50, 100, 10_000)]
    assert found == pytest.approx([0.5, 0.6, 0.7, 0.9, 0.9])
    assert momentum_at(0.9, 100.0, 0.2, 50) == pytest.approx(0.55)


def test_published_steps() -> None:
    """Rate .05, momentum .5 and gradients 1, 1, 1 lead from 1 to .95, .875, .7875, without a factor 1 - m."""
    optimizer = Optimizer(**PLAIN, momentum_start=0.5, momentum_stable=0.5, nesterov=False)
    w, steps, index, found = np.ones(1), np.zeros(1), np.zeros(1, dtype=np.int64), []
    for _ in range(3):
        advance(w, steps, 0, 1, 1, index, 0.5, False)
        update_rows(
            *optimizer.kinds, w, None, steps, 0, 1, 1, index, np.ones(1), np.ones(1), np.ones(1),
            rate_at(optimizer.constants(), 0, 0), optimizer.constants(), True,
        )  # fmt: skip
        found.append(float(w[0]))
    assert found == pytest.approx([0.95, 0.875, 0.7875])


def test_a_quadratic_by_the_textbook() -> None:
    """On the loss w^2 Nesterov's steps are those of v = m v - a 2 (w + m v), w = w + v."""
    optimizer = Optimizer(**PLAIN, momentum_start=0.9, momentum_stable=0.9)
    w, steps, index = np.ones(1), np.zeros(1), np.zeros(1, dtype=np.int64)
    textbook, velocity = 1.0, 0.0
    for _ in range(20):
        advance(w, steps, 0, 1, 1, index, 0.9, True)
        update_rows(
            *optimizer.kinds, w, None, steps, 0, 1, 1, index, np.ones(1), np.ones(1), 2 * w, 0.05,
            optimizer.constants(), True,
        )  # fmt: skip
        velocity = 0.9 * velocity - 0.05 * 2 * (textbook + 0.9 * velocity)
        textbook += velocity
        assert w[0] == pytest.approx(textbook, rel=1e-12)
        assert steps[0] == pytest.approx(velocity, rel=1e-11, abs=1e-14)


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize(
    ("activation", "loss", "more", "dropout"),
    [
        (Activation.RECTIFIER, "cross-entropy", {"fast_mode": False}, (0.0, 0.0, 0.0)),
        (Activation.RECTIFIER, "squared", {"l1": 0.01, "l2": 0.02, "rate_decay": 0.5}, (0.2, 0.5, 0.3)),
        (Activation.TANH, "reconstruction", {"rate_annealing": 0.1}, (0.0, 0.0, 0.0)),
        (Activation.MAXOUT, "cross-entropy", {"l2": 0.02, "fast_mode": False}, (0.0, 0.3, 0.0)),
    ],
)
def test_both_modes_are_the_naive_twin(
    activation: Activation, loss: str, more: dict[str, Any], dropout: tuple[float, float, float], nesterov: bool,
    batch: int,
) -> None:  # fmt: skip
    """Twelve weighted rows along a ramp leave the weights, biases and last steps of the textbook's trainer."""
    network = case_network(activation, loss, dropout)
    optimizer = Optimizer(
        **(PLAIN | more), momentum_start=0.5, momentum_ramp=8.0, momentum_stable=0.9, nesterov=nesterov
    )
    state, naive = learned(network, case_rows(loss, 12, weighted=True), loss, optimizer, batch, 12)
    assert_equal(network, state, naive)
    for layer, velocities in enumerate(naive.velocities):
        np.testing.assert_allclose(network.matrix(state.steps, layer), velocities, rtol=1e-9, atol=1e-12)


@pytest.mark.parameter("nesterov_accelerated_gradient")
def test_look_ahead_differs_from_plain_momentum() -> None:
    """The two forms are different methods."""
    network, rows = case_network(Activation.TANH, "squared"), case_rows("squared", 12)
    ends = [
        learned(
            network, rows, "squared", Optimizer(**PLAIN, momentum_start=0.9, momentum_stable=0.9, nesterov=n), 1, 12
        )
        for n in (False, True)
    ]
    assert np.abs(ends[0][0].parameters - ends[1][0].parameters).max() > 1e-3


def test_memory_is_allocated_where_it_is_needed() -> None:
    """Plain descent and momentum 0 remember nothing, momentum the last steps, ADADELTA two numbers a weight."""
    network = case_network(Activation.TANH, "squared")
    options: dict[str, Any] = {"distribution": "Uniform", "scale": 1.0}
    sizes = [
        (state.squares.size, state.steps.size)
        for state in (
            network.start(1, **options, stateful=False),
            network.start(1, **options, stateful=False, moving=True),
            network.start(1, **options, stateful=True),
        )
    ]
    n = network.parameters
    assert sizes == [(0, 0), (0, n), (n, n)]
    assert not Optimizer(momentum_start=0.5).moves_on
    assert Optimizer(adaptive=False, momentum_stable=0.5).moves_on


@pytest.mark.parameter("nesterov_accelerated_gradient", "momentum_stable")
@pytest.mark.parametrize("size", [1, 8])
@pytest.mark.parametrize("nesterov", [True, False])
def test_momentum_speeds_up_small_rates(size: int, nesterov: bool) -> None:
    """With a rate that is too small, momentum .9 gets much closer to the response in the same epochs."""
    table = numbers_table()
    options: dict[str, Any] = {
        "hidden": [8], "epochs": 5, "seed": 1, "adaptive_rate": False, "rate": 1e-4 * size, "mini_batch_size": size,
    }  # fmt: skip
    slow = DeepLearningEstimator(**options).train(y="price", training_frame=table)
    fast = DeepLearningEstimator(
        **options, momentum_start=0.5, momentum_ramp=100, momentum_stable=0.9, nesterov_accelerated_gradient=nesterov
    ).train(y="price", training_frame=table)
    assert fast.model_performance().value("MSE") < 0.5 * slow.model_performance().value("MSE")


def test_parameters_of_momentum_without_effect_are_told() -> None:
    """A ramp without momentum, and momentum beside ADADELTA, warn."""
    with pytest.warns(UserWarning, match="momentum_ramp: no effect while momentum_start and momentum_stable are 0"):
        DeepLearningEstimator(adaptive_rate=False, momentum_ramp=5)
    with pytest.warns(UserWarning, match="momentum_start: no effect while adaptive_rate is True"):
        DeepLearningEstimator(momentum_start=0.5)


def test_equal_seeds_give_equal_models() -> None:
    """Momentum keeps the promise of equal bits."""
    prints = {
        DeepLearningEstimator(
            hidden=[6], epochs=2, seed=2, adaptive_rate=False, momentum_start=0.5, momentum_stable=0.9
        )
        .train(y="kind", training_frame=classes_table())
        .scoring_model.fingerprint
        for _ in range(2)
    }
    assert len(prints) == 1

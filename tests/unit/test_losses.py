"""Losses: published gradients, and the numerical gradient of every activation with every loss."""

import numpy as np
import pytest
from open_kernels import cross_entropy_gradient, softmax, squared_gradient

from triplicate.runtime.layers import Activation
from triplicate.trainer.optimizers import Optimizer
from triplicate.trainer.row_learner import RowLearner

from learning_cases import LOSSES, case_network, case_rows, naive_rows, rule_for, start_state, twin


def test_softmax_and_its_gradient() -> None:
    """Sums 1, 0, -1 and class 1 give the published probabilities and gradient; a weight multiplies it."""
    units, errors = np.array([1.0, 0.0, -1.0]), np.empty(3)
    cross_entropy_gradient(units, 1, 2.0, errors)
    np.testing.assert_allclose(units, [0.66524, 0.24473, 0.09003], atol=5e-6)
    np.testing.assert_allclose(errors, [2 * 0.66524, -2 * 0.75527, 2 * 0.09003], atol=2e-5)


def test_softmax_survives_large_sums() -> None:
    """Sums of a thousand do not overflow, in either precision."""
    for kind in (np.float32, np.float64):
        units = np.array([1000.0, 1001.0], dtype=kind)
        softmax(units)
        assert units.sum() == pytest.approx(1.0)
        assert units.dtype == kind


def test_squared_gradient() -> None:
    """The gradient is 2 (f - t) times the derivative of the unit."""
    errors = np.array([0.5, 1.0])
    squared_gradient(np.array([3.0, 1.0]), np.array([1.0, 4.0]), 1.0, errors)
    assert errors.tolist() == [2.0, -6.0]


@pytest.mark.parameter("loss")
@pytest.mark.parametrize(
    ("activation", "loss"),
    [(a, loss) for a in (Activation.RECTIFIER, Activation.TANH) for loss in LOSSES]
    + [(Activation.MAXOUT, loss) for loss in ("cross-entropy", "squared")],
)
def test_gradients_are_those_of_the_loss(activation: Activation, loss: str) -> None:
    """A step of plain descent moves every weight and bias by the rate times the numerical gradient."""
    network = case_network(activation, loss)
    optimizer = Optimizer(adaptive=False, rate=1e-3, rate_annealing=0.0)
    for row in range(4):
        rows = case_rows(loss, 4)
        state = start_state(network, optimizer)
        naive = twin(network, optimizer, state, loss=loss)
        before = state.parameters.copy()
        order = np.array([row])
        RowLearner(network, rows, rule_for(loss, optimizer)).learn(state, order)
        x, label, target, _ = naive_rows(rows, loss)[row]
        for layer, matrix in enumerate(naive.matrices):
            moved = network.matrix(before - state.parameters, layer) / 1e-3
            for place in np.ndindex(*matrix.shape):
                value = matrix[place]
                matrix[place] = value + 1e-6
                above = naive.loss(x, label, target)
                matrix[place] = value - 1e-6
                slope = (above - naive.loss(x, label, target)) / 2e-6
                matrix[place] = value
                assert moved[place] == pytest.approx(slope, abs=2e-8, rel=1e-6)

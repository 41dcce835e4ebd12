"""Batch mode: the naive twin, batches of one against row mode, untouched categories."""

import numpy as np
import pytest

from triplicate.runtime.layers import Activation
from triplicate.trainer.batch_learner import BatchLearner
from triplicate.trainer.optimizers import Optimizer
from triplicate.trainer.row_learner import RowLearner

from learning_cases import LOSSES, case_network, case_rows, naive_rows, rule_for, start_state, twin

CASES = [
    (Activation.RECTIFIER, Optimizer(), (0.0, 0.0, 0.0)),
    (Activation.TANH, Optimizer(l1=0.01, l2=0.02, epsilon=1e-4), (0.2, 0.5, 0.3)),
    (Activation.TANH, Optimizer(adaptive=False, rate=0.05, rate_annealing=0.1, rate_decay=0.5), (0.0, 0.0, 0.0)),
    (Activation.RECTIFIER, Optimizer(l1=0.01, l2=0.02, fast_mode=False), (0.3, 0.4, 0.0)),
]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("activation", "optimizer", "dropout"), CASES)
def test_batch_mode_is_its_naive_twin(
    activation: Activation, loss: str, optimizer: Optimizer, dropout: tuple[float, float, float]
) -> None:
    """Ten weighted rows in batches of four, the last one smaller, leave the naive trainer's weights."""
    network, rows = case_network(activation, loss, dropout), case_rows(loss, 10, weighted=True)
    state = start_state(network, optimizer)
    naive = twin(network, optimizer, state, seed=11, loss=loss)
    BatchLearner(network, rows, rule_for(loss, optimizer, 11), 4).learn(state, np.arange(10))
    plain = naive_rows(rows, loss)
    for start in (0, 4, 8):
        naive.learn(plain[start : start + 4])
    for layer, matrix in enumerate(naive.matrices):
        np.testing.assert_allclose(network.matrix(state.parameters, layer), matrix, rtol=1e-9, atol=1e-12)
        if optimizer.adaptive:
            np.testing.assert_allclose(network.matrix(state.squares, layer), naive.squares[layer], atol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_batches_of_one_are_row_mode(loss: str) -> None:
    """With one row per batch both modes compute the same weights, but for the order of sums."""
    network, rows = case_network(Activation.TANH, loss, (0.2, 0.5, 0.3)), case_rows(loss, 6)
    optimizer = Optimizer(l1=0.001)
    one, other = start_state(network, optimizer), start_state(network, optimizer)
    rule, order = rule_for(loss, optimizer), np.arange(6)
    BatchLearner(network, rows, rule, 1).learn(one, order)
    RowLearner(network, rows, rule).learn(other, order)
    np.testing.assert_allclose(one.parameters, other.parameters, rtol=1e-9, atol=1e-12)


def test_categories_that_a_batch_does_not_hold_stay() -> None:
    """Only rows of weights of active categories are updated, decay included."""
    network, rows = case_network(Activation.RECTIFIER, "squared"), case_rows("squared", 3)
    rows.codes[:] = [[1, 3], [1, 4], [-1, 3]]
    optimizer = Optimizer(l2=0.1)
    state = start_state(network, optimizer)
    before = network.weights(state.parameters, 0).copy()
    BatchLearner(network, rows, rule_for("squared", optimizer), 3).learn(state, np.arange(3))
    changed = (network.weights(state.parameters, 0) != before).any(axis=1)
    assert changed[:5].tolist() == [False, True, False, True, True]


def test_many_levels_need_no_matrix_of_levels() -> None:
    """Buffers grow with the batch and its columns, not with the number of levels."""
    network, rows = case_network(Activation.RECTIFIER, "squared"), case_rows("squared", 3)
    wide = network.__class__(70_003, network.widths, network.activations, network.dropout, softmax=False)
    rows = rows._replace(first_number=70_000)
    learner = BatchLearner(wide, rows, rule_for("squared", Optimizer()), 3)
    sizes = [value.size for value in vars(learner).values() if isinstance(value, np.ndarray)]
    assert sum(sizes) < 2 * 70_000

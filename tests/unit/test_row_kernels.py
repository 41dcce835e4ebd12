"""Row mode: the published worked step, and the naive twin under every circumstance."""

import numpy as np
import pytest

from triplicate.runtime.layers import Activation
from triplicate.trainer.batch_learner import BatchLearner
from triplicate.trainer.kernel_rows import Rows
from triplicate.trainer.network import Network, State
from triplicate.trainer.optimizers import Optimizer
from triplicate.trainer.packed_numbers import PackedNumbers
from triplicate.trainer.row_learner import RowLearner

from learning_cases import LOSSES, case_network, case_rows, naive_rows, rule_for, start_state, twin


def test_the_worked_step() -> None:
    """One row of plain descent with both penalties ends at the published weights and biases."""
    network = Network(2, (2, 1), (Activation.TANH, Activation.LINEAR), (0.0, 0.0), False)
    optimizer = Optimizer(adaptive=False, rate=0.1, rate_annealing=0.0, l1=0.01, l2=0.02)
    flat, none = np.zeros(network.parameters), np.zeros(0)
    network.weights(flat, 0)[:] = [[0.1, 0.3], [-0.2, 0.4]]
    network.weights(flat, 1)[:] = [[0.5], [-0.6]]
    rows = Rows(
        np.zeros((1, 0), dtype=np.int32),
        PackedNumbers.of(np.array([[1.0, 2.0]])),
        0,
        None,
        np.array([[0.7]]),
        none,
    )
    RowLearner(network, rows, rule_for("squared", optimizer)).learn(State(flat, none, none, none, 0), np.array([0]))
    published = {
        0: [[0.22014311, 0.24124580], [0.04408622, 0.28389159], [0.12134311, -0.05715420]],
        1: [[0.42074648], [-0.38551475], [0.26519114]],
    }
    for layer, matrix in published.items():
        np.testing.assert_allclose(network.matrix(flat, layer), matrix, atol=6e-9)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("activation", "optimizer", "dropout"),
    [
        (Activation.RECTIFIER, Optimizer(), (0.0, 0.0, 0.0)),
        (Activation.TANH, Optimizer(l1=0.01, l2=0.02, epsilon=1e-4), (0.2, 0.5, 0.3)),
        (Activation.TANH, Optimizer(adaptive=False, rate=0.05, rate_annealing=0.1, rate_decay=0.5), (0.2, 0.5, 0.3)),
        (
            Activation.RECTIFIER,
            Optimizer(adaptive=False, rate=0.05, l1=0.01, l2=0.02, fast_mode=False),
            (0.3, 0.4, 0.0),
        ),
        (Activation.RECTIFIER, Optimizer(l1=0.01, fast_mode=False), (0.0, 0.4, 0.0)),
        (Activation.RECTIFIER, Optimizer(is_adam=True, rate_annealing=0.1), (0.2, 0.5, 0.3)),
        (Activation.TANH, Optimizer(is_adam=True, l1=0.01, l2=0.02, fast_mode=False), (0.0, 0.4, 0.0)),
    ],
)
def test_row_mode_is_its_naive_twin(
    activation: Activation, loss: str, optimizer: Optimizer, dropout: tuple[float, float, float]
) -> None:
    """Eight rows with categories, zeros and weights leave the weights and memories of the naive trainer."""
    network, rows = case_network(activation, loss, dropout), case_rows(loss, 8, weighted=True)
    state = start_state(network, optimizer)
    naive = twin(network, optimizer, state, seed=11, loss=loss)
    RowLearner(network, rows, rule_for(loss, optimizer, 11)).learn(state, np.arange(8))
    for row in naive_rows(rows, loss):
        naive.learn([row])
    for layer, matrix in enumerate(naive.matrices):
        np.testing.assert_allclose(network.matrix(state.parameters, layer), matrix, rtol=1e-9, atol=1e-12)
        if optimizer.remembers:
            np.testing.assert_allclose(network.matrix(state.squares, layer), naive.squares[layer], atol=1e-12)
            np.testing.assert_allclose(network.matrix(state.steps, layer), naive.steps[layer], atol=1e-12)


@pytest.mark.parametrize("optimizer", [Optimizer(epsilon=1e-4), Optimizer(epsilon=1e-4, l2=0.1, fast_mode=False)])
@pytest.mark.parametrize("batch", [1, 3])
def test_hashed_codes_that_meet_add_up(optimizer: Optimizer, batch: int) -> None:
    """Two columns on one input make it 2, with one update of its weights, in both modes and under dropout."""
    network, rows = case_network(Activation.TANH, "squared", (0.2, 0.0, 0.0)), case_rows("squared", 6)
    rows.codes[:] = [[2, 2], [1, 2], [-1, 4], [4, 4], [2, 2], [0, 0]]
    state = start_state(network, optimizer)
    naive, rule = twin(network, optimizer, state), rule_for("squared", optimizer)
    learner = RowLearner(network, rows, rule) if batch == 1 else BatchLearner(network, rows, rule, batch)
    learner.learn(state, np.arange(6))
    plain = naive_rows(rows, "squared")
    for start in range(0, 6, batch):
        naive.learn(plain[start : start + batch])
    for layer, matrix in enumerate(naive.matrices):
        np.testing.assert_allclose(network.matrix(state.parameters, layer), matrix, rtol=1e-9, atol=1e-12)


def test_rows_may_be_learned_in_pieces() -> None:
    """Two calls that go on at the right position leave the bits of one call, dropout included."""
    network, rows = case_network(Activation.TANH, "squared", (0.2, 0.5, 0.5)), case_rows("squared", 10)
    optimizer = Optimizer()
    whole, pieces = start_state(network, optimizer), start_state(network, optimizer)
    order = np.arange(10)[::-1].copy()
    for state, cuts in ((whole, [order]), (pieces, [order[:3], order[3:]])):
        learner, at = RowLearner(network, rows, rule_for("squared", optimizer)), state
        for cut in cuts:
            learner.learn(at, cut)
            at = at.advanced(cut.size)
    assert whole.parameters.tobytes() == pieces.parameters.tobytes()

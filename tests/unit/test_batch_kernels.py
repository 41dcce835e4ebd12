"""Batch mode: the naive twin, batches of one against row mode, untouched categories."""

from dataclasses import replace

import numpy as np
import pytest

from triplicate.runtime.layers import Activation
from triplicate.trainer.batch_learner import BatchLearner
from triplicate.trainer.network import Network
from triplicate.trainer.optimizers import Optimizer
from triplicate.trainer.packed_numbers import PackedNumbers
from triplicate.trainer.row_learner import RowLearner

from learning_cases import (
    LOSSES,
    assert_equal,
    case_network,
    case_rows,
    learned,
    naive_rows,
    rule_for,
    start_state,
    twin,
)

CASES = [
    (Activation.RECTIFIER, Optimizer(), (0.0, 0.0, 0.0)),
    (Activation.TANH, Optimizer(l1=0.01, l2=0.02, epsilon=1e-4), (0.2, 0.5, 0.3)),
    (Activation.TANH, Optimizer(adaptive=False, rate=0.05, rate_annealing=0.1, rate_decay=0.5), (0.2, 0.5, 0.3)),
    (Activation.RECTIFIER, Optimizer(l1=0.01, l2=0.02, fast_mode=False), (0.3, 0.4, 0.0)),
    (Activation.TANH, Optimizer(is_adam=True, rate=0.01, rate_annealing=0.1), (0.2, 0.5, 0.3)),
    (Activation.RECTIFIER, Optimizer(is_adam=True, l1=0.01, l2=0.02, fast_mode=False), (0.0, 0.4, 0.0)),
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
    plain, naive.batch = naive_rows(rows, loss), 4
    for start in (0, 4, 8):
        naive.learn(plain[start : start + 4])
    for layer, matrix in enumerate(naive.matrices):
        np.testing.assert_allclose(network.matrix(state.parameters, layer), matrix, rtol=1e-9, atol=1e-12)
        if optimizer.remembers:
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
    rows = replace(rows, first_number=70_000)
    learner = BatchLearner(wide, rows, rule_for("squared", Optimizer()), 3, threads=1)
    sizes = [array.size for array in vars(learner.space).values()]
    assert sum(sizes) < 2 * 70_000


@pytest.mark.parametrize(
    ("optimizer", "activation", "dropout"),
    [
        (Optimizer(), Activation.RECTIFIER, (0.0, 0.0, 0.0)),
        (Optimizer(l1=1e-3, max_w2=0.5), Activation.MAXOUT, (0.2, 0.5, 0.3)),
        (Optimizer(is_adam=True, l2=1e-3, fast_mode=False), Activation.TANH, (0.2, 0.5, 0.3)),
        (Optimizer(adaptive=False), Activation.RECTIFIER, (0.2, 0.5, 0.3)),
        (Optimizer(adaptive=False, momentum_stable=0.5, max_w2=0.5), Activation.RECTIFIER, (0.2, 0.5, 0.3)),
        (
            Optimizer(adaptive=False, momentum_stable=0.5, nesterov=False, sparsity_beta=0.1),
            Activation.TANH,
            (0.2, 0.5, 0.3),
        ),
    ],
)
@pytest.mark.parametrize("sparse", [False, True])
def test_the_number_of_threads_changes_no_bit(
    optimizer: Optimizer, activation: Activation, dropout: tuple[float, float, float], sparse: bool
) -> None:
    """One, two and three threads leave the same weights: layers of one, two and four blocks, dropout, categories."""
    rng = np.random.default_rng(1)
    network = Network(5 + 40, (530, 70, 3), (activation, activation, Activation.LINEAR), dropout, softmax=True)
    numbers = rng.normal(size=(50, 40)) * (rng.random((50, 40)) < (0.04 if sparse else 0.5))
    rows = replace(case_rows("cross-entropy", 50), numbers=PackedNumbers.of(numbers))
    found = []
    for threads in (1, 2, 3):
        state = start_state(network, optimizer)
        learner = BatchLearner(network, rows, rule_for("cross-entropy", optimizer), 16, threads)
        learner.learn(state, np.arange(50))
        found.append(
            (state.parameters.tobytes(), state.squares.tobytes(), state.steps.tobytes(), state.activity.tobytes())
        )
    assert found[0] == found[1] == found[2]


def test_wide_layers_in_float32_are_cut_for_their_threads_without_a_bit_of_difference() -> None:
    """Layers of widths that no vector divides leave the same weights, learned by one to five threads."""
    rng = np.random.default_rng(2)
    widths, activations = (1000, 1101, 3), (Activation.TANH, Activation.RECTIFIER, Activation.LINEAR)
    network = Network(5 + 40, widths, activations, (0.2, 0.5, 0.3), softmax=True)
    numbers = PackedNumbers.of(rng.normal(size=(60, 40)).astype(np.float32))
    rows = replace(case_rows("cross-entropy", 60, kind=np.float32), numbers=numbers)
    optimizer, found = Optimizer(is_adam=True, rate=0.001), set()
    for threads in (1, 2, 3, 5):
        state = network.start(1, distribution="UniformAdaptive", scale=1.0, stateful=True)
        BatchLearner(network, rows, rule_for("cross-entropy", optimizer), 32, threads).learn(state, np.arange(60))
        found.add((state.parameters.tobytes(), state.squares.tobytes(), state.steps.tobytes()))
    assert len(found) == 1
    assert np.isfinite(state.parameters).all()


@pytest.mark.parametrize(
    "optimizer",
    [
        Optimizer(epsilon=1e-4, l2=0.01),
        Optimizer(is_adam=True),
        Optimizer(adaptive=False, rate=0.05, momentum_stable=0.5, max_w2=0.7),
        Optimizer(adaptive=False, rate=0.05, max_w2=0.7, fast_mode=False),
    ],
)
def test_numbers_that_are_mostly_zero_are_listed(optimizer: Optimizer) -> None:
    """Rows of which almost all numbers are 0 are learned as the naive trainer learns them."""
    network, rows = case_network(Activation.TANH, "squared", (0.2, 0.0, 0.0)), case_rows("squared", 40, weighted=True)
    numbers = rows.numbers.floats
    numbers[:] = 0
    numbers[3, 1], numbers[17, 0], numbers[18, 0] = 1.5, -2.0, 0.5
    state, naive = learned(network, rows, "squared", optimizer, 8, 40)
    assert_equal(network, state, naive)
    assert BatchLearner(network, rows, rule_for("squared", optimizer), 8).plan.listed == 8

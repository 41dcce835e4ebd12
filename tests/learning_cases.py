"""Small networks and rows for the tests of the training kernels, in float64 unless said otherwise."""

from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.layers import Activation
from triplicate.trainer.batch_learner import BatchLearner
from triplicate.trainer.kernel_rows import Rows, Rule
from triplicate.trainer.losses import CROSS_ENTROPY, SQUARED
from triplicate.trainer.network import Network, State
from triplicate.trainer.optimizers import Optimizer
from triplicate.trainer.row_kernels import learn_rows

from naive_training import NaiveTrainer

__all__ = [
    "LOSSES",
    "NaiveRow",
    "assert_equal",
    "case_network",
    "case_rows",
    "learned",
    "naive_rows",
    "rule_for",
    "start_state",
    "twin",
]

NaiveRow = tuple[npt.NDArray[np.float64], int | None, npt.NDArray[np.float64] | None, float]

LOSSES = ("cross-entropy", "squared", "reconstruction")
CODES, FIRST_NUMBER, NUMBERS, CLASSES = 2, 5, 3, 3


def case_network(activation: Activation, loss: str, dropout: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Network:
    """Return a network of 5 categorical and 3 numeric inputs, two hidden layers, and the loss's output."""
    inputs = FIRST_NUMBER + NUMBERS
    outputs = {"cross-entropy": CLASSES, "squared": 1, "reconstruction": inputs}[loss]
    last = activation if loss == "reconstruction" else Activation.LINEAR
    return Network(inputs, (4, 3, outputs), (activation, activation, last), dropout, loss == "cross-entropy")


def case_rows(loss: str, count: int, *, weighted: bool = False, kind: Any = np.float64, seed: int = 5) -> Rows:
    """Return rows with two categorical columns, some of them inactive, and zeros among the numbers."""
    rng = np.random.default_rng(seed)
    codes = np.stack([rng.integers(-1, 3, count), rng.integers(3, 5, count)], axis=1).astype(np.int32)
    numbers = (rng.normal(size=(count, NUMBERS)) * (rng.random((count, NUMBERS)) < 0.8)).astype(kind)
    labels = rng.integers(0, CLASSES, count if loss == "cross-entropy" else 0).astype(np.int32)
    targets = rng.normal(size=(count if loss == "squared" else 0, 1)).astype(kind)
    weights = rng.random(count) * 2 if weighted else np.zeros(0)
    return Rows(codes, numbers, FIRST_NUMBER, labels, targets, weights)


def naive_rows(rows: Rows, loss: str) -> list[NaiveRow]:
    """Return the same rows as (inputs, label, target, weight)."""
    out: list[NaiveRow] = []
    for row in range(len(rows.codes)):
        x = np.zeros(FIRST_NUMBER + NUMBERS)
        for code in rows.codes[row]:
            if code >= 0:
                x[code] += 1.0
        x[FIRST_NUMBER:] = rows.numbers[row]
        label = int(rows.labels[row]) if loss == "cross-entropy" else None
        target = {"cross-entropy": None, "squared": rows.targets[row : row + 1, 0], "reconstruction": x}[loss]
        out.append((x, label, target, float(rows.weights[row]) if rows.weights.size else 1.0))
    return out


def rule_for(loss: str, optimizer: Optimizer, seed: int = 1) -> Rule:
    """Return the kernels' rule."""
    code = CROSS_ENTROPY if loss == "cross-entropy" else SQUARED
    return Rule(code, optimizer.code, optimizer.constants(), optimizer.fast_mode, seed)


def start_state(network: Network, optimizer: Optimizer, kind: Any = np.float64, seed: int = 3) -> State:
    """Return random weights and biases, and empty memory."""
    flat = np.random.default_rng(seed).normal(scale=0.6, size=network.parameters).astype(kind)
    memory = network.parameters if optimizer.adaptive else 0
    steps = network.parameters if optimizer.adaptive or optimizer.moves_on else 0
    activity = np.zeros(sum(network.widths[:-1]) if optimizer.sparsity_beta else 0, dtype=kind)
    return State(flat, np.zeros(memory, dtype=kind), np.zeros(steps, dtype=kind), flat.copy(), 0, activity)


def learned(
    network: Network, rows: Rows, loss: str, optimizer: Optimizer, batch: int, count: int
) -> tuple[State, NaiveTrainer]:
    """Learn the first `count` rows, by row mode or in batches, and return the state and the naive trainer's."""
    state = start_state(network, optimizer)
    naive = twin(network, optimizer, state, seed=11)
    rule, order = rule_for(loss, optimizer, 11), np.arange(count)
    if batch == 1:
        learn_rows(network.layout(), rule, rows, state.parameters, state.squares, state.steps, order, 0, state.activity)
    else:
        BatchLearner(network, rows, rule, batch).learn(state, order)
    plain = naive_rows(rows, loss)
    for start in range(0, count, batch):
        naive.learn(plain[start : min(start + batch, count)])
    return state, naive


def assert_equal(network: Network, state: State, naive: NaiveTrainer) -> None:
    """Demand the naive trainer's weights and biases, but for the order of sums in float64."""
    for layer, matrix in enumerate(naive.matrices):
        np.testing.assert_allclose(network.matrix(state.parameters, layer), matrix, rtol=1e-9, atol=1e-12)


def twin(network: Network, optimizer: Optimizer, state: State, seed: int = 1) -> NaiveTrainer:
    """Return the naive trainer that starts from the same state."""
    matrices = [network.matrix(state.parameters, layer).astype(np.float64) for layer in range(network.layers)]
    return NaiveTrainer(network, optimizer, matrices, seed)

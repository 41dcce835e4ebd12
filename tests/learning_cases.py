"""Small networks and rows for the tests of the training kernels, in float64 unless said otherwise."""

from typing import Any

import numpy as np
import numpy.typing as npt
from naive_losses import CLASS_LOSSES, NUMBER_LOSSES

from triplicate.runtime.layers import Activation
from triplicate.trainer import losses
from triplicate.trainer.batch_learner import BatchLearner
from triplicate.trainer.kernel_rows import Rows, Rule
from triplicate.trainer.network import Network, State
from triplicate.trainer.optimizers import Optimizer
from triplicate.trainer.packed_numbers import PackedNumbers
from triplicate.trainer.row_learner import RowLearner

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

REBUILD = ("squared", "absolute", "quantile", "huber")
LOSSES = (*CLASS_LOSSES, *NUMBER_LOSSES, "reconstruction", *(f"reconstruction-{loss}" for loss in REBUILD[1:]))
CODES, FIRST_NUMBER, NUMBERS, CLASSES = 2, 5, 3, 3


def plain_loss(loss: str) -> str:
    """Return the loss of a case: that of a reconstruction follows its dash."""
    return (loss.removeprefix("reconstruction").removeprefix("-") or "squared") if rebuilds(loss) else loss


def rebuilds(loss: str) -> bool:
    """Tell whether a case is an autoencoder's."""
    return loss.startswith("reconstruction")


def case_network(activation: Activation, loss: str, dropout: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Network:
    """Return a network of 5 categorical and 3 numeric inputs, two hidden layers, and the loss's output."""
    inputs = FIRST_NUMBER + NUMBERS
    outputs = CLASSES if loss in CLASS_LOSSES else inputs if rebuilds(loss) else 1
    last = activation if rebuilds(loss) else Activation.LINEAR
    return Network(inputs, (4, 3, outputs), (activation, activation, last), dropout, loss in CLASS_LOSSES)


def case_rows(loss: str, count: int, *, weighted: bool = False, kind: Any = np.float64, seed: int = 5) -> Rows:
    """Return rows with two categorical columns, some of them inactive, and zeros among the numbers."""
    rng = np.random.default_rng(seed)
    codes = np.stack([rng.integers(-1, 3, count), rng.integers(3, 5, count)], axis=1).astype(np.int32)
    numbers = (rng.normal(size=(count, NUMBERS)) * (rng.random((count, NUMBERS)) < 0.8)).astype(kind)
    by_class = loss in CLASS_LOSSES
    labels = rng.integers(0, CLASSES, count if by_class else 0).astype(np.int32)
    targets = rng.normal(size=(count if loss in NUMBER_LOSSES else 0, 1)).astype(kind)
    if loss.startswith(("poisson", "gamma", "tweedie")):
        targets = np.abs(targets)
    weights = rng.random(count) * 2 if weighted else np.zeros(0)
    packed = PackedNumbers.of(numbers)
    return Rows(codes, packed, FIRST_NUMBER, labels if by_class else None, None if by_class else targets, weights)


def naive_rows(rows: Rows, loss: str) -> list[NaiveRow]:
    """Return the same rows as (inputs, label, target, weight)."""
    out: list[NaiveRow] = []
    numbers = rows.numbers.matrix()
    for row in range(len(rows.codes)):
        x = np.zeros(FIRST_NUMBER + NUMBERS)
        for code in rows.codes[row]:
            if code >= 0:
                x[code] += 1.0
        x[FIRST_NUMBER:] = numbers[row]
        label = None if rows.labels is None else int(rows.labels[row])
        target = x if rebuilds(loss) else None if rows.targets is None else rows.targets[row : row + 1, 0]
        out.append((x, label, target, float(rows.weights[row]) if rows.weights.size else 1.0))
    return out


def rule_for(loss: str, optimizer: Optimizer, seed: int = 1) -> Rule:
    """Return the kernels' rule."""
    name, shape = (CLASS_LOSSES | NUMBER_LOSSES)[plain_loss(loss)]
    code = losses.CODES[name]
    return Rule.of(code, optimizer, seed, np.array([shape]))


def start_state(network: Network, optimizer: Optimizer, kind: Any = np.float64, seed: int = 3) -> State:
    """Return random weights and biases, and empty memory."""
    flat = np.random.default_rng(seed).normal(scale=0.6, size=network.parameters).astype(kind)
    memory = network.parameters if optimizer.remembers else 0
    steps = network.parameters if optimizer.remembers or optimizer.moves_on else 0
    activity = np.zeros(sum(network.widths[:-1]) if optimizer.sparsity_beta else 0, dtype=kind)
    return State(flat, np.zeros(memory, dtype=kind), np.zeros(steps, dtype=kind), flat.copy(), 0, activity)


def learned(
    network: Network, rows: Rows, loss: str, optimizer: Optimizer, batch: int, count: int
) -> tuple[State, NaiveTrainer]:
    """Learn the first `count` rows, by row mode or in batches, and return the state and the naive trainer's."""
    state = start_state(network, optimizer)
    naive = twin(network, optimizer, state, seed=11, loss=loss)
    rule, order = rule_for(loss, optimizer, 11), np.arange(count)
    learner = RowLearner(network, rows, rule) if batch == 1 else BatchLearner(network, rows, rule, batch)
    learner.learn(state, order)
    plain, naive.batch = naive_rows(rows, loss), batch
    for start in range(0, count, batch):
        naive.learn(plain[start : min(start + batch, count)])
    return state, naive


def assert_equal(network: Network, state: State, naive: NaiveTrainer) -> None:
    """Demand the naive trainer's weights and biases, but for the order of sums in float64."""
    for layer, matrix in enumerate(naive.matrices):
        np.testing.assert_allclose(network.matrix(state.parameters, layer), matrix, rtol=1e-9, atol=1e-12)


def twin(network: Network, optimizer: Optimizer, state: State, seed: int = 1, loss: str = "squared") -> NaiveTrainer:
    """Return the naive trainer that starts from the same state."""
    matrices = [network.matrix(state.parameters, layer).astype(np.float64) for layer in range(network.layers)]
    return NaiveTrainer(network, optimizer, matrices, seed, plain_loss(loss))

"""Several copies of the model: against a naive twin, and what must not change a bit."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from naive_copies import NaiveCopies

from triplicate.runtime.layers import Activation
from triplicate.trainer.backend import Local
from triplicate.trainer.copy_averaging import block_momentum
from triplicate.trainer.copy_order import copy_seed, shares
from triplicate.trainer.local_copies import LocalCopies
from triplicate.trainer.network import Network, State
from triplicate.trainer.optimizers import Optimizer

from learning_cases import case_network, case_rows, naive_rows, rule_for, start_state, twin

ROWS = 24
DROPOUT = (0.2, 0.3, 0.3)
OPTIMIZERS = {
    "adadelta": Optimizer(epsilon=1e-4, pull=0.3),
    "adadelta with l2, all weights": Optimizer(epsilon=1e-4, l2=0.01, fast_mode=False, pull=0.3),
    "descent": Optimizer(adaptive=False, rate=0.05, l1=0.001, pull=0.3),
    "nesterov": Optimizer(
        adaptive=False, rate=0.05, momentum_start=0.5, momentum_stable=0.9, momentum_ramp=40, pull=0.3
    ),
    "momentum": Optimizer(adaptive=False, rate=0.05, momentum_start=0.5, momentum_stable=0.5, nesterov=False, pull=0.3),
}  # fmt: skip


def network() -> Network:
    """Return a network of three classes with dropout."""
    return case_network(Activation.TANH, "cross-entropy", DROPOUT)


def order_of(samples: int, count: int) -> npt.NDArray[np.int64]:
    """Return rows to learn, repeats included."""
    return np.random.default_rng(samples).integers(0, ROWS, count)


def learned(
    copies: int, rate: float | None, optimizer: Optimizer, batch: int, counts: tuple[int, ...],
    threads: int | None = None,
) -> State:  # fmt: skip
    """Learn iterations of so many rows, and return the state."""
    rule = rule_for("cross-entropy", optimizer, 11)
    backend = LocalCopies(network(), case_rows("cross-entropy", ROWS), rule, batch, copies, rate, threads)
    state = start_state(network(), optimizer)
    for count in counts:
        state = backend.run(state, order_of(state.samples, count), lambda _: None)
    return state


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("rate", [None, 0.6, 1.0])
@pytest.mark.parametrize("batch", [1, 3])
def test_four_copies_come_to_what_the_formulas_say(name: str, rate: float | None, batch: int) -> None:
    """Masks, moves, averages and optimiser memory are those of four naive trainers, also with idle copies."""
    optimizer, counts = OPTIMIZERS[name], (12, 12, 7, 2, 12)
    state, start = learned(4, rate, optimizer, batch, counts), start_state(network(), optimizer)
    trainers = [twin(network(), optimizer, start, copy_seed(11, k), "cross-entropy") for k in range(4)]
    naive = NaiveCopies(trainers, [matrix.copy() for matrix in trainers[0].matrices], rate)
    rows, samples = naive_rows(case_rows("cross-entropy", ROWS), "cross-entropy"), 0
    for count in counts:
        sizes = shares(samples, count, 4)
        parts = np.split(order_of(samples, count), np.cumsum(sizes)[:-1])
        batches = [[[rows[i] for i in p[b : b + batch]] for b in range(0, p.size, batch)] for p in parts]
        naive.learn(batches, 0.0 if rate is not None else block_momentum(4, ROWS, samples, count))
        samples += count
    assert state.samples == samples
    for layer, matrix in enumerate(naive.centre):
        np.testing.assert_allclose(network().matrix(state.parameters, layer), matrix, rtol=1e-9, atol=1e-12)
    for copy, trainer in zip(state.copies, trainers, strict=rate is not None):
        for layer, matrix in enumerate(trainer.matrices):
            np.testing.assert_allclose(network().matrix(copy.parameters, layer), matrix, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("rate", [None, 0.9])
def test_threads_change_no_bit(rate: float | None) -> None:
    """One, two and four threads come to the same bits, again and again."""
    results = [
        learned(4, rate, OPTIMIZERS["adadelta"], 3, (12,) * 10, threads).parameters for threads in (1, 2, 4, 4, 4)
    ]
    assert len({result.tobytes() for result in results}) == 1


def test_one_copy_is_none() -> None:
    """A single copy comes to the bits of Local."""
    optimizer, rows = OPTIMIZERS["adadelta"], case_rows("cross-entropy", ROWS)
    state = start_state(network(), optimizer)
    local = Local(network(), rows, rule_for("cross-entropy", optimizer, 11), 1)
    for _ in range(3):
        state = local.run(state, order_of(state.samples, 12), lambda _: None)
    alone = learned(1, None, optimizer, 1, (12, 12, 12))
    assert alone.parameters.tobytes() == state.parameters.tobytes()
    assert alone.average.tobytes() == state.average.tobytes()


def test_elastic_copies_stay_apart_and_plain_ones_meet() -> None:
    """Elastic copies keep weights of their own; a stronger pull keeps them closer to the centre."""
    assert learned(4, None, OPTIMIZERS["descent"], 1, (24,) * 8).copies == ()
    apart = []
    for pull in (0.0, 5.0):
        state = learned(4, 0.9, replace(OPTIMIZERS["descent"], pull=pull), 1, (24,) * 8)
        apart.append(np.mean([np.abs(copy.parameters - state.parameters).mean() for copy in state.copies]))
    assert 0 < apart[1] < 0.7 * apart[0]


def test_every_row_is_reported_once() -> None:
    """The reports of all copies add up to the rows learned."""
    rule, reported = rule_for("cross-entropy", OPTIMIZERS["adadelta"], 11), []
    backend = LocalCopies(network(), case_rows("cross-entropy", ROWS), rule, 1, 4)
    backend.run(start_state(network(), OPTIMIZERS["adadelta"]), order_of(0, 22), reported.append)
    assert sum(reported) == 22


@pytest.mark.parametrize(
    ("samples", "rows", "expected"),
    [(0, 10, 0.0), (100, 10, 6 / 7), (10, 10, 0.375), (9000, 500, 0.5), (9000, 1000, 0.0), (9000, 4000, 0.0)],
)
def test_block_momentum(samples: int, rows: int, expected: float) -> None:
    """Four copies: 6/7 in short iterations, less for first and for long ones, 0 from a pass of 1000 rows on."""
    assert block_momentum(4, 1000, samples, rows) == pytest.approx(expected)

"""Row mode by several threads: the same bits, whatever the optimiser, the options and the shape of the rows."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from triplicate.runtime.layers import Activation
from triplicate.trainer.kernel_rows import Rows
from triplicate.trainer.network import Network, State
from triplicate.trainer.optimizers import Optimizer
from triplicate.trainer.packed_numbers import PackedNumbers
from triplicate.trainer.row_learner import RowLearner, fitting_threads, is_dense
from triplicate.trainer.team import set_threads

from learning_cases import assert_equal, case_network, case_rows, naive_rows, rule_for, start_state, twin

DESCENT = Optimizer(adaptive=False, rate=1e-5)
NO_DROPOUT = (0.0, 0.0, 0.0)


def wide(network: Network, units: int = 136) -> Network:
    """Return the network with hidden layers that are cut into several blocks."""
    return replace(network, widths=(units, 40, network.widths[-1]))


def dense(rows: Rows) -> Rows:
    """Return the rows without categories and zeros, on as many inputs."""
    numbers = np.random.default_rng(4).normal(size=(len(rows.codes), 8)).astype(rows.numbers.floats.dtype)
    return replace(
        rows, codes=np.zeros((len(rows.codes), 0), dtype=np.int32), numbers=PackedNumbers.of(numbers), first_number=0
    )


def learned(network: Network, rows: Rows, loss: str, optimizer: Optimizer, threads: int) -> State:
    """Learn 40 rows in two calls."""
    state = start_state(network, optimizer, np.float32)
    learner = RowLearner(network, rows, rule_for(loss, optimizer, 7), threads)
    order = np.arange(40)
    learner.learn(state, order[:25])
    learner.learn(state.advanced(25), order[25:])
    return state


def arrays(state: State) -> dict[str, bytes]:
    """Return all that learning changes."""
    names = ("parameters", "squares", "steps", "activity")
    return {name: getattr(state, name).tobytes() for name in names}


@pytest.mark.parametrize("is_filled", [False, True])
@pytest.mark.parametrize(
    ("activation", "loss", "optimizer", "dropout"),
    [
        (Activation.RECTIFIER, "cross-entropy", Optimizer(), NO_DROPOUT),
        (Activation.RECTIFIER, "cross-entropy", Optimizer(l1=1e-4, l2=1e-3), (0.2, 0.5, 0.5)),
        (Activation.TANH, "squared", Optimizer(fast_mode=False), (0.2, 0.3, 0.0)),
        (Activation.MAXOUT, "cross-entropy", Optimizer(), (0.0, 0.4, 0.3)),
        (Activation.RECTIFIER, "squared", DESCENT, NO_DROPOUT),
        (Activation.MAXOUT, "squared", replace(DESCENT, l2=1e-3, fast_mode=False), NO_DROPOUT),
        (Activation.RECTIFIER, "squared", replace(DESCENT, momentum_stable=0.9, momentum_ramp=20), NO_DROPOUT),
        (Activation.TANH, "squared", replace(DESCENT, momentum_start=0.5, nesterov=False), (0.1, 0.0, 0.2)),
        (Activation.RECTIFIER, "cross-entropy", Optimizer(max_w2=0.5), NO_DROPOUT),
        (Activation.TANH, "reconstruction", Optimizer(sparsity_beta=0.1, average_activation=0.2), NO_DROPOUT),
    ],
)
def test_threads_change_no_bit(
    activation: Activation, loss: str, optimizer: Optimizer, dropout: tuple[float, float, float], is_filled: bool
) -> None:
    """One, two, three and five threads leave the same weights and memories, with and without a dense first layer."""
    network, rows = wide(case_network(activation, loss, dropout)), case_rows(loss, 40, weighted=True, kind=np.float32)
    if is_filled:
        rows = dense(rows)
    assert is_dense(rows) == is_filled
    alone = learned(network, rows, loss, optimizer, 1)
    start = start_state(network, optimizer, np.float32)
    assert (alone.parameters != start.parameters).mean() > 0.2
    assert np.isfinite(alone.parameters).all()
    for threads in (2, 3, 5):
        assert arrays(learned(network, rows, loss, optimizer, threads)) == arrays(alone)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("optimizer", [Optimizer(), Optimizer(l1=1e-3, fast_mode=False), DESCENT])
def test_a_dense_first_layer_is_the_naive_twin(optimizer: Optimizer, threads: int) -> None:
    """Rows without a zero, learned unit by unit, leave the naive trainer's weights, dropped inputs included."""
    network = wide(case_network(Activation.RECTIFIER, "squared", (0.3, 0.0, 0.0)), 32)
    sparse = case_rows("squared", 6)
    rows = dense(sparse)
    state = start_state(network, optimizer)
    naive = twin(network, optimizer, state)
    RowLearner(network, rows, rule_for("squared", optimizer), threads).learn(state, np.arange(6))
    for numbers, (_, *rest) in zip(rows.numbers.matrix(), naive_rows(sparse, "squared"), strict=True):
        naive.learn([(numbers, *rest)])
    assert_equal(network, state, naive)


@pytest.mark.parametrize(("hidden", "threads"), [((200, 200), 4), ((40, 30), 1), ((64, 600), 4)])
def test_threads_are_taken_where_they_pay(hidden: tuple[int, int], threads: int) -> None:
    """Wide layers take the threads there are, as far as their blocks go round; narrow ones take one."""
    activations = (Activation.RECTIFIER, Activation.RECTIFIER, Activation.LINEAR)
    network = Network(100, (*hidden, 3), activations, NO_DROPOUT, softmax=True)
    numbers: npt.NDArray[np.float32] = np.ones((2, 100), dtype=np.float32)
    rows = replace(
        case_rows("squared", 2),
        codes=np.zeros((2, 0), dtype=np.int32),
        numbers=PackedNumbers.of(numbers),
        first_number=0,
    )
    set_threads(5)
    try:
        assert fitting_threads(network, rows) == threads
    finally:
        set_threads(None)

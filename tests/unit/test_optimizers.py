"""Optimisers: the published tables, penalties, fast mode."""

import numpy as np
import numpy.typing as npt
import pytest
from open_kernels import rate_at, step_size, update_rows

from triplicate.trainer.optimizers import Optimizer

Array = npt.NDArray[np.float64]


def remembered(optimizer: Optimizer, squares: Array, steps: Array) -> tuple[Array | None, Array | None]:
    """Return what of the two memories the optimiser has."""
    moves = optimizer.remembers or optimizer.moves_on
    return squares if optimizer.remembers else None, steps if moves else None


def stepped(
    optimizer: Optimizer, weights: list[float], gradients: list[list[float]], value: float = 1.0
) -> tuple[Array, Array, Array]:
    """Return weights and the optimiser's memories after updates by several gradients."""
    w, squares, steps = np.array(weights), np.zeros(len(weights)), np.zeros(len(weights))
    for count, gradient in enumerate(gradients):
        rate = step_size(optimizer.code, optimizer.constants(), 0, 0, count + 1)
        update_rows(
            *optimizer.kinds, w, *remembered(optimizer, squares, steps), 0, len(weights), len(weights),
            np.zeros(1, dtype=np.int64), np.array([value]), np.ones(1), np.array(gradient), rate,
            optimizer.constants(), optimizer.fast_mode,
        )  # fmt: skip
    return w, squares, steps


def test_adadelta_table() -> None:
    """Gradients 1, 0.5, -0.2 from 0.1 give the published weights with exact roots."""
    optimizer = Optimizer()
    for count, expected in ((1, 0.099), (2, 0.098365), (3, 0.09863981)):
        w, _, _ = stepped(optimizer, [0.1], [[1.0], [0.5], [-0.2]][:count])
        assert w[0] == pytest.approx(expected, abs=5e-9)


@pytest.mark.parameter("rho", "epsilon")
def test_adadelta_memories() -> None:
    """The running means follow the recurrences: the old step memory enters the rate, the new one is kept."""
    _, squares, steps = stepped(Optimizer(rho=0.9, epsilon=1e-4), [0.0], [[2.0]])
    step = np.sqrt(1e-4 / (0.4 + 1e-4)) * 2.0
    assert squares[0] == pytest.approx(0.4)
    assert steps[0] == pytest.approx(0.1 * step**2)


def test_a_bias_has_its_own_squared_gradient() -> None:
    """The first step of a parameter with gradient -2.65 is 0.001, whatever its neighbours do."""
    w, _, _ = stepped(Optimizer(), [0.0, 0.0], [[-2.65191144, 100.0]])
    assert w[0] == pytest.approx(0.001, rel=1e-5)


@pytest.mark.parameter("rate", "rate_annealing", "rate_decay")
def test_rates_of_plain_descent() -> None:
    """Rate .005, annealing 1e-6, decay .5: the published rates by samples and layer."""
    constants = Optimizer(adaptive=False, rate=0.005, rate_annealing=1e-6, rate_decay=0.5).constants()
    assert rate_at(constants, 0, 0) == pytest.approx(0.005)
    assert rate_at(constants, 0, 1_000_000) == pytest.approx(0.0025)
    assert rate_at(constants, 2, 1_000_000) == pytest.approx(0.000625)


@pytest.mark.parametrize("adaptive", [True, False])
def test_penalties_pull_towards_zero(adaptive: bool) -> None:
    """The gradient of the penalties is l1 sign(w) + l2 w, and 0 at weight 0."""
    plain = Optimizer(adaptive=adaptive, rate=0.1, epsilon=1e-3)
    penalised = Optimizer(adaptive=adaptive, rate=0.1, epsilon=1e-3, l1=0.01, l2=0.02)
    weights, gradient = [0.5, -0.5, 0.0], [0.3, 0.3, 0.3]
    expected, _, _ = stepped(plain, weights, [[0.3 + 0.01 + 0.01, 0.3 - 0.01 - 0.01, 0.3]])
    found, _, _ = stepped(penalised, weights, [gradient])
    np.testing.assert_allclose(found, expected, rtol=1e-14)


@pytest.mark.parametrize("adaptive", [True, False])
def test_fast_mode_leaves_parameters_without_gradient_alone(adaptive: bool) -> None:
    """With gradient 0 neither weights nor memories change, not even by a penalty; without fast mode they do."""
    fast = Optimizer(adaptive=adaptive, l1=0.1, l2=0.1)
    w, squares, steps = stepped(fast, [0.5, 0.5], [[1.0, 0.0], [0.0, 0.0]])
    once, squares_once, steps_once = stepped(fast, [0.5, 0.5], [[1.0, 0.0]])
    assert w.tolist() == once.tolist()
    assert w[1] == 0.5
    assert (squares.tolist(), steps.tolist()) == (squares_once.tolist(), steps_once.tolist())
    slow, _, _ = stepped(Optimizer(adaptive=adaptive, l1=0.1, l2=0.1, fast_mode=False), [0.5, 0.5], [[1.0, 0.0]])
    assert slow[1] < 0.5


def test_an_input_multiplies_the_gradient() -> None:
    """A row of weights whose input is 3 moves by three times the units' errors."""
    optimizer = Optimizer(adaptive=False, rate=0.1)
    assert stepped(optimizer, [1.0, 2.0], [[1.0, -1.0]], value=3.0)[0].tolist() == pytest.approx([0.7, 2.3])


def test_rows_may_have_gradients_of_their_own() -> None:
    """Listed rows are updated by the row of the gradient that has their number, all others stay."""
    optimizer, weights = Optimizer(adaptive=False, rate=1.0), np.zeros(8)
    update_rows(
        *optimizer.kinds, weights, None, None, 2, 2, 2, np.array([2, 0]), np.ones(2), np.ones(1),
        np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), 1.0, optimizer.constants(), True,
    )  # fmt: skip
    assert weights.tolist() == [0, 0, -1, -2, 0, 0, -5, -6]


@pytest.mark.parametrize(
    "optimizer",
    [Optimizer(), Optimizer(is_adam=True), Optimizer(adaptive=False), Optimizer(adaptive=False, momentum_stable=0.5)],
)
def test_columns_can_be_updated_alone(optimizer: Optimizer) -> None:
    """Of rows of five weights only the middle three change, and as they would in a matrix of three columns."""
    weights, squares, steps = (np.full(10, value) for value in (1.0, 0.25, 0.125))
    alone, squares_alone, steps_alone = (np.full(6, value) for value in (1.0, 0.25, 0.125))
    gradients, both = np.arange(1.0, 7.0), np.arange(2)
    for flat, memory, moved, start, stride in (
        (weights, squares, steps, 1, 5),
        (alone, squares_alone, steps_alone, 0, 3),
    ):
        update_rows(
            *optimizer.kinds, flat, *remembered(optimizer, memory, moved), start, stride, 3, both, np.ones(2),
            np.ones(1), gradients, 0.1, optimizer.constants(), True,
        )  # fmt: skip
    assert weights.reshape(2, 5)[:, 1:4].tolist() == alone.reshape(2, 3).tolist()
    assert (alone != 1).all()
    assert (weights.reshape(2, 5)[:, [0, 4]] == 1).all()


def test_adam_by_the_textbook() -> None:
    """Steps follow the means of gradients and squares, both corrected for their start at 0."""
    optimizer = Optimizer(is_adam=True, rate=0.01, rate_annealing=0.0, epsilon=1e-9, l1=0.01, l2=0.02)
    mean, square, w = 0.0, 0.0, 0.5
    gradients = [1.0, -0.5, 0.25, 0.0, 3.0]
    for count, given in enumerate(gradients, start=1):
        g = given + 0.01 + 0.02 * w
        mean, square = 0.9 * mean + 0.1 * g, 0.999 * square + 0.001 * g * g
        w -= 0.01 * (mean / (1 - 0.9**count)) / np.sqrt(square / (1 - 0.999**count))
        found, squares, means = stepped(optimizer, [0.5], [[gradient] for gradient in gradients[:count]])
        assert found[0] == pytest.approx(w, rel=1e-6)
        assert (means[0], squares[0]) == (pytest.approx(mean), pytest.approx(square))


def test_the_first_step_of_adam_is_its_rate() -> None:
    """Whatever the size of the gradient, against its sign."""
    w, _, _ = stepped(Optimizer(is_adam=True, rate=0.001), [0.0, 0.0, 0.0], [[1e-3, -5.0, 100.0]])
    assert w.tolist() == pytest.approx([-0.001, 0.001, -0.001], rel=1e-2)

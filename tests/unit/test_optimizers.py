"""Optimisers: the published tables, penalties, fast mode."""

import numpy as np
import numpy.typing as npt
import pytest

from triplicate.trainer.kernel_rows import NOWHERE
from triplicate.trainer.optimizers import Optimizer, rate_at, update_rows

Array = npt.NDArray[np.float64]


def stepped(
    optimizer: Optimizer, weights: list[float], gradients: list[list[float]], value: float = 1.0
) -> tuple[Array, Array, Array]:
    """Return weights and ADADELTA's memories after updates by several gradients."""
    w, squares, steps = np.array(weights), np.zeros(len(weights)), np.zeros(len(weights))
    for gradient in gradients:
        update_rows(
            optimizer.code, w, squares, steps, 0, len(weights), np.zeros(1, dtype=np.int64), np.array([value]),
            np.array(gradient), rate_at(optimizer.constants(), 0, 0), optimizer.constants(), optimizer.fast_mode,
            NOWHERE,
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
    """Listed rows are updated by their own gradients, all others stay."""
    optimizer, weights = Optimizer(adaptive=False, rate=1.0), np.zeros(8)
    update_rows(
        optimizer.code, weights, np.zeros(0), np.zeros(0), 2, 2, np.array([2, 0]), np.ones(2),
        np.array([1.0, 2.0, 3.0, 4.0]), 1.0, optimizer.constants(), True, NOWHERE,
    )  # fmt: skip
    assert weights.tolist() == [0, 0, -3, -4, 0, 0, -1, -2]

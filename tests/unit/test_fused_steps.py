"""ADADELTA's step right after a tile's gradient: the published formulas, and the same bits wherever a weight lies."""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from triplicate.trainer.fused_steps import step_at_once
from triplicate.trainer.jit import ZERO, kernel
from triplicate.trainer.optimizers import Optimizer

Matrix = npt.NDArray[np.floating[Any]]

SHAPES = [(1, 1, 1), (8, 30, 100), (3, 17, 48), (32, 9, 131), (5, 64, 10)]
AROUND = 3  # numbers that lie on either side of a matrix


@kernel()
def _step(
    inputs: Matrix, wide: int, errors: Matrix, first: int, sums: int, size: int, rows: int, columns: int,
    weights: Matrix, squares: Matrix, steps: Matrix, start: int, stride: int, constants: npt.NDArray[np.float64],
    fast: bool, gradient: Matrix,
) -> None:  # fmt: skip
    step_at_once(
        inputs, ZERO, wide, errors, first, sums, size, rows, columns, weights, squares, steps, start, stride, constants,
        fast, gradient,
    )  # fmt: skip


def case(size: int, rows: int, columns: int, kind: Any) -> tuple[Matrix, Matrix, list[Matrix]]:
    """Return inputs, errors, and flat weights, mean squared gradients and mean squared steps, with room around."""
    rng = np.random.default_rng(size)
    inputs, errors = rng.normal(size=(size, rows)).astype(kind), rng.normal(size=(size, columns)).astype(kind)
    room = (rows, columns + 2 * AROUND)
    state = [rng.normal(size=room), rng.random(size=room), rng.random(size=room) * 1e-4]
    return inputs, errors, [array.astype(kind).ravel() for array in state]


def stepped(
    inputs: Matrix, errors: Matrix, state: list[Matrix], first: int, columns: int, *, fast: bool = True
) -> list[Matrix]:
    """Return the state after a step of some columns."""
    (size, rows), sums = inputs.shape, errors.shape[1]
    after = [array.copy() for array in state]
    constants, gradient = Optimizer(rho=0.9, epsilon=1e-6).constants(), np.empty(4096, dtype=inputs.dtype)
    _step(
        inputs.ravel(), rows, errors.ravel(), first, sums, size, rows, columns, *after, AROUND + first,
        sums + 2 * AROUND, constants, fast, gradient,
    )  # fmt: skip
    return after


@pytest.mark.parametrize(("kind", "bound"), [(np.float32, 1e-5), (np.float64, 1e-9)])
def test_steps_are_the_published_ones(kind: Any, bound: float) -> None:
    """In all shapes weights and means are Zeiler's, but for rounding, and what lies around them stays."""
    for size, rows, columns in SHAPES:
        inputs, errors, state = case(size, rows, columns, kind)
        shape, inside = (rows, columns + 2 * AROUND), np.s_[:, AROUND:-AROUND]
        weights, squares, steps = (array.reshape(shape)[inside].astype(np.float64) for array in state)
        gradient = inputs.astype(np.float64).T @ errors.astype(np.float64)
        squares = 0.9 * squares + 0.1 * gradient**2
        step = gradient * np.sqrt((steps + 1e-6) / (squares + 1e-6))
        wanted = [weights - step, squares, 0.9 * steps + 0.1 * step**2]
        for found, before, expected in zip(stepped(inputs, errors, state, 0, columns), state, wanted, strict=True):
            np.testing.assert_allclose(found.reshape(shape)[inside], expected, rtol=bound, atol=bound)
            edges = np.ones(shape, dtype=bool)
            edges[inside] = False
            assert (found.reshape(shape)[edges] == before.reshape(shape)[edges]).all()


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_no_bit_depends_on_how_the_columns_are_cut(kind: Any) -> None:
    """Columns that are changed by themselves come to the bits of all columns at once."""
    inputs, errors, state = case(8, 21, 131, kind)
    whole = stepped(inputs, errors, state, 0, 131)
    for edges in ([0, 50, 131], [0, 1, 2, 100, 131]):
        parts = state
        for first, stop in pairwise(edges):
            parts = stepped(inputs, errors, parts, first, stop - first)
        for one, other in zip(parts, whole, strict=True):
            assert one.tobytes() == other.tobytes()


def test_fast_mode_leaves_weights_without_a_gradient_alone() -> None:
    """An input that is 0 in all rows changes nothing in fast mode; otherwise its means fade, and the weight stays."""
    inputs, errors, state = case(4, 10, 40, np.float32)
    inputs[:, 3] = 0
    shape = (10, 40 + 2 * AROUND)
    for fast in (True, False):
        before = [array.reshape(shape)[3, AROUND:-AROUND] for array in state]
        after = [array.reshape(shape)[3, AROUND:-AROUND] for array in stepped(inputs, errors, state, 0, 40, fast=fast)]
        fading = np.float32(1.0 if fast else 0.9)
        assert (after[0] == before[0]).all()
        assert (after[1] == fading * before[1]).all()
        assert (after[2] == fading * before[2]).all()

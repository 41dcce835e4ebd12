"""A team of threads: it meets, it ends when one of it fails, it leaves the processor as it was."""

import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.atomics import flush_denormals, restore_denormals
from triplicate.trainer.jit import kernel
from triplicate.trainer.team import MEMBERS, Board, Team, meet, set_threads, share_of, thread_count

Floats = npt.NDArray[np.float64]


@kernel()
def _neighbours(board: Board, me: int, rounds: int, cells: Floats) -> None:
    """In every round each thread adds its neighbour's number of the round before to its own."""
    members = board[MEMBERS]
    for _ in range(rounds):
        other = cells[(me + 1) % members]
        meet(board)
        cells[me] += other
        meet(board)


@kernel()
def _fail_alone(board: Board, me: int, failing: int) -> None:
    if me == failing:
        raise ValueError("this one fails")
    meet(board)


@kernel()
def _multiply(board: Board, me: int, factors: Floats, products: Floats, fails: bool) -> None:
    before = flush_denormals()
    products[me] = factors[0] * factors[1]
    if fails:
        raise ValueError("before it could restore")
    restore_denormals(before)


def _expected(threads: int, rounds: int) -> list[float]:
    cells = [float(k) for k in range(threads)]
    for _ in range(rounds):
        cells = [cells[k] + cells[(k + 1) % threads] for k in range(threads)]
    return cells


@pytest.mark.parametrize("threads", [1, 2, 3, 5])
def test_nobody_leaves_a_barrier_before_all_are_there(threads: int) -> None:
    """Each thread sees what its neighbour wrote before the barrier, and not what it writes after it."""
    cells = np.arange(threads, dtype=np.float64)
    Team(threads).run(_neighbours, 20, cells)
    assert cells.tolist() == _expected(threads, 20)


def test_a_team_goes_on_while_both_cores_are_busy() -> None:
    """With as many busy processes as processors, a thousand barriers are over within seconds."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    try:
        cells = np.arange(2, dtype=np.float64)
        Team(2).run(_neighbours, 500, cells)
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert cells.tolist() == _expected(2, 500)


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_failure_in_one_thread_ends_all_and_is_raised(failing: int) -> None:
    """The others leave their barrier, the caller gets the error, and the team can be used again."""
    team = Team(3)
    with pytest.raises(ValueError, match="this one fails"):
        team.run(_fail_alone, failing)
    cells = np.arange(3, dtype=np.float64)
    team.run(_neighbours, 5, cells)
    assert cells.tolist() == _expected(3, 5)


@pytest.mark.parametrize("fails", [False, True])
def test_denormals_are_flushed_inside_a_kernel_only(fails: bool) -> None:
    """A product too small for a normal number is 0 in the kernel, and itself again after it, however it ended."""
    factors, products = np.array([1e-200, 1e-120]), np.ones(1)
    team = Team(1)
    if fails:
        with pytest.raises(ValueError, match="before it could"):
            team.run(_multiply, factors, products, True)
    else:
        team.run(_multiply, factors, products, False)
    assert products[0] == 0.0
    assert factors[0] * factors[1] == 1e-320


@pytest.mark.parametrize("members", [1, 2, 3, 7])
def test_shares_cover_all_parts_once(members: int) -> None:
    """The threads' shares follow each other from the first part to the last."""
    shares = [share_of(8, members, me) for me in range(members)]
    assert [part for start, stop in shares for part in range(start, stop)] == list(range(8))


def test_the_number_of_threads_can_be_set() -> None:
    """`set_threads` says how many there are until it is called with None."""
    usual = thread_count()
    assert usual >= 1
    set_threads(usual + 3)
    try:
        assert thread_count() == usual + 3
    finally:
        set_threads(None)
    assert thread_count() == usual


@pytest.mark.parametrize("count", [0, -1, 1.5, True])
def test_a_wrong_number_of_threads_is_refused(count: int) -> None:
    """The message says what is allowed."""
    with pytest.raises(ParameterError, match="whole number from 1"):
        set_threads(count)

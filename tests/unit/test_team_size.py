"""The size of a team follows the clock where that changes speed only."""

import numpy as np

from triplicate.runtime.layers import Activation
from triplicate.trainer.optimizers import Optimizer
from triplicate.trainer.row_learner import RowLearner
from triplicate.trainer.team_size import CALLS_BETWEEN_TRIALS, TeamSize

from learning_cases import case_network, case_rows, rule_for, start_state


def sizes(threads: int, paces: dict[int, float], calls: int) -> list[int]:
    """Return the sizes chosen when a row takes so many seconds."""
    size, chosen = TeamSize(threads), []
    for _ in range(calls):
        chosen.append(size.threads)
        size.took(10, 10 * paces[size.threads])
    return chosen


def test_the_faster_size_is_kept() -> None:
    """One thread is tried after two calls, and now and then; the faster one learns all other calls."""
    calls = 2 * CALLS_BETWEEN_TRIALS
    quiet, busy = sizes(4, {4: 1.0, 1: 2.0}, calls), sizes(4, {4: 3.0, 1: 2.0}, calls)
    assert quiet[:4] == [4, 4, 1, 4]
    assert busy[:4] == [4, 4, 1, 1]
    assert quiet.count(1) == 2
    assert busy.count(4) == 3
    assert sizes(1, {1: 1.0}, 3) == [1, 1, 1]


def test_the_first_call_says_nothing() -> None:
    """The time of the first call, in which kernels are compiled, speaks against no team."""
    size = TeamSize(2)
    for seconds in (1000.0, 1.0, 2.0):
        size.took(10, seconds)
    assert size.threads == 2


def test_a_machine_that_calms_down_gets_its_team_back() -> None:
    """A team that lost because of other work is chosen again at a trial after it has become faster."""
    size = TeamSize(2)
    for call in range(10 * CALLS_BETWEEN_TRIALS):
        busy = call < CALLS_BETWEEN_TRIALS
        size.took(10, {1: 10.0, 2: 30.0 if busy else 5.0}[size.threads])
    assert size.threads == 2


def test_changing_the_size_changes_no_bit() -> None:
    """Calls of one row each, by the team and by one thread in turn, leave the bits of one thread."""
    network, rows = case_network(Activation.TANH, "squared"), case_rows("squared", 60, kind=np.float32)
    states = []
    for threads in (1, 2):
        state = start_state(network, Optimizer(), np.float32)
        learner, at = RowLearner(network, rows, rule_for("squared", Optimizer()), threads), state
        with learner.at_work(state):
            for row in range(60):
                learner.learn(at, np.array([row]))
                at = at.advanced(1)
        states.append(state)
    assert states[0].parameters.tobytes() == states[1].parameters.tobytes()
    assert states[0].average.tobytes() == start_state(network, Optimizer(), np.float32).parameters.tobytes()

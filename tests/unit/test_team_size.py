"""The size of a team follows the clock where that changes speed only."""

from typing import Any

import numpy as np
import pytest

from triplicate.runtime.layers import Activation
from triplicate.trainer.batch_learner import BatchLearner
from triplicate.trainer.optimizers import Optimizer
from triplicate.trainer.row_learner import RowLearner
from triplicate.trainer.team_size import CALLS_BETWEEN_TRIALS, TeamSize

from learning_cases import case_network, case_rows, rule_for, start_state


class Turns(TeamSize):
    """The whole team and one thread in turn."""

    calls = 0

    def took(self, *_: float) -> None:
        """Change the size."""
        self.calls += 1
        self.threads = 1 if self.threads > 1 else self._team


def sizes(threads: int, paces: dict[int, float], calls: int, working: float) -> list[int]:
    """Return the sizes chosen when a row takes so many seconds, for that share of which the caller works."""
    size, chosen = TeamSize(threads), []
    for _ in range(calls):
        chosen.append(size.threads)
        size.took(10, 10 * paces[size.threads], 10 * paces[size.threads] * working)
    return chosen


def test_a_team_that_works_is_kept() -> None:
    """While the threads of a team have their processors, nothing else is tried."""
    assert set(sizes(4, {4: 1.0}, 3 * CALLS_BETWEEN_TRIALS, 0.97)) == {4}


def test_where_a_team_waits_the_faster_size_is_kept() -> None:
    """One thread is tried after two calls, and now and then; the faster one learns all other calls."""
    calls = 2 * CALLS_BETWEEN_TRIALS
    faster, slower = sizes(4, {4: 1.0, 1: 2.0}, calls, 0.7), sizes(4, {4: 3.0, 1: 2.0}, calls, 0.7)
    assert faster[:4] == [4, 4, 1, 4]
    assert slower[:4] == [4, 4, 1, 1]
    assert faster.count(1) == 2
    assert slower.count(4) == 3
    assert sizes(1, {1: 1.0}, 3, 0.7) == [1, 1, 1]


def test_the_first_call_says_nothing() -> None:
    """The time of the first call, in which kernels are compiled, speaks against no team."""
    size = TeamSize(2)
    for seconds in (1000.0, 1.0, 2.0):
        size.took(10, seconds, 0.5 * seconds)
    assert size.threads == 2


def test_a_machine_that_calms_down_gets_its_team_back() -> None:
    """A team that lost because of other work is chosen again at a trial after it has become faster."""
    size = TeamSize(2)
    chosen = []
    for call in range(10 * CALLS_BETWEEN_TRIALS):
        chosen.append(size.threads)
        busy = call < CALLS_BETWEEN_TRIALS
        seconds = {1: 10.0, 2: 30.0 if busy else 5.0}[size.threads]
        size.took(10, seconds, seconds / 2 if busy else seconds)
    assert set(chosen[3:CALLS_BETWEEN_TRIALS]) == {1}
    assert size.threads == 2


@pytest.mark.parametrize("batch", [1, 4])
def test_changing_the_size_changes_no_bit(batch: int) -> None:
    """Calls of a few rows each, by the team and by one thread in turn, leave the bits of one thread."""
    network, rows = case_network(Activation.TANH, "squared"), case_rows("squared", 60, kind=np.float32)
    states = []
    for size in (1, 2):
        state, rule = start_state(network, Optimizer(), np.float32), rule_for("squared", Optimizer())
        learner: Any = RowLearner(network, rows, rule, size)
        if batch > 1:
            learner = BatchLearner(network, rows, rule, batch, size)
        chosen, at = Turns(size), state
        learner._size = chosen
        with learner.at_work(state):
            for row in range(0, 60, batch):
                learner.learn(at, np.arange(row, row + batch))
                at = at.advanced(batch)
        assert chosen.calls == 60 // batch
        states.append(state)
    assert states[0].parameters.tobytes() == states[1].parameters.tobytes()
    assert states[0].average.tobytes() == start_state(network, Optimizer(), np.float32).parameters.tobytes()

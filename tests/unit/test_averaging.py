"""The running average of the weights, and the candidate it is for the best model."""

import numpy as np
import pytest

from triplicate.trainer.averaging import average_share, move_average


def test_the_average_reaches_back_a_pass_or_less() -> None:
    """Late in training the newest piece weighs as much as its share of a pass, early as much as of 30 %."""
    assert average_share(100_000, 1000, 10) == pytest.approx(0.01)
    assert average_share(1000, 1000, 10) == pytest.approx(10 / 300)
    assert average_share(10, 1000, 10) == 1.0


def test_moving_goes_that_share_of_the_way() -> None:
    """The average moves in place; a share of 1 copies."""
    average, parameters = np.array([0.0, 4.0], dtype=np.float32), np.array([8.0, 0.0], dtype=np.float32)
    move_average(average, parameters, 0.25)
    assert average.tolist() == [2.0, 3.0]
    move_average(average, parameters, 1.0)
    assert average.tolist() == [8.0, 0.0]

"""The running average of the weights, and the candidate it is for the best model."""

import numpy as np
import pytest

from triplicate.trainer.averaging import Averaging, average_share, move_average


def test_the_average_reaches_back_a_pass_or_less() -> None:
    """Late in training the newest piece weighs as much as its share of a pass, early as much as of 30 %."""
    averaging = Averaging(rows=1000, copies=2, piece=5)
    assert average_share(100_000, averaging, 5) == pytest.approx(0.01)
    assert average_share(1000, averaging, 5) == pytest.approx(10 / 300)
    assert average_share(10, averaging, 5) == 1.0


def test_a_piece_is_a_64th_of_a_pass_in_whole_batches() -> None:
    """Copies share the pass; a piece is at least one batch."""
    assert Averaging.of(60_000, 1, 128) == (60_000, 1, 896)
    assert Averaging.of(60_000, 2, 100) == (60_000, 2, 400)
    assert Averaging.of(100, 1, 32) == (100, 1, 32)


def test_moving_goes_that_share_of_the_way() -> None:
    """The average moves in place; a share of 1 copies."""
    average, parameters = np.array([0.0, 4.0], dtype=np.float32), np.array([8.0, 0.0], dtype=np.float32)
    move_average(average, parameters, 0.25)
    assert average.tolist() == [2.0, 3.0]
    move_average(average, parameters, 1.0)
    assert average.tolist() == [8.0, 0.0]

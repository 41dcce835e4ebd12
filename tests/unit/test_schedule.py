"""Iterations and scorings: how long, how often, computed from work."""

import pytest

from triplicate.trainer.batch_size import automatic_batch_size
from triplicate.trainer.schedule import ScoringSchedule, rows_per_iteration


@pytest.mark.parametrize(
    ("asked", "rows", "epochs", "expected"),
    [
        (-2, 150, 10, 150),
        (-2, 20, 100, 200),
        (-2, 60_000, 10, 60_000),
        (-2, 1_000_000, 10, 100_000),
        (-2, 5, 0.5, 1),
        (-1, 150, 10, 150),
        (0, 150, 10, 150),
        (40, 150, 10, 40),
        (10_000, 150, 10, 1500),
        (0, 150, 0.5, 75),
    ],
)
def test_rows_per_iteration(asked: int, rows: int, epochs: float, expected: int) -> None:
    """Automatic: a tenth of the work, ten passes and 100,000 rows at most; none is longer than the epochs."""
    assert rows_per_iteration(asked, rows, epochs) == expected


def test_the_first_iteration_is_scored() -> None:
    """The first iteration is scored, however dear scoring is."""
    schedule = ScoringSchedule.of(weights_per_row=10, batch=1, scoring=1e9, share=0.1)
    assert schedule.is_due(1)
    assert not schedule.is_due(1)


@pytest.mark.parameter("score_duty_cycle")
def test_scoring_keeps_to_its_share() -> None:
    """Over many iterations scoring takes about its share of the work, never more after the first."""
    schedule = ScoringSchedule.of(weights_per_row=100, batch=32, scoring=5000, share=0.1)
    due = [schedule.is_due(50) for _ in range(1000)]
    learning = 1000 * 50 * 100 * (3 + 8 / 32)
    spent = sum(due) * 5000
    assert 0.09 < spent / (learning + spent) <= 0.1


def test_a_share_of_one_scores_always() -> None:
    """With score_duty_cycle 1 every iteration is scored, with 0 only the first."""
    always = ScoringSchedule.of(weights_per_row=1, batch=1, scoring=1e9, share=1.0)
    never = ScoringSchedule.of(weights_per_row=1, batch=1, scoring=1.0, share=0.0)
    assert [always.is_due(1) for _ in range(5)] == [True] * 5
    assert [never.is_due(10**6) for _ in range(3)] == [True, False, False]


@pytest.mark.parametrize(
    ("rows", "epochs", "classes", "expected"),
    [
        (150, 10, 0, 1), (2000, 10, 0, 1), (2000, 10, 2, 1), (2000, 10, 3, 2), (4000, 10, 2, 2), (32_561, 10, 2, 32),
        (60_000, 10, 10, 32), (10**6, 100, 0, 32),
    ],
)  # fmt: skip
def test_automatic_batches(rows: int, epochs: float, classes: int, expected: int) -> None:
    """Small tables learn row by row, large ones in batches of up to 32, those of many classes a little sooner."""
    assert automatic_batch_size(rows, epochs, classes) == expected


def test_too_soon_puts_a_scoring_off() -> None:
    """A scoring that the work allows waits while it is too soon; the first one never does."""
    schedule = ScoringSchedule(scoring=1.0, learning=1.0, share=1.0)
    assert schedule.is_due(10, too_soon=True)
    assert not schedule.is_due(10, too_soon=True)
    assert schedule.is_due(10)
    assert (schedule.work, schedule.scorings) == (30.0, 2)

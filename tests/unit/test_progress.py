"""The progress bar: only on a terminal, only after a while, never when quiet."""

import sys
import time

import pytest

from triplicate.trainer.progress import TrainingProgress


def drawn(monkeypatch: pytest.MonkeyPatch, *, terminal: bool, quiet: bool, seconds: float) -> bool:
    """Tell whether the bar is drawn for a training that has lasted so long."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    now = time.monotonic()
    with TrainingProgress(1000, 100, quiet=quiet) as progress:
        monkeypatch.setattr(time, "monotonic", lambda: now + seconds)
        progress.learned(10)
        progress.scored("logloss", 0.5)
        progress.learned(10)
        shown = progress.is_shown
        monkeypatch.undo()
    return shown


@pytest.mark.parametrize(
    ("terminal", "quiet", "seconds", "expected"),
    [(True, False, 3.0, True), (True, False, 1.0, False), (False, False, 3.0, False), (True, True, 3.0, False)],
)
def test_when_the_bar_is_drawn(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, quiet: bool, seconds: float, expected: bool
) -> None:
    """It takes a terminal, more than two seconds and a user who did not ask for quiet."""
    assert drawn(monkeypatch, terminal=terminal, quiet=quiet, seconds=seconds) is expected


def test_a_training_that_learns_nothing_yet_says_that_it_is_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    """While kernels compile no row is learned: a timer draws the bar all the same, and the end of training stops it."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("triplicate.trainer.progress.PATIENCE", 0.05)
    with TrainingProgress(1000, 100, quiet=False) as progress:
        limit = time.monotonic() + 10.0
        while not progress.is_shown and time.monotonic() < limit:
            time.sleep(0.01)
        assert progress.is_shown


def test_a_short_training_leaves_no_timer_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The timer of a training that is over draws nothing."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("triplicate.trainer.progress.PATIENCE", 0.05)
    with TrainingProgress(1000, 100, quiet=False) as progress:
        pass
    time.sleep(0.15)
    assert not progress.is_shown

"""Early stopping on moving averages, fixed limits, and the choice of the best model."""

import math
import re

import numpy as np
import pytest

from triplicate.trainer.metrics import Metrics, autoencoder_metrics, binomial_metrics, regression_metrics
from triplicate.trainer.parameters import Parameters, Task
from triplicate.trainer.stopping import has_converged, is_better, reaches_limit, stop_reason

# The example of the reference sheet, without its placeholder row.
SCORES = [1.0, 0.8, 0.7, 0.69, 0.69, 0.695]


@pytest.mark.parametrize(("tolerance", "stops"), [(0.01, True), (0.0, False), (0.0071, False), (0.0072, True)])
def test_the_example_of_the_moving_average(tolerance: float, stops: bool) -> None:
    """Averages .695, .69, .6925 improve by 0.719 %: enough for tolerance 0, too little for 0.01."""
    assert has_converged(SCORES, 2, tolerance, less=True) is stops


def test_the_earliest_stop_is_after_twice_the_rounds() -> None:
    """Fewer than 2 * rounds scores never stop; that many can."""
    assert not has_converged([1.0] * 9, 5, 0.0, less=True)
    assert has_converged([1.0] * 10, 5, 0.0, less=True)


def test_zero_rounds_switch_it_off() -> None:
    """With stopping_rounds 0 nothing converges."""
    assert not has_converged([1.0] * 50, 0, 0.0, less=True)


@pytest.mark.parametrize("less", [True, False])
@pytest.mark.parametrize("sign", [1, -1])
def test_improvement_goes_on_and_decline_stops(less: bool, sign: int) -> None:
    """Scores that improve in the metric's direction go on, others stop, positive or negative."""
    towards = -1.0 if less else 1.0
    improving = [sign * 10.0 + towards * step for step in range(6)]
    assert not has_converged(improving, 3, 0.0, less=less)
    assert has_converged(improving[::-1], 3, 0.0, less=less)


def test_negative_scores_that_improve_go_on() -> None:
    """From -1 to -1.1 a metric that falls has improved (the incumbent stops here)."""
    assert not has_converged([-1.0, -1.1], 1, 0.0, less=True)
    assert has_converged([-1.1, -1.0], 1, 0.0, less=True)


def test_scores_may_cross_zero() -> None:
    """A metric that changes its sign is judged like any other."""
    assert not has_converged([0.5, -0.5], 1, 0.0, less=True)
    assert has_converged([-0.5, 0.5], 1, 0.0, less=True)


def test_an_area_of_zero_is_no_goal() -> None:
    """An AUC that rises from 0 goes on; an error of 0 has nothing left to improve."""
    assert not has_converged([0.0, 0.3], 1, 0.0, less=False)
    assert has_converged([0.0, 0.0], 1, 0.0, less=True)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_scores_that_are_no_numbers_never_stop(bad: float) -> None:
    """NaN or infinity among the averaged scores is no convergence."""
    assert not has_converged([1.0, 1.0, bad, 1.0], 2, 0.0, less=True)
    assert not has_converged([1.0, 1.0, bad, 1.0], 2, 0.0, less=False)


def test_only_the_newest_scores_count() -> None:
    """Scores before the last 2 * rounds have no influence."""
    assert has_converged([math.nan, 5.0, 1.0, 1.0], 1, 0.0, less=True)


@pytest.mark.parametrize(
    ("error", "limit", "reached"),
    [(0.0, 0.0, True), (0.1, 0.0, False), (0.1, 0.1, True), (0.0, -1.0, False), (math.nan, 0.5, False)],
)
def test_fixed_limits(error: float, limit: float, reached: bool) -> None:
    """An error at or below its limit stops; -1 is off; NaN never stops."""
    assert reaches_limit(error, limit) is reached


@pytest.mark.parametrize(
    ("score", "best", "less", "better"),
    [
        (1.0, None, True, True),
        (math.nan, None, True, False),
        (math.nan, 1.0, True, False),
        (1.0, 1.0, True, False),
        (0.9, 1.0, True, True),
        (0.9, 1.0, False, False),
        (1.1, 1.0, False, True),
        (1.0, 1.0, False, False),
    ],
)
def test_the_best_model_is_strictly_better(score: float, best: float | None, less: bool, better: bool) -> None:
    """Only a strict improvement in the metric's direction makes a new best model; NaN never does."""
    assert is_better(score, best, less=less) is better


def regressed(mse: float) -> Metrics:
    """Return metrics of a regression with this mean squared error."""
    return regression_metrics(np.array([1.0, 2.0]), np.array([1.0, 2.0]) + math.sqrt(mse))


@pytest.mark.parametrize(
    ("given", "training", "scores", "reason"),
    [
        ({}, regressed(0.25), [0.5, 0.4], None),
        ({}, regressed(0.0), [], "the training error 0 has reached regression_stop, 1e-06"),
        ({"regression_stop": -1}, regressed(0.0), [], None),
        ({"regression_stop": 0.3}, regressed(0.25), [], "the training error 0.25 has reached regression_stop, 0.3"),
        ({"stopping_rounds": 1}, regressed(0.25), [0.4, 0.4], "deviance has not improved over 1 averaged scorings"),
        ({}, autoencoder_metrics(np.array([0.0])), [], "the training error 0 has reached regression_stop, 1e-06"),
        (
            {"stopping_metric": "AUC", "stopping_rounds": 1},
            binomial_metrics(np.array([0, 1], dtype=np.int32), np.array([[0.2, 0.8], [0.8, 0.2]])),
            [0.6, 0.5],
            "AUC has not improved over 1 averaged scorings",
        ),
        (
            {},
            binomial_metrics(np.array([0, 1], dtype=np.int32), np.array([[0.8, 0.2], [0.2, 0.8]])),
            [],
            "the training error 0 has reached classification_stop, 0",
        ),
    ],
)
def test_reasons_to_stop(given: dict[str, object], training: Metrics, scores: list[float], reason: str | None) -> None:
    """Training stops by a fixed limit of the training error or by convergence, and says by which."""
    task: Task = training.task
    if task is Task.AUTOENCODER:
        given = given | {"autoencoder": True}
    found = stop_reason(Parameters.of(**given).for_task(task), scores, training)
    assert found == reason if reason is None else re.match(re.escape(reason), str(found))

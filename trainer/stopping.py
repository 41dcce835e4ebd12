"""When training has gone far enough, and which of its models is the best."""

import math
from collections.abc import Sequence

import numpy as np

from triplicate.trainer.metrics import Metrics, less_is_better
from triplicate.trainer.parameters import Parameters

__all__ = ["has_converged", "is_better", "reaches_limit", "stop_reason"]


def has_converged(scores: Sequence[float], rounds: int, tolerance: float, *, less: bool) -> bool:
    """Tell whether moving averages of the scores have ceased to improve.

    `scores` are those since training began, oldest first (no score of the untrained model). Over the last
    2 * rounds of them, the averages of `rounds` consecutive scores are taken: training has converged when none
    of the later averages is better than the first by more than `tolerance` times its size. A NaN among them, or
    fewer scores, or rounds = 0: not converged. `less` tells the metric's direction; signs do not matter.
    """
    if rounds == 0 or len(scores) < 2 * rounds:
        return False
    recent = np.asarray(scores[-2 * rounds :], dtype=np.float64)
    averages = np.lib.stride_tricks.sliding_window_view(recent, rounds).mean(axis=1)
    if not np.isfinite(averages).all():
        return False
    reference, later = float(averages[0]), averages[1:]
    needed = tolerance * abs(reference)
    return bool(later.min() >= reference - needed) if less else bool(later.max() <= reference + needed)


def reaches_limit(error: float, limit: float) -> bool:
    """Tell whether an error is at or below classification_stop or regression_stop; -1 switches it off."""
    return limit >= 0 and error <= limit


def is_better(score: float, best: float | None, *, less: bool) -> bool:
    """Tell whether a score is strictly better than the best so far (None: there is none); NaN never is."""
    if math.isnan(score):
        return False
    return best is None or (score < best if less else score > best)


def stop_reason(parameters: Parameters, scores: Sequence[float], training: Metrics) -> str | None:
    """Return why training should stop after a scoring, in a sentence, or None to go on.

    `parameters` are those decided for the task (Parameters.for_task); `scores` are values of its
    stopping_metric, on validation rows where there are any; `training` are the newest training metrics.
    """
    p = parameters
    name = "classification_stop" if training.task.classifies else "regression_stop"
    limit: float = getattr(p, name)
    if reaches_limit(training.stop_error, limit):
        return f"the training error {training.stop_error:g} has reached {name}, {limit:g}"
    if has_converged(scores, p.stopping_rounds, p.stopping_tolerance, less=less_is_better(p.stopping_metric)):
        return f"{p.stopping_metric} has not improved over {p.stopping_rounds} averaged scorings"
    return None

"""Gains and lift: how many of the positives are found among the rows of the largest probabilities."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from triplicate.trainer.ranking import Ranking

__all__ = ["gains_lift_table", "kolmogorov_smirnov", "top_lift"]

FloatArray = npt.NDArray[np.float64]

AUTOMATIC = (0.99, 0.98, 0.97, 0.96, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0)


def gains_lift_table(ranking: Ranking, bins: int = -1) -> pd.DataFrame:
    """Return a row per group of rows by falling probability, weights counted as they are.

    `bins`: number of groups, or -1 for groups that end at the largest 1, 2, 3, 4, 5, 10, 15, 20, 30, 40, 50, 60, 70,
    80, 90 and 100 %. A group holds the rows at or above its lower_threshold that no group before it holds.
    """
    shares = AUTOMATIC if bins == -1 else tuple((bins - k - 1) / bins for k in range(bins))
    thresholds = np.unique([_quantile(ranking, share) for share in shares])[::-1]
    ends = np.searchsorted(-ranking.thresholds, -thresholds, side="right") - 1
    events, others = ranking.true_positives, ranking.false_positives
    weights = np.diff(events + others, prepend=0.0)
    scored = np.cumsum(weights * ranking.thresholds)[ends]
    found, missed = events[ends], others[ends]
    rows, all_events, all_others = found + missed, events[-1], others[-1]
    overall = all_events / (all_events + all_others)
    in_group, events_in_group = np.diff(rows, prepend=0.0), np.diff(found, prepend=0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate, cumulative_rate = events_in_group / in_group, found / rows
        table = {
            "group": np.arange(1, ends.size + 1),
            "cumulative_data_fraction": rows / rows[-1],
            "lower_threshold": thresholds,
            "lift": rate / overall,
            "cumulative_lift": cumulative_rate / overall,
            "response_rate": rate,
            "score": np.diff(scored, prepend=0.0) / in_group,
            "cumulative_response_rate": cumulative_rate,
            "cumulative_score": scored / rows,
            "capture_rate": events_in_group / all_events,
            "cumulative_capture_rate": found / all_events,
            "gain": 100.0 * (rate / overall - 1.0),
            "cumulative_gain": 100.0 * (cumulative_rate / overall - 1.0),
            "kolmogorov_smirnov": found / all_events - missed / all_others,
        }
    return pd.DataFrame(table)


def kolmogorov_smirnov(ranking: Ranking) -> float:
    """Return the largest difference between the shares of positives and of negatives found, over all thresholds."""
    with np.errstate(invalid="ignore"):
        found = ranking.true_positives / ranking.true_positives[-1]
        return float((found - ranking.false_positives / ranking.false_positives[-1]).max())


def top_lift(ranking: Ranking, total: float) -> float:
    """Return the lift of the rows at or above the 99 % quantile of the probability; NaN without positives.

    `total` is what the ranking's weights add up to when each row counts by its own weight.
    """
    if ranking.thresholds.size == 0:
        return float("nan")
    events, rows = ranking.true_positives, ranking.true_positives + ranking.false_positives
    cut = _quantile(ranking, AUTOMATIC[0], total / float(rows[-1]))
    end = int(np.searchsorted(-ranking.thresholds, -cut, side="right")) - 1
    overall = events[-1] / rows[-1]
    return float(events[end] / rows[end] / overall) if overall > 0 else float("nan")


def _quantile(ranking: Ranking, share: float, scale: float = 1.0) -> float:
    """Return the quantile of the probabilities, rows repeated by weight, interpolated linearly (type 7)."""
    values = ranking.thresholds[::-1]
    above = ranking.true_positives + ranking.false_positives
    if scale != 1.0:  # weights were divided to add up to 1: take the rounding of that back
        above = np.round(above * scale, 9)
    upto = above[-1] - np.concatenate((above[::-1][1:], [0.0]))  # weight of all rows at or below each value
    position = max(0.0, share * (upto[-1] - 1.0))
    whole = np.floor(position)
    last = values.size - 1
    low = values[min(int(np.searchsorted(upto, whole, side="right")), last)]
    high = values[min(int(np.searchsorted(upto, whole + 1.0, side="right")), last)]
    return float(low + (position - whole) * (high - low))

"""Two classes ranked by probability: ROC, precision-recall, and the threshold of the largest F1."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

__all__ = ["Ranking"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Thresholds, the distinct probabilities from the largest down, and what lies at or above each of them.

    `true_positives` and `false_positives` (float64) are sums of weights; the last entries are the totals.
    """

    thresholds: FloatArray
    true_positives: FloatArray
    false_positives: FloatArray

    @classmethod
    def of(cls, positive: npt.NDArray[np.bool_], probability: FloatArray, weights: FloatArray | None = None) -> Self:
        """Rank rows by the probability of the positive class; a NaN anywhere leaves no thresholds."""
        if np.isnan(probability).any():
            return cls(np.empty(0), np.empty(0), np.empty(0))
        order = np.argsort(-probability, kind="stable")
        p = probability[order]
        counted = np.ones(p.size) if weights is None else weights[order]
        last = np.flatnonzero(np.append(p[1:] != p[:-1], True))
        hits = positive[order]
        true = np.cumsum(np.where(hits, counted, 0.0))[last]
        false = np.cumsum(np.where(hits, 0.0, counted))[last]
        return cls(p[last], true, false)

    @property
    def auc(self) -> float:
        """Area under the ROC curve by trapezoids; 1 without negatives, 0 without positives, NaN without rows."""
        if self.thresholds.size == 0:
            return float("nan")
        positives, negatives = self.true_positives[-1], self.false_positives[-1]
        if negatives == 0:
            return 1.0
        if positives == 0:
            return 0.0
        x = np.concatenate(([0.0], self.false_positives)) / negatives
        y = np.concatenate(([0.0], self.true_positives)) / positives
        return float((np.diff(x) * (y[1:] + y[:-1])).sum() / 2.0)

    @property
    def aucpr(self) -> float:
        """Area under the precision-recall curve, false positives interpolated linearly between thresholds."""
        if self.thresholds.size == 0:
            return float("nan")
        positives = self.true_positives[-1]
        if self.false_positives[-1] == 0:
            return 1.0
        if positives == 0:
            return 0.0
        true = np.concatenate(([0.0], self.true_positives))
        false = np.concatenate(([0.0], self.false_positives))
        steps = np.flatnonzero(np.diff(true) > 0)
        h = (false[steps + 1] - false[steps]) / (true[steps + 1] - true[steps])
        a = 1.0 + h
        b = (false[steps] - h * true[steps]) / positives
        x0, x1 = true[steps] / positives, true[steps + 1] / positives
        # Precision x / (a x + b) integrated from x0 to x1; b = 0 is the constant 1 / a.
        curved = b != 0
        tail = np.zeros(b.shape)
        tail[curved] = (b / a)[curved] * (np.log((a * x1 + b)[curved]) - np.log((a * x0 + b)[curved]))
        return float(((x1 - x0 - tail) / a).sum())

    @property
    def f1(self) -> FloatArray:
        """F1 at each threshold: 2 tp / (2 tp + fp + fn)."""
        positives = self.true_positives[-1] if self.true_positives.size else 0.0
        predicted = self.true_positives + self.false_positives + positives
        return np.divide(2.0 * self.true_positives, predicted, out=np.zeros(predicted.shape), where=predicted > 0)

    @property
    def max_f1_threshold(self) -> float:
        """The first threshold, from the largest down, whose F1 is strictly larger than all before it.

        0.5 without thresholds (a NaN among the probabilities).
        """
        return float(self.thresholds[int(np.argmax(self.f1))]) if self.thresholds.size else 0.5

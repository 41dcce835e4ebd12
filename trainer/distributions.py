"""Distributions of a numeric response: link, deviance, which responses they accept.

| distribution | link | deviance of y under the prediction m |
|---|---|---|
| gaussian | identity | (y - m)**2 |
| laplace | identity | abs(y - m) |
| quantile (alpha) | identity | alpha (y - m) if y > m, else (1 - alpha) (m - y) |
| huber (d) | identity | (y - m)**2 up to d, then (2 abs(y - m) - d) d; d is the huber_alpha quantile of abs(y - m) |
| poisson | log | 2 (y ln(y / m) - y + m) |
| gamma | log | 2 (ln(m / y) + y / m - 1) |
| tweedie (p) | log | 2 (y**(2-p) / ((1-p)(2-p)) - y m**(1-p) / (1-p) + m**(2-p) / (2-p)) |

Under the log link, exponentials end at 1e19 and logarithms at -19, so that no value overflows.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from triplicate.runtime.errors import TrainingDataError
from triplicate.runtime.heads import Link
from triplicate.trainer.losses import QUANTILE, TWEEDIE

if TYPE_CHECKING:
    from triplicate.trainer.parameters import Parameters

__all__ = ["GAUSSIAN", "LARGEST_MEAN", "LOG_LINKED", "Distribution", "weighted_quantile"]

Floats = npt.NDArray[np.float64]

LOG_LINKED = ("poisson", "gamma", "tweedie")
LARGEST_MEAN = 1e19
LOWEST_LOG = -19.0
SMALLEST_MEAN = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, slots=True)
class Distribution:
    """One distribution with its constants; `name` is a value of the parameter distribution, decided."""

    name: str = "gaussian"
    quantile_alpha: float = 0.5
    tweedie_power: float = 1.5
    huber_alpha: float = 0.9

    @classmethod
    def of(cls, parameters: "Parameters") -> Self:
        """Return the distribution of parameters that are decided for their task."""
        p = parameters
        return cls(p.distribution, p.quantile_alpha, p.tweedie_power, p.huber_alpha)

    @property
    def link(self) -> Link:
        """How the network's output becomes a prediction."""
        return Link.LOG if self.name in LOG_LINKED else Link.IDENTITY

    def shape_of(self, loss: int) -> Floats:
        """Return the constant of a loss (a code of losses.py), an array of one; huber's is found in training."""
        return np.array([{QUANTILE: self.quantile_alpha, TWEEDIE: self.tweedie_power}.get(loss, 1.0)])

    def check_response(self, values: Floats, name: str, rows: npt.NDArray[np.intp] | None = None) -> None:
        """Raise TrainingDataError when the response holds a number that the distribution cannot produce.

        Under the log link these are negative ones; 0 is accepted, by gamma too. `rows` are the positions of the
        values in the user's table, where they differ.
        """
        if self.link is Link.IDENTITY:
            return
        wrong = np.flatnonzero(values < 0)
        if wrong.size:
            row = wrong[0] if rows is None else rows[wrong[0]]
            raise TrainingDataError(
                f"response {name!r}, row {row}: {values[wrong[0]]:g} is negative, and distribution {self.name!r} needs "
                "numbers of at least 0"
            )
        if not (values > 0).any():
            raise TrainingDataError(f"response {name!r}: distribution {self.name!r} needs a number above 0")

    def deviances(self, actual: Floats, predicted: Floats, weights: Floats | None = None) -> Floats:
        """Return the deviance of each row, in the response's own units; `weights` serve huber's quantile only."""
        y, m = actual, predicted
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # a diverging network is told elsewhere
            match self.name:
                case "laplace":
                    return np.abs(y - m)
                case "quantile":
                    alpha = self.quantile_alpha
                    return np.where(y > m, alpha * (y - m), (1.0 - alpha) * (m - y))
                case "huber":
                    error = np.abs(y - m)
                    d = weighted_quantile(error, self.huber_alpha, weights)
                    return np.where(error <= d, np.square(error), (2.0 * error - d) * d)
                case "poisson":
                    return 2.0 * (y * _log(y / _mean(m)) - y + m)
                case "gamma":
                    ratio = np.where((y == 0) & (m == 0), 1.0, y / _mean(m))
                    return 2.0 * (ratio - _log(ratio) - 1.0)
                case "tweedie":
                    p, m = self.tweedie_power, _mean(m)
                    first = np.power(y, 2.0 - p) / ((1.0 - p) * (2.0 - p))
                    return 2.0 * (first - y * np.power(m, 1.0 - p) / (1.0 - p) + np.power(m, 2.0 - p) / (2.0 - p))
                case _:
                    return np.square(y - m)


GAUSSIAN = Distribution()


def weighted_quantile(values: Floats, share: float, weights: Floats | None = None) -> float:
    """Return the quantile at `share` in [0, 1], interpolated linearly between order statistics (type 7).

    Weights count rows: the quantile stands at position share * (total - 1) of the list in which every value is
    repeated as often as its weight says; fractional weights are such a list in the limit. NaN if a value is.
    """
    if np.isnan(values).any():
        return float("nan")
    if weights is None:
        return float(np.quantile(values, share))
    order = np.argsort(values, kind="stable")
    ordered, ends = values[order], np.cumsum(weights[order])
    position = max(share * (float(ends[-1]) - 1.0), 0.0)
    last = ordered.size - 1
    below = min(int(np.searchsorted(ends, np.floor(position), side="right")), last)
    above = min(int(np.searchsorted(ends, np.floor(position) + 1.0, side="right")), last)
    part = position - np.floor(position)
    return float(ordered[below] + part * (ordered[above] - ordered[below]))


def _log(x: Floats) -> Floats:
    logs = np.full(x.shape, LOWEST_LOG)
    np.log(x, out=logs, where=x > 0)
    return np.where(np.isnan(x), np.nan, np.maximum(logs, LOWEST_LOG))


def _mean(predicted: Floats) -> Floats:
    """Return means that can be divided by: exp underflows to 0."""
    return np.maximum(predicted, SMALLEST_MEAN)

"""Centre and scale of numeric columns and of the response, weighted where there are weights."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.errors import TrainingDataError
from triplicate.trainer.table_columns import NumericColumn

__all__ = ["Scaling", "column_scaling", "mean_and_deviation", "response_scaling"]

RARE = 0.04  # share of the rows that differ from the others, up to which a number is like an indicator
SURELY_COMMON = 4.5  # deviations: rare values lie about 1 / sqrt(RARE) = 5 of them out, and most columns need no median


@dataclass(frozen=True, slots=True)
class Scaling:
    """x' = (x - subtract) / divide; a missing x becomes `missing`, in scaled units."""

    subtract: float
    divide: float
    missing: float

    @property
    def multiply(self) -> float:
        """The factor 1 / divide."""
        return 1.0 / self.divide


def mean_and_deviation(column: NumericColumn, weights: npt.NDArray[np.float64] | None = None) -> tuple[float, float]:
    """Return mean and standard deviation over the values present (0 and 0 when there is none).

    Unweighted: the sample deviation (n - 1). Weighted: mean = sum(w x) / sum(w), and
    variance = n / (n - 1) * sum(w (x - mean)^2) / sum(w) with n the rows of weight other than 0.
    """
    return _moments(column.name, *_counted(column, weights))


def _moments(name: str, x: npt.NDArray[np.float64], weight: npt.NDArray[np.float64] | None) -> tuple[float, float]:
    """Return mean and standard deviation of values that count; the column's name is for an error."""
    n = int(x.size)
    if n == 0:
        return 0.0, 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        if weight is None:
            mean = float(x.mean())
            squares = float(np.square(x - mean).sum()) / max(n - 1, 1)
        else:
            w = weight / weight.sum()
            mean = float((w * x).sum())
            squares = float((w * np.square(x - mean)).sum()) * n / max(n - 1, 1)
    deviation = float(np.sqrt(squares))
    if not (np.isfinite(mean) and np.isfinite(deviation)):
        raise TrainingDataError(f"column {name!r} holds numbers too large to be scaled (up to {np.abs(x).max():g})")
    return mean + 0.0, deviation  # + 0.0 turns -0.0 into 0.0


def column_scaling(
    column: NumericColumn,
    weights: npt.NDArray[np.float64] | None,
    *,
    standardize: bool,
    autoencoder: bool,
    sparse: bool = False,
) -> Scaling:
    """Return how a predictor is scaled; missing cells get the centre that the transform itself uses.

    Standardised: mean and standard deviation, but the mean and the largest distance from it where one value stands
    in nearly all rows: such a column is like the indicator of a level, which is 0 or 1, and divided by its small
    deviation it would drown out everything else in the few rows that differ. Autoencoders: mean and range, never
    weighted. Not standardised: as it is, and the mean in place of missing cells. `sparse` keeps 0 where it is:
    nothing is subtracted, and 0 takes the place of missing cells; a standardised autoencoder is centred all the same.
    """
    values, counted = _counted(column, None if autoencoder and standardize else weights)
    mean, deviation = _moments(column.name, values, counted)
    if not standardize:
        if np.nanmax(np.abs(column.values)) > np.finfo(np.float32).max:
            raise TrainingDataError(f"column {column.name!r} holds numbers too large for standardize=False")
        return Scaling(0.0, 1.0, 0.0 if sparse else mean)
    if autoencoder:
        return Scaling(mean, _divisor(float(np.nanmax(column.values) - np.nanmin(column.values))), 0.0)
    subtract = 0.0 if sparse else mean
    cells = values if counted is not None or column.integers is None else column.integers
    spread = float(np.abs(values - subtract).max()) if _is_rare(cells, values, counted, deviation) else deviation
    return Scaling(subtract, _divisor(spread), 0.0)


def response_scaling(column: NumericColumn, weights: npt.NDArray[np.float64] | None) -> Scaling:
    """Return how a numeric response is standardised (identity link)."""
    mean, deviation = mean_and_deviation(column, weights)
    return Scaling(mean, _divisor(deviation), 0.0)


def _counted(
    column: NumericColumn, weights: npt.NDArray[np.float64] | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64] | None]:
    """Return the values that are present in rows that have a weight, and these weights."""
    values = column.values
    if weights is None and column.integers is not None:
        return values, None
    present = ~np.isnan(values)
    if weights is None:
        return values if present.all() else values[present], None
    present &= weights != 0
    return values[present], weights[present]


def _is_rare(
    cells: npt.NDArray[Any], values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64] | None, deviation: float
) -> bool:
    """Return whether all values but a few, by weight, are the same one; `cells` are the values, in bytes perhaps."""
    if cells.size == 0 or float(cells.max()) - float(cells.min()) < SURELY_COMMON * deviation:
        return False
    others = float(np.average(values != values[0], weights=weights))
    if others < 1.0 - 2 * RARE:  # too few for another value to stand in nearly all rows: no need to find the median
        return others <= RARE
    return float(np.average(values != np.median(values), weights=weights)) <= RARE


def _divisor(spread: float) -> float:
    """Return the spread, or 1 where dividing by it would not give a finite factor."""
    return spread if spread >= np.finfo(np.float64).tiny and np.isfinite(spread) else 1.0

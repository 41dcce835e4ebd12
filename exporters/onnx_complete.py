"""Graphs for complete tables: what the promise is, which rows keep it, and what the graph owes the others."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from triplicate.runtime.columns import Numeric
from triplicate.runtime.heads import Classification, Reconstruction
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["PROMISE", "BrokenPromises", "broken_promises", "judged", "owed_outputs"]

FloatMatrix = npt.NDArray[np.float64]
PROMISE = (
    "For complete tables: the caller promises that every number is there and finite, before and after scaling. A row "
    "that lacks a number (NaN) gets NaN for an answer, with the first label; a row with an infinite number gets an "
    "answer that means nothing. Categories may be missing or unseen."
)


@dataclass(frozen=True, slots=True)
class BrokenPromises:
    """Which rows are not complete: masks (rows) of those that lack a number, and of others with an infinite one."""

    missing: npt.NDArray[np.bool_]
    infinite: npt.NDArray[np.bool_]

    @property
    def kept(self) -> npt.NDArray[np.bool_]:
        """The mask (rows) of complete rows."""
        return ~(self.missing | self.infinite)

    @property
    def note(self) -> str | None:
        """What a report says of rows that are not complete; None where there is none."""
        missing, infinite = int(self.missing.sum()), int(self.infinite.sum())
        parts = [f"{missing} of {len(self.missing)} rows lack a number and must be NaN"] if missing else []
        parts += [f"{infinite} of {len(self.infinite)} rows have an infinite number and are set aside"] * (infinite > 0)
        return f"for complete tables: {'; '.join(parts)}" if parts else None

    @property
    def error(self) -> str | None:
        """What is wrong with rows none of which is complete; None otherwise."""
        return None if self.kept.any() else "not one row is complete, so that nothing is proven of this graph"


def broken_promises(model: ScoringModel, numbers: FloatMatrix) -> BrokenPromises:
    """Judge row numbers (rows, row_names) by `PROMISE`."""
    numeric = [(numbers[:, i], c.subtract, c.multiply) for i, c in enumerate(model.columns) if isinstance(c, Numeric)]
    return judged(len(numbers), numeric)


def judged(rows: int, numeric: Iterable[tuple[npt.NDArray[np.float64], float, float]]) -> BrokenPromises:
    """Judge so many rows by `PROMISE`: for each numeric column its cells, what is subtracted, and the factor."""
    missing, infinite = np.zeros((2, rows), dtype=bool)
    for x, subtract, multiply in numeric:
        with np.errstate(over="ignore", invalid="ignore"):
            infinite |= ~np.isfinite((x - subtract) * multiply)
        missing |= np.isnan(x)
    return BrokenPromises(missing, infinite & ~missing)


def owed_outputs(model: ScoringModel, missing: npt.NDArray[np.bool_], exact: FloatMatrix) -> FloatMatrix:
    """Return the flat outputs that a graph for complete tables owes: the exact ones, but for rows that lack a number.

    These are NaN, with the first label, or no anomaly; a column that an autoencoder does not rebuild still has error 0.
    """
    outputs = exact.copy()
    outputs[missing] = np.nan
    match model.head:
        case Classification():
            outputs[missing, 0] = 0.0
        case Reconstruction() as head:
            outputs[missing, 1] = 0.0
            not_rebuilt = np.setdiff1d(np.arange(len(model.columns)), head.groups)
            outputs[np.ix_(missing, 2 + not_rebuilt)] = 0.0
    return outputs

"""Scored rows: what the model says of them, with the row numbers that reasons are told from."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from triplicate.runtime.scores import Scores
from triplicate.serving.columns_of_cells import CellColumns, raw_of
from triplicate.serving.engines import Engine

__all__ = ["Scored", "score_cells"]


@dataclass(frozen=True, slots=True)
class Scored:
    """`scores` of rows, and their `numbers`: float64 (rows, model.row_names)."""

    scores: Scores
    numbers: npt.NDArray[np.float64]

    def part(self, start: int, stop: int) -> "Scored":
        """Return the rows from `start` up to `stop`."""
        scores, span = self.scores, slice(start, stop)
        kept = Scores(scores.model, scores.outputs[span], scores.unseen[span], scores.replaced[span])
        return Scored(kept, self.numbers[span])


def score_cells(engine: Engine, parts: list[CellColumns], rows: int) -> Scored:
    """Score the rows of several requests, `rows` in all; RowError when one of them cannot be scored."""
    numbers = engine.row_numbers(raw_of(engine.model, parts, rows))
    return Scored(engine.score(numbers), numbers)

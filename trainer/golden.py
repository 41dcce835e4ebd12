"""Golden rows: a few raw rows that a model carries with its own exact outputs, so that every form can test itself.

They are made up from the columns' constants and levels, not taken from the training table: a model file or a
generated class must not give away anybody's data.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.columns import Categorical, Column, UnseenPolicy
from triplicate.runtime.heads import Regression
from triplicate.runtime.metadata import GoldenRows
from triplicate.runtime.raw_rows import RawRows
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.trainer.exact_kernel import exact_scorer
from triplicate.trainer.pcg import next_double, seeded

__all__ = ["golden_rows"]

FILLED = 8
SPREAD = 2.0  # standard deviations, or ranges, on either side of the centre
SEED = 1


def golden_rows(model: ScoringModel) -> GoldenRows:
    """Return eight rows without holes, one row of missing cells, and one of unseen levels where they are allowed."""
    generator = seeded(SEED)
    strict = any(isinstance(c, Categorical) and c.unseen is UnseenPolicy.ERROR for c in model.columns)
    rows = FILLED + 1 if strict else FILLED + 2
    cells = tuple(_cells(column, rows, generator) for column in model.columns)
    if isinstance(model.head, Regression) and model.head.offset is not None:
        cells = (*cells, _offsets(model.head, rows, generator))
    outputs = exact_scorer(model).score(RawRows(cells, rows)).outputs
    return GoldenRows(tuple(tuple(_cell(cell) for cell in column) for column in cells), outputs)


def _cells(column: Column, rows: int, generator: npt.NDArray[np.uint64]) -> npt.NDArray[Any]:
    """Return the cells of a column: filled ones, a missing one, then the unseen one if there is room."""
    if isinstance(column, Categorical):
        texts = np.full(rows, None, dtype=object)
        for row in range(FILLED if column.levels else 0):
            texts[row] = column.levels[int(next_double(generator) * len(column.levels))]
        texts[FILLED + 1 :] = _unseen(column)
        return texts
    numbers = np.full(rows, np.nan)
    for row in (*range(FILLED), *range(FILLED + 1, rows)):
        drawn = column.subtract + (2.0 * next_double(generator) - 1.0) * SPREAD / column.multiply
        numbers[row] = float(f"{drawn:.6g}") if np.isfinite(drawn) else column.subtract
    return numbers


def _offsets(head: Regression, rows: int, generator: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
    """Return offsets of both signs, about as large as what they are added to; none is missing."""
    drawn = [(2.0 * next_double(generator) - 1.0) * SPREAD * head.scale for _ in range(rows)]
    return np.array([float(f"{offset:.6g}") for offset in drawn])


def _unseen(column: Categorical) -> str:
    text = "unseen"
    while text in column.levels:
        text += "!"
    return text


def _cell(cell: Any) -> float | str | None:
    if cell is None or isinstance(cell, str):
        return cell
    return None if np.isnan(cell) else float(cell)

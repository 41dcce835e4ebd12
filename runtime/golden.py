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
from triplicate.runtime.scorer import Scorer

__all__ = ["golden_rows"]

FILLED = 8
SPREAD = 2.0  # standard deviations, or ranges, on either side of the centre
SEED = 1


class _Draws:
    """The PCG-XSH-RR 64/32 generator, as everywhere in this package, a few numbers at a time."""

    def __init__(self, seed: int) -> None:
        self._state = 0
        self._next()
        self._state += seed
        self._next()

    def _next(self) -> int:
        old = self._state
        self._state = (old * 6364136223846793005 + 3) % 2**64
        word, turn = (((old >> 18) ^ old) >> 27) % 2**32, old >> 59
        return ((word >> turn) | (word << (-turn % 32))) % 2**32

    def _low_bits(self, bits: int) -> int:
        """Return the low bits of a 64-bit draw, which takes two steps."""
        self._next()
        return self._next() & ((1 << bits) - 1)

    def next(self) -> float:
        """Return a uniform number in [0, 1) with 53 random bits."""
        high, low = self._low_bits(26), self._low_bits(27)
        return (high * 134217728.0 + low) / 9007199254740992.0


def golden_rows(scorer: Scorer) -> GoldenRows:
    """Return eight rows without holes, one row of missing cells, and one of unseen levels where they are allowed."""
    model, generator = scorer.model, _Draws(SEED)
    strict = any(isinstance(c, Categorical) and c.unseen is UnseenPolicy.ERROR for c in model.columns)
    rows = FILLED + 1 if strict else FILLED + 2
    cells = tuple(_cells(column, rows, generator) for column in model.columns)
    if isinstance(model.head, Regression) and model.head.offset is not None:
        cells = (*cells, _offsets(model.head, rows, generator))
    outputs = scorer.score(RawRows(cells, rows)).outputs
    return GoldenRows(tuple(tuple(_cell(cell) for cell in column) for column in cells), outputs)


def _cells(column: Column, rows: int, generator: _Draws) -> npt.NDArray[Any]:
    """Return the cells of a column: filled ones, a missing one, then the unseen one if there is room."""
    if isinstance(column, Categorical):
        texts = np.full(rows, None, dtype=object)
        for row in range(FILLED if column.levels else 0):
            texts[row] = column.levels[int(generator.next() * len(column.levels))]
        texts[FILLED + 1 :] = _unseen(column)
        return texts
    numbers = np.full(rows, np.nan)
    for row in (*range(FILLED), *range(FILLED + 1, rows)):
        spread = SPREAD / column.multiply if column.multiply else 0.0  # imported models may scale a column away
        drawn = column.subtract + (2.0 * generator.next() - 1.0) * spread
        numbers[row] = float(f"{drawn:.6g}") if np.isfinite(drawn) else column.subtract
    return numbers


def _offsets(head: Regression, rows: int, generator: _Draws) -> npt.NDArray[np.float64]:
    """Return offsets of both signs, about as large as what they are added to; none is missing."""
    drawn = [(2.0 * generator.next() - 1.0) * SPREAD * head.scale for _ in range(rows)]
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

"""Why a row is an anomaly: the columns of the largest errors, what stood there, and what the model expected.

Names, numbers and sentences are those of the generated Java class, to the letter (docs/anomaly.md has the rules).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.columns import Categorical, Numeric
from triplicate.runtime.errors import ParameterError, TriplicateError
from triplicate.runtime.heads import Reconstruction
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["Reason", "Reasons", "largest_errors"]

FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]
UNSEEN = "a level that training did not see"


@dataclass(frozen=True, slots=True)
class Reason:
    """One column of one row.

    `value` is the raw cell and `expected` its reconstruction: a number in raw units, a level, or None for a missing
    cell; `value` is None too where `unseen`, and `expected` where not `rebuilt` (the model does not rebuild the
    column). `error` is the column's part of the score, `share` that part divided by the score (NaN where it has no
    share because the score is 0 or not finite).
    """

    column: str
    value: float | str | None
    expected: float | str | None
    error: float
    share: float
    unseen: bool
    rebuilt: bool

    @property
    def sentence(self) -> str:
        """The reason in words: `hours_per_week is 99, expected about 41.2; 63 % of the error`."""
        found = UNSEEN if self.unseen else _cell_text(self.value, _number_text)
        if not self.rebuilt:
            expected = "which the model does not rebuild"
        elif not self.unseen and not isinstance(self.value, float) and self.expected == self.value:
            expected = "as expected"
        else:
            expected = f"expected {_cell_text(self.expected, _about)}"
        part = "" if np.isnan(self.share) else f"; {int(np.rint(self.share * 100.0))} % of the error"
        return f"{self.column} is {found}, {expected}{part}"


def largest_errors(errors: npt.ArrayLike, count: int) -> npt.NDArray[np.intp]:
    """Return, per row of column errors (rows, columns), the positions of the `count` largest, largest first.

    An error that is not a number counts as infinite; among equals the earlier column comes first. There are as many
    positions as columns when `count` is larger.
    """
    if count < 1:
        raise ParameterError(f"the number of reasons must be at least 1, got {count!r}")
    ranked = np.where(np.isnan(errors), -np.inf, -np.asarray(errors, dtype=np.float64))
    return np.argsort(ranked, axis=1, kind="stable")[:, :count]


class Reasons:
    """The reasons of rows, for one model; TriplicateError if it is no autoencoder."""

    def __init__(self, model: ScoringModel) -> None:
        head = model.head
        if not isinstance(head, Reconstruction):
            raise TriplicateError("this model has no anomaly score to give reasons for: it is no autoencoder")
        self._columns, self._head = model.columns, head
        self._unit = np.full(model.inputs, -1, dtype=np.intp)  # the first unit that rebuilds each input
        for unit in range(len(head.targets) - 1, -1, -1):
            self._unit[head.targets[unit]] = unit

    def expected(self, outputs: FloatMatrix) -> dict[str, npt.NDArray[Any]]:
        """Return, by column that the model rebuilds, its reconstruction for rows of outputs (rows, model.output_names).

        Numbers are float64 in raw units; levels are objects, None for a missing cell.
        """
        rebuilt, found = outputs[:, 2 + len(self._columns) :], {}
        for place, column in enumerate(self._columns):
            if isinstance(column, Numeric):
                unit = self._unit_of(column.input, place)
                if unit >= 0:
                    found[column.name] = rebuilt[:, unit].copy()
                continue
            rows = [self._expected_level(column, place, row) for row in rebuilt]
            if not rows or rows[0] >= 0:
                known = np.array([*column.levels, None], dtype=object)
                found[column.name] = known[np.array(rows, dtype=np.intp)]
        return found

    def of_row(self, numbers: FloatVector, outputs: FloatVector, count: int) -> list[Reason]:
        """Return the `count` reasons of a row, the largest error first.

        `numbers` are its row numbers (model.row_names), `outputs` what scoring made of them (model.output_names).
        """
        width = len(self._columns)
        places = largest_errors(outputs[np.newaxis, 2 : 2 + width], count)[0]
        return [self._reason(int(place), float(numbers[place]), outputs) for place in places]

    def _reason(self, place: int, number: float, outputs: FloatVector) -> Reason:
        column, width = self._columns[place], len(self._columns)
        error, score = float(outputs[2 + place]), float(outputs[0])
        share = error / score if 0.0 < score < np.inf else np.nan
        rebuilt = outputs[2 + width :]
        if isinstance(column, Numeric):
            unit = self._unit_of(column.input, place)
            value, known = None if np.isnan(number) else number, unit >= 0
            expected = float(rebuilt[unit]) if known else None
            return Reason(column.name, value, expected, error, share, unseen=False, rebuilt=known)
        level = self._expected_level(column, place, rebuilt)
        missing = bool(np.isnan(number))
        seen = not missing and 0 <= number < len(column.levels) and number == int(number)
        return Reason(
            column.name,
            column.levels[int(number)] if seen else None,
            column.levels[level] if 0 <= level < len(column.levels) else None,
            error,
            share,
            unseen=not seen and not missing,
            rebuilt=level >= 0,
        )

    def _unit_of(self, network_input: int, place: int) -> int:
        """Return the unit that rebuilds an input for the column at this place, -1 if none does."""
        unit = int(self._unit[network_input])
        return unit if unit >= 0 and self._head.groups[unit] == place else -1

    def _expected_level(self, column: Categorical, place: int, rebuilt: FloatVector) -> int:
        """Return the row of the column's table (levels, then missing) that is nearest to the reconstruction.

        Distances are squared, in raw units, less that of inputs which are all 0; of equal ones the first row counts.
        -1 where no unit rebuilds the column.
        """
        inputs, values = column.inputs[:-1], column.values[:-1]
        units = np.where(inputs >= 0, self._unit[np.maximum(inputs, 0)], -1)
        units[(units >= 0) & (self._head.groups[np.maximum(units, 0)] != place)] = -1
        if not (units >= 0).any():
            return -1
        distance = np.zeros(len(inputs))
        with np.errstate(all="ignore"):
            for k in range(inputs.shape[1]):
                unit = np.maximum(units[:, k], 0)
                shift = self._head.shift[unit]
                near = values[:, k] * self._head.scale[unit] + shift - rebuilt[unit]
                far = shift - rebuilt[unit]
                distance += np.where(units[:, k] >= 0, near * near - far * far, 0.0)
        if np.isnan(distance[0]):
            return 0
        return int(np.argmin(np.where(np.isnan(distance), np.inf, distance)))


def _cell_text(cell: float | str | None, number: Callable[[float], str]) -> str:
    if cell is None:
        return "missing" if number is _number_text else "a missing cell"
    return f'"{cell}"' if isinstance(cell, str) else number(cell)


def _number_text(value: float) -> str:
    """Return the shortest digits that read back to the same number, whole ones without a point."""
    return "NaN" if value != value else repr(value).removesuffix(".0")


def _about(value: float) -> str:
    """Return the number rounded to three digits, halves to even."""
    return "about " + _number_text(float(f"{value:.2e}"))

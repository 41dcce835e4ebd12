"""From raw rows to row numbers, and from row numbers to the network's inputs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.columns import Categorical, Column, Numeric, UnseenPolicy
from triplicate.runtime.errors import MissingOffsetError, RowError, UnseenLevelError
from triplicate.runtime.raw_rows import RawRows
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["InputPlan", "RowEncoder", "check_row_numbers", "encode_rows"]

FloatMatrix = npt.NDArray[np.float64]


def encode_rows(model: ScoringModel, raw: RawRows) -> tuple[FloatMatrix, npt.NDArray[np.int32]]:
    """Return row numbers (float64, rows x row_names) and the count of unseen levels per row (int32).

    Row numbers: a number itself, the index of a level, -1 for an unseen level, NaN for a missing cell; the
    offset last. An unseen level in a column whose policy is "error" raises UnseenLevelError.
    """
    return RowEncoder(model).encode(raw)


class RowEncoder:
    """The level codes of a model's columns, looked up for many calls: a column may have 70,000 levels."""

    def __init__(self, model: ScoringModel) -> None:
        self._model = model
        self._codes = [_level_codes(column) if isinstance(column, Categorical) else None for column in model.columns]

    def encode(self, raw: RawRows) -> tuple[FloatMatrix, npt.NDArray[np.int32]]:
        """Return what encode_rows returns."""
        width = len(self._model.row_names)
        if len(raw.cells) != width:
            raise RowError(f"the rows have {len(raw.cells)} columns of cells, but the model reads {width}")
        numbers = np.empty((raw.rows, width), dtype=np.float64)
        unseen = np.zeros(raw.rows, dtype=np.int32)
        for index, (cells, codes) in enumerate(zip(raw.cells, (*self._codes, None), strict=False)):
            if codes is None:
                numbers[:, index] = cells
                continue
            coded = np.fromiter((codes.get(cell, -1.0) for cell in cells), dtype=np.float64, count=raw.rows)
            strange = coded == -1.0
            _refuse_unseen(self._model.columns[index], cells, strange, raw.first)
            unseen += strange
            numbers[:, index] = coded
        return numbers, unseen


def _level_codes(column: Categorical) -> dict[str | None, float]:
    codes: dict[str | None, float] = {level: float(code) for code, level in enumerate(column.levels)}
    codes[None] = np.nan
    return codes


def _refuse_unseen(column: Column, cells: npt.NDArray[Any], strange: npt.NDArray[np.bool_], first: int) -> None:
    """Raise UnseenLevelError for the first unseen level of a column whose policy is "error"."""
    if isinstance(column, Categorical) and column.unseen is UnseenPolicy.ERROR and strange.any():
        row = int(np.flatnonzero(strange)[0])
        raise UnseenLevelError(
            f"row {first + row}, column {column.name!r}: level {cells[row]!r} was not seen in training, "
            "and this model refuses unseen levels"
        )


def check_row_numbers(model: ScoringModel, numbers: npt.ArrayLike, first_row: int = 0) -> FloatMatrix:
    """Return row numbers as a float64 matrix of the right width, refusing a missing offset."""
    try:
        matrix = np.asarray(numbers, dtype=np.float64)
    except (TypeError, ValueError) as reason:
        raise RowError(f"row numbers must be a matrix of numbers ({reason})") from reason
    if matrix.ndim != 2 or matrix.shape[1] != len(model.row_names):
        expected = f"(rows, {len(model.row_names)})"
        raise RowError(f"row numbers must have shape {expected}, got {matrix.shape}")
    if model.offset is not None and np.isnan(matrix[:, -1]).any():
        row = int(np.flatnonzero(np.isnan(matrix[:, -1]))[0])
        raise MissingOffsetError(
            f"row {first_row + row}, column {model.offset!r}: the offset is missing, and the model needs it"
        )
    return matrix


@dataclass(frozen=True, slots=True)
class EncodedInputs:
    """`inputs`: float64 (rows, model.inputs). `unseen`, `replaced`: int32 counts per row."""

    inputs: FloatMatrix
    unseen: npt.NDArray[np.int32]
    replaced: npt.NDArray[np.int32]


class InputPlan:
    """The model's columns arranged for encoding many rows at once."""

    def __init__(self, model: ScoringModel) -> None:
        self._model = model
        numeric = [(i, c) for i, c in enumerate(model.columns) if isinstance(c, Numeric)]
        categorical = [(i, c) for i, c in enumerate(model.columns) if isinstance(c, Categorical)]
        # Numeric columns that share no input commute with all others: they are one block. Otherwise each is a
        # step of its own, so that contributions to one input add in column order.
        targets = [column.input for _, column in numeric]
        taken = {int(target) for _, column in categorical for target in np.unique(column.inputs)}
        alone = len(set(targets)) == len(targets) and taken.isdisjoint(targets)
        blocks = [numeric] if alone else [[entry] for entry in numeric]
        steps: list[_NumericBlock | tuple[int, Categorical]] = [_NumericBlock(b) for b in blocks if b]
        steps.extend(categorical)
        self._steps = sorted(steps, key=lambda s: s.first if isinstance(s, _NumericBlock) else s[0])

    def encode(self, numbers: FloatMatrix, first_row: int = 0) -> EncodedInputs:
        """Turn row numbers into inputs: contributions start at 0 and add in column order, then k order.

        `first_row` is the number of the first of these rows in the table they come from, for error messages.
        """
        rows = np.arange(len(numbers))
        inputs = np.zeros((len(numbers), self._model.inputs), dtype=np.float64)
        unseen = np.zeros(len(numbers), dtype=np.int32)
        replaced = np.zeros(len(numbers), dtype=np.int32)
        for step in self._steps:
            if isinstance(step, _NumericBlock):
                scaled, unusable = step.scale(numbers)
                with np.errstate(over="ignore"):  # hashed columns may add up to infinity
                    inputs[:, step.targets] += scaled
                replaced += unusable
                continue
            index, column = step
            table_row, strange = _table_rows(column, numbers[:, index], first_row)
            unseen += strange
            for k in range(column.inputs.shape[1]):
                # Input -1 means "nothing" and has value 0: adding 0 to input 0 changes no bit.
                with np.errstate(over="ignore"):
                    inputs[rows, np.maximum(column.inputs[table_row, k], 0)] += column.values[table_row, k]
        return EncodedInputs(inputs, unseen, replaced)


class _NumericBlock:
    """Numeric columns whose inputs are all different, scaled in one go."""

    def __init__(self, numeric: list[tuple[int, Numeric]]) -> None:
        self.first = numeric[0][0]
        self._columns = _places([index for index, _ in numeric])
        self.targets = _places([column.input for _, column in numeric])
        fields = ("subtract", "multiply", "missing", "low", "high")
        self._fields = {f: np.array([getattr(c, f) for _, c in numeric], dtype=np.float64) for f in fields}
        self._clips = bool((self._fields["low"] > -np.inf).any() or (self._fields["high"] < np.inf).any())

    def scale(self, numbers: FloatMatrix) -> tuple[FloatMatrix, npt.NDArray[np.int32]]:
        """Return x' (rows, columns) and, per row, how many numbers were present but not usable."""
        raw, fields = numbers[:, self._columns], self._fields
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            scaled = (raw - fields["subtract"]) * fields["multiply"]
        absent = ~np.isfinite(scaled)
        unusable = np.zeros(len(scaled), dtype=np.int32)
        if absent.any():
            unusable = (absent & ~np.isnan(raw)).sum(axis=1, dtype=np.int32)
            scaled = np.where(absent, fields["missing"], scaled)
        if self._clips:
            scaled = np.where(scaled < fields["low"], fields["low"], scaled)
            scaled = np.where(scaled > fields["high"], fields["high"], scaled)
        return scaled, unusable


def _places(numbers: list[int]) -> slice | npt.NDArray[np.intp]:
    """Return the numbers as an index: a slice where they follow one another, which needs no copy."""
    first, end = numbers[0], numbers[0] + len(numbers)
    return slice(first, end) if numbers == list(range(first, end)) else np.array(numbers, dtype=np.intp)


def _table_rows(
    column: Categorical, given: FloatMatrix, first_row: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Return the table row of each level index, and which ones stand for no level."""
    known = (given >= 0) & (given < len(column.levels)) & (given == np.floor(given))
    strange = ~known & ~np.isnan(given)
    if column.unseen is UnseenPolicy.ERROR and strange.any():
        row = int(np.flatnonzero(strange)[0])
        raise UnseenLevelError(
            f"row {first_row + row}, column {column.name!r}: {given[row]:g} is not a level, "
            "and this model refuses those"
        )
    table_row = np.where(known, given, column.missing_row).astype(np.intp)
    table_row[strange] = column.unseen_row
    return table_row, strange

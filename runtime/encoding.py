"""From raw rows to row numbers, and from row numbers to the network's inputs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from triplicate.runtime.columns import Categorical, Numeric, UnseenPolicy
from triplicate.runtime.errors import MissingOffsetError, RowError, UnseenLevelError
from triplicate.runtime.raw_rows import RawRows
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["InputPlan", "check_row_numbers", "encode_rows"]

FloatMatrix = npt.NDArray[np.float64]


def encode_rows(model: ScoringModel, raw: RawRows) -> tuple[FloatMatrix, npt.NDArray[np.int32]]:
    """Return row numbers (float64, rows x row_names) and the count of unseen levels per row (int32).

    Row numbers: a number itself, the index of a level, -1 for an unseen level, NaN for a missing cell; the
    offset last. An unseen level in a column whose policy is "error" raises UnseenLevelError.
    """
    numbers = np.empty((raw.rows, len(model.row_names)), dtype=np.float64)
    unseen = np.zeros(raw.rows, dtype=np.int32)
    for index, cells in enumerate(raw.cells):
        column = model.columns[index] if index < len(model.columns) else None
        if not isinstance(column, Categorical):
            numbers[:, index] = cells
            continue
        codes: dict[str | None, float] = {level: float(code) for code, level in enumerate(column.levels)}
        codes[None] = np.nan
        coded = np.fromiter((codes.get(cell, -1.0) for cell in cells), dtype=np.float64, count=raw.rows)
        strange = coded == -1.0
        if column.unseen is UnseenPolicy.ERROR and strange.any():
            row = int(np.flatnonzero(strange)[0])
            raise UnseenLevelError(
                f"row {row}, column {column.name!r}: level {cells[row]!r} was not seen in training, "
                "and this model refuses unseen levels"
            )
        unseen += strange
        numbers[:, index] = coded
    return numbers, unseen


def check_row_numbers(model: ScoringModel, numbers: npt.ArrayLike) -> FloatMatrix:
    """Return row numbers as a float64 matrix of the right width, refusing a missing offset."""
    matrix = np.asarray(numbers, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[1] != len(model.row_names):
        expected = f"(rows, {len(model.row_names)})"
        raise RowError(f"row numbers must have shape {expected}, got {matrix.shape}")
    if model.offset is not None and np.isnan(matrix[:, -1]).any():
        row = int(np.flatnonzero(np.isnan(matrix[:, -1]))[0])
        raise MissingOffsetError(f"row {row}, column {model.offset!r}: the offset is missing, and the model needs it")
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
        self._categorical = [(i, c) for i, c in enumerate(model.columns) if isinstance(c, Categorical)]
        widths = [1 if isinstance(c, Numeric) else c.inputs.shape[1] for c in model.columns]
        self._starts = np.concatenate(([0], np.cumsum(widths, dtype=np.intp)))
        self._numeric_columns = np.array([i for i, _ in numeric], dtype=np.intp)
        self._numeric_targets = np.array([c.input for _, c in numeric], dtype=np.int32)
        fields = ("subtract", "multiply", "missing", "low", "high")
        self._numeric = {f: np.array([getattr(c, f) for _, c in numeric], dtype=np.float64) for f in fields}

    def encode(self, numbers: FloatMatrix) -> EncodedInputs:
        """Turn row numbers into inputs: contributions start at 0 and add in column order, then k order."""
        rows = len(numbers)
        targets = np.zeros((rows, int(self._starts[-1])), dtype=np.int32)
        values = np.zeros(targets.shape, dtype=np.float64)
        slots = self._starts[self._numeric_columns]
        targets[:, slots] = self._numeric_targets
        values[:, slots], replaced = self._scale(numbers[:, self._numeric_columns])
        unseen = np.zeros(rows, dtype=np.int32)
        for index, column in self._categorical:
            given = numbers[:, index]
            known = (given >= 0) & (given < len(column.levels)) & (given == np.floor(given))
            strange = ~known & ~np.isnan(given)
            if column.unseen is UnseenPolicy.ERROR and strange.any():
                row = int(np.flatnonzero(strange)[0])
                raise UnseenLevelError(
                    f"row {row}, column {column.name!r}: {given[row]:g} is not a level, and this model refuses those"
                )
            table_row = np.where(known, given, column.missing_row).astype(np.intp)
            table_row[strange] = column.unseen_row
            unseen += strange
            span = slice(self._starts[index], self._starts[index + 1])
            # Input -1 means "nothing" and has value 0: adding 0 to input 0 changes no bit.
            targets[:, span] = np.maximum(column.inputs[table_row], 0)
            values[:, span] = column.values[table_row]
        inputs = np.zeros((rows, self._model.inputs), dtype=np.float64)
        np.add.at(inputs, (np.arange(rows)[:, np.newaxis], targets), values)
        return EncodedInputs(inputs, unseen, replaced)

    def _scale(self, raw: FloatMatrix) -> tuple[FloatMatrix, npt.NDArray[np.int32]]:
        """Apply (x - subtract) * multiply, the missing rule and the clip, column by column."""
        n = self._numeric
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            scaled = (raw - n["subtract"]) * n["multiply"]
        absent = ~np.isfinite(scaled)
        replaced = (absent & ~np.isnan(raw)).sum(axis=1, dtype=np.int32)
        scaled = np.where(absent, n["missing"], scaled)
        scaled = np.where(scaled < n["low"], n["low"], scaled)
        return np.where(scaled > n["high"], n["high"], scaled), replaced

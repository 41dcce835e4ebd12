"""Predictions written as CSV: the same columns and values as the generated Java class writes."""

import csv
import io
from pathlib import Path
from typing import Any

import numpy.typing as npt

from triplicate.runtime import Scores
from triplicate.runtime.atomic_file import write_atomically
from triplicate.runtime.prediction_table import prediction_columns

__all__ = ["columns_as_csv", "predictions_as_csv", "write_predictions"]


def predictions_as_csv(scores: Scores) -> str:
    """Return the CSV text: floats in the shortest digits that read back to the same bits, no label as empty."""
    return columns_as_csv(prediction_columns(scores))


def columns_as_csv(columns: list[tuple[str, npt.NDArray[Any]]]) -> str:
    """Return the CSV text of named columns of equal length."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(name for name, _ in columns)
    writer.writerows(
        [_text(cell) for cell in row] for row in zip(*(column.tolist() for _, column in columns), strict=True)
    )
    return buffer.getvalue()


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return "NaN" if cell != cell else repr(cell)
    return str(cell)


def write_predictions(scores: Scores, path: str | Path) -> None:
    """Write the CSV whole or not at all."""
    write_atomically(path, predictions_as_csv(scores))

"""What a model carries along without reading it when it scores: training summary and golden rows."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.checks import check_text, require
from triplicate.runtime.columns import Column, Numeric

__all__ = ["Cell", "GoldenRows", "Metadata"]

Cell = float | str | None


@dataclass(frozen=True, slots=True, eq=False)
class GoldenRows:
    """A few raw rows with the outputs that every form of the model must give for them, to the bit.

    `cells` has one tuple per raw column (ScoringModel.row_names): numbers or None for numeric columns and
    the offset, texts or None for categorical ones. `outputs` (float64) has shape (rows, output_names).
    """

    cells: tuple[tuple[Cell, ...], ...]
    outputs: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        outputs = np.array(self.outputs, dtype="<f8", order="C")
        require(outputs.ndim == 2, "metadata.golden.outputs", f"must be a matrix, got shape {outputs.shape}")
        outputs[np.isnan(outputs)] = np.nan  # one bit pattern for NaN, so that files have deterministic bytes
        outputs.setflags(write=False)
        object.__setattr__(self, "outputs", outputs)
        # A NaN cell is a missing cell: the model file has one mark for both.
        cells = tuple(tuple(None if cell != cell else cell for cell in column) for column in self.cells)
        object.__setattr__(self, "cells", cells)

    @property
    def rows(self) -> int:
        """Number of golden rows."""
        return int(self.outputs.shape[0])

    def check_against(self, columns: tuple[Column, ...], offset: str | None, outputs: int) -> None:
        """Raise InvalidModelError unless cells and outputs fit the model's columns and output names."""
        width = len(columns) + (offset is not None)
        require(len(self.cells) == width, "metadata.golden.cells", f"{len(self.cells)} columns instead of {width}")
        require(self.outputs.shape[1] == outputs, "metadata.golden.outputs", f"must have {outputs} columns")
        for index, cells in enumerate(self.cells):
            path = f"metadata.golden.cells[{index}]"
            require(len(cells) == self.rows, path, f"{len(cells)} cells for {self.rows} rows")
            numeric = index >= len(columns) or isinstance(columns[index], Numeric)
            for cell in cells:
                if cell is None:
                    continue
                require(isinstance(cell, float if numeric else str), path, f"{cell!r} is of the wrong type")
                if isinstance(cell, str):
                    check_text(cell, path)


@dataclass(frozen=True, slots=True, eq=False)
class Metadata:
    """`training` is a JSON object as canonical text (summary, metrics, durations); `golden` may be None."""

    training: str = "{}"
    golden: GoldenRows | None = None

    def __post_init__(self) -> None:
        check_text(self.training, "metadata.training")
        try:
            value = json.loads(self.training)
        except (ValueError, RecursionError) as error:
            require(False, "metadata.training", f"is not JSON: {error}")
        require(isinstance(value, dict), "metadata.training", "must be a JSON object")

    @classmethod
    def of(cls, training: dict[str, Any], golden: GoldenRows | None = None) -> "Metadata":
        """Build metadata from plain dicts, lists, strings, numbers, booleans and None."""
        return cls(json.dumps(training, sort_keys=True, ensure_ascii=False, allow_nan=False), golden)

    def training_summary(self) -> dict[str, Any]:
        """Return the training summary as a fresh dict."""
        summary: dict[str, Any] = json.loads(self.training)
        return summary

    @property
    def checksum(self) -> str:
        """SHA-256 (64 hexadecimal digits) of the metadata alone."""
        digest = hashlib.sha256(self.training.encode("utf-8"))
        if self.golden is not None:
            digest.update(json.dumps(self.golden.cells).encode("ascii"))
            digest.update(self.golden.outputs.tobytes())
        return digest.hexdigest()

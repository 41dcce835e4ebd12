"""The Scorer: a model made ready to score many rows, or one row many times."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.arithmetic import (
    Arithmetic,
    BlasArithmetic,
    ExactArithmetic,
    activate,
    refuse_flush_to_zero,
)
from triplicate.runtime.encoding import InputPlan, RowEncoder, check_row_numbers
from triplicate.runtime.errors import ParameterError
from triplicate.runtime.model_file import load_model
from triplicate.runtime.prediction import predict
from triplicate.runtime.raw_rows import BadNumbers, raw_blocks
from triplicate.runtime.scores import Scores
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["Scorer", "load_scorer"]

FloatMatrix = npt.NDArray[np.float64]
BLOCK_NUMBERS = 2**16  # inputs or units held at once: a matrix of 512 KiB stays in the processor's cache
BLOCKS_READ = 4  # of a table at once: taking a part of a wide one costs time


class Scorer:
    """Scores rows with one model, exactly (the default) or by BLAS (`fast=True`)."""

    def __init__(self, model: ScoringModel, arithmetic: Arithmetic | None = None) -> None:
        self.model = model
        self._exact: Arithmetic = arithmetic or ExactArithmetic()
        self._rows, self._plan = RowEncoder(model), InputPlan(model)
        self._by_input = [np.ascontiguousarray(layer.weights.T, dtype=np.float64) for layer in model.layers]
        widest = max(model.inputs, *(layer.weights.shape[0] for layer in model.layers))
        self._block = max(1, BLOCK_NUMBERS // widest)

    def score(self, source: Any, *, fast: bool = False, bad_numbers: BadNumbers = "error") -> Scores:
        """Score raw rows: a DataFrame, a dict of columns, a list of dicts, or the path of a CSV file.

        Raises RowError (or one of its kinds) that names row and column when a row cannot be scored.
        """
        parts = [self._score_numbers(numbers, first, fast) for first, numbers in self._blocks(source, bad_numbers)]
        return parts[0] if len(parts) == 1 else Scores.joined(parts)

    def row_numbers(self, source: Any, *, bad_numbers: BadNumbers = "error") -> FloatMatrix:
        """Return the row numbers (rows, model.row_names) of raw rows, as `score_numbers` takes them."""
        return np.concatenate([numbers for _, numbers in self._blocks(source, bad_numbers)])

    def _blocks(self, source: Any, bad_numbers: BadNumbers) -> Iterator[tuple[int, FloatMatrix]]:
        """Yield checked row numbers block by block, each with the number of its first row."""
        for raw in raw_blocks(self.model, source, BLOCKS_READ * self._block, bad_numbers):
            numbers, _ = self._rows.encode(raw)
            yield raw.first, check_row_numbers(self.model, numbers, raw.first)

    def score_numbers(self, numbers: npt.ArrayLike, *, fast: bool = False) -> Scores:
        """Score row numbers (rows, model.row_names): numbers, level indices, NaN missing, -1 unseen."""
        return self._score_numbers(check_row_numbers(self.model, numbers), 0, fast)

    def _score_numbers(self, matrix: FloatMatrix, first: int, fast: bool) -> Scores:
        """Score checked row numbers; `first` is the number of the first row, for messages."""
        arithmetic = self._arithmetic(fast)
        outputs = np.empty((len(matrix), len(self.model.output_names)))
        unseen = np.empty(len(matrix), dtype=np.int32)
        replaced = np.empty(len(matrix), dtype=np.int32)
        for start in range(0, len(matrix), self._block):
            span = slice(start, start + self._block)
            encoded = self._plan.encode(matrix[span], first + start)
            units = self._forward(encoded.inputs, arithmetic, len(self.model.layers))[-1]
            outputs[span] = predict(self.model, units, encoded.inputs, matrix[span], arithmetic)
            unseen[span], replaced[span] = encoded.unseen, encoded.replaced
        return Scores(self.model, outputs, unseen, replaced)

    def inputs(self, numbers: npt.ArrayLike) -> FloatMatrix:
        """Return the encoded inputs (rows, model.inputs) of row numbers."""
        return self._plan.encode(check_row_numbers(self.model, numbers)).inputs

    def layer_outputs(self, numbers: npt.ArrayLike, layer: int, *, fast: bool = False) -> FloatMatrix:
        """Return the outputs (rows, units) of layer `layer`, counted from 0; ParameterError where there is none."""
        if not 0 <= layer < len(self.model.layers):
            raise ParameterError(f"layer must be in [0, {len(self.model.layers) - 1}], got {layer}")
        matrix = check_row_numbers(self.model, numbers)
        blocks = [
            self._forward(
                self._plan.encode(matrix[start : start + self._block], start).inputs, self._arithmetic(fast), layer + 1
            )[-1]
            for start in range(0, max(len(matrix), 1), self._block)
        ]
        return np.concatenate(blocks)

    def _arithmetic(self, fast: bool) -> Arithmetic:
        if fast:
            return BlasArithmetic()
        refuse_flush_to_zero()
        return self._exact

    def _forward(self, inputs: FloatMatrix, arithmetic: Arithmetic, depth: int) -> list[FloatMatrix]:
        """Return the outputs of the first `depth` layers."""
        outputs: list[FloatMatrix] = []
        for layer, by_input in zip(self.model.layers[:depth], self._by_input, strict=False):
            sums = arithmetic.affine(outputs[-1] if outputs else inputs, by_input, layer.bias)
            outputs.append(activate(layer, sums, arithmetic))
        return outputs


def load_scorer(path: str | Path, arithmetic: Arithmetic | None = None) -> Scorer:
    """Open a model file and make its model ready to score; NumPy is all it needs."""
    return Scorer(load_model(path), arithmetic)

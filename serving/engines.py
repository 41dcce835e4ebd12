"""What scores the rows of a server: the runtime's own arithmetic, or ONNX Runtime."""

from typing import Protocol

import numpy as np
import onnxruntime

from triplicate.exporters.flat_outputs import flat_outputs
from triplicate.exporters.onnx_columns import MATRIX_INPUT
from triplicate.exporters.onnx_graph import build_onnx
from triplicate.runtime.encoding import RowEncoder, check_row_numbers
from triplicate.runtime.raw_rows import RawRows
from triplicate.runtime.scorer import Scorer
from triplicate.runtime.scores import Scores
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["Engine", "NumpyEngine", "OnnxEngine"]

ERRORS_ONLY = 3  # ONNX Runtime's severity: nothing below is printed


class Engine(Protocol):
    """Scores raw rows of one model; may be called from several threads at once."""

    name: str
    model: ScoringModel

    def score(self, raw: RawRows) -> Scores:
        """Return the rows' scores; RowError says which row and column cannot be scored."""


class NumpyEngine:
    """The exact arithmetic of this package: the digits that `predict` and the Java class give."""

    name = "numpy"

    def __init__(self, scorer: Scorer) -> None:
        self.model = scorer.model
        self._scorer = scorer

    def score(self, raw: RawRows) -> Scores:
        """Return the scores of raw rows, to the bit those of `predict`."""
        return self._scorer.score(raw)


class OnnxEngine:
    """ONNX Runtime on the model's float64 graph, one matrix of row numbers as its input.

    Texts become level codes on this side, so that an unseen level or a missing offset is refused as in Python
    where the model refuses it.
    """

    name = "onnx"

    def __init__(self, model: ScoringModel, threads: int = 1) -> None:
        self.model = model
        self._rows = RowEncoder(model)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = ERRORS_ONLY
        options.intra_op_num_threads = threads
        graph = build_onnx(model, "matrix", "float64").SerializeToString()
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def score(self, raw: RawRows) -> Scores:
        """Return the scores of raw rows, within the contract's bounds of `predict`."""
        numbers, _ = self._rows.encode(raw)
        matrix = check_row_numbers(self.model, numbers)
        *named, unseen = self._session.run(None, {MATRIX_INPUT: matrix})
        replaced = np.zeros(raw.rows, dtype=np.int32)  # a graph does not count them
        return Scores(self.model, flat_outputs(self.model, named), unseen.astype(np.int32), replaced)

"""What scores the rows of a server: the runtime's own arithmetic, or ONNX Runtime."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from triplicate.exporters.flat_outputs import flat_outputs
from triplicate.exporters.onnx_columns import MATRIX_INPUT
from triplicate.exporters.onnx_graph import build_onnx
from triplicate.exporters.onnx_run import open_session
from triplicate.runtime.raw_rows import RawRows
from triplicate.runtime.scorer import Scorer
from triplicate.runtime.scores import Scores
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["Engine", "NumpyEngine", "OnnxEngine"]

FloatMatrix = npt.NDArray[np.float64]


class Engine(Protocol):
    """Scores rows of one model; may be called from several threads at once."""

    name: str
    model: ScoringModel

    def row_numbers(self, raw: RawRows) -> FloatMatrix:
        """Return raw rows as row numbers; RowError says which row and column cannot be scored."""

    def score(self, numbers: FloatMatrix) -> Scores:
        """Return the scores of row numbers."""


class NumpyEngine:
    """The exact arithmetic of this package: the digits that `predict` and the Java class give."""

    name = "numpy"

    def __init__(self, scorer: Scorer) -> None:
        self.model = scorer.model
        self._scorer = scorer

    def row_numbers(self, raw: RawRows) -> FloatMatrix:
        """Return raw rows as row numbers, unseen levels and missing offsets refused where the model refuses them."""
        return self._scorer.row_numbers(raw)

    def score(self, numbers: FloatMatrix) -> Scores:
        """Return the scores of row numbers, to the bit those of `predict`."""
        return self._scorer.score_numbers(numbers)


class OnnxEngine(NumpyEngine):
    """ONNX Runtime on the model's float64 graph, one matrix of row numbers as its input.

    Texts become level codes on this side, so that an unseen level or a missing offset is refused as in Python
    where the model refuses it.
    """

    name = "onnx"

    def __init__(self, scorer: Scorer, threads: int = 1) -> None:
        super().__init__(scorer)
        self._session = open_session(build_onnx(scorer.model, "matrix", "float64"), threads)

    def score(self, numbers: FloatMatrix) -> Scores:
        """Return the scores of row numbers, within the contract's bounds of `predict`."""
        *named, unseen = self._session.run(None, {MATRIX_INPUT: numbers})
        replaced = np.zeros(len(numbers), dtype=np.int32)  # a graph does not count them
        return Scores(self.model, flat_outputs(self.model, named), unseen.astype(np.int32), replaced)

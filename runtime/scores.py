"""What a model says of rows: the flat outputs, and the same by their meaning."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, Self

import numpy as np
import numpy.typing as npt

from triplicate.runtime.errors import TriplicateError
from triplicate.runtime.heads import Classification, LabelType, Reconstruction, Regression
from triplicate.runtime.reasons import largest_errors
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["Scores"]

FloatMatrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of rows by one model.

    `outputs`: float64 (rows, model.output_names). `unseen`, `replaced`: int32 per row, the cells whose level
    training did not see, and the numbers that were present but not usable (infinite after scaling). The
    properties name parts of `outputs`; one that the model's head does not have raises TriplicateError.
    """

    model: ScoringModel
    outputs: FloatMatrix
    unseen: npt.NDArray[np.int32]
    replaced: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.outputs)

    @classmethod
    def joined(cls, parts: "Sequence[Scores]") -> Self:
        """Return the scores of rows that were scored in parts by one model, at least one."""
        outputs = np.concatenate([part.outputs for part in parts])
        unseen, replaced = (np.concatenate([getattr(part, name) for part in parts]) for name in ("unseen", "replaced"))
        return cls(parts[0].model, outputs, unseen, replaced)

    @property
    def labels(self) -> npt.NDArray[Any]:
        """Predicted labels (object array): str, int or bool as the response was, None for a row without one."""
        head = self.model.head
        if not isinstance(head, Classification):
            self._refuse("labels")
        values: list[Any] = list(head.labels)
        if head.label_type is LabelType.INTEGER:
            values = [int(label) for label in head.labels]
        elif head.label_type is LabelType.BOOLEAN:
            values = [label == "True" for label in head.labels]
        known = np.empty(len(values) + 1, dtype=object)
        known[:] = [*values, None]  # index -1, no label, is the last one
        return np.asarray(known[self.outputs[:, 0].astype(np.intp)])

    @property
    def probabilities(self) -> FloatMatrix:
        """Probabilities (rows, model.head.labels) of a classification."""
        return self.outputs[:, 1:] if isinstance(self.model.head, Classification) else self._refuse("probabilities")

    @property
    def values(self) -> FloatMatrix:
        """Predicted numbers (rows,) of a regression."""
        return self.outputs[:, 0] if isinstance(self.model.head, Regression) else self._refuse("values")

    @property
    def anomaly_scores(self) -> FloatMatrix:
        """Reconstruction error (rows,) of an autoencoder."""
        return self.outputs[:, 0] if isinstance(self.model.head, Reconstruction) else self._refuse("anomaly_scores")

    @property
    def is_anomaly(self) -> npt.NDArray[np.bool_]:
        """Whether the error of each row is above the model's threshold."""
        if not isinstance(self.model.head, Reconstruction):
            self._refuse("is_anomaly")
        return np.equal(self.outputs[:, 1], 1.0)

    @property
    def column_errors(self) -> FloatMatrix:
        """Each column's part (rows, model.columns) of the reconstruction error."""
        if not isinstance(self.model.head, Reconstruction):
            self._refuse("column_errors")
        return self.outputs[:, 2 : 2 + len(self.model.columns)]

    def reasons(self, count: int = 3) -> npt.NDArray[Any]:
        """Names (object array, rows x count) of the columns that contribute most to the anomaly score, largest first.

        Of equal errors the earlier column comes first; an error that is not a number counts as infinite.
        """
        names = np.array([column.name for column in self.model.columns], dtype=object)
        return np.asarray(names[largest_errors(self.column_errors, count)])

    def _refuse(self, name: str) -> NoReturn:
        has = {
            Classification: "labels and probabilities",
            Regression: "values",
            Reconstruction: "anomaly_scores, is_anomaly and column_errors",
        }[type(self.model.head)]
        raise TriplicateError(f"these scores have no {name}: the model's are {has}")

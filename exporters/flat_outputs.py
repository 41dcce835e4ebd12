"""From a graph's named outputs back to the flat output that all forms are compared on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.exporters.onnx_heads import no_label
from triplicate.runtime.heads import Classification, Regression
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["flat_outputs"]


def flat_outputs(model: ScoringModel, named: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
    """Arrange a graph's outputs, in their order and without `unseen`, as ScoringModel.output_names (float64)."""
    head = model.head
    if isinstance(head, Regression):
        return np.asarray(named[0], dtype=np.float64)
    if isinstance(head, Classification):
        labels, probabilities = named
        index: dict[Any, float] = {no_label(head): -1.0}
        kind = int if isinstance(no_label(head), int) else str
        index.update({kind(label): float(position) for position, label in enumerate(head.labels)})
        positions = np.array([index[label] for label in labels.tolist()], dtype=np.float64)
        return np.column_stack((positions, probabilities)).astype(np.float64)
    rebuilt, score, per_column, is_anomaly, _ = named
    return np.column_stack((score, is_anomaly, per_column, rebuilt)).astype(np.float64)

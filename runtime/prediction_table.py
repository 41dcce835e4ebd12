"""Predictions as named columns: the header and cells that every form writes for a user."""

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.heads import Classification, LabelType, Reconstruction
from triplicate.runtime.scorer import Scores
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["label_values", "prediction_columns", "prediction_names"]

INTEGER = re.compile(r"[+-]?[0-9]+")


def prediction_names(model: ScoringModel) -> tuple[str, ...]:
    """Return the column names of predictions.

    Classification: `predict`, then one name per label, with a `p` before labels that are whole numbers (as the
    incumbent names them). Regression: `predict`. Reconstruction: `score`, `is_anomaly`, then `error of <column>`.
    """
    head = model.head
    if isinstance(head, Classification):
        return ("predict", *(f"p{label}" if INTEGER.fullmatch(label) else label for label in head.labels))
    if isinstance(head, Reconstruction):
        return model.output_names[: 2 + len(model.columns)]
    return ("predict",)


def prediction_columns(scores: Scores) -> list[tuple[str, npt.NDArray[Any]]]:
    """Return (name, values) per column of `prediction_names`: labels in their own type, flags as booleans."""
    names, outputs = prediction_names(scores.model), scores.outputs
    columns: list[npt.NDArray[Any]] = [outputs[:, position] for position in range(len(names))]
    if isinstance(scores.model.head, Classification):
        columns[0] = label_values(scores.model.head, outputs[:, 0])
    if isinstance(scores.model.head, Reconstruction):
        columns[1] = outputs[:, 1] == 1.0
    return list(zip(names, columns, strict=True))


def label_values(head: Classification, indices: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """Return the labels (object array) for label indices: str, int or bool by label_type, None for -1."""
    labels: list[Any] = list(head.labels)
    if head.label_type is LabelType.INTEGER:
        labels = [int(label) for label in head.labels]
    elif head.label_type is LabelType.BOOLEAN:
        labels = [label == "True" for label in head.labels]
    labels.append(None)
    values = np.empty(len(labels), dtype=object)
    values[:] = labels
    return np.asarray(values[indices.astype(np.intp)])

"""Predictions as named columns: the header and cells that every form writes for a user."""

import re
from typing import Any

import numpy.typing as npt

from triplicate.runtime.heads import Classification, Reconstruction
from triplicate.runtime.scores import Scores
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["prediction_columns", "prediction_names"]

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
        columns[0] = scores.labels
    if isinstance(scores.model.head, Reconstruction):
        columns[1] = scores.is_anomaly
    return list(zip(names, columns, strict=True))

"""Scores as JSON values: one object per row, numbers that JSON cannot write as null."""

import math
from typing import Any

import numpy as np

from triplicate.exporters.onnx_signature import most_reasons
from triplicate.runtime.heads import Classification, Regression
from triplicate.runtime.scores import Scores

__all__ = ["plain", "record_answers", "top_columns"]


def plain(number: float) -> float | None:
    """Return a number that JSON can write, None for NaN and the infinities."""
    return number if math.isfinite(number) else None


def record_answers(scores: Scores) -> list[dict[str, Any]]:
    """Return one object per row.

    Classification: `label` (null for a row without one), `probabilities` by label. Regression: `prediction`.
    Autoencoder: `score`, `is_anomaly`, `threshold`, and the `reasons`, the columns with the largest errors.
    Always `unseen`: how many cells held levels that training did not see.
    """
    model, outputs = scores.model, scores.outputs
    unseen = scores.unseen.tolist()
    if isinstance(model.head, Classification):
        labels, names = scores.labels.tolist(), model.head.labels
        return [
            {"label": label, "probabilities": dict(zip(names, map(plain, row), strict=True)), "unseen": count}
            for label, row, count in zip(labels, outputs[:, 1:].tolist(), unseen, strict=True)
        ]
    if isinstance(model.head, Regression):
        values = outputs[:, 0].tolist()
        return [{"prediction": plain(y), "unseen": count} for y, count in zip(values, unseen, strict=True)]
    return [
        {
            "score": plain(score),
            "is_anomaly": anomaly,
            "threshold": plain(model.head.threshold),
            "reasons": _reasons(scores, row, columns),
            "unseen": count,
        }
        for row, (score, anomaly, columns, count) in enumerate(
            zip(outputs[:, 0].tolist(), scores.is_anomaly.tolist(), top_columns(scores), unseen, strict=True)
        )
    ]


def top_columns(scores: Scores) -> list[list[int]]:
    """Return per row the positions of the columns with the largest errors, earlier ones first among equals."""
    largest = np.argsort(-scores.column_errors, axis=1, kind="stable")[:, : most_reasons(scores.model)]
    found: list[list[int]] = largest.tolist()
    return found


def _reasons(scores: Scores, row: int, columns: list[int]) -> list[dict[str, Any]]:
    total = float(scores.outputs[row, 0])
    reasons = []
    for position in columns:
        error = float(scores.column_errors[row, position])
        share = error / total if total > 0 and math.isfinite(total) else math.nan
        reasons.append({"column": scores.model.columns[position].name, "error": plain(error), "share": plain(share)})
    return reasons

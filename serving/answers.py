"""Scores as JSON values: one object per row, numbers that JSON cannot write as null."""

import math
from typing import Any

from triplicate.exporters.onnx_signature import MOST_REASONS
from triplicate.runtime.heads import Classification, Regression
from triplicate.runtime.reasons import Reason, Reasons
from triplicate.serving.scored import Scored

__all__ = ["plain", "record_answers"]


def plain(number: float) -> float | None:
    """Return a number that JSON can write, None for NaN and the infinities."""
    return number if math.isfinite(number) else None


def record_answers(scored: Scored) -> list[dict[str, Any]]:
    """Return one object per row.

    Classification: `label` (null for a row without one), `probabilities` by label. Regression: `prediction`.
    Autoencoder: `score`, `is_anomaly`, `threshold`, and the `reasons`, the columns with the largest errors.
    Always `unseen`: how many cells held levels that training did not see.
    """
    scores = scored.scores
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
    reasons = Reasons(model)
    return [
        {
            "score": plain(score),
            "is_anomaly": anomaly,
            "threshold": plain(model.head.threshold),
            "reasons": [_reason(reason) for reason in reasons.of_row(scored.numbers[row], outputs[row], MOST_REASONS)],
            "unseen": count,
        }
        for row, (score, anomaly, count) in enumerate(
            zip(outputs[:, 0].tolist(), scores.is_anomaly.tolist(), unseen, strict=True)
        )
    ]


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "column": reason.column,
        "error": plain(reason.error),
        "share": plain(reason.share),
        "text": reason.sentence,
    }

"""Where a threshold stands: between two observed values, never on one.

A threshold that equals the value of a row leaves that row's label to the last bit, in which forms of the model may
differ (ONNX, BLAS); half way to the next value decides the same rows alike and no row by rounding.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["anomaly_threshold", "label_threshold", "share_threshold"]

Floats = npt.NDArray[np.floating[Any]]

BEYOND_LARGEST = 1.01  # above the largest error there is no next one to stand half way to


def label_threshold(probabilities: Floats, best: float) -> float:
    """Return a threshold that labels the observed rows as `best` does: half way down to the next probability."""
    below = probabilities[probabilities < best]
    return _between(float(below.max()) if below.size else 0.0, best)


def anomaly_threshold(errors: Floats, quantile: float) -> float:
    """Return a threshold above the smallest error that this share of the rows does not exceed, half way to the next."""
    edge = float(np.quantile(errors, quantile, method="higher"))
    above = errors[errors > edge]
    return _between(edge, float(above.min()) if above.size else edge * BEYOND_LARGEST)


def share_threshold(errors: Floats, share: float) -> float:
    """Return a threshold that the given share of the rows exceeds, fewer where errors are equal."""
    ordered = np.sort(errors)
    passed = ordered.size - min(round(share * ordered.size), ordered.size - 1)
    edge = float(ordered[passed - 1])
    return _between(edge, float(ordered[passed]) if passed < ordered.size else edge * BEYOND_LARGEST)


def _between(low: float, high: float) -> float:
    """Return the middle; where rounding would give `low`, the upper end."""
    middle = low + (high - low) / 2.0
    return middle if middle > low else high

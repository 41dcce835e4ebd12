"""A metric of the user's own: a plain Python function, called at every scoring and for the final metrics."""

import dataclasses
import numbers
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.metrics import Metrics

__all__ = ["CustomMetric", "with_custom_metric"]

FloatArray = npt.NDArray[np.float64]
CustomMetric = Callable[[npt.NDArray[Any], Any, FloatArray], float]


def with_custom_metric(
    metrics: Metrics,
    function: CustomMetric | None,
    actual: npt.NDArray[Any] | None,
    predicted: FloatArray,
    weights: FloatArray | None,
    labels: tuple[str, ...],
) -> Metrics:
    """Return the metrics with what the function makes of the rows as "custom"; the same without a function.

    It is called as function(actual, predicted, weights). For classes `actual` holds their names as text and
    `predicted` is a DataFrame with a column of probabilities per class name; in regression both are arrays of numbers.
    `weights` has one number per row, 1 where there is no weights_column. ParameterError when it returns no number.
    """
    if function is None or actual is None:
        return metrics
    shown: Any = predicted
    if metrics.task.classifies:
        names = np.array(labels, dtype=object)
        actual, shown = names[actual], pd.DataFrame(predicted, columns=list(labels))
    value: Any = function(actual, shown, np.ones(len(predicted)) if weights is None else weights)
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ParameterError(f"custom_metric_func must return a number, got {value!r}")
    return dataclasses.replace(metrics, values={**metrics.values, "custom": float(value)})

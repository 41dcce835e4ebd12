"""Metrics of a ScoringModel on a raw table, by the runtime's exact arithmetic."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from triplicate.runtime.errors import TrainingDataError
from triplicate.runtime.heads import LabelType
from triplicate.runtime.scores import Scores
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.trainer.custom_metric import with_custom_metric
from triplicate.trainer.encoding_plan import EncodingPlan
from triplicate.trainer.exact_kernel import exact_scorer
from triplicate.trainer.metrics import metrics_of
from triplicate.trainer.parameters import Task
from triplicate.trainer.performance import Performance, Report
from triplicate.trainer.read_table import ReadOnce, read_table
from triplicate.trainer.table import read_weights, text_names
from triplicate.trainer.table_columns import as_numbers, categorical_column

__all__ = ["exact_errors", "exact_metrics", "judged_rows", "read_like", "scorable_rows"]


def read_like(plan: EncodingPlan, source: Any, na_values: tuple[str, ...]) -> pd.DataFrame:
    """Return a table to compare predictions with; of a file, cells are typed by the plan, never inferred.

    Columns that the plan does not read may hold anything.
    """
    special = [name for name in (plan.response, plan.weights_column, plan.offset_column) if name is not None]
    wanted = [*(column.name for column in plan.columns), *special]
    texts = list(plan.text_columns)
    if plan.label_type is LabelType.STRING and plan.response is not None:
        texts.append(plan.response)
    frame = text_names(read_table(source, categorical=texts, na_values=na_values, wanted=frozenset(wanted)))
    if plan.response is not None and plan.response not in frame.columns:
        raise TrainingDataError(
            f"column {plan.response!r} (the response) is missing in the table to score or validate with: metrics "
            "compare predictions with it"
        )
    return frame


def scorable_rows(plan: EncodingPlan, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that have a response and, where the frame brings weights, a weight above 0."""
    keep = np.ones(len(frame), dtype=np.bool_)
    if plan.response is not None:
        cells = frame[plan.response]
        empty = (cells.astype(object) == "").to_numpy(dtype=np.bool_, na_value=False)
        keep &= ~(cells.isna().to_numpy() | empty)
    if plan.weights_column is not None and plan.weights_column in frame.columns:
        keep &= read_weights(frame, plan.weights_column) > 0
    if not keep.any():
        raise TrainingDataError(
            f"the table to score or validate with has no row with a response and a weight above 0 ({len(frame)} rows)"
        )
    return frame if keep.all() else frame.iloc[np.flatnonzero(keep)]


def exact_metrics(
    model: ScoringModel,
    plan: EncodingPlan,
    frame: pd.DataFrame,
    threshold: float | str = "max_f1",
    *,
    report: Report | None = None,
    description: str = "",
    source: Any = None,
) -> Performance:
    """Return the metrics of rows that all have a response; the plan's task, labels and units apply.

    `description` and `source` say which rows they are, `report` what the tables of the result look like.
    """
    started = time.monotonic()
    scores = exact_scorer(model).score(frame)
    actual, predicted, weights = _judged(scores, plan, frame)
    metrics = metrics_of(plan.task, actual, predicted, weights, threshold, plan.distribution)
    custom = None if report is None else report.custom
    return Performance.of(
        with_custom_metric(metrics, custom, actual, predicted, weights, plan.labels),
        actual,
        predicted,
        weights,
        plan.labels,
        description=description,
        frame=str(source) if isinstance(source, (str, Path, ReadOnce)) else None,
        duration=time.monotonic() - started,
        report=report or Report(),
        scores=None if plan.task is Task.AUTOENCODER else scores,
    )


def judged_rows(
    model: ScoringModel, plan: EncodingPlan, frame: pd.DataFrame
) -> tuple[npt.NDArray[Any] | None, npt.NDArray[np.float64], npt.NDArray[np.float64] | None]:
    """Return what `metrics_of` compares: actual values, predictions, and weights where the frame has them."""
    return _judged(exact_scorer(model).score(frame), plan, frame)


def _judged(
    scores: Scores, plan: EncodingPlan, frame: pd.DataFrame
) -> tuple[npt.NDArray[Any] | None, npt.NDArray[np.float64], npt.NDArray[np.float64] | None]:
    outputs = scores.outputs
    weights = None
    if plan.weights_column is not None and plan.weights_column in frame.columns:
        weights = read_weights(frame, plan.weights_column)
    predicted = outputs[:, 1:] if plan.task.classifies else outputs[:, 0]
    return _actual(plan, frame), predicted, weights


def exact_errors(model: ScoringModel, frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return an autoencoder's score per row."""
    return np.asarray(exact_scorer(model).score(frame).outputs[:, 0])


def _actual(plan: EncodingPlan, frame: pd.DataFrame) -> npt.NDArray[Any] | None:
    if plan.response is None:
        return None
    cells = frame[plan.response]
    if plan.task is Task.REGRESSION:
        values = as_numbers(cells, plan.response)
        plan.distribution.check_response(values, plan.response)
        return values
    codes = categorical_column(cells, plan.response, plan.labels).codes
    strange = np.flatnonzero(codes >= len(plan.labels))
    if strange.size:
        row, cell = int(strange[0]), cells.iloc[int(strange[0])]
        raise TrainingDataError(f"response {plan.response!r}, row {row}: class {cell!r} does not occur in training")
    return codes

"""The scoring history as typed rows and as a DataFrame."""

from datetime import UTC, datetime

import numpy as np
import pytest

from triplicate.trainer.history import ScoringHistory, ScoringRow
from triplicate.trainer.metrics import (
    Metrics,
    autoencoder_metrics,
    binomial_metrics,
    multinomial_metrics,
    regression_metrics,
)
from triplicate.trainer.parameters import Task

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
COMMON = ["timestamp", "duration", "training_speed", "epochs", "iterations", "samples"]
Y = np.array([0, 1, 1], dtype=np.int32)
P = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])

METRICS = {
    Task.BINOMIAL: binomial_metrics(Y, P),
    Task.MULTINOMIAL: multinomial_metrics(Y, np.column_stack([P, np.zeros(3)])),
    Task.REGRESSION: regression_metrics(np.array([1.0, 2.0]), np.array([1.0, 3.0])),
    Task.AUTOENCODER: autoencoder_metrics(np.array([4.0])),
}


def row(samples: int, training: Metrics | None, validation: Metrics | None = None) -> ScoringRow:
    """Return a scoring after this many rows of a table of 100."""
    return ScoringRow(NOON, 1.5, 2000.0, samples / 100, samples // 50, samples, training, validation)


@pytest.mark.parametrize(
    ("task", "columns"),
    [
        (Task.REGRESSION, ["rmse", "deviance", "mae", "r2"]),
        (Task.BINOMIAL, ["rmse", "logloss", "r2", "auc", "pr_auc", "lift", "classification_error"]),
        (Task.MULTINOMIAL, ["rmse", "logloss", "r2", "classification_error"]),
        (Task.AUTOENCODER, ["rmse", "mse"]),
    ],
)
def test_columns_of_each_task(task: Task, columns: list[str]) -> None:
    """The frame has the incumbent's column names, validation columns only where something was validated."""
    history = ScoringHistory(task)
    history.append(row(50, METRICS[task]))
    assert history.to_frame().columns.tolist() == [*COMMON, *(f"training_{name}" for name in columns)]
    history.append(row(100, METRICS[task], METRICS[task]))
    frame = history.to_frame()
    assert frame.columns.tolist()[-len(columns) :] == [f"validation_{name}" for name in columns]
    assert frame["validation_rmse"].isna().tolist() == [True, False]


def test_values_are_typed() -> None:
    """Times, counts and metrics come as such, not as text."""
    history = ScoringHistory(Task.REGRESSION)
    history.append(row(50, METRICS[Task.REGRESSION]))
    frame = history.to_frame()
    assert frame["timestamp"][0] == NOON
    for name, value in zip(COMMON[1:], [1.5, 2000, 0.5, 1, 50], strict=True):
        assert frame[name].iloc[0] == value
    assert frame["training_deviance"][0] == 0.5
    assert frame["samples"].dtype.kind == "i"


def test_an_empty_history_has_its_columns() -> None:
    """Before the first scoring the frame is empty but complete."""
    frame = ScoringHistory(Task.AUTOENCODER).to_frame()
    assert len(frame) == 0
    assert frame.columns.tolist() == [*COMMON, "training_rmse", "training_mse"]


def test_a_placeholder_row_has_no_metrics() -> None:
    """A row without metrics shows NaN and is no score."""
    history = ScoringHistory(Task.REGRESSION, [row(0, None), row(50, METRICS[Task.REGRESSION])])
    assert history.to_frame()["training_rmse"].isna().tolist() == [True, False]
    assert history.scores("deviance") == [0.5]


def test_scores_leave_out_the_untrained_model() -> None:
    """The score of the start weights takes no part in early stopping."""
    history = ScoringHistory(Task.AUTOENCODER)
    history.append(row(0, METRICS[Task.AUTOENCODER]))
    history.append(row(50, autoencoder_metrics(np.array([1.0]))))
    assert history.scores("MSE") == [1.0]


def test_scores_are_those_of_validation_rows_where_there_are_any() -> None:
    """With a validation frame, its metrics count."""
    history = ScoringHistory(Task.AUTOENCODER)
    history.append(row(50, METRICS[Task.AUTOENCODER], autoencoder_metrics(np.array([9.0]))))
    assert history.scores("MSE") == [9.0]

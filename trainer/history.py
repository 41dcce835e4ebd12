"""The scoring history: one typed row per scoring."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from triplicate.trainer.metrics import Metrics
from triplicate.trainer.parameter_checks import Task

__all__ = ["ScoringHistory", "ScoringRow"]

COLUMNS_OF_TASK = {
    Task.REGRESSION: (("rmse", "RMSE"), ("deviance", "deviance"), ("mae", "MAE"), ("r2", "r2")),
    Task.BINOMIAL: (
        ("rmse", "RMSE"),
        ("logloss", "logloss"),
        ("r2", "r2"),
        ("auc", "AUC"),
        ("pr_auc", "AUCPR"),
        ("lift", "lift_top_group"),
        ("classification_error", "misclassification"),
    ),
    Task.MULTINOMIAL: (
        ("rmse", "RMSE"),
        ("logloss", "logloss"),
        ("r2", "r2"),
        ("classification_error", "misclassification"),
    ),
    Task.AUTOENCODER: (("rmse", "RMSE"), ("mse", "MSE")),
}


@dataclass(frozen=True, slots=True)
class ScoringRow:
    """One scoring. `duration`: seconds since training began; `training_speed`: rows learned per second.

    `samples` counts the rows learned so far, repeats included; `epochs` is that over the rows of the table.
    `training` and `validation` are None where nothing was scored. `copies` of the model were learning.
    """

    timestamp: datetime
    duration: float
    training_speed: float
    epochs: float
    iterations: int
    samples: int
    training: Metrics | None
    validation: Metrics | None = None
    copies: int = 1


@dataclass(slots=True)
class ScoringHistory:
    """All scorings of one training, oldest first."""

    task: Task
    rows: list[ScoringRow] = field(default_factory=list)

    def append(self, row: ScoringRow) -> None:
        """Add the newest scoring."""
        self.rows.append(row)

    def scores(self, metric: str) -> list[float]:
        """Return a metric's values since training began: on validation rows where scored, else on training rows."""
        found: Iterable[Metrics | None] = (
            row.validation or row.training for row in self.rows if row.samples > 0 or row.iterations > 0
        )
        return [metrics.value(metric) for metrics in found if metrics is not None]

    def to_frame(self) -> pd.DataFrame:
        """Return the history with the incumbent's column names; durations and speeds are plain numbers.

        Columns: timestamp, duration (s), training_speed (rows/s), epochs, iterations, samples, copies (where there
        were several), then training_… and, where a validation frame was scored, validation_… metrics, NaN where
        not computed.
        """
        validated = any(row.validation is not None for row in self.rows)
        shown = COLUMNS_OF_TASK[self.task]
        if any(row.training is not None and "custom" in row.training.values for row in self.rows):
            shown = (*shown, ("custom", "custom"))
        names = ["timestamp", "duration", "training_speed", "epochs", "iterations", "samples"]
        names += ["copies"] * any(row.copies > 1 for row in self.rows)
        records: list[dict[str, Any]] = []
        for row in self.rows:
            record = {name: getattr(row, name) for name in names}
            for prefix, metrics in (("training", row.training), ("validation", row.validation)):
                if prefix == "training" or validated:
                    for column, metric in shown:
                        record[f"{prefix}_{column}"] = float("nan") if metrics is None else metrics.value(metric)
            records.append(record)
        sets = ["training", *(["validation"] if validated else [])]
        columns = [*names, *(f"{prefix}_{column}" for prefix in sets for column, _ in shown)]
        return pd.DataFrame(records, columns=columns)

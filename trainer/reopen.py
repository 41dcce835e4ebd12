"""From a model file with training state back to what training left behind."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from triplicate.runtime.model_file import load_model
from triplicate.trainer.build_model import TrainedModel
from triplicate.trainer.history import ScoringHistory
from triplicate.trainer.network_shape import network_for
from triplicate.trainer.parameters import Parameters, Task
from triplicate.trainer.performance import Performance
from triplicate.trainer.restart import Restart
from triplicate.trainer.training_loop import TrainingResult

__all__ = ["reopen"]


def reopen(path: str | Path) -> TrainedModel:
    """Return the trained model of a file saved with training_state; ModelFileError for any other file.

    Its metrics are the numbers in the file; `result.parameters` are those of the last iteration.
    """
    model, restart = load_model(path), Restart.read(path)
    record, loop, plan = model.metadata.training_summary(), restart.loop, restart.plan
    p = Parameters.of(**restart.given).for_task(plan.task)
    best = record["best_epochs"] / record["epochs"] if record["epochs"] else 0.0
    result = TrainingResult(
        network_for(plan, p), loop.state.parameters, ScoringHistory(plan.task, list(loop.history)), loop.batch,
        loop.state.samples, round(best * loop.state.samples), loop.iterations, loop.seconds,
        record["stopped_because"], loop.reproducible, loop,
    )  # fmt: skip
    training = _metrics(plan.task, record["training_metrics"])
    validation = record["validation_metrics"] and _metrics(plan.task, record["validation_metrics"])
    notes, never_missing = tuple(record["notes"]), frozenset(restart.never_missing)
    return TrainedModel(model, p, plan, result, training, validation, notes, restart, never_missing)


def _metrics(task: Task, facts: dict[str, Any]) -> Performance:
    values = {name: math.nan if value is None else float(value) for name, value in facts.items()}
    rows, threshold = int(values.pop("rows")), values.pop("threshold")
    return Performance(task, rows, values, None if np.isnan(threshold) else threshold)

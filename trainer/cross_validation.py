"""Cross-validation: a model per fold from the other rows, metrics from the rows each of them did not see.

The main model learns from all rows. Where folds stop early, or time is limited, it trains for the mean of the
epochs at which the folds' models were best, and keeps its last weights.
"""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from triplicate.runtime.errors import ParameterError, TrainingDataError
from triplicate.trainer.build_model import TrainedModel, build_model
from triplicate.trainer.custom_metric import with_custom_metric
from triplicate.trainer.exact_metrics import judged_rows, scorable_rows
from triplicate.trainer.folds import folds_of
from triplicate.trainer.metrics import Metrics, metrics_of
from triplicate.trainer.parameters import Parameters, parameter_rule
from triplicate.trainer.performance import Performance, Report
from triplicate.trainer.prediction_frames import prediction_frame
from triplicate.trainer.table import Table, text_names
from triplicate.trainer.table_columns import CategoricalColumn

__all__ = ["CrossValidation", "cross_validate", "require_kept", "wants_cross_validation"]

SHORTEST = 1e-3  # seconds: 0 would be no limit


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """What the folds gave. `metrics` are those of all held out rows together, `by_fold` those of each fold's.

    `models`, `predictions` (one frame per fold, of its held out rows), `held_out` (the same as one frame, in the
    table's order) and `assignment` (each row's fold) are empty or None unless they were to be kept.
    """

    metrics: Performance
    by_fold: tuple[Metrics, ...]
    models: tuple[TrainedModel, ...]
    predictions: tuple[pd.DataFrame, ...]
    held_out: pd.DataFrame | None
    assignment: pd.DataFrame | None

    def summary(self) -> pd.DataFrame:
        """Return a row per metric: mean, sd (of n - 1), then the value of each fold."""
        names = sorted(self.by_fold[0].values, key=str.lower)
        values = np.array([[fold.values[name] for fold in self.by_fold] for name in names])
        table = {"mean": values.mean(axis=1), "sd": values.std(axis=1, ddof=1)}
        table |= {f"cv_{k + 1}_valid": values[:, k] for k in range(values.shape[1])}
        return pd.DataFrame(table, index=pd.Index(names, name="metric"))


def wants_cross_validation(parameters: Parameters) -> bool:
    """Tell whether the parameters ask for folds."""
    return parameters.nfolds > 0 or parameters.fold_column is not None


def cross_validate(
    parameters: Parameters, frame: pd.DataFrame, validation_source: Any = None
) -> tuple[TrainedModel, CrossValidation]:
    """Train the folds' models and the main model; `validation_source` is for the main model alone."""
    begun, frame = time.monotonic(), text_names(frame)
    table = Table.for_parameters(frame, parameters)
    p = parameters.for_task(table.task)
    folds = folds_of(table, p, len(frame))
    count = p.nfolds or int(folds.max()) + 1
    plain, frame = _without_folds(parameters, p.seed, table, frame)
    limit = p.max_runtime_secs / (count + 1)
    trained, by_fold, predictions, positions, pooled = [], [], [], [], []
    for fold in range(count):
        held_out = np.flatnonzero(folds == fold)
        learned = np.flatnonzero((folds >= 0) & (folds != fold))
        _require_rows(table, learned, held_out, fold)
        name = None if p.model_id is None else f"{p.model_id}_cv_{fold + 1}"
        one = build_model(
            plain.replace(model_id=name, max_runtime_secs=limit, verbose=False),
            frame.iloc[learned],
            frame.iloc[held_out],
        )
        trained.append(one)
        by_fold.append(one.validation or one.training)
        pooled.append(judged_rows(one.model, one.plan, scorable_rows(one.plan, frame.iloc[held_out])))
        if p.keep_cross_validation_predictions:
            predictions.append(prediction_frame(one.model, frame.iloc[held_out]))
            positions.append(held_out)
    plan = trained[0].plan
    actual, predicted, weights = (_joined(parts) for parts in zip(*pooled, strict=True))
    plain_ones = metrics_of(plan.task, actual, predicted, weights, p.threshold, plan.distribution)
    custom = with_custom_metric(plain_ones, p.custom_metric_func, actual, predicted, weights, plan.labels)
    metrics = Performance.of(
        custom, actual, predicted, weights, plan.labels,
        report=Report.of(p), description=f"on the rows held out of {count} folds",
    )  # fmt: skip
    main = _main_model(plain, p, trained, begun, frame, validation_source, metrics, count)
    assignment = pd.DataFrame({"fold_assignment": folds}, index=frame.index)
    return main, CrossValidation(
        metrics,
        tuple(by_fold),
        tuple(trained) if p.keep_cross_validation_models else (),
        tuple(predictions),
        pd.concat(predictions).iloc[np.argsort(np.concatenate(positions))] if predictions else None,
        assignment if p.keep_cross_validation_fold_assignment else None,
    )


def _joined(parts: tuple[Any, ...]) -> Any:
    """Return the arrays of the folds as one; None where there are none."""
    return None if parts[0] is None else np.concatenate(parts)


def _main_model(
    plain: Parameters,
    p: Parameters,
    folds: list[TrainedModel],
    begun: float,
    frame: pd.DataFrame,
    validation_source: Any,
    metrics: Metrics,
    count: int,
) -> TrainedModel:
    """Train on all rows, for as long as the folds showed to be right, and note what the folds measured."""
    changes: dict[str, Any] = {"overwrite_with_best_model": False}
    kept = "the running average of its weights" if p.average_weights else "its last weights"
    if not p.average_weights:
        changes["averaged_epochs"] = parameter_rule("averaged_epochs").default
    notes = [f"{count}-fold cross-validation: the model keeps {kept}"]
    if p.stopping_rounds > 0 or p.max_runtime_secs > 0:
        epochs = float(np.mean([one.model.metadata.training_summary()["best_epochs"] for one in folds]))
        changes |= {"stopping_rounds": 0, "stopping_tolerance": 0.0, "epochs": epochs}
        notes.append(f"epochs became {epochs:.4g}, the mean of the folds' best ones, and early stopping was off")
    if p.max_runtime_secs > 0:
        changes["max_runtime_secs"] = max(p.max_runtime_secs - (time.monotonic() - begun), SHORTEST)
    return build_model(plain.replace(**changes), frame, validation_source, held_out=metrics, notes=tuple(notes))


def _without_folds(
    parameters: Parameters, seed: int, table: Table, frame: pd.DataFrame
) -> tuple[Parameters, pd.DataFrame]:
    """Return parameters and frame of a model without folds: columns by name, categories with all their levels."""
    names = list(frame.columns)
    p = parameters
    changes: dict[str, Any] = {
        "nfolds": 0, "fold_assignment": "AUTO", "fold_column": None, "seed": seed, "y": None,
        "response_column": None if table.response is None else table.response.name,
    }  # fmt: skip
    if p.x is not None:
        chosen = [p.x] if isinstance(p.x, (str, int)) else p.x
        changes["x"] = [column if isinstance(column, str) else names[column] for column in chosen]
    grouped = [column.name for column in table.columns if isinstance(column, CategoricalColumn)]
    frame = frame.drop(columns=[] if p.fold_column is None else [p.fold_column])
    frame = frame.astype(dict.fromkeys(grouped, "category"))
    ignored = None if p.ignored_columns is None else tuple(n for n in p.ignored_columns if n != p.fold_column)
    return p.replace(**changes, ignored_columns=ignored), frame


def _require_rows(table: Table, learned: npt.NDArray[np.intp], held_out: npt.NDArray[np.intp], fold: int) -> None:
    """Refuse a fold without rows to learn or to hold out, or without a class that it holds out."""
    here, there = np.isin(table.kept, held_out), np.isin(table.kept, learned)
    if not here.any() or not there.any():
        raise TrainingDataError(f"fold {fold + 1} has no row to {'hold out' if there.any() else 'learn from'}: "
                                "use fewer folds, or fold_assignment='Modulo'")  # fmt: skip
    if isinstance(table.response, CategoricalColumn):
        absent = np.setdiff1d(np.arange(len(table.response.levels)), table.response.codes[there])
        if absent.size:
            raise TrainingDataError(
                f"class {table.response.levels[absent[0]]!r} has rows in fold {fold + 1} only: the model of the "
                "other folds cannot know it; use fewer folds, another seed, or fold_assignment='Stratified'"
            )


def require_kept(kept: Any, parameter: str) -> Any:
    """Return what was kept; ParameterError names the parameter that keeps it."""
    if kept is None or len(kept) == 0:
        raise ParameterError(f"this was not kept: train with {parameter}=True")
    return kept

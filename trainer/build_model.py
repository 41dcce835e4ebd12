"""From tables and parameters to a finished model: encode, train, freeze, measure exactly, describe."""

import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from triplicate.runtime.errors import ParameterError
from triplicate.runtime.golden import golden_rows
from triplicate.runtime.heads import Classification, LabelRule
from triplicate.runtime.metadata import Metadata
from triplicate.runtime.model_file import save_model
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.trainer.batch_trial import tried_parameters
from triplicate.trainer.checkpoint import continued_table, given_parameters
from triplicate.trainer.class_balance import balanced, stratified_rows
from triplicate.trainer.encoded_rows import EncodedRows
from triplicate.trainer.encoding_plan import EncodingPlan
from triplicate.trainer.exact_kernel import exact_scorer
from triplicate.trainer.exact_metrics import exact_errors, exact_metrics, read_like, scorable_rows
from triplicate.trainer.fold_centres import columns_of_zeros
from triplicate.trainer.freeze import freeze, with_threshold
from triplicate.trainer.importances import importance_frame
from triplicate.trainer.metrics import Metrics
from triplicate.trainer.parameters import Parameters, Task
from triplicate.trainer.performance import Performance, Report
from triplicate.trainer.restart import Restart
from triplicate.trainer.row_sample import sampled_rows
from triplicate.trainer.summary import plain_metrics, training_record
from triplicate.trainer.table import Table, text_names
from triplicate.trainer.table_columns import CategoricalColumn
from triplicate.trainer.thresholds import anomaly_threshold, label_threshold, share_threshold
from triplicate.trainer.training_loop import Training, TrainingResult

__all__ = ["TrainedModel", "build_model", "label_rule", "with_anomaly_share"]


CHECKED = "on the validation frame"


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A ScoringModel and what is known about how it came to be.

    `parameters` are those decided for the task; `training` and `validation` are exact metrics, the first on at
    most score_training_samples rows; `notes` says what was left out of the table or converted; `restart` continues the
    training; `never_missing` names the categorical columns that had no missing cell.
    """

    model: ScoringModel
    parameters: Parameters
    plan: EncodingPlan
    result: TrainingResult
    training: Performance
    validation: Performance | None
    notes: tuple[str, ...]
    restart: Restart
    never_missing: frozenset[str]

    def save(self, path: str | Path, *, training_state: bool = False) -> None:
        """Write the model file, with what continues the training if `training_state` is True."""
        save_model(self.model, path, self.restart.arrays() if training_state else None)


def build_model(
    parameters: Parameters,
    frame: pd.DataFrame,
    validation_source: Any = None,
    earlier: Restart | None = None,
    *,
    held_out: Metrics | None = None,
    notes: tuple[str, ...] = (),
) -> TrainedModel:
    """Train on a frame; an optional table or path of validation rows steers stopping and the best model.

    `earlier` is a training to continue, by its own plan. `held_out` is what cross-validation measured before, for the
    record; `notes` are added to those about the table. Raises TrainingDataError for tables nothing can be learned
    from, UnstableTrainingError when training explodes.
    """
    if parameters.stopping_metric.startswith("custom") and parameters.custom_metric_func is None:  # a file has none
        raise ParameterError(
            f"stopping_metric {parameters.stopping_metric!r} needs custom_metric_func: the function to stop by"
        )
    if earlier is None:
        table = Table.for_parameters(frame, parameters)
        p = parameters.for_task(table.task)
        plan = EncodingPlan.of(table, p)
    else:
        if earlier.validated != (validation_source is not None):
            had, has = ("with", "without") if earlier.validated else ("without", "with")
            raise ParameterError(
                f"the checkpoint was trained {had} a validation_frame and cannot go on {has} one: what is best "
                "would be measured differently"
            )
        table, plan = continued_table(earlier, parameters, frame), earlier.plan
        p = parameters.for_task(table.task)
    rows = plan.encode(table)
    sample = sampled_rows(len(table), p.score_training_samples, p.seed)
    given_rows = text_names(frame)
    scored_frame = given_rows.iloc[table.kept[sample]]
    contaminated = given_rows.iloc[table.kept] if p.contamination is not None else None
    validation, checked = None, None
    if validation_source is not None:
        validation = scorable_rows(plan, read_like(plan, validation_source, p.na_values))
        checked = _checked_rows(plan, p, validation)
    learned, notes = plan.encode(table, learning=True) if plan.skip_missing else rows, (*table.notes, *notes)
    if p.balance_classes:
        balance = balanced(
            np.asarray(learned.response, dtype=np.int32), learned.weights, plan.labels, p.class_sampling_factors,
            p.max_after_balance_size, p.seed,
        )  # fmt: skip
        learned, notes = learned.take(balance.rows), (*notes, balance.note)
        plan = replace(plan, correction=balance.correction)
    tried, sized = (p, ()) if earlier is not None else tried_parameters(plan, learned, p)
    notes = (*notes, *sized)
    full = (c.name for c in table.columns if isinstance(c, CategoricalColumn) and not c.missing.any())
    never_missing, report, given = frozenset(full), Report.of(p), len(table)
    zeros = columns_of_zeros(table)
    del table  # its memory is needed no longer
    words = "on all training rows" if sample.size == given else f"on a sample of {sample.size:,} training rows"

    rules = _RuleRows(scored_frame if validation is None else validation, validation is not None, contaminated)

    def finished(result: TrainingResult) -> TrainedModel:
        model = freeze(plan, result.network, result.parameters, p.na_values, zeros)
        model, threshold = _with_rule(model, plan, p, rules)
        cut = label_rule(model)
        training = exact_metrics(model, plan, scored_frame, cut, report=report, description=words)
        validated = None
        if validation is not None:
            validated = exact_metrics(
                model, plan, validation, cut, report=report, description=CHECKED, source=validation_source
            )
        record = training_record(p, plan, result, training, validated, notes, given, len(learned))
        if threshold is not None:
            record["anomaly_threshold"] = threshold
        if held_out is not None:
            record["cross_validation_metrics"] = plain_metrics(held_out)
        if p.variable_importances:
            importances = importance_frame(model, never_missing)[["variable", "percentage"]]
            record["variable_importances"] = importances.to_numpy().tolist()
        model = model.with_metadata(Metadata.of(record, golden_rows(exact_scorer(model))))
        asked, absent = given_parameters(parameters, p, plan), tuple(sorted(never_missing))
        restart = Restart(plan, asked, validation is not None, absent, result.loop)
        return TrainedModel(model, p, plan, result, training, validated, notes, restart, never_missing)

    export = CheckpointFile.of(p)
    after_scoring = None if export is None else lambda result: export.write(finished(result))
    loop = None if earlier is None else earlier.loop
    # the sample, a copy, lives as long as the training
    trained = finished(Training(plan, learned, tried, rows.take(sample), checked, loop, after_scoring).run())
    if export is not None:
        export.write(trained)
    return trained


def _checked_rows(plan: EncodingPlan, p: Parameters, validation: pd.DataFrame) -> EncodedRows:
    """Return the validation rows that are scored while training: all, or a sample."""
    if p.balance_classes and p.score_validation_sampling == "Stratified":
        rows = plan.encode(validation)
        codes = np.asarray(rows.response, dtype=np.int32)
        chosen = stratified_rows(codes, rows.weights, len(plan.labels), p.score_validation_samples, p.seed + 1)
        return rows.take(chosen)
    chosen = sampled_rows(len(validation), p.score_validation_samples, p.seed + 1)
    return plan.encode(validation if chosen.size == len(validation) else validation.iloc[chosen])


@dataclass(frozen=True, slots=True)
class CheckpointFile:
    """The file of export_checkpoints_dir: replaced whole after each scoring, readable at any moment."""

    path: Path

    @classmethod
    def of(cls, parameters: Parameters) -> "CheckpointFile | None":
        """Return the file, <model_id>.npz in the folder, which is made; None when none is asked for."""
        if parameters.export_checkpoints_dir is None:
            return None
        name = parameters.model_id or f"model_{secrets.token_hex(6)}"
        if name != Path(name).name or "\0" in name:
            raise ParameterError(f"model_id names a file in export_checkpoints_dir and cannot be {name!r}")
        folder = Path(parameters.export_checkpoints_dir)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as reason:
            raise ParameterError(
                f"export_checkpoints_dir {str(folder)!r} cannot be made ({reason.strerror})"
            ) from reason
        return cls(folder / f"{name}.npz")

    def write(self, trained: TrainedModel) -> None:
        """Replace the file."""
        trained.save(self.path, training_state=True)


@dataclass(frozen=True, slots=True)
class _RuleRows:
    """The rows that decide a model's threshold: validation rows if `validated`, else training rows.

    `contaminated` are all training rows where a share of them is known to be anomalies.
    """

    rows: pd.DataFrame
    validated: bool
    contaminated: pd.DataFrame | None


def _with_rule(
    model: ScoringModel, plan: EncodingPlan, p: Parameters, rules: _RuleRows
) -> tuple[ScoringModel, str | None]:
    """Give the model its label threshold, which maximises F1, or its anomaly threshold, and say where that stands."""
    if plan.task is Task.AUTOENCODER:
        if rules.contaminated is not None and p.contamination is not None:
            share, rows = p.contamination, rules.contaminated
            words = f"{share:g} of the {len(rows):,} training rows are above it"
            return with_threshold(model, share_threshold(exact_errors(model, rows), share)), words
        kind = "validation" if rules.validated else "training"
        words = f"at least {p.anomaly_quantile:g} of {len(rules.rows):,} {kind} rows are not above it"
        return with_threshold(model, anomaly_threshold(exact_errors(model, rules.rows), p.anomaly_quantile)), words
    if plan.task is not Task.BINOMIAL or p.threshold == "argmax":
        return model, None
    if p.threshold != "max_f1":
        return with_threshold(model, float(p.threshold)), None
    best = exact_metrics(model, plan, rules.rows).threshold
    if best is None or np.isnan(best):
        return with_threshold(model, 0.5), None
    return with_threshold(model, label_threshold(exact_scorer(model).score(rules.rows).outputs[:, 2], best)), None


def label_rule(model: ScoringModel) -> float | str:
    """Return the threshold argument of the metrics for the model's own rule."""
    head = model.head
    if isinstance(head, Classification) and head.rule is LabelRule.THRESHOLD:
        return head.threshold
    return "argmax"


def with_anomaly_share(trained: TrainedModel, frame: pd.DataFrame, share: float) -> TrainedModel:
    """Return an autoencoder whose threshold calls this share of the frame's rows anomalies; golden rows are renewed."""
    model = with_threshold(trained.model, share_threshold(exact_errors(trained.model, frame), share))
    record = trained.model.metadata.training_summary()
    record["anomaly_threshold"] = f"{share:g} of {len(frame):,} rows given later are above it"
    return replace(trained, model=model.with_metadata(Metadata.of(record, golden_rows(exact_scorer(model)))))

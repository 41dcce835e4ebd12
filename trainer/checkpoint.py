"""Continuing an earlier training: which model is meant, what may change, and its rows in the old model's terms."""

from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import pandas as pd

from triplicate.runtime.columns import Categorical
from triplicate.runtime.errors import ParameterError, TrainingDataError
from triplicate.trainer.encoding_plan import EncodingPlan
from triplicate.trainer.parameter_rules import Kind
from triplicate.trainer.parameters import RULES, Parameters, default_of, parameter_rule
from triplicate.trainer.restart import Restart
from triplicate.trainer.table import Table
from triplicate.trainer.table_columns import CategoricalColumn

__all__ = ["FIXED", "continued_parameters", "continued_table", "find_restart", "given_parameters", "remember"]

FIXED_NAMES = """
ignored_columns ignore_const_cols use_all_factor_levels standardize activation hidden optimizer adaptive_rate rho
epsilon beta_1 beta_2 rate rate_annealing rate_decay momentum_start momentum_ramp momentum_stable
nesterov_accelerated_gradient distribution quantile_alpha tweedie_power huber_alpha autoencoder sparse col_major
sparsity_beta max_categorical_features weights_column offset_column balance_classes class_sampling_factors
max_after_balance_size categorical_encoding categorical numeric classification unseen_levels column_weighting
"""
NAMES_OF_ONE_TRAINING = """
model_id max_runtime_secs export_checkpoints_dir verbose nfolds fold_assignment fold_column
keep_cross_validation_models keep_cross_validation_predictions keep_cross_validation_fold_assignment
"""
FIXED = frozenset(FIXED_NAMES.split())
OF_ONE_TRAINING = frozenset(NAMES_OF_ONE_TRAINING.split())
REFUSED = ("initial_weights", "initial_biases", "pretrained_autoencoder")
KNOWN: WeakValueDictionary[str, Any] = WeakValueDictionary()


def remember(model_id: str | None, estimator: Any) -> None:
    """Let `checkpoint=model_id` find a trained estimator for as long as it lives."""
    if model_id is not None:
        KNOWN[model_id] = estimator


def find_restart(checkpoint: Any) -> Restart:
    """Return where to go on from: a trained estimator, the model_id of one, or a model file with training state."""
    if isinstance(checkpoint, str) and checkpoint in KNOWN:
        checkpoint = KNOWN[checkpoint]
    if isinstance(checkpoint, (str, Path)):
        if isinstance(checkpoint, str) and not Path(checkpoint).exists():
            known = ", ".join(repr(name) for name in sorted(KNOWN)) or "none"
            raise ParameterError(
                f"checkpoint {checkpoint!r} is neither a file nor the model_id of a trained model of this process "
                f"(known: {known})"
            )
        return Restart.read(checkpoint)
    if not hasattr(checkpoint, "trained"):
        kind = type(checkpoint).__name__
        raise ParameterError(f"checkpoint must be a trained estimator, a model_id or the path of a file, got {kind}")
    restart: Restart = checkpoint.trained.restart
    return restart


def given_parameters(asked: Parameters, decided: Parameters, plan: EncodingPlan) -> dict[str, Any]:
    """Return what a later training inherits: changed parameters without tables and models, and the drawn seed."""
    plain = {name: value for name, value in asked.changed().items() if RULES[name].kind is not Kind.OBJECT}
    kept = {name: value for name, value in plain.items() if name not in OF_ONE_TRAINING}
    response = {} if plan.response is None else {"response_column": plan.response}
    return kept | response | {"seed": decided.seed}


def continued_parameters(restart: Restart, given: dict[str, Any], frame: pd.DataFrame) -> Parameters:
    """Return the parameters of the continued training: those of the checkpoint, and the new ones among them.

    `given` holds the arguments of the new training without its tables. ParameterError names a parameter that may
    not change, with its old and its new value.
    """
    new = dict(given)
    for name in REFUSED:
        if new.get(name) is not None:
            raise ParameterError(f"{name} cannot be given with checkpoint: the weights are those of the checkpoint")
    if new.get("nfolds", 0) != 0 or new.get("fold_column") is not None:
        raise ParameterError("nfolds and fold_column cannot be given with checkpoint: it has learned from all folds")
    for name in FIXED & new.keys():
        value = parameter_rule(name).checked(name, new[name])
        old = restart.given.get(name, default_of(name, restart.given.get("optimizer", "auto")))
        if value != old:
            raise ParameterError(
                f"{name} cannot change when training continues from a checkpoint: it is {old!r} there, got {value!r}"
            )
    if new.get("seed") == -1:
        del new["seed"]
    _require_response(restart.plan, new.pop("y", None), frame)
    _require_response(restart.plan, new.pop("response_column", None), frame)
    _require_predictors(restart.plan, new.pop("x", None), frame)
    return Parameters.of(**(restart.given | new))


def _column_name(column: Any, frame: pd.DataFrame) -> Any:
    whole = isinstance(column, (int, np.integer)) and 0 <= column < len(frame.columns)
    return str(frame.columns[column]) if whole else column


def _require_response(plan: EncodingPlan, response: Any, frame: pd.DataFrame) -> None:
    name = _column_name(response, frame)
    if name is not None and name != plan.response and plan.response is not None:
        raise ParameterError(
            f"the response cannot change when training continues from a checkpoint: it is {plan.response!r} there, "
            f"got {name!r}"
        )


def _require_predictors(plan: EncodingPlan, x: Any, frame: pd.DataFrame) -> None:
    if x is None:
        return
    names = {_column_name(column, frame) for column in ([x] if isinstance(x, (str, int)) else x)}
    for column in plan.columns:
        if column.name not in names:
            raise ParameterError(f"x must hold every column of the checkpoint; {column.name!r} is not in it")


def continued_table(restart: Restart, parameters: Parameters, frame: pd.DataFrame) -> Table:
    """Return the rows to go on with, their categories coded as the checkpoint's plan codes them.

    More rows, and other ones, are welcome; a level or class that the checkpoint does not know raises
    TrainingDataError.
    """
    plan, p = restart.plan, parameters
    names = set(plan.text_columns)
    categorical = [name for name in (*sorted(names), plan.response) if name in names or plan.task.classifies]
    table = Table.of(
        frame,
        response=plan.response,
        weights_column=p.weights_column,
        offset_column=p.offset_column,
        x=[column.name for column in plan.columns],
        categorical=[name for name in categorical if name is not None],
        numeric=[column.name for column in plan.numeric],
        ignore_const_cols=False,
    )
    levels = {column.name: column.levels for column in plan.columns if isinstance(column, Categorical)}
    if plan.response is not None:
        levels[plan.response] = plan.labels
    return table.recoded(lambda column: _recoded(column, levels[column.name]))


def _recoded(column: CategoricalColumn, levels: tuple[str, ...]) -> CategoricalColumn:
    position = {level: code for code, level in enumerate(levels)}
    used = np.unique(column.codes[column.codes >= 0])
    strange = [column.levels[code] for code in used if column.levels[code] not in position]
    if strange:
        raise TrainingDataError(
            f"column {column.name!r} holds {strange[0]!r}, which the checkpoint does not know; train a new model, or "
            "leave such rows out"
        )
    codes = np.array([*(position.get(level, -1) for level in column.levels), -1], dtype=np.int32)
    return CategoricalColumn(column.name, levels, codes[column.codes])

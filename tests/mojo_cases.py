"""Models that a MOJO can hold: random ones, and trained ones of every kind, with rows for each."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from triplicate.runtime import (
    Activation,
    Categorical,
    Column,
    Layer,
    Numeric,
    RawRows,
    Reconstruction,
    Regression,
    ScoringModel,
    UnseenPolicy,
    raw_rows,
)
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator

from random_models import random_model, random_rows
from training_tables import classes_table, numbers_table

__all__ = ["TRAINED", "rows_for", "tame_model", "trained_model"]

FAMILIES = (
    (Activation.RECTIFIER,),
    (Activation.TANH,),
    (Activation.TANH, Activation.LOGISTIC),
    (Activation.ELU,),
    (Activation.MAXOUT,),
    (Activation.RECTIFIER, Activation.LINEAR, Activation.MAXOUT),
)


def tame_model(seed: int) -> ScoringModel:
    """Return random_model(seed) without what no MOJO holds: hostile names stay where lines can hold them."""
    model = random_model(seed)
    rng = np.random.default_rng([13, seed])
    one_hot = seed % 3 != 2
    columns: list[Column] = []
    for index, column in enumerate(model.columns):
        name = column.name if column.name.isprintable() and column.name.strip("\0 #") == column.name else f"c{index}"
        if isinstance(column, Numeric):
            columns.append(Numeric(name, column.input, column.subtract, column.multiply, column.missing))
            continue
        table = Categorical(name, column.levels, column.inputs, column.values)
        columns.append(_with_whole_values(table, rng) if one_hot else table)
    family = FAMILIES[seed % len(FAMILIES)]
    last = len(model.layers) - 1
    rebuilds = isinstance(model.head, Reconstruction)
    layers = []
    before = model.layers[0].inputs
    for index, layer in enumerate(model.layers):
        kind = family[int(rng.integers(len(family)))] if index < last or rebuilds else Activation.LINEAR
        rows = layer.units * (2 if kind is Activation.MAXOUT else 1)
        weights = rng.normal(0, 1 / np.sqrt(before), (rows, before)).astype(np.float32)
        alpha = 1.0 if kind is Activation.ELU else 0.0
        layers.append(Layer(weights, rng.normal(0, 0.5, rows), kind, alpha, layer.retain if index < last else 1.0))
        before = layer.units
    head = model.head
    if isinstance(head, Regression):
        head = replace(head, offset=None)
    return ScoringModel(tuple(columns), tuple(layers), head)


def _with_whole_values(column: Categorical, rng: np.random.Generator) -> Categorical:
    """Return a category whose rows add 1 or -1 to an input, or nothing; unseen levels count like missing cells."""
    values = np.where(column.inputs >= 0, rng.choice([1.0, -1.0, 2.0], column.inputs.shape), 0.0)
    inputs, values = column.inputs.copy(), values + 0.0
    inputs[-1], values[-1] = inputs[-2], values[-2]
    if inputs.shape[1] > 1:  # the sum of two weights is no float32 number
        inputs[:, 1:], values[:, 1:] = -1, 0.0
    return Categorical(column.name, column.levels, inputs, values)


TRAINED: dict[str, dict[str, Any]] = {
    "rectifier": {},
    "tanh, dropout": {"activation": "TanhWithDropout", "hidden_dropout_ratios": [0.2, 0.45]},
    "maxout": {"activation": "Maxout"},
    "maxout, dropout": {"activation": "MaxoutWithDropout"},
    "no hidden layer": {"hidden": []},
    "first levels dropped": {"use_all_factor_levels": False},
    "not standardised": {"standardize": False},
    "sparse": {"sparse": True},
    "skip": {"missing_values_handling": "Skip"},
    "binary": {"categorical_encoding": "Binary"},
    "eigen": {"categorical_encoding": "Eigen"},
    "label": {"categorical_encoding": "LabelEncoder"},
    "label, not standardised": {"categorical_encoding": "LabelEncoder", "standardize": False},
    "sorted": {"categorical_encoding": "SortByResponse"},
    "hashed": {"max_categorical_features": 7},
    "balanced": {"balance_classes": True},
    "unseen refused": {"unseen_levels": "error"},
    "argmax": {"threshold": "argmax"},
    "poisson": {"distribution": "poisson", "rate": 1e-3, "adaptive_rate": False},
    "laplace": {"distribution": "laplace"},
    "autoencoder": {"activation": "Tanh"},
    "autoencoder, rectifier": {"activation": "RectifierWithDropout", "hidden_dropout_ratios": [0.1, 0.1]},
    "autoencoder, first levels dropped": {"use_all_factor_levels": False},
    "autoencoder, label": {"categorical_encoding": "LabelEncoder"},
    "autoencoder, binary": {"categorical_encoding": "Binary"},
}


def trained_model(name: str, classes: int) -> tuple[ScoringModel, RawRows]:
    """Return the model of a case with so many classes (1: a number) and rows for it."""
    options: dict[str, Any] = {"hidden": [6, 4], "epochs": 2, "seed": 5, "mini_batch_size": 4} | TRAINED[name]
    if name.startswith("autoencoder"):
        frame = _with_codes(classes_table(120)).drop(columns="kind")
        model = AutoEncoderEstimator(**options).train(training_frame=frame).scoring_model
    elif classes == 1:
        frame = _with_codes(numbers_table(120))
        model = DeepLearningEstimator(**options).train(y="price", training_frame=frame).scoring_model
    else:
        frame = _with_codes(classes_table(120, classes))
        model = DeepLearningEstimator(**options).train(y="kind", training_frame=frame).scoring_model
    return model, raw_rows(model, _hostile(frame, model))


def _with_codes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with a column of 17 levels that spell numbers."""
    return frame.assign(code=[str(row * row % 17 - 3) for row in range(len(frame))])


def _hostile(frame: pd.DataFrame, model: ScoringModel) -> pd.DataFrame:
    """Return rows with missing cells and, where they are not refused, unseen levels."""
    rows = frame.iloc[:40].copy()
    refuses = any(isinstance(c, Categorical) and c.unseen is UnseenPolicy.ERROR for c in model.columns)
    rows.loc[rows.index[:5], "colour"] = [None, None if refuses else "violet", "", "red", "blue"]
    rows.loc[rows.index[4:8], "code"] = [None if refuses else "99", None, "", "-3"]
    rows.loc[rows.index[8:12], "size"] = [0.0, -1e30, np.nan, 1e-310]
    return rows


def rows_for(model: ScoringModel, seed: int, rows: int = 30) -> RawRows:
    """Return random rows whose numbers stay within what float64 sums keep 12 digits of."""
    raw = random_rows(model, rows, seed)
    cells = [np.clip(c, -1e3, 1e3) if c.dtype == np.float64 else c for c in raw.cells]
    return RawRows(tuple(cells), rows)

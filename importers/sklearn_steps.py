"""What the steps of a fitted scikit-learn pipeline do to the features that reach them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)
from sklearn.utils.validation import check_is_fitted

from triplicate.importers.sklearn_features import (
    UNKNOWN,
    ColumnCode,
    Feature,
    Levels,
    Number,
    Raw,
    as_number,
    encoded,
    key_of,
)
from triplicate.runtime.cells import is_missing
from triplicate.runtime.errors import ForeignModelError

__all__ = ["require_fitted", "through"]

CARRIED = (
    "Pipeline, ColumnTransformer, SimpleImputer, StandardScaler, MinMaxScaler, RobustScaler, OneHotEncoder, "
    "OrdinalEncoder and passthrough"
)


def through(step: Any, features: Sequence[Feature], where: str) -> list[Feature]:
    """Return the features that leave a fitted step; ForeignModelError for what a model cannot carry.

    `where` names the step in messages. Subclasses are refused: they may compute something else.
    """
    if step is None or (isinstance(step, str) and step == "passthrough"):
        return list(features)
    kind = type(step)
    where = f"{where} ({kind.__name__})"
    if kind is FunctionTransformer and step.func is None:
        return list(features)
    if kind not in STEPS:
        raise ForeignModelError(f"{where}: this transformer cannot be carried; those that can: {CARRIED}")
    require_fitted(step, where)
    expected = getattr(step, "n_features_in_", len(features))
    if expected != len(features):
        raise ForeignModelError(f"{where}: was fitted on {expected} columns, but {len(features)} reach it")
    left: list[Feature] = STEPS[kind](step, features, where)
    return left


def require_fitted(step: Any, where: str) -> None:
    """Raise ForeignModelError unless the step is fitted."""
    try:
        check_is_fitted(step)
    except (NotFittedError, TypeError) as reason:
        raise ForeignModelError(f"{where}: is not fitted; call fit before the import") from reason


def _pipeline(step: Any, features: Sequence[Feature], where: str) -> list[Feature]:
    left = list(features)
    for name, part in step.steps:
        left = through(part, left, f"{where}.{name}")
    return left


def _column_transformer(step: Any, features: Sequence[Feature], where: str) -> list[Feature]:
    if step.transformer_weights:
        raise ForeignModelError(f"{where}: transformer_weights cannot be carried; scale in the transformers instead")
    names = [str(name) for name in getattr(step, "feature_names_in_", ())]
    left: list[Feature] = []
    for name, part, columns in step.transformers_:
        chosen = [features[index] for index in _positions(columns, names, len(features))]
        if not chosen or (isinstance(part, str) and part == "drop"):
            continue
        left.extend(through(part, chosen, f"{where}.{name}"))
    return left


def _positions(columns: Any, names: list[str], width: int) -> list[int]:
    """Return the indices that a column selection means: a name, a position, a slice, a mask, or a list of them."""
    if isinstance(columns, slice):
        if isinstance(columns.start, str) or isinstance(columns.stop, str):
            start = None if columns.start is None else names.index(columns.start)
            stop = None if columns.stop is None else names.index(columns.stop) + 1  # names: the last one is meant too
            columns = slice(start, stop, columns.step)
        return list(range(width)[columns])
    if isinstance(columns, str | int | np.integer):
        columns = [columns]
    chosen: list[Any] = list(columns)
    if chosen and all(isinstance(column, bool | np.bool_) for column in chosen):
        return [index for index, taken in enumerate(chosen) if taken]
    return [names.index(column) if isinstance(column, str) else range(width)[int(column)] for column in chosen]


def _imputer(step: Any, features: Sequence[Feature], where: str) -> list[Feature]:
    if step.add_indicator:
        raise ForeignModelError(f"{where}: add_indicator=True cannot be carried: a column feeds one function of it")
    left: list[Feature] = []
    for feature, fill in zip(features, step.statistics_, strict=True):
        empty = key_of(fill) == key_of(math.nan)
        if empty and not step.keep_empty_features:
            continue  # the imputer leaves out a column of which it saw no value
        left.append(_filled(feature, step.missing_values, fill, where))
    return left


def _filled(feature: Feature, mark: Any, fill: Any, where: str) -> Feature:
    match feature:
        case Raw():
            return replace(feature, fills=(*feature.fills, (mark, fill)))
        case Number():
            if not is_missing(mark):
                raise ForeignModelError(
                    f"{where}: column {feature.column!r} takes the scaled number {mark!r} for a missing one"
                )
            return replace(feature, missing=float(fill)) if math.isnan(feature.missing) else feature
        case Levels():
            wanted, value = key_of(mark), float(fill)
            return feature.mapped(lambda number: value if key_of(number) == wanted else number)


def _scaled(feature: Feature, subtract: Fraction, multiply: float, where: str) -> Feature:
    if isinstance(feature, Levels):
        centre = float(subtract)
        return feature.mapped(lambda value: (value - centre) * multiply)
    number = as_number(feature, where) if isinstance(feature, Raw) else feature
    too_far = ForeignModelError(f"{where}: column {feature.column!r} is scaled beyond what a float64 holds")
    if not 0.0 < number.multiply * multiply < math.inf:
        raise too_far
    try:
        scaled = number.scaled(subtract, multiply)
        float(scaled.subtract)
    except OverflowError as reason:
        raise too_far from reason
    return scaled


def _exact(value: Any, where: str) -> Fraction:
    """Return a scaler's number, which must be finite: it is NaN after a column without any value."""
    if not math.isfinite(value):
        raise ForeignModelError(f"{where}: holds {value}, which no row can be scaled by")
    return Fraction(float(value))


def _each(values: Any, width: int, otherwise: int, where: str) -> list[Fraction]:
    return [Fraction(otherwise)] * width if values is None else [_exact(value, where) for value in values]


def _standard(step: Any, features: Sequence[Feature], where: str) -> list[Feature]:
    return _centre_and_scale(features, step.mean_ if step.with_mean else None, step.scale_, where)


def _robust(step: Any, features: Sequence[Feature], where: str) -> list[Feature]:
    return _centre_and_scale(features, step.center_, step.scale_, where)


def _centre_and_scale(features: Sequence[Feature], centre: Any, scale: Any, where: str) -> list[Feature]:
    width = len(features)
    pairs = zip(features, _each(centre, width, 0, where), _each(scale, width, 1, where), strict=True)
    return [_scaled(feature, subtract, _inverse(divide), where) for feature, subtract, divide in pairs]


def _inverse(divide: Fraction) -> float:
    with np.errstate(over="ignore"):
        return float(1.0 / np.float64(divide))


def _min_max(step: Any, features: Sequence[Feature], where: str) -> list[Feature]:
    low, high = (float(bound) for bound in step.feature_range)
    start = _exact(low, where)
    left: list[Feature] = []
    for feature, least, scale in zip(features, step.data_min_, step.scale_, strict=True):
        # x * scale + (low - least * scale), with the subtraction first: it cancels nothing
        moved = _scaled(feature, _exact(least, where) - start / _exact(scale, where), float(scale), where)
        if step.clip:
            match moved:
                case Number():
                    moved = moved.clipped(low, high)
                case Levels():
                    moved = moved.mapped(lambda value: min(max(value, low), high) if value == value else value)
        left.append(moved)
    return left


def _encoder(step: Any, features: Sequence[Feature], where: str) -> list[Feature]:
    code_of = _one_hot_code if type(step) is OneHotEncoder else _ordinal_code
    left: list[Feature] = []
    for index, feature in enumerate(features):
        left.extend(encoded(feature, code_of(step, index), where))
    return left


def _places(step: Any, index: int, *, missing_apart: bool) -> tuple[dict[Any, int], int | None, int]:
    """Return the place of each category by key, the place of the infrequent ones if any, and the number of places.

    `missing_apart`: NaN is a category without a place among the others (OrdinalEncoder encodes it in its own way).
    """
    categories = list(step.categories_[index])
    groups = getattr(step, "infrequent_categories_", None) if _groups_levels(step) else None
    rare = set() if groups is None or groups[index] is None else {key_of(value) for value in groups[index]}
    nan = key_of(math.nan)
    keys = [key for key in map(key_of, categories) if not (missing_apart and key is nan)]
    frequent = [key for key in keys if key not in rare]
    places = {key: place for place, key in enumerate(frequent)}
    places.update(dict.fromkeys(rare, len(frequent)))
    return places, len(frequent) if rare else None, len(frequent) + bool(rare)


def _groups_levels(step: Any) -> bool:
    return step.max_categories is not None or step.min_frequency is not None


def _one_hot_code(step: Any, index: int) -> ColumnCode:
    places, infrequent, width = _places(step, index, missing_apart=False)
    categories = tuple(step.categories_[index])
    dropped = None if step.drop_idx_ is None else step.drop_idx_[index]
    dropped_place = None if dropped is None else places[key_of(categories[dropped])]
    refuses = step.handle_unknown == "error"
    stand_in = None if step.handle_unknown == "ignore" else infrequent  # for "infrequent_if_exist" and "warn"

    def outputs(value: Any) -> Mapping[int, float] | None:
        known = value is not UNKNOWN and key_of(value) in places
        if not known and refuses:
            return None
        place = places[key_of(value)] if known else stand_in
        if place is None or place == dropped_place:
            return {}
        return {place - (dropped_place is not None and place > dropped_place): 1.0}

    return ColumnCode(categories, width - (dropped_place is not None), outputs)


def _ordinal_code(step: Any, index: int) -> ColumnCode:
    places, _, _ = _places(step, index, missing_apart=True)
    categories = tuple(step.categories_[index])
    nan = key_of(math.nan)
    codes = {key: float(place) for key, place in places.items()}
    if any(key_of(value) is nan for value in categories):
        codes[nan] = float(step.encoded_missing_value)
    unknown = float(step.unknown_value) if step.handle_unknown == "use_encoded_value" else None

    def outputs(value: Any) -> Mapping[int, float] | None:
        code = unknown if value is UNKNOWN else codes.get(key_of(value), unknown)
        return None if code is None else {0: code}

    return ColumnCode(categories, 1, outputs)


STEPS: Mapping[type, Any] = {
    Pipeline: _pipeline,
    ColumnTransformer: _column_transformer,
    SimpleImputer: _imputer,
    StandardScaler: _standard,
    MinMaxScaler: _min_max,
    RobustScaler: _robust,
    OneHotEncoder: _encoder,
    OrdinalEncoder: _encoder,
}

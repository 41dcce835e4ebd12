"""A fitted scikit-learn pipeline as a ScoringModel: columns from its features, layers and head from its net."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import sklearn

from triplicate.importers.sklearn_features import Feature, Levels, Number, Raw, as_number
from triplicate.importers.sklearn_networks import network, unfolded
from triplicate.importers.sklearn_steps import through
from triplicate.runtime.columns import Categorical, Column, Numeric, UnseenPolicy
from triplicate.runtime.errors import ForeignModelError
from triplicate.runtime.golden import golden_rows
from triplicate.runtime.layers import Layer
from triplicate.runtime.metadata import Metadata
from triplicate.runtime.scorer import Scorer
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["sklearn_pipeline"]


def sklearn_pipeline(pipeline: Any, columns: Sequence[str] | None = None) -> ScoringModel:
    """Return the ScoringModel of a fitted Pipeline that ends in an MLPClassifier or MLPRegressor, or of a bare one.

    A GridSearchCV or RandomizedSearchCV stands for its best estimator, a TransformedTargetRegressor for its net.

    `columns` names the raw columns of a pipeline that was fitted on an array without names (else `x0`, `x1` …).
    Weights are kept as they are. ForeignModelError names the step that a model cannot carry, and why.

    Cells that the pipeline raises an error for get an answer where a model has no such error: a missing cell
    that no imputer fills adds nothing (0 in scaled units). Levels under handle_unknown="error" are refused by both.
    """
    steps, targets, (last, net) = unfolded(pipeline)
    layers, head = network(net, targets, last)
    features: list[Feature] = [Raw(name) for name in _column_names(pipeline, columns)]
    for name, step in steps:
        features = through(step, features, name)
    if len(features) != layers[0].inputs:
        raise ForeignModelError(f"{last}: reads {layers[0].inputs} features, but {len(features)} reach it")
    final = [as_number(feature, last) if isinstance(feature, Raw) else feature for feature in features]
    source: dict[str, Any] = {"format": "scikit-learn", "version": sklearn.__version__}
    unfilled = list(dict.fromkeys(f.column for f in final if isinstance(f, Number) and math.isnan(f.missing)))
    if unfilled:
        source["columns_without_imputer"] = unfilled
    model = ScoringModel(_columns(final), (_first_layer(layers[0], final), *layers[1:]), head)
    return model.with_metadata(Metadata.of({"source": source}, golden_rows(Scorer(model))))


def _column_names(pipeline: Any, columns: Sequence[str] | None) -> list[str]:
    known = getattr(pipeline, "feature_names_in_", None)
    width = int(pipeline.n_features_in_)
    if columns is None:
        return [f"x{index}" for index in range(width)] if known is None else [str(name) for name in known]
    names = [str(name) for name in columns]
    if known is not None and names != [str(name) for name in known]:
        raise ForeignModelError(f"columns: the pipeline was fitted on columns named {list(known)}: leave `columns` out")
    if len(names) != width:
        raise ForeignModelError(f"columns: {len(names)} names, but the pipeline was fitted on {width} columns")
    return names


def _columns(features: Sequence[Number | Levels]) -> tuple[Column, ...]:
    """Return one column per raw column that a feature reads, in the order of the features."""
    places: dict[str, list[int]] = {}
    for place, feature in enumerate(features):
        places.setdefault(feature.column, []).append(place)
    return tuple(_column(name, [(place, features[place]) for place in of]) for name, of in places.items())


def _column(name: str, features: list[tuple[int, Number | Levels]]) -> Column:
    tables = [(place, feature) for place, feature in features if isinstance(feature, Levels)]
    if len(tables) == len(features):
        return _categorical(name, tables)
    if len(features) > 1:
        raise ForeignModelError(
            f"column {name!r} feeds {len(features)} features, one of them as a number; a model's numeric column feeds "
            "one input: give the pipeline a copy of the column under another name"
        )
    ((place, feature),) = features
    assert isinstance(feature, Number)  # noqa: S101 - it is no table
    return Numeric(
        name,
        place,
        subtract=float(feature.subtract),
        multiply=feature.multiply,
        missing=(0.0 if math.isnan(feature.missing) else feature.missing) - feature.default + 0.0,
        low=feature.low - feature.default + 0.0,
        high=feature.high - feature.default + 0.0,
    )


def _categorical(name: str, tables: list[tuple[int, Levels]]) -> Categorical:
    """Return the column whose table holds what differs from the defaults; those are in the first layer's bias."""
    levels = tables[0][1].levels
    if any(feature.levels != levels for _, feature in tables):
        raise ForeignModelError(f"column {name!r} is encoded twice, with other levels: encode it once, or a copy of it")
    refuses = any(feature.refuses for _, feature in tables)
    rows: list[list[tuple[int, float]]] = [[] for _ in range(len(levels) + 2)]
    for place, feature in tables:
        for row, value in feature.others.items():
            if math.isnan(value):  # the pipeline ends in an error for this cell
                if row < len(levels):
                    raise ForeignModelError(f"column {name!r}: level {levels[row]!r} becomes NaN, which no net takes")
                refuses |= row == len(levels) + 1
                value = 0.0
            if value != feature.default:
                rows[row].append((place, value - feature.default + 0.0))
    width = max(1, *(len(row) for row in rows))
    inputs = np.full((len(rows), width), -1, dtype=np.int32)
    values = np.zeros((len(rows), width))
    for row, contributions in enumerate(rows):
        for k, (place, value) in enumerate(contributions):
            inputs[row, k], values[row, k] = place, value
    return Categorical(name, levels, inputs, values, UnseenPolicy.ERROR if refuses else UnseenPolicy.ROW)


def _first_layer(layer: Layer, features: Sequence[Number | Levels]) -> Layer:
    """Return the layer with the features' defaults added to its bias."""
    defaults = np.array([feature.default for feature in features])
    if not defaults.any():
        return layer
    bias = layer.bias + layer.weights.astype(np.float64) @ defaults + 0.0
    return Layer(layer.weights, bias, layer.activation, layer.alpha, layer.retain)

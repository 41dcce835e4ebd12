"""How much each network input matters, by the weights alone (Gedeon, 1997).

Only the first two weight matrices enter: an input's importance is its share of the absolute weights into a hidden
unit, times that unit's share of the absolute weights into a unit of the second layer, added up.
"""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd

from triplicate.runtime.columns import Categorical
from triplicate.runtime.layers import Layer
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["gedeon_importances", "importance_frame", "input_importances"]

FloatArray = npt.NDArray[np.float64]
IMPORTANCE_COLUMNS = ("variable", "relative_importance", "scaled_importance", "percentage")


def gedeon_importances(first: npt.ArrayLike, second: npt.ArrayLike | None = None) -> FloatArray:
    """Return the importance of each input, the largest being 1.

    `first` has shape (units, inputs), `second` (next units, units) or is None without a hidden layer. All weights
    of 0 give importances of 0.
    """
    into = np.abs(np.asarray(first, dtype=np.float64))
    if second is None:
        return _shares(into.sum(axis=0), largest=True)
    onward = np.abs(np.asarray(second, dtype=np.float64))
    shares = _shares(onward) @ _shares(into)  # (next units, inputs)
    return _shares(_shares(shares).sum(axis=0), largest=True)


def input_importances(model: ScoringModel, never_missing: Collection[str] = ()) -> FloatArray:
    """Return the importance of each of the model's inputs, the largest being 1.

    The absolute weights of a Maxout unit's channels are added. An input that hashed levels share has one importance,
    theirs together. Inputs that only a missing cell reaches are 0 for
    the categorical columns named in `never_missing`: nothing was learned there.
    """
    layers = model.layers
    values = gedeon_importances(_units(layers[0]), _units(layers[1]) if len(layers) > 1 else None)
    categorical = [column for column in model.columns if isinstance(column, Categorical)]
    of_levels = np.concatenate([[-1], *(column.inputs[: len(column.levels)].reshape(-1) for column in categorical)])
    for column in categorical:
        if column.name in never_missing:
            of_missing = column.inputs[column.missing_row]
            values[np.setdiff1d(of_missing[of_missing >= 0], of_levels)] = 0.0
    return _shares(values, largest=True)


def importance_frame(model: ScoringModel, never_missing: Collection[str] = ()) -> pd.DataFrame:
    """Return one row per input by falling importance: variable, relative_importance, scaled_importance, percentage.

    Relative and scaled importances have a largest value of 1; percentages, as fractions, add up to 1.
    """
    values = input_importances(model, never_missing)
    order = np.argsort(-values, kind="stable")
    ordered, total = values[order], values.sum()
    names = [model.input_names[position] for position in order]
    share = ordered / total if total > 0 else ordered
    return pd.DataFrame(dict(zip(IMPORTANCE_COLUMNS, (names, ordered, ordered, share), strict=True)))


def _units(layer: Layer) -> FloatArray:
    """Return absolute weights per unit (units, inputs)."""
    weights = np.abs(layer.weights.astype(np.float64))
    return np.asarray(weights.reshape(layer.units, layer.channels, layer.inputs).sum(axis=1))


def _shares(values: FloatArray, *, largest: bool = False) -> FloatArray:
    """Divide each row by its sum, or by its largest value; rows of zeros stay."""
    whole = values.max(axis=-1, keepdims=True, initial=0.0) if largest else values.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(values, whole, out=np.zeros_like(values), where=whole > 0))

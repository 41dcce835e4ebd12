"""Starting from an autoencoder: its hidden layers become those of a supervised model.

An autoencoder scales numbers by their range, a supervised model by their standard deviation. The first layer is
therefore rewritten for the new inputs, so that it computes what it computed in the autoencoder for the same raw
row: with x_a = (x - s_a) m_a and x_c = (x - s_c) m_c, a weight w becomes w m_a / m_c, and the bias gains
w (s_c - s_a) m_a. A category without an input of its own (use_all_factor_levels=False) goes into the bias.
Missing numbers stand for the centre of the model that reads them.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.columns import Categorical, Column, Numeric
from triplicate.runtime.errors import ParameterError
from triplicate.runtime.heads import Reconstruction
from triplicate.runtime.model_file import load_model
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.trainer.checkpoint import KNOWN
from triplicate.trainer.network import Network

__all__ = ["autoencoder_of", "copy_hidden_layers"]

Floats = npt.NDArray[np.floating[Any]]
Matrix = npt.NDArray[np.float64]


def autoencoder_of(given: Any) -> ScoringModel:
    """Return the ScoringModel of a trained autoencoder: an estimator, its model_id, a file's path, or the model itself.

    Raises ParameterError for anything else, and for models that are no autoencoders.
    """
    if isinstance(given, str) and given in KNOWN:
        given = KNOWN[given]
    model = load_model(given) if isinstance(given, (str, Path)) else getattr(given, "scoring_model", given)
    if not isinstance(model, ScoringModel):
        raise ParameterError(
            "pretrained_autoencoder must be a trained AutoEncoderEstimator, its model_id, the path of its model "
            f"file, or its ScoringModel, got {type(given).__name__}"
        )
    if not isinstance(model.head, Reconstruction):
        raise ParameterError(
            f"pretrained_autoencoder must be an autoencoder, got a model for {type(model.head).__name__.lower()}"
        )
    return model


def copy_hidden_layers(source: ScoringModel, columns: tuple[Column, ...], network: Network, flat: Floats) -> None:
    """Write an autoencoder's hidden layers into the flat parameters of a network that reads these columns.

    ParameterError names the layer or the column that does not fit, and what would.
    """
    _require_same_layers(source, network)
    for layer, copied in enumerate(source.layers[:-1]):
        weights, bias = copied.weights.astype(np.float64).T, copied.bias
        if layer == 0:
            weights, bias = _for_inputs(source, weights, bias, columns, network.inputs)
        network.weights(flat, layer)[:] = weights
        network.biases(flat, layer)[:] = bias


def _require_same_layers(source: ScoringModel, network: Network) -> None:
    hidden = [layer.units for layer in source.layers[:-1]]
    wanted = list(network.widths[:-1])
    for number, (units, own) in enumerate(zip(hidden, wanted, strict=False), start=1):
        if units != own:
            raise ParameterError(
                f"pretrained_autoencoder: its hidden layer {number} has {units} units, this model's has {own}; "
                f"use hidden={hidden}"
            )
    if len(hidden) != len(wanted):
        raise ParameterError(
            f"pretrained_autoencoder has {len(hidden)} hidden layers, this model has {len(wanted)}; use hidden={hidden}"
        )
    for number, layer in enumerate(source.layers[:-1]):
        if layer.activation is not network.activations[number]:
            name = str(layer.activation).capitalize()
            raise ParameterError(
                f"pretrained_autoencoder: its hidden layer {number + 1} is {layer.activation}, this model's is "
                f"{network.activations[number]}; use activation='{name}' or '{name}WithDropout'"
            )


def _for_inputs(
    source: ScoringModel, weights: Matrix, bias: Matrix, columns: tuple[Column, ...], inputs: int
) -> tuple[Matrix, Matrix]:
    """Return the first layer's weights (inputs, units) and bias, rewritten for the new columns."""
    known = {column.name: column for column in source.columns}
    surplus = sorted(known.keys() - {column.name for column in columns})
    if surplus:
        raise ParameterError(
            f"pretrained_autoencoder reads column {surplus[0]!r}, which is no predictor of this model; train it on the "
            "same predictors (x, ignored_columns)"
        )
    rewritten, shifted = np.zeros((inputs, weights.shape[1])), bias.copy()
    for column in columns:
        old = known.get(column.name)
        if old is None or isinstance(old, Numeric) is not isinstance(column, Numeric):
            found = "it has no such column" if old is None else "it reads it as another kind of column"
            raise ParameterError(
                f"pretrained_autoencoder does not fit predictor {column.name!r}: {found}; train it on the same "
                "predictors (x, ignored_columns, categorical, numeric)"
            )
        if isinstance(column, Numeric) and isinstance(old, Numeric):
            row = weights[old.input]
            rewritten[column.input] = row * (old.multiply / column.multiply)
            shifted += row * ((column.subtract - old.subtract) * old.multiply)
        elif isinstance(column, Categorical) and isinstance(old, Categorical):
            shifted += _rewrite_levels(old, weights, column, rewritten)
    return rewritten, shifted


def _rewrite_levels(old: Categorical, weights: Matrix, new: Categorical, rewritten: Matrix) -> Matrix:
    """Fill in the weights of a column's inputs and return what goes into the bias.

    A level that the autoencoder did not see takes what its unseen levels got.
    """
    places = {level: row for row, level in enumerate(old.levels)}
    unseen = len(old.levels) + 1
    rows = [*(places.get(level, unseen) for level in new.levels), len(old.levels), unseen]
    active = np.where(old.inputs >= 0, old.values, 0.0)
    sums = np.einsum("rk,rku->ru", active, weights[np.maximum(old.inputs, 0)])[rows]
    one_hot = new.inputs.shape[1] == 1 and bool(((new.values == 1) | (new.inputs < 0)).all())
    if not one_hot:
        raise ParameterError(
            f"pretrained_autoencoder does not fit predictor {new.name!r}: only categories with an input per level can "
            "be copied; use categorical_encoding='OneHotInternal' in both models"
        )
    inputs = new.inputs[:, 0]
    base = sums[inputs < 0][0] if (inputs < 0).any() else np.zeros(weights.shape[1])
    for row in np.flatnonzero(inputs >= 0)[::-1]:  # of rows with the same input, the first one counts
        rewritten[inputs[row]] = sums[row] - base
    return base

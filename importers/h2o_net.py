"""What a file or the tables of H2O say about a net, in one place, and the ScoringModel that it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.importers.h2o_columns import InputColumns
from triplicate.importers.h2o_heads import Response, head_of
from triplicate.runtime.errors import ForeignModelError, InvalidModelError
from triplicate.runtime.golden import golden_rows
from triplicate.runtime.layers import Activation, Layer
from triplicate.runtime.metadata import Metadata
from triplicate.runtime.scorer import Scorer
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["H2ONet", "scoring_model"]

Floats = npt.NDArray[np.float64]
DROPOUT = "WithDropout"
ACTIVATIONS = {
    "Tanh": (Activation.TANH, 0.0),
    "Rectifier": (Activation.RECTIFIER, 0.0),
    "ExpRectifier": (Activation.ELU, 1.0),
    "Maxout": (Activation.MAXOUT, 0.0),
}


@dataclass(frozen=True, slots=True)
class H2ONet:
    """A net as H2O stores it: weights per layer, flat, outputs first and Maxout's two channels last."""

    activation: str
    sizes: Sequence[int]
    weights: Sequence[Floats]
    biases: Sequence[Floats]
    dropout: Sequence[float]
    inputs: InputColumns
    response: Response
    source: dict[str, Any] = field(default_factory=dict)


def scoring_model(net: H2ONet) -> tuple[ScoringModel, list[str]]:
    """Return the model and what its user should know; ForeignModelError when the parts do not fit together."""
    if net.sizes[0] != len(net.inputs.groups):
        raise ForeignModelError(
            f"the net has {net.sizes[0]} inputs, but its columns make {len(net.inputs.groups)}: they were hashed"
            " (max_categorical_features), which the format cannot carry"
        )
    try:
        layers, hidden = [], len(net.sizes) - 2
        for index in range(hidden + 1):
            is_hidden = index < hidden or net.response.autoencoder
            layers.append(_layer(net, index, net.activation if is_hidden else None))
        head, output, more = head_of(net.response, layers[-1], net.inputs)
        notes = [*net.inputs.notes, *more.notes]
        like_h2o = dict(more.like_h2o)
        if net.inputs.misread:
            columns = ", ".join(repr(name) for name, _ in net.inputs.misread)
            notes.append(
                f"encoding of {columns}: h2o-genmodel takes some levels for others than the net was trained on (it"
                " trims them, and label-encodes single levels that spell numbers as these); here they are as in"
                " training"
            )
            like_h2o["misread_cells"] = {name: list(cells) for name, cells in net.inputs.misread}
        if net.inputs.misplaced:
            notes.append(
                "binary encoding beside weights, offset or fold column: h2o-genmodel puts the bits on wrong inputs;"
                " here they are as in training"
            )
            like_h2o["misplaced_bits"] = True
        training: dict[str, Any] = {"source": {**net.source, "notes": notes}}
        if like_h2o:
            training["like_h2o"] = like_h2o
        if net.inputs.scalings:  # for export_mojo, which writes the encoding again
            training["code_scaling"] = dict(net.inputs.scalings)
        model = ScoringModel(net.inputs.columns, (*layers[:-1], output), head)
        model = model.with_metadata(Metadata.of(training, golden_rows(Scorer(model))))
    except InvalidModelError as reason:
        raise ForeignModelError(f"the parts of the model do not make a net: {reason}") from reason
    return model, notes


def _layer(net: H2ONet, index: int, activation: str | None) -> Layer:
    """Return layer `index`; activation None is the linear output."""
    kind, alpha = (Activation.LINEAR, 0.0) if activation is None else _activation(activation)
    inputs, units = net.sizes[index], net.sizes[index + 1]
    channels = 2 if kind is Activation.MAXOUT else 1
    weights, bias = net.weights[index], net.biases[index]
    if len(weights) != inputs * units * channels or len(bias) != units * channels:
        raise ForeignModelError(
            f"layer {index} of {inputs} inputs and {units} units has {len(weights)} weights and {len(bias)} biases"
        )
    with np.errstate(over="ignore"):
        single = weights.astype(np.float32)  # as H2O holds them
    if not np.isfinite(single).all():
        raise ForeignModelError(f"layer {index} has a weight beyond float32: the training of the model was unstable")
    by_unit = single.reshape(units, inputs, channels).transpose(0, 2, 1).reshape(units * channels, inputs)
    drops = activation is not None and activation.endswith(DROPOUT)
    return Layer(by_unit + np.float32(0.0), bias + 0.0, kind, alpha, 1.0 - net.dropout[index] if drops else 1.0)


def _activation(name: str) -> tuple[Activation, float]:
    plain = name.removesuffix(DROPOUT)
    if plain not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise ForeignModelError(f"activation {name!r} is unknown; known are {known}, each also {DROPOUT}")
    return ACTIVATIONS[plain]

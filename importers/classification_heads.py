"""What importers of nets share: a head for given labels, and two units for one logistic output."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from triplicate.runtime.cells import level_text
from triplicate.runtime.errors import ForeignModelError
from triplicate.runtime.heads import Classification, LabelType
from triplicate.runtime.layers import Layer

__all__ = ["binary_as_softmax", "classification"]


def binary_as_softmax(layer: Layer) -> Layer:
    """Return a layer of two units, 0 and z, for the one unit z of a logistic output: their softmax is the same."""
    nothing = np.zeros((1, layer.inputs), dtype=layer.weights.dtype)
    return Layer(np.concatenate((nothing, layer.weights)), np.concatenate((np.zeros(1), layer.bias)))


def classification(labels: Sequence[Any], where: str) -> Classification:
    """Return the head for these labels, which are texts, whole numbers or booleans: the most probable one wins."""
    kinds = {_label_type(label) for label in labels}
    if len(kinds) != 1 or None in kinds:
        shown = ", ".join(repr(label) for label in labels[:5])
        raise ForeignModelError(
            f"{where}: labels must be all texts, all whole numbers or all booleans, got {shown}: "
            "fit on labels of one of these types"
        )
    if len(labels) < 2:
        raise ForeignModelError(f"{where}: needs two labels at least, got {len(labels)}")
    (kind,) = kinds
    return Classification(tuple(str(level_text(label) or "") for label in labels), kind or LabelType.STRING)


def _label_type(label: Any) -> LabelType | None:
    if isinstance(label, str):
        return LabelType.STRING
    if isinstance(label, bool | np.bool_):
        return LabelType.BOOLEAN
    if isinstance(label, int | np.integer) or (isinstance(label, float | np.floating) and float(label).is_integer()):
        return LabelType.INTEGER
    return None

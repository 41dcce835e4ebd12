"""The model cut after a layer: its outputs are that layer's units, through the same exporters and templates."""

import numpy as np

from triplicate.runtime import Reconstruction, ScoringModel

__all__ = ["cut_after", "unit_outputs"]


def cut_after(model: ScoringModel, layer: int) -> ScoringModel:
    """Return a model whose reconstruction outputs are the units of `layer` (counted from 0), unscaled.

    A reconstruction head with scale 1 and shift 0 hands the units out as they are, and with error weights 0 it
    computes nothing else of interest; no exporter needs a second way of ending.
    """
    layers = model.layers[: layer + 1]
    units = layers[-1].units
    zeros = np.zeros(units, dtype=np.int32)
    head = Reconstruction(zeros, np.zeros(units), zeros, np.ones(units), np.zeros(units))
    return ScoringModel(model.columns, layers, head, model.na_values)


def unit_outputs(cut: ScoringModel) -> slice:
    """Return where the units stand among the flat outputs of a cut model."""
    return slice(2 + len(cut.columns), None)

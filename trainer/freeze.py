"""From a trained network to a ScoringModel: the only place that writes one."""

import dataclasses
from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.columns import Categorical
from triplicate.runtime.heads import (
    Classification,
    Head,
    LabelRule,
    LabelType,
    Reconstruction,
    Regression,
)
from triplicate.runtime.layers import Layer
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.trainer.encoding_plan import EncodingPlan
from triplicate.trainer.fold_centres import folded
from triplicate.trainer.network import Network
from triplicate.trainer.parameters import Task

__all__ = ["freeze", "with_threshold"]

Floats = npt.NDArray[np.floating[Any]]


def freeze(
    plan: EncodingPlan,
    network: Network,
    parameters: Floats,
    na_values: tuple[str, ...] = (),
    zeros: Collection[str] = (),
) -> ScoringModel:
    """Return the model of a trained network; its label rule is argmax and it calls nothing an anomaly yet.

    Hidden dropout becomes `retain` = 1 - p; input dropout was made up for in training. `zeros` names columns that are
    not centred (fold_centres.py), so that their zeros cost nothing.
    """
    layers = [
        Layer(
            np.ascontiguousarray(network.weights(parameters, layer).T) + np.float32(0),  # + 0 turns -0 into 0
            network.biases(parameters, layer).astype(np.float64) + 0.0,
            network.activations[layer],
            retain=1.0 - network.dropout[layer + 1] if layer < network.layers - 1 else 1.0,
        )
        for layer in range(network.layers)
    ]
    columns, layers[0] = folded(plan.columns, layers[0], zeros)
    return ScoringModel(columns, tuple(layers), _head(plan), na_values)


def _head(plan: EncodingPlan) -> Head:
    match plan.task:
        case Task.AUTOENCODER:
            return _reconstruction(plan)
        case Task.REGRESSION:
            shift = plan.response_shift if plan.offset_column is None else 0.0  # in the offset's network space
            return Regression(plan.distribution.link, plan.response_scale, shift, plan.offset_column)
        case _:
            correction = np.array(plan.correction) if plan.correction else None
            return Classification(plan.labels, plan.label_type or LabelType.STRING, correction=correction)


def _reconstruction(plan: EncodingPlan) -> Reconstruction:
    """Rebuild every input; the score is the mean squared error over all inputs or columns, in network units."""
    groups = np.zeros(plan.inputs, dtype=np.int32)
    scale, shift = np.ones(plan.inputs), np.zeros(plan.inputs)
    for position, column in enumerate(plan.columns):
        if isinstance(column, Categorical):
            groups[column.inputs[column.inputs >= 0]] = position
        else:
            groups[column.input] = position
            scale[column.input], shift[column.input] = 1.0 / column.multiply, column.subtract
    for coded in plan.coded:
        for target, scaling in zip(coded.table.inputs[0], coded.scalings, strict=True):
            scale[target], shift[target] = scaling.divide, scaling.subtract
    targets = np.arange(plan.inputs, dtype=np.int32)
    return Reconstruction(targets, plan.error_weights, groups, scale, shift)


def with_threshold(model: ScoringModel, threshold: float) -> ScoringModel:
    """Return the model with a threshold on the second label's probability, or on the anomaly score."""
    match model.head:
        case Classification() as head:
            ruled: Head = dataclasses.replace(head, rule=LabelRule.THRESHOLD, threshold=threshold)
        case Reconstruction() as head:
            ruled = dataclasses.replace(head, threshold=threshold)
        case _:
            raise ValueError("a regression has no threshold")
    return dataclasses.replace(model, head=ruled)

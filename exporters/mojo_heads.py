"""What the last layer means, as keys of a MOJO: labels with their threshold, a number under a link, a rebuilt row."""

from dataclasses import dataclass, field, replace
from typing import assert_never

import numpy as np

from triplicate.exporters.mojo_columns import MojoColumns
from triplicate.exporters.mojo_text import real, reals
from triplicate.runtime.errors import ExportError
from triplicate.runtime.heads import Classification, LabelRule, Link, Reconstruction, Regression
from triplicate.runtime.layers import Activation, Layer
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["ANOMALY_THRESHOLD", "MojoHead", "mojo_head"]

ANOMALY_THRESHOLD = "triplicate_anomaly_threshold"  # H2O knows none
TIE_IS_FIRST = float(np.nextafter(0.5, 1.0))  # argmax of two: equal probabilities are the first label's
CLOSE = 1e-13  # of numbers that mean the same


@dataclass(frozen=True, slots=True)
class MojoHead:
    """Keys of the file, labels (none for numbers), and the layers, changed where a link needs it."""

    category: str
    layers: tuple[Layer, ...]
    labels: tuple[str, ...] = ()
    values: dict[str, str] = field(default_factory=dict)

    @property
    def supervised(self) -> bool:
        """Whether the file's last column is a response."""
        return self.category != "AutoEncoder"


def mojo_head(model: ScoringModel, columns: MojoColumns) -> MojoHead:
    """Return the head for a MOJO; ExportError says what the format cannot hold."""
    first = replace(model.layers[0], weights=columns.weights, bias=columns.bias + 0.0)
    layers = (first, *model.layers[1:])
    match model.head:
        case Classification() as head:
            return _classification(head, layers)
        case Regression() as head:
            return _regression(head, layers)
        case Reconstruction() as head:
            return _reconstruction(model, head, layers, columns)
        case _:
            assert_never(model.head)


def _classification(head: Classification, layers: tuple[Layer, ...]) -> MojoHead:
    two = len(head.labels) == 2
    threshold = head.threshold if head.rule is LabelRule.THRESHOLD else TIE_IS_FIRST
    values = {
        "distribution": "bernoulli" if two else "multinomial",
        "default_threshold": real(threshold if two else 0.5),
        "balance_classes": "false",
    }
    if head.correction is not None:
        if (head.correction == 0.0).any():
            label = head.labels[int(head.correction.argmin())]
            raise ExportError(f"label {label!r}: its probability is multiplied by 0, which H2O's reader would not do")
        values["balance_classes"] = "true"
        share = 2.0 ** -(len(head.labels) - 1).bit_length()  # a power of two: dividing by it again is exact
        values["prior_class_distrib"] = reals(head.correction * share)
        values["model_class_distrib"] = reals([share] * len(head.labels))
    return MojoHead("Binomial" if two else "Multinomial", layers, head.labels, values)


def _regression(head: Regression, layers: tuple[Layer, ...]) -> MojoHead:
    if head.offset is not None:
        raise ExportError(
            f"offset column {head.offset!r}: h2o-genmodel ignores offsets, so that a MOJO of this model would predict"
            " something else; export Java or ONNX"
        )
    if head.link is Link.LOG:
        return MojoHead("Regression", layers, values={"distribution": "poisson"})
    if head.scale == 0.0 or not np.isfinite(1.0 / head.scale):
        raise ExportError(f"predictions are multiplied by {head.scale:g}, which a MOJO cannot hold")
    values, last = {"distribution": "gaussian"}, layers[-1]
    plain = head.scale == 1.0 and head.shift == 0.0
    if last.activation is Activation.LOGISTIC and last.retain == 1.0 and plain:
        linear = replace(last, activation=Activation.LINEAR)
        return MojoHead("Regression", (*layers[:-1], linear), values={"distribution": "bernoulli"})
    if not plain:
        values |= {"norm_resp_mul": reals([1.0 / head.scale]), "norm_resp_sub": reals([head.shift])}
    return MojoHead("Regression", layers, values=values)


def _reconstruction(
    model: ScoringModel, head: Reconstruction, layers: tuple[Layer, ...], columns: MojoColumns
) -> MojoHead:
    """Put the outputs into the order of the file's inputs."""
    inputs, outputs = columns.places, {int(target): j for j, target in enumerate(head.targets)}
    count = len(inputs)
    if not columns.use_all:
        raise ExportError(
            "the autoencoder has no input for first levels, on which H2O's reader fails (it knows autoencoders with"
            " use_all_factor_levels only); export Java or ONNX"
        )
    if len(outputs) != len(head.targets) or sorted(inputs.tolist()) != sorted(outputs) or count != model.inputs:
        raise ExportError(
            "the autoencoder does not rebuild each input of one-hot columns and numbers once, as H2O's do: its inputs"
            " are shared, hashed, or not all rebuilt; export Java or ONNX"
        )
    if np.abs(head.weights * count - 1.0).max() > CLOSE:
        raise ExportError(
            "errors of the autoencoder are weighted, but H2O's is the plain mean over all inputs; export Java or ONNX"
        )
    order = [outputs[int(place)] for place in inputs]
    blocks = count - len(columns.multiply)
    scale = np.concatenate([np.ones(blocks), 1.0 / columns.multiply])
    shift = np.concatenate([np.zeros(blocks), columns.subtract])
    same = np.allclose(head.scale[order], scale, CLOSE, 0.0) and np.allclose(head.shift[order], shift, CLOSE, 0.0)
    if not same:
        raise ExportError(
            "the autoencoder scales its reconstructions, or fills missing numbers, as H2O's do not (a missing number is"
            " 0 in scaled units there); train with standardize=True, or export Java or ONNX"
        )
    last = layers[-1]
    rows = np.array([j * last.channels + channel for j in order for channel in range(last.channels)])
    values = {"distribution": "gaussian"}
    if np.isfinite(head.threshold):
        values[ANOMALY_THRESHOLD] = real(head.threshold)
    rebuilt = replace(last, weights=last.weights[rows], bias=last.bias[rows])
    return MojoHead("AutoEncoder", (*layers[:-1], rebuilt), values=values)

"""What the last layer of an H2O net means: labels, a number under a link, or a reconstruction."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.importers.h2o_columns import InputColumns
from triplicate.runtime.columns import Numeric
from triplicate.runtime.errors import ForeignModelError
from triplicate.runtime.heads import Classification, Head, LabelRule, Link, Reconstruction, Regression
from triplicate.runtime.layers import Activation, Layer

__all__ = ["Findings", "Response", "head_of"]

IDENTITY = frozenset({"AUTO", "gaussian", "laplace", "quantile", "huber"})
LOG = frozenset({"poisson", "gamma", "tweedie"})
LOGIT = frozenset({"bernoulli", "quasibinomial"})
CLASSES = frozenset({"AUTO", "bernoulli", "quasibinomial", "multinomial", "modified_huber"})


@dataclass(frozen=True, slots=True)
class Response:
    """What is predicted. `labels` None: a number, or with `autoencoder` the inputs themselves.

    `multiply`, `subtract`: the net was trained on (y - subtract) * multiply. `prior`, `trained`: shares of the classes
    in the data and in the balanced table, None without correction.
    """

    labels: tuple[str, ...] | None = None
    autoencoder: bool = False
    distribution: str = "AUTO"
    multiply: float = 1.0
    subtract: float = 0.0
    offset: str | None = None
    threshold: float = 0.5
    prior: npt.NDArray[np.float64] | None = None
    trained: npt.NDArray[np.float64] | None = None
    anomaly_threshold: float = np.inf


@dataclass(frozen=True, slots=True)
class Findings:
    """Notes for the user, and where H2O's own scores of this model differ (read by verify --like-h2o alone)."""

    notes: list[str] = field(default_factory=list)
    like_h2o: dict[str, Any] = field(default_factory=dict)


def head_of(response: Response, last: Layer, inputs: InputColumns) -> tuple[Head, Layer, Findings]:
    """Return the head, the last layer (changed where a link needs it) and the findings."""
    if response.autoencoder:
        return _reconstruction(inputs, response.anomaly_threshold), last, Findings(_notes_on_errors(inputs))
    if response.labels is not None:
        head, findings = _classification(response)
        return head, last, findings
    return _regression(response, last)


def _notes_on_errors(inputs: InputColumns) -> list[str]:
    if not any(isinstance(column, Numeric) for column in inputs.columns):
        return []
    note = (
        "autoencoder: h2o-genmodel gives a row with a missing number no error (NaN); here, as in H2O's cluster, the"
        " number counts as 0 in scaled units"
    )
    return [note]


def _reconstruction(inputs: InputColumns, threshold: float) -> Reconstruction:
    """Every input is rebuilt, and the score is the mean of the squared errors."""
    count = len(inputs.groups)
    targets, weights = np.arange(count, dtype=np.int32), np.full(count, 1.0 / count)
    return Reconstruction(targets, weights, inputs.groups, inputs.scale, inputs.shift + 0.0, threshold)


def _classification(response: Response) -> tuple[Classification, Findings]:
    labels, findings = response.labels or (), Findings()
    if response.distribution not in CLASSES:
        raise ForeignModelError(f"distribution {response.distribution!r} is unknown for a classifier")
    if response.distribution == "modified_huber":
        findings.notes.append(
            "distribution modified_huber: h2o-genmodel gives every row of such a model the same probabilities;"
            " here the net's own are used"
        )
        findings.like_h2o["constant_probabilities"] = True
    if response.offset is not None:
        findings.notes.append(f"offset column {response.offset!r}: without effect on a classifier")
    correction = None
    if response.prior is not None and response.trained is not None:
        known = (response.prior != 0) & (response.trained != 0)
        with np.errstate(all="ignore"):
            correction = np.where(known, response.prior / response.trained, 1.0)
    two = len(labels) == 2
    rule = LabelRule.THRESHOLD if two else LabelRule.ARGMAX
    threshold = response.threshold + 0.0 if two else 0.0
    return Classification(labels, rule=rule, threshold=threshold, correction=correction), findings


def _regression(response: Response, last: Layer) -> tuple[Regression, Layer, Findings]:
    findings = Findings()
    name, offset = response.distribution, response.offset
    if response.multiply == 0.0:
        raise ForeignModelError("norm_resp_mul is 0: the response cannot be scaled back")
    scale, shift = 1.0 / response.multiply, response.subtract + 0.0
    if offset is not None:
        findings.notes.append(
            f"offset column {offset!r}: h2o-genmodel ignores it, and H2O's cluster uses it where it is above 0 only;"
            " here every offset counts"
        )
        # Training put the offset into the standardised response, so that it replaces the mean.
        findings.like_h2o["no_offset_but_add"] = shift if name in IDENTITY else 0.0
        shift = 0.0 if name in IDENTITY else shift
    if name in IDENTITY:
        return Regression(Link.IDENTITY, scale, shift, offset), last, findings
    if scale != 1.0 or shift != 0.0:
        last = replace(last, weights=last.weights.astype(np.float64) * scale, bias=last.bias * scale + shift)
    if name in LOG:
        return Regression(Link.LOG, offset=offset), last, findings
    if name in LOGIT and offset is None:
        return Regression(), replace(last, activation=Activation.LOGISTIC), findings
    if name in LOGIT:
        raise ForeignModelError(f"distribution {name!r} with offset column {offset!r} cannot be carried")
    raise ForeignModelError(f"distribution {name!r} is unknown for a number")

"""The head of a ScoringModel: what the last layer's outputs mean."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from triplicate.runtime.checks import check_choice, check_number, check_text, frozen_floats, frozen_integers, require

__all__ = ["Classification", "Head", "LabelRule", "LabelType", "Link", "Reconstruction", "Regression"]


class Link(StrEnum):
    """How the linear predictor becomes a prediction."""

    IDENTITY = "identity"  # y = (f * scale + shift) + offset
    LOG = "log"  # y = min(exp(f + offset), 1e19)


class LabelType(StrEnum):
    """What the label texts stood for in the training table; decides the type of predicted labels."""

    STRING = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"


class LabelRule(StrEnum):
    """How probabilities become a label."""

    ARGMAX = "argmax"  # the first class strictly greater than all before it
    THRESHOLD = "threshold"  # two classes: the second one when its probability is at least the threshold


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """One number per row. `offset` names the raw column that is added to the linear predictor, or is None.

    `scale` and `shift` undo the standardisation of the response (identity link only; 1 and 0 for log).
    """

    link: Link = Link.IDENTITY
    scale: float = 1.0
    shift: float = 0.0
    offset: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "link", check_choice(self.link, Link, "Regression.link"))
        object.__setattr__(self, "scale", check_number(self.scale, "Regression.scale"))
        object.__setattr__(self, "shift", check_number(self.shift, "Regression.shift"))
        if self.link is Link.LOG:
            plain = self.scale == 1.0 and self.shift == 0.0
            require(plain, "Regression.scale", "must be 1, and shift 0, under the log link")
        if self.offset is not None:
            check_text(self.offset, "Regression.offset")


@dataclass(frozen=True, slots=True, eq=False)
class Classification:
    """A probability per label (softmax of the last layer), then a label.

    `correction` (float64, one factor per label, or None) turns probabilities of a balanced training set back
    into those of the original one. `threshold` is read by the rule "threshold" only (0 under "argmax").
    """

    labels: tuple[str, ...]
    label_type: LabelType = LabelType.STRING
    rule: LabelRule = LabelRule.ARGMAX
    threshold: float = 0.0
    correction: npt.NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(self.labels))
        require(len(self.labels) >= 2, "Classification.labels", f"needs at least two, got {len(self.labels)}")
        for position, label in enumerate(self.labels):
            check_text(label, f"Classification.labels[{position}]")
        require(len(set(self.labels)) == len(self.labels), "Classification.labels", "must not repeat a label")
        label_type = check_choice(self.label_type, LabelType, "Classification.label_type")
        object.__setattr__(self, "label_type", label_type)
        if self.label_type is LabelType.INTEGER:
            for label in self.labels:
                digits = label.removeprefix("-")
                is_integer = digits.isascii() and digits.isdigit() and len(digits) <= 19
                require(
                    is_integer and str(int(label)) == label and -(2**63) <= int(label) < 2**63,
                    "Classification.labels",
                    f"{label!r} is not a 64-bit integer in plain digits",
                )
        if self.label_type is LabelType.BOOLEAN:
            known = set(self.labels) == {"False", "True"}
            require(known, "Classification.labels", f"must be False and True, got {self.labels}")
        object.__setattr__(self, "rule", check_choice(self.rule, LabelRule, "Classification.rule"))
        object.__setattr__(self, "threshold", check_number(self.threshold, "Classification.threshold"))
        if self.rule is LabelRule.THRESHOLD:
            require(len(self.labels) == 2, "Classification.rule", "threshold needs exactly two labels")
        else:
            require(self.threshold == 0.0, "Classification.threshold", "must be 0 under the rule argmax")
        if self.correction is not None:
            factors = np.asarray(self.correction, dtype=np.float64)
            factors = frozen_floats(factors, "Classification.correction", (len(self.labels),))
            require(bool((factors >= 0).all()), "Classification.correction", "must not be negative")
            require(bool((factors > 0).any()), "Classification.correction", "must not be all 0")
            object.__setattr__(self, "correction", factors)


@dataclass(frozen=True, slots=True, eq=False)
class Reconstruction:
    """An autoencoder: output j rebuilds input `targets[j]`; the weighted squared error is the anomaly score.

    With d_j = output_j - input[targets[j]]: score = sum of d_j * d_j * weights[j]; the terms of `groups[j]`
    add up to the error of that column (an index into ScoringModel.columns); a row is an anomaly when
    score > threshold (+inf: never). `output_j * scale[j] + shift[j]` is the reconstruction in raw units.
    """

    targets: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float64]
    groups: npt.NDArray[np.int32]
    scale: npt.NDArray[np.float64]
    shift: npt.NDArray[np.float64]
    threshold: float = np.inf

    def __post_init__(self) -> None:
        targets = frozen_integers(self.targets, "Reconstruction.targets")
        require(targets.ndim == 1 and targets.size > 0, "Reconstruction.targets", "must be a list of inputs")
        require(bool((targets >= 0).all()), "Reconstruction.targets", "must not be negative")
        groups = frozen_integers(self.groups, "Reconstruction.groups", targets.shape)
        require(bool((groups >= 0).all()), "Reconstruction.groups", "must not be negative")
        object.__setattr__(self, "targets", targets)
        object.__setattr__(self, "groups", groups)
        for field in ("weights", "scale", "shift"):
            values = np.asarray(getattr(self, field), dtype=np.float64)
            object.__setattr__(self, field, frozen_floats(values, f"Reconstruction.{field}", targets.shape))
        require(bool((self.weights >= 0).all()), "Reconstruction.weights", "must not be negative")
        threshold = check_number(self.threshold, "Reconstruction.threshold", infinite_allowed=True)
        require(threshold >= 0, "Reconstruction.threshold", f"must not be negative, got {threshold}")
        object.__setattr__(self, "threshold", threshold)


Head = Regression | Classification | Reconstruction

"""triplicate.runtime.heads: the rules of the three heads."""

from typing import Any

import numpy as np
import pytest

from triplicate.runtime import Classification, LabelType, Link, Reconstruction, Regression
from triplicate.runtime.errors import InvalidModelError


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"link": "logit"}, "Regression.link: must be one of identity, log, got 'logit'"),
        ({"scale": np.nan}, "Regression.scale: must not be NaN"),
        ({"scale": -0.0}, "Regression.scale: must not be -0"),
        ({"shift": np.inf}, "Regression.shift: must be finite, got inf"),
        ({"link": "log", "scale": 2.0}, "Regression.scale: must be 1, and shift 0, under the log link"),
        ({"link": "log", "shift": 2.0}, "Regression.scale: must be 1, and shift 0, under the log link"),
        ({"offset": ""}, "Regression.offset: must not be empty"),
        ({"offset": 3}, "Regression.offset: must be a string, got int"),
    ],
)
def test_a_regression_head_that_breaks_a_rule_is_refused(changes: dict[str, Any], message: str) -> None:
    """The message begins with the field."""
    with pytest.raises(InvalidModelError) as caught:
        Regression(**changes)
    assert str(caught.value) == message


def test_a_regression_head_defaults_to_the_net_s_output() -> None:
    """Identity link, scale 1, shift 0, no offset."""
    head = Regression()
    assert (head.link, head.scale, head.shift, head.offset) == (Link.IDENTITY, 1.0, 0.0, None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": ("a",)}, "Classification.labels: needs at least two, got 1"),
        ({"labels": ("a", "")}, "Classification.labels[1]: must not be empty"),
        ({"labels": ("a", 1)}, "Classification.labels[1]: must be a string, got int"),
        ({"labels": ("a", "a")}, "Classification.labels: must not repeat a label"),
        (
            {"label_type": "float"},
            "Classification.label_type: must be one of string, integer, boolean, got 'float'",
        ),
        ({"rule": "majority"}, "Classification.rule: must be one of argmax, threshold, got 'majority'"),
        ({"threshold": np.nan}, "Classification.threshold: must not be NaN"),
        ({"threshold": 0.5}, "Classification.threshold: must be 0 under the rule argmax"),
        ({"labels": ("a", "b", "c"), "rule": "threshold"}, "Classification.rule: threshold needs exactly two labels"),
        (
            {"labels": ("yes", "no"), "label_type": "boolean"},
            "Classification.labels: must be False and True, got ('yes', 'no')",
        ),
        ({"correction": [1.0]}, "Classification.correction: must have shape (2,), got (1,)"),
        ({"correction": [1.0, np.inf]}, "Classification.correction: must hold finite numbers only"),
        ({"correction": [1.0, -0.0]}, "Classification.correction: must not hold -0"),
        ({"correction": [1.0, -1.0]}, "Classification.correction: must not be negative"),
        ({"correction": [0.0, 0.0]}, "Classification.correction: must not be all 0"),
    ],
)
def test_a_classification_head_that_breaks_a_rule_is_refused(changes: dict[str, Any], message: str) -> None:
    """The message begins with the field."""
    with pytest.raises(InvalidModelError) as caught:
        Classification(**({"labels": ("a", "b")} | changes))
    assert str(caught.value) == message


@pytest.mark.parametrize("label", ["01", "+1", "1.0", "-0", "x", "--1", "１", str(2**63), "1" * 5000])
def test_an_integer_label_is_written_in_plain_digits(label: str) -> None:
    """Only what str(int) writes for a 64-bit integer is an integer label."""
    with pytest.raises(InvalidModelError, match="is not a 64-bit integer in plain digits"):
        Classification(("0", label), LabelType.INTEGER)


def test_integer_labels_reach_to_both_ends_of_64_bits() -> None:
    """The smallest and largest 64-bit integer are labels."""
    assert Classification((str(-(2**63)), str(2**63 - 1)), LabelType.INTEGER).label_type is LabelType.INTEGER


def test_boolean_labels_come_in_either_order() -> None:
    """The order of labels is the order of the classes, whatever they stand for."""
    assert Classification(("True", "False"), LabelType.BOOLEAN).labels == ("True", "False")


def reconstruction(**changes: Any) -> Reconstruction:
    """Return a head of two targets with some fields changed."""
    fields = {"targets": [0, 1], "weights": [1.0, 0], "groups": [0, 0], "scale": [1.0, 2], "shift": [0.0, 1]}
    return Reconstruction(**(fields | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"targets": []}, "Reconstruction.targets: must be a list of inputs"),
        ({"targets": [[0, 1]]}, "Reconstruction.targets: must be a list of inputs"),
        ({"targets": [0, -1]}, "Reconstruction.targets: must not be negative"),
        ({"targets": [0.0, 1.0]}, "Reconstruction.targets: must hold integers, got float64"),
        ({"groups": [0]}, "Reconstruction.groups: must have shape (2,), got (1,)"),
        ({"groups": [0, -1]}, "Reconstruction.groups: must not be negative"),
        ({"weights": [1.0]}, "Reconstruction.weights: must have shape (2,), got (1,)"),
        ({"weights": [1.0, -1.0]}, "Reconstruction.weights: must not be negative"),
        ({"weights": [1.0, -0.0]}, "Reconstruction.weights: must not hold -0"),
        ({"scale": [1.0, np.nan]}, "Reconstruction.scale: must hold finite numbers only"),
        ({"shift": [1.0, np.inf]}, "Reconstruction.shift: must hold finite numbers only"),
        ({"threshold": np.nan}, "Reconstruction.threshold: must not be NaN"),
        ({"threshold": -1.0}, "Reconstruction.threshold: must not be negative, got -1.0"),
        ({"threshold": -0.0}, "Reconstruction.threshold: must not be -0"),
    ],
)
def test_a_reconstruction_head_that_breaks_a_rule_is_refused(changes: dict[str, Any], message: str) -> None:
    """The message begins with the field."""
    with pytest.raises(InvalidModelError) as caught:
        reconstruction(**changes)
    assert str(caught.value) == message


def test_a_reconstruction_head_without_threshold_finds_no_anomaly() -> None:
    """The default threshold is +inf, which no score exceeds."""
    assert reconstruction().threshold == np.inf

"""What an ONNX file says about its model."""

import json
import struct

import numpy as np
import pytest

import triplicate
from triplicate.exporters.onnx_file import graph_digest
from triplicate.exporters.onnx_graph import build_onnx
from triplicate.exporters.onnx_metadata import metadata_of, producer_version
from triplicate.runtime import (
    Classification,
    GoldenRows,
    LabelRule,
    LabelType,
    Metadata,
    Reconstruction,
    Regression,
    ScoringModel,
)

from onnx_cases import small_model


def of(model: ScoringModel) -> dict[str, str]:
    """Return the properties of the column form in float64."""
    return metadata_of(model, "columns", "float64", "default", "0")


def test_the_file_carries_the_properties() -> None:
    """The graph's metadata is what `metadata_of` says, with input form and arithmetic."""
    model = small_model(Regression(), 1)
    proto = build_onnx(model, input="matrix", dtype="float32")
    found = {entry.key: entry.value for entry in proto.metadata_props}
    assert found == metadata_of(model, "matrix", "float32", "default", graph_digest(proto))
    assert found["triplicate.fingerprint"] == model.fingerprint
    assert (found["triplicate.input"], found["triplicate.arithmetic"]) == ("matrix", "float32")
    assert (proto.producer_name, proto.producer_version) == ("triplicate", producer_version())


def test_the_producer_is_this_version() -> None:
    """The version is the package's own."""
    assert producer_version() == triplicate.__version__


def test_the_schema_lists_the_raw_columns_in_row_order() -> None:
    """Names, types, units and levels; the offset last; numbers by which cells are scaled, as bits."""
    model = small_model(Regression(offset="o"), 1)
    assert json.loads(of(model)["triplicate.schema"]) == [
        {
            "name": "x",
            "type": "numeric",
            "units": "as in the training table",
            "subtract": "3ff0000000000000",
            "multiply": "3fe0000000000000",
        },
        {"name": "colour", "type": "categorical", "units": "text", "levels": ["red", "green"], "unseen": "row"},
        {"name": "o", "type": "offset", "units": "of the link"},
    ]


def test_labels_come_with_their_rule_and_the_sign_for_none() -> None:
    """A reader of the file can tell a row without a label from a label."""
    head = Classification(("3", "5"), LabelType.INTEGER, LabelRule.THRESHOLD, 0.25)
    found = of(small_model(head, 2))
    assert json.loads(found["triplicate.labels"]) == {
        "values": ["3", "5"],
        "type": "integer",
        "rule": "threshold",
        "no_label": -(2**63),
    }
    assert found["triplicate.threshold"] == "3fd0000000000000"


def test_a_threshold_is_told_only_where_there_is_one() -> None:
    """The rule argmax and regression have none; an autoencoder has one, even if it is infinite."""
    assert "triplicate.threshold" not in of(small_model(Classification(("a", "b")), 2))
    assert "triplicate.threshold" not in of(small_model(Regression(), 1))
    head = Reconstruction(np.array([0]), np.ones(1), np.array([0]), np.ones(1), np.zeros(1))
    assert of(small_model(head, 1))["triplicate.threshold"] == "7ff0000000000000"


def test_golden_rows_keep_their_bits() -> None:
    """Numbers are 16 hexadecimal digits, texts stay texts, missing is null; infinity and NaN survive."""
    golden = GoldenRows(((0.1, -np.inf, None), ("red", None, "\0")), np.array([[1.0], [np.nan], [-2.0]]))
    model = small_model(Regression(), 1).with_metadata(Metadata.of({"rows": 3}, golden))
    found = of(model)
    assert json.loads(found["triplicate.training"]) == {"rows": 3}
    stored = json.loads(found["triplicate.golden"])
    allowed = stored.pop("allowed")
    assert stored == {
        "cells": [["3fb999999999999a", "fff0000000000000", None], ["red", None, "\0"]],
        "outputs": [["3ff0000000000000"], ["7ff8000000000000"], ["c000000000000000"]],
    }
    assert [[struct.unpack(">d", bytes.fromhex(bits))[0] for bits in row] for row in allowed] == [
        [pytest.approx(1e-14 * 3.0, rel=1.0)]
    ] * 3


def test_without_golden_rows_there_is_no_such_property() -> None:
    """A model that carries none says nothing."""
    assert "triplicate.golden" not in of(small_model(Regression(), 1))

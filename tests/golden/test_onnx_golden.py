"""The text form of one small graph, reviewed in diffs: it shows every stage of an export."""

import re
from pathlib import Path

import numpy as np
import onnx
import pytest

from triplicate.exporters.onnx_columns import InputForm
from triplicate.exporters.onnx_graph import build_onnx
from triplicate.exporters.onnx_metadata import producer_version
from triplicate.runtime import Activation, Categorical, Classification, LabelRule, Layer, Numeric, ScoringModel

FOLDER = Path(__file__).parent


def small_model() -> ScoringModel:
    """Return a model with a clipped number, a column of two levels, a leaky layer and a threshold."""
    columns = (
        Numeric("age", 0, 40.0, 0.0625, 0.0, -2.0, 2.0),
        Categorical("band", ("low", "high"), np.array([[1], [2], [-1], [-1]]), np.array([[1.0], [1], [0], [0]])),
    )
    hidden = Layer(
        np.array([[0.5, -0.25, 1.0], [0.125, 2.0, -1.5]], np.float32),
        np.array([0.25, -0.5]),
        Activation.LEAKY_RECTIFIER,
        alpha=0.01,
    )
    last = Layer(np.array([[1.0, -1.0], [-0.5, 0.75]]), np.array([0.0, 0.125]))
    head = Classification(("no", "yes"), rule=LabelRule.THRESHOLD, threshold=0.375)
    return ScoringModel(columns, (hidden, last), head)


@pytest.mark.parametrize("form", ["columns", "matrix"])
def test_the_graph_is_the_reviewed_one(form: InputForm) -> None:
    """A change of the exporter shows here; write the new text into the file when it is meant."""
    assert text_form(form) == (FOLDER / f"onnx_{form}.txt").read_text(encoding="utf-8")


def text_form(form: InputForm) -> str:
    """Return ONNX's own text, with a line per property and constant, and without this package's version."""
    text = onnx.printer.to_text(build_onnx(small_model(), input=form))
    text = text.replace(f'producer_version: "{producer_version()}"', 'producer_version: "(any)"')
    return re.sub(r', ("triplicate\.|(?:double|float|int64|string)[\[ ])', r",\n     \1", text) + "\n"

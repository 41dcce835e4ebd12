"""What an ONNX file says about its model: schema, fingerprint, threshold, training summary, golden rows."""

import json
import struct
from importlib.metadata import version
from typing import Any

from triplicate.exporters.onnx_heads import no_label
from triplicate.runtime.columns import Categorical, Column
from triplicate.runtime.heads import Classification, LabelRule, Reconstruction
from triplicate.runtime.metadata import GoldenRows
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["metadata_of", "producer_version"]


def producer_version() -> str:
    """Return the version of this package."""
    return version("triplicate")


def metadata_of(model: ScoringModel, form: str, dtype: str) -> dict[str, str]:
    """Return the file's metadata properties; values are text or JSON, the same for the same model.

    Numbers that must keep their bits (golden rows, threshold) are 16 hexadecimal digits of the IEEE float64,
    most significant first.
    """
    properties = {
        "triplicate.fingerprint": model.fingerprint,
        "triplicate.input": form,
        "triplicate.arithmetic": dtype,
        "triplicate.schema": _json(_schema(model)),
        "triplicate.outputs": _json(list(model.output_names)),
        "triplicate.training": model.metadata.training,
    }
    match model.head:
        case Classification() as head:
            properties["triplicate.labels"] = _json(
                {"values": head.labels, "type": head.label_type, "rule": head.rule, "no_label": no_label(head)}
            )
            if head.rule is LabelRule.THRESHOLD:
                properties["triplicate.threshold"] = _bits(head.threshold)
        case Reconstruction(threshold=threshold):
            properties["triplicate.threshold"] = _bits(threshold)
    if model.metadata.golden is not None:
        properties["triplicate.golden"] = _json(_golden(model.metadata.golden))
    return properties


def _schema(model: ScoringModel) -> list[dict[str, Any]]:
    columns = [_column(column) for column in model.columns]
    return columns if model.offset is None else [*columns, {"name": model.offset, "type": "offset"}]


def _column(column: Column) -> dict[str, Any]:
    if isinstance(column, Categorical):
        described = {"levels": column.levels, "unseen": column.unseen}
        return {"name": column.name, "type": "categorical", **described}
    return {"name": column.name, "type": "numeric"}


def _golden(golden: GoldenRows) -> dict[str, Any]:
    cells = [[_bits(cell) if isinstance(cell, float) else cell for cell in column] for column in golden.cells]
    return {"cells": cells, "outputs": [[_bits(float(number)) for number in row] for row in golden.outputs]}


def _bits(number: float) -> str:
    return struct.pack(">d", number).hex()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))

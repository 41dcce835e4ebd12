"""What an ONNX file says about its model: schema, fingerprint, threshold, training summary, golden rows."""

import json
import struct
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.exporters.onnx_complete import broken_promises, owed_outputs
from triplicate.exporters.onnx_heads import no_label
from triplicate.runtime.columns import Categorical, Column, UnseenPolicy
from triplicate.runtime.encoding import encode_rows
from triplicate.runtime.heads import Classification, LabelRule, Reconstruction
from triplicate.runtime.metadata import GoldenRows
from triplicate.runtime.raw_rows import RawRows
from triplicate.runtime.scorer import Scorer
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.runtime.yardstick import (
    FLOAT32_DEMAND,
    FLOAT32_LARGEST_INPUT,
    FLOAT64_DEMAND,
    output_bounds,
    scaled_magnitude,
)

__all__ = [
    "golden_cells",
    "lenient",
    "metadata_of",
    "producer_version",
]


def producer_version() -> str:
    """Return the version of this package."""
    return version("triplicate")


def metadata_of(
    model: ScoringModel, form: str, dtype: str, target: str, digest: str, *, complete: bool = False
) -> dict[str, str]:
    """Return the file's metadata properties; values are text or JSON, the same for the same model.

    `digest` is the SHA-256 of the graph, by which an edited file is told from an exported one. The golden rows of a
    graph for `complete` tables stand beside what it owes them.

    Numbers that must keep their bits (golden rows, threshold) are 16 hexadecimal digits of the IEEE float64,
    most significant first.
    """
    properties = {
        "triplicate.fingerprint": model.fingerprint,
        "triplicate.input": form,
        "triplicate.arithmetic": dtype,
        "triplicate.target": target,
        "triplicate.graph": digest,
        "triplicate.schema": _json(_schema(model, form)),
        "triplicate.outputs": _json(list(model.output_names)),
        "triplicate.training": model.metadata.training,
    }
    if complete:
        properties["triplicate.complete"] = "true"
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
        properties["triplicate.golden"] = _json(_golden(model, model.metadata.golden, dtype, complete=complete))
    return properties


def _schema(model: ScoringModel, form: str) -> list[dict[str, Any]]:
    columns = [_column(column, form) for column in model.columns]
    if model.offset is None:
        return columns
    return [*columns, {"name": model.offset, "type": "offset", "units": "of the link"}]


def _column(column: Column, form: str) -> dict[str, Any]:
    if isinstance(column, Categorical):
        described = {"levels": column.levels, "unseen": column.unseen}
        units = "text" if form == "columns" else "index of the level"
        return {"name": column.name, "type": "categorical", "units": units, **described}
    scale = {"subtract": _bits(column.subtract), "multiply": _bits(column.multiply)}
    return {"name": column.name, "type": "numeric", "units": "as in the training table", **scale}


def _golden(model: ScoringModel, golden: GoldenRows, dtype: str, *, complete: bool) -> dict[str, Any]:
    """Return cells, outputs, and by how much a run of the graph may differ from each (docs/verify.md)."""
    cells = [[_bits(cell) if isinstance(cell, float) else cell for cell in column] for column in golden.cells]
    numbers, _ = encode_rows(lenient(model), golden_cells(model, golden))
    outputs, allowed = golden.outputs, _allowed(model, golden, numbers, dtype)
    if complete:
        broken = broken_promises(model, numbers)
        outputs, allowed[broken.infinite] = owed_outputs(model, broken.missing, outputs), np.inf
    return {"cells": cells, "outputs": _matrix(outputs), "allowed": _matrix(allowed)}


def _allowed(
    model: ScoringModel, golden: GoldenRows, numbers: npt.NDArray[np.float64], dtype: str
) -> npt.NDArray[np.float64]:
    scorer = Scorer(model)
    bounds = output_bounds(scorer, numbers, golden.outputs, rounded_cells=dtype == "float32")
    allowed = bounds.allowed(*(FLOAT32_DEMAND if dtype == "float32" else FLOAT64_DEMAND))
    covered = bounds.promised
    if dtype == "float32":
        covered = covered & (scaled_magnitude(model, numbers) <= FLOAT32_LARGEST_INPUT)
    allowed[~covered] = np.inf
    return allowed


def golden_cells(model: ScoringModel, golden: GoldenRows) -> RawRows:
    """Return golden rows as raw rows."""
    cells = []
    for index, column in enumerate(golden.cells):
        text = index < len(model.columns) and isinstance(model.columns[index], Categorical)
        numbers = [np.nan if cell is None else cell for cell in column]
        cells.append(np.array(column, dtype=object) if text else np.array(numbers, dtype=np.float64))
    return RawRows(tuple(cells), golden.rows)


def lenient(model: ScoringModel) -> ScoringModel:
    """Return the model with every unseen level counted instead of refused, as in the graph."""

    def without_refusal(column: Column) -> Column:
        return replace(column, unseen=UnseenPolicy.ROW) if isinstance(column, Categorical) else column

    return replace(model, columns=tuple(without_refusal(column) for column in model.columns))


def _matrix(numbers: npt.NDArray[np.float64]) -> list[list[str]]:
    return [[_bits(float(number)) for number in row] for row in numbers]


def _bits(number: float) -> str:
    return struct.pack(">d", number).hex()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))

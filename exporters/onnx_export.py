"""Export to ONNX: built, checked, measured and written."""

import json
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import Any

from onnx import ModelProto, StringStringEntryProto, checker
from onnx.shape_inference import infer_shapes

from triplicate.exporters.onnx_columns import InputForm
from triplicate.exporters.onnx_complete import broken_promises
from triplicate.exporters.onnx_error import MeasuredError, float32_errors
from triplicate.exporters.onnx_file import is_large, with_weights_outside, write_onnx
from triplicate.exporters.onnx_graph import ExportWarning, build_onnx, export_notes
from triplicate.exporters.onnx_metadata import lenient
from triplicate.exporters.onnx_nodes import FloatName
from triplicate.exporters.onnx_standard import Target
from triplicate.runtime.encoding import encode_rows
from triplicate.runtime.raw_rows import raw_rows
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["export_measured", "export_onnx"]


def export_onnx(
    model: ScoringModel,
    path: str | Path,
    *,
    input: InputForm = "columns",  # noqa: A002 - the name users know from the graph
    dtype: FloatName = "float64",
    target: Target = "default",
    rows: Any = None,
    complete: bool = False,
) -> Path:
    """Write the model as an ONNX file, checked and complete or not at all; see build_onnx for the arguments.

    The error of float32 is measured on the model's golden rows and on `rows` (anything a scorer takes), and stored in
    the file. Weights beyond 2 GiB go into a second file (`write_onnx`). Warns (ExportWarning) with each of
    `export_notes`, and when `rows` break the promise of `complete`. Raises ExportError when the form cannot carry the
    model or a file cannot be written, ParameterError for arguments that contradict each other.
    """
    export_measured(model, path, input, dtype, target, rows, complete=complete)
    return Path(path)


def export_measured(
    model: ScoringModel,
    path: str | Path,
    input: InputForm = "columns",  # noqa: A002 - the name users know from the graph
    dtype: FloatName = "float64",
    target: Target = "default",
    rows: Any = None,
    *,
    complete: bool = False,
) -> dict[str, MeasuredError]:
    """Export as export_onnx does, and return what was measured: nothing for float64."""
    proto = build_onnx(model, input, dtype, target, complete=complete)
    _check(proto)
    errors: dict[str, MeasuredError] = {}
    raw = raw_rows(model, rows) if rows is not None and (complete or dtype == "float32") else None
    if dtype == "float32":
        errors = float32_errors(model, proto, input, raw, complete=complete)
        found = json.dumps({name: asdict(error) for name, error in errors.items()}, separators=(",", ":"))
        proto.metadata_props.append(StringStringEntryProto(key="triplicate.float32_error", value=found))
    notes = export_notes(model, input)
    if complete and raw is not None:
        broken = int((~broken_promises(model, encode_rows(lenient(model), raw)[0]).kept).sum())
        notes += [f"{broken} of the {raw.rows} rows given are not complete: this graph is not for them"] * (broken > 0)
    for note in notes:
        warnings.warn(note, ExportWarning, stacklevel=3)
    write_onnx(proto, path)
    return errors


def _check(proto: ModelProto) -> None:
    """Hold the graph against the standard; of one beyond 2 GiB its types and shapes alone."""
    if is_large(proto):
        proto, _ = with_weights_outside(proto, "weights")
    else:
        checker.check_model(proto)
    infer_shapes(proto, check_type=True, strict_mode=True)

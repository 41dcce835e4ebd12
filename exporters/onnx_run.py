"""Running the ONNX form of a model over raw rows, for comparison with the other forms."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnx import ModelProto

from triplicate.exporters.flat_outputs import flat_outputs
from triplicate.exporters.onnx_columns import MATRIX_INPUT, InputForm
from triplicate.exporters.onnx_file import is_large, write_onnx
from triplicate.exporters.onnx_graph import build_onnx
from triplicate.exporters.onnx_metadata import lenient
from triplicate.exporters.onnx_nodes import FloatName
from triplicate.exporters.onnx_standard import Target
from triplicate.runtime.columns import Categorical
from triplicate.runtime.encoding import encode_rows
from triplicate.runtime.raw_rows import RawRows
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["OnnxScores", "open_session", "row_feeds", "run_onnx"]

BATCH_NUMBERS = 2**21  # numbers a layer may hold per batch: 16 MiB in float64
LARGEST_BATCH = 4096
QUIET = 3  # ONNX Runtime's severity "error": nothing below is printed


@dataclass(frozen=True, slots=True)
class OnnxScores:
    """What the ONNX form says: `outputs` float64 (rows, model.output_names), `unseen` int64 per row."""

    outputs: npt.NDArray[np.float64]
    unseen: npt.NDArray[np.int64]


def open_session(proto: ModelProto, threads: int = 0) -> onnxruntime.InferenceSession:
    """Load a model into ONNX Runtime on the CPU; `threads` 0 takes all cores."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = QUIET
    options.intra_op_num_threads = threads
    providers = ["CPUExecutionProvider"]
    if not is_large(proto):
        return onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=providers)
    with tempfile.TemporaryDirectory() as folder:  # more than a protocol buffer holds: through the file system
        path = write_onnx(proto, Path(folder) / "model.onnx")
        return onnxruntime.InferenceSession(str(path), options, providers=providers)


def run_onnx(
    model: ScoringModel,
    raw: RawRows,
    input: InputForm = "columns",  # noqa: A002 - the name users know from the graph
    dtype: FloatName = "float64",
    proto: ModelProto | None = None,
    threads: int = 0,
    target: Target = "default",
) -> OnnxScores:
    """Export the model (or take `proto`, its export of that form and type) and score the rows in batches.

    A graph cannot raise: unseen levels are counted whatever the model's policy, and a missing offset makes the
    row's value NaN. Label texts come back as their index, -1 for a row without a label.
    """
    session = open_session(build_onnx(model, input, dtype, target) if proto is None else proto, threads)
    widest = max(model.inputs, *(layer.weights.shape[0] for layer in model.layers))
    step = max(1, min(LARGEST_BATCH, BATCH_NUMBERS // widest))
    outputs = np.empty((raw.rows, len(model.output_names)))
    unseen = np.empty(raw.rows, dtype=np.int64)
    for start in range(0, raw.rows, step):
        span = slice(start, start + step)
        feeds = row_feeds(model, raw.take(span), input, np.dtype(dtype))
        *named, unseen[span] = session.run(None, feeds)
        outputs[span] = flat_outputs(model, named)
    return OnnxScores(outputs, unseen)


def row_feeds(model: ScoringModel, raw: RawRows, form: InputForm, dtype: np.dtype[Any]) -> dict[str, npt.NDArray[Any]]:
    """Return the inputs of a graph of that form and number type for raw rows, by name."""
    if form == "matrix":
        numbers, _ = encode_rows(lenient(model), raw)
        return {MATRIX_INPUT: _narrow(numbers, dtype)}
    feeds = {}
    for index, (name, cells) in enumerate(zip(model.row_names, raw.cells, strict=True)):
        column = model.columns[index] if index < len(model.columns) else None
        ready = _texts(column, cells) if isinstance(column, Categorical) else _narrow(cells, dtype)
        feeds[name] = ready.reshape(-1, 1)
    return feeds


def _narrow(numbers: npt.NDArray[Any], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    with np.errstate(over="ignore", under="ignore"):
        return numbers.astype(dtype)


def _texts(column: Categorical, cells: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return "" for missing cells; a text with a lone surrogate, which no tensor holds, becomes another unseen one."""
    texts = np.empty(len(cells), dtype=object)
    for row, cell in enumerate(cells):
        texts[row] = cell or ""
    try:
        "".join(texts).encode("utf-8")
    except UnicodeEncodeError:
        stranger = "?" * (1 + max((len(level) for level in column.levels), default=0))
        for row, text in enumerate(texts):
            texts[row] = text if text.isascii() or _is_utf8(text) else stranger
    return texts


def _is_utf8(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True

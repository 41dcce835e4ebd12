"""A model repository for Triton Inference Server: the graph, and a config.pbtxt that says what it reads and gives."""

import re
from pathlib import Path

from triplicate.exporters.onnx_columns import InputForm
from triplicate.exporters.onnx_export import export_onnx
from triplicate.exporters.onnx_nodes import FloatName
from triplicate.exporters.onnx_signature import Datatype, Tensor, graph_inputs, graph_outputs
from triplicate.runtime.atomic_folder import write_folder
from triplicate.runtime.errors import ExportError, TriplicateError
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["export_triton", "triton_config"]

MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
TYPES = {"BYTES": "TYPE_STRING"}  # the others are the protocol's names behind TYPE_
MAX_BATCH = 1024


def export_triton(
    model: ScoringModel,
    repository: str | Path,
    name: str,
    *,
    input: InputForm = "columns",  # noqa: A002 - the name users know from the graph
    dtype: FloatName = "float64",
    complete: bool = False,
) -> Path:
    """Write REPOSITORY/NAME/config.pbtxt and REPOSITORY/NAME/1/model.onnx; return the folder of the model.

    The repository may hold other models, and is made if it is not there. `input`, `dtype` and `complete` are those of
    export_onnx, whose warnings appear here too. Raises ExportError when the name is none for a folder and a path in a
    URL, when the model's folder holds something already, or when ONNX cannot carry the model.
    """
    if not MODEL_NAME.fullmatch(name):
        raise ExportError(f"model name {name!r}: give one of letters, digits, '_', '.' and '-', 100 at most")
    folder = Path(repository)
    made = not folder.exists()
    try:
        folder.mkdir(exist_ok=True)
    except OSError as reason:
        raise ExportError(f"{folder}: cannot be made ({reason.strerror})") from reason
    config = triton_config(model, name, input, dtype)
    try:
        return write_folder(
            folder / name,
            {
                "config.pbtxt": config.encode("ascii"),
                "1/model.onnx": lambda path: export_onnx(model, path, input=input, dtype=dtype, complete=complete),
            },
            ExportError,
        )
    except TriplicateError:
        if made:
            folder.rmdir()
        raise


def triton_config(model: ScoringModel, name: str, input: InputForm = "columns", dtype: FloatName = "float64") -> str:  # noqa: A002 - the name users know from the graph
    """Return the text of config.pbtxt: names, types and shapes of the graph, without the rows, which Triton batches."""
    floats: Datatype = "FP64" if dtype == "float64" else "FP32"
    inputs, outputs = graph_inputs(model, floats, input), graph_outputs(model, floats, input)
    return (
        f'name: "{name}"\nbackend: "onnxruntime"\nmax_batch_size: {MAX_BATCH}\ndynamic_batching {{ }}\n'
        + "".join(_tensor("input", tensor) for tensor in inputs)
        + "".join(_tensor("output", tensor) for tensor in outputs)
    )


def _tensor(kind: str, tensor: Tensor) -> str:
    """Return an entry; a tensor of one number per row is shown as [1], since Triton knows no empty shape."""
    width = tensor.shape[1:]
    shape = f"dims: [ {width[0]} ]" if width else "dims: [ 1 ]\n  reshape { shape: [ ] }"
    datatype = TYPES.get(tensor.datatype, f"TYPE_{tensor.datatype}")
    return f'{kind} {{\n  name: "{_escaped(tensor.name)}"\n  data_type: {datatype}\n  {shape}\n}}\n'


def _escaped(text: str) -> str:
    """Return a text as protobuf's text format spells it: ASCII, everything else as bytes of three octal digits."""
    plain = set(range(0x20, 0x7F)) - set(b"\"\\'")
    return "".join(chr(byte) if byte in plain else f"\\{byte:03o}" for byte in text.encode("utf-8"))

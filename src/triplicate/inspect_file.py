"""What a model file, an exported ONNX graph or a generated Java class says about itself."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import assert_never

from triplicate.graph_information import GraphInformation
from triplicate.runtime import Classification, Numeric, Reconstruction, Regression, ScoringModel, load_model
from triplicate.runtime.errors import ModelFileError

__all__ = ["describe_file", "describe_model"]

JAVA_FINGERPRINT = re.compile(r"\b[0-9a-f]{64}\b")
JAVA_HEAD = 2**16  # characters of a Java file that are searched for its fingerprint
MOST_COLUMNS = 200  # lines of schema; a model may have many thousands


def describe_file(path: str | Path) -> list[tuple[str, str]]:
    """Return (name, value) lines for a `.npz`, `.onnx` or `.java` file; ModelFileError for any other."""
    target = Path(path)
    if not target.exists():
        raise ModelFileError(f"{target}: there is no such file")
    match target.suffix:
        case ".npz":
            return [("file", str(target)), *describe_model(load_model(target))]
        case ".onnx":
            return [("file", str(target)), *_describe_onnx(target)]
        case ".java":
            return [("file", str(target)), *_describe_java(target)]
        case _:
            raise ModelFileError(
                f"{target}: inspect reads .npz, .onnx and .java files; triplicate import makes a .npz of others"
            )


def describe_model(model: ScoringModel) -> Iterator[tuple[str, str]]:
    """Yield what the model is: fingerprint, head, layers, columns, golden rows, training summary."""
    yield "fingerprint", model.fingerprint
    yield "predicts", _head_text(model)
    for index, layer in enumerate(model.layers):
        retain = "" if layer.retain == 1.0 else f", retain {layer.retain:g}"
        sizes = f"{layer.inputs} inputs, {layer.units} units"
        yield f"layer {index}", f"{sizes}, {layer.activation}{retain}, {layer.weights.dtype} weights"
    for column in model.columns[:MOST_COLUMNS]:
        if isinstance(column, Numeric):
            yield f"column {column.name!r}", f"number, (x - {column.subtract:.6g}) * {column.multiply:.6g}"
        else:
            shown = ", ".join(repr(level) for level in column.levels[:6]) + (", …" if len(column.levels) > 6 else "")
            yield f"column {column.name!r}", f"category of {len(column.levels)} levels: {shown}"
    if len(model.columns) > MOST_COLUMNS:
        yield "more columns", str(len(model.columns) - MOST_COLUMNS)
    if model.na_values:
        yield "missing in CSV", ", ".join(repr(token) for token in ("", *model.na_values))
    golden = model.metadata.golden
    yield "golden rows", str(golden.rows if golden else 0)
    for name, value in model.metadata.training_summary().items():
        yield f"training {name}", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _head_text(model: ScoringModel) -> str:
    match model.head:
        case Regression() as head:
            return f"a number, {head.link} link" + (f", offset {head.offset!r}" if head.offset else "")
        case Classification() as head:
            shown = ", ".join(repr(label) for label in head.labels[:10]) + (", …" if len(head.labels) > 10 else "")
            rule = f"{head.rule} {head.threshold:.6g}" if head.threshold else str(head.rule)
            return f"one of {len(head.labels)} labels ({shown}) by {rule}"
        case Reconstruction() as head:
            return f"an anomaly score over {len(head.targets)} reconstructed inputs, threshold {head.threshold:.6g}"
        case _:
            assert_never(model.head)


def _describe_onnx(path: Path) -> Iterator[tuple[str, str]]:
    import onnx

    graph = GraphInformation.open(path, weights=False)
    proto, said = graph.proto, graph.properties
    yield "fingerprint", str(said["fingerprint"])
    yield "exported by", f"{proto.producer_name} {proto.producer_version}"
    opsets = ", ".join(f"{entry.domain or 'ai.onnx'} {entry.version}" for entry in proto.opset_import)
    yield "standard", f"{opsets}, IR {proto.ir_version} (target {said['target']})"
    yield "arithmetic", f"{said['arithmetic']}, input {said['input']}"
    if graph.complete:
        yield "complete tables", "looks for no missing number: a row that lacks one is NaN"
    for kind, values in (("input", proto.graph.input[:MOST_COLUMNS]), ("output", proto.graph.output)):
        for value in values:
            element = onnx.TensorProto.DataType.Name(value.type.tensor_type.elem_type).lower()
            yield f"{kind} {value.name!r}", element
    yield from _columns_of_graph(graph)
    yield from _head_of_graph(graph)
    with graph.reading("float32_error"):
        for name, error in said.get("float32_error", {}).items():
            facts = ", ".join(
                f"{key} {value if isinstance(value, int) else f'{value:.3g}'}" for key, value in error.items()
            )
            yield f"float32 on {'given' if name == 'rows' else name} rows", facts
    yield "golden rows", str(len(graph.golden()[1]["outputs"]) if "golden" in said else 0)
    with graph.reading("training"):
        for name, value in said["training"].items():
            yield f"training {name}", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _columns_of_graph(graph: GraphInformation) -> Iterator[tuple[str, str]]:
    columns = graph.schema()
    with graph.reading("schema"):
        for column in columns[:MOST_COLUMNS]:
            text = f"{column['type']}, {column['units']}"
            levels = column.get("levels")
            if levels is not None:
                shown = ", ".join(repr(level) for level in levels[:6]) + (", …" if len(levels) > 6 else "")
                text += f", {len(levels)} levels: {shown}; unseen levels: {column['unseen']}"
            yield f"column {column['name']!r}", text
    if len(columns) > MOST_COLUMNS:
        yield "more columns", str(len(columns) - MOST_COLUMNS)


def _head_of_graph(graph: GraphInformation) -> Iterator[tuple[str, str]]:
    labels = graph.properties.get("labels")
    with graph.reading("labels"):
        if labels is not None:
            shown = ", ".join(repr(label) for label in labels["values"][:10])
            more = ", …" if len(labels["values"]) > 10 else ""
            yield "labels", f"{shown}{more} ({labels['type']}, by {labels['rule']}); none: {labels['no_label']!r}"
    threshold = graph.number("threshold")
    if threshold is not None:
        yield "threshold", f"{threshold:.17g}"


def _describe_java(path: Path) -> Iterator[tuple[str, str]]:
    try:
        with path.open(encoding="utf-8") as file:
            head = file.read(JAVA_HEAD)
    except (OSError, UnicodeDecodeError) as reason:
        raise ModelFileError(f"{path}: cannot be read ({reason})") from reason
    found = JAVA_FINGERPRINT.search(head)
    if found is None:
        raise ModelFileError(f"{path}: holds no fingerprint; it was not generated by this package")
    yield "fingerprint", found.group()

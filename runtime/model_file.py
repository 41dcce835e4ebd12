"""The model file: a ScoringModel in NumPy's .npz with a JSON manifest (docs/scoring-model.md, "Model file").

Opening one executes nothing, allocates nothing that the file's own size does not cover, and ends in the
identical model or in ModelFileError.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.columns import Categorical, Column, Numeric, UnseenPolicy
from triplicate.runtime.errors import InvalidModelError, ModelFileError
from triplicate.runtime.heads import (
    Classification,
    Head,
    LabelRule,
    LabelType,
    Link,
    Reconstruction,
    Regression,
)
from triplicate.runtime.layers import Activation, Layer
from triplicate.runtime.metadata import Cell, GoldenRows, Metadata
from triplicate.runtime.npz_container import DTYPES, NpzReader, write_npz
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["FORMAT_VERSION", "TRAINING_PREFIX", "load_model", "load_training_state", "save_model"]

FORMAT = "triplicate model"
FORMAT_VERSION = 1
TRAINING_PREFIX = "training."
Arrays = dict[str, npt.NDArray[Any]]
# What a manifest that is JSON, but of another shape than the writer's, can end in.
DAMAGE = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    IndexError,
    OverflowError,
    RecursionError,
    StopIteration,
    MemoryError,
)


def save_model(
    model: ScoringModel, path: str | Path, training_state: Mapping[str, npt.NDArray[Any]] | None = None
) -> None:
    """Write the model; `training_state` adds named arrays that a restart of training needs.

    The bytes depend on model and state alone. The file is replaced whole, or left as it was when anything fails.
    """
    arrays: Arrays = {}
    manifest = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "fingerprint": model.fingerprint,
        "metadata_checksum": model.metadata.checksum,
        "columns": [_column_entry(f"columns.{i}", column, arrays) for i, column in enumerate(model.columns)],
        "layers": [_layer_entry(f"layers.{i}", layer, arrays) for i, layer in enumerate(model.layers)],
        "head": _head_entry(model.head, arrays),
        "na_values": list(model.na_values),
        "training": model.metadata.training,
        "golden": _golden_entry(model, arrays),
        "training_state": sorted(training_state or {}),
    }
    text = json.dumps(manifest, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    members: Arrays = {"manifest": np.frombuffer(text.encode("utf-8"), dtype=np.uint8)}
    members.update(arrays)
    for name in sorted(training_state or {}):
        members[TRAINING_PREFIX + name] = np.asarray((training_state or {})[name])
    write_npz(path, members)


def load_model(path: str | Path) -> ScoringModel:
    """Open a model file of this or an earlier version; ModelFileError says what is wrong with any other file."""
    with NpzReader(path) as reader:
        return _read_model(reader)


def load_training_state(path: str | Path) -> Arrays:
    """Return the arrays that save_model was given as training_state; ModelFileError if there are none."""
    with NpzReader(path) as reader:
        _read_model(reader)
        found = [name for name in reader.names if name.startswith(TRAINING_PREFIX)]
        if not found:
            raise reader.error("holds no training state; save with training_state=True to continue training from it")
        return {name.removeprefix(TRAINING_PREFIX): reader.read(name, DTYPES, None) for name in found}


def _read_model(reader: NpzReader) -> ScoringModel:
    """Return the model; the file must hold the members that its manifest speaks of, and no others."""
    manifest = _manifest(reader)
    names = {"manifest"}

    def read(name: str, dtype: str | tuple[str, ...], *shape: int | None) -> npt.NDArray[Any]:
        names.add(name)
        return reader.read(name, dtype, shape)

    try:
        columns = tuple(_column(f"columns.{i}", entry, read) for i, entry in enumerate(manifest["columns"]))
        layers = tuple(_layer(f"layers.{i}", entry, read) for i, entry in enumerate(manifest["layers"]))
        head = _head(manifest["head"], read)
        golden = _golden(manifest["golden"], columns, read)
        metadata = Metadata(manifest["training"], golden)
        model = ScoringModel(columns, layers, head, tuple(manifest["na_values"]), metadata)
        names.update(TRAINING_PREFIX + name for name in manifest["training_state"])
    except ModelFileError:
        raise
    except InvalidModelError as reason:
        raise reader.error(f"describes an invalid model: {reason}") from reason
    except DAMAGE as reason:
        raise reader.error(f"its manifest is damaged ({type(reason).__name__}: {reason})") from reason
    if model.fingerprint != manifest.get("fingerprint"):
        raise reader.error("the fingerprint does not fit the model: the file is damaged or was altered")
    if metadata.checksum != manifest.get("metadata_checksum"):
        raise reader.error("the checksum of the metadata does not fit: the file is damaged or was altered")
    if set(reader.names) != names:
        raise reader.error(f"has missing or unexpected members {sorted(set(reader.names) ^ names)[:3]}")
    return model


def _manifest(reader: NpzReader) -> dict[str, Any]:
    raw = reader.read("manifest", "|u1", (None,)).tobytes()
    try:
        manifest = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as reason:
        raise reader.error(f"its manifest is damaged ({reason})") from reason
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise reader.error("is an .npz file, but not a model of this package")
    version = manifest.get("version")
    if not isinstance(version, int) or not 1 <= version <= FORMAT_VERSION:
        raise reader.error(f"has format version {version!r}; this release reads up to {FORMAT_VERSION}: upgrade it")
    return manifest


def _number(value: float) -> float | str:
    """Write infinities as text, since JSON has none."""
    return value if np.isfinite(value) else ("inf" if value > 0 else "-inf")


def _column_entry(path: str, column: Column, arrays: Arrays) -> dict[str, Any]:
    if isinstance(column, Numeric):
        fields = ("subtract", "multiply", "missing", "low", "high")
        numbers = {field: _number(getattr(column, field)) for field in fields}
        return {"kind": "numeric", "name": column.name, "input": column.input, **numbers}
    arrays[f"{path}.inputs"] = column.inputs
    arrays[f"{path}.values"] = column.values
    entry = {"kind": "categorical", "name": column.name, "levels": list(column.levels)}
    return {**entry, "contributions": int(column.inputs.shape[1]), "unseen": str(column.unseen)}


def _column(path: str, entry: dict[str, Any], read: Any) -> Column:
    if entry["kind"] == "numeric":
        fields = ("subtract", "multiply", "missing", "low", "high")
        return Numeric(entry["name"], int(entry["input"]), *(float(entry[field]) for field in fields))
    if entry["kind"] != "categorical":
        raise ValueError(f"unknown kind of column {entry['kind']!r}")
    shape = (len(entry["levels"]) + 2, int(entry["contributions"]))
    inputs, values = read(f"{path}.inputs", "<i4", *shape), read(f"{path}.values", "<f8", *shape)
    return Categorical(entry["name"], tuple(entry["levels"]), inputs, values, UnseenPolicy(entry["unseen"]))


def _layer_entry(path: str, layer: Layer, arrays: Arrays) -> dict[str, Any]:
    arrays[f"{path}.weights"] = layer.weights
    arrays[f"{path}.bias"] = layer.bias
    entry = {"activation": str(layer.activation), "alpha": layer.alpha, "retain": layer.retain}
    return {**entry, "rows": int(layer.weights.shape[0]), "inputs": layer.inputs}


def _layer(path: str, entry: dict[str, Any], read: Any) -> Layer:
    rows = int(entry["rows"])
    weights = read(f"{path}.weights", ("<f4", "<f8"), rows, int(entry["inputs"]))
    bias = read(f"{path}.bias", "<f8", rows)
    return Layer(weights, bias, Activation(entry["activation"]), float(entry["alpha"]), float(entry["retain"]))


def _head_entry(head: Head, arrays: Arrays) -> dict[str, Any]:
    match head:
        case Regression():
            scaling = {"link": str(head.link), "scale": head.scale, "shift": head.shift}
            return {"kind": "regression", **scaling, "offset": head.offset}
        case Classification():
            if head.correction is not None:
                arrays["head.correction"] = head.correction
            rule = {"rule": str(head.rule), "threshold": head.threshold, "correction": head.correction is not None}
            labels = {"labels": list(head.labels), "label_type": str(head.label_type)}
            return {"kind": "classification", **labels, **rule}
        case Reconstruction():
            for field in ("targets", "weights", "groups", "scale", "shift"):
                arrays[f"head.{field}"] = getattr(head, field)
            return {"kind": "reconstruction", "units": len(head.targets), "threshold": _number(head.threshold)}


def _head(entry: dict[str, Any], read: Any) -> Head:
    match entry["kind"]:
        case "regression":
            return Regression(Link(entry["link"]), float(entry["scale"]), float(entry["shift"]), entry["offset"])
        case "classification":
            labels = tuple(entry["labels"])
            correction = read("head.correction", "<f8", len(labels)) if entry["correction"] else None
            rule, label_type = LabelRule(entry["rule"]), LabelType(entry["label_type"])
            return Classification(labels, label_type, rule, float(entry["threshold"]), correction)
        case "reconstruction":
            units = int(entry["units"])
            kinds = {"targets": "<i4", "weights": "<f8", "groups": "<i4", "scale": "<f8", "shift": "<f8"}
            arrays = {field: read(f"head.{field}", kind, units) for field, kind in kinds.items()}
            return Reconstruction(**arrays, threshold=float(entry["threshold"]))
        case kind:
            raise ValueError(f"unknown kind of head {kind!r}")


def _golden_entry(model: ScoringModel, arrays: Arrays) -> dict[str, Any] | None:
    golden = model.metadata.golden
    if golden is None:
        return None
    is_text = [isinstance(column, Categorical) for column in model.columns] + [False] * (model.offset is not None)
    numbers = [cells for cells, text in zip(golden.cells, is_text, strict=True) if not text]
    table = np.array(numbers, dtype=np.float64).reshape(len(numbers), golden.rows)  # None becomes NaN
    arrays["golden.numbers"] = table
    arrays["golden.outputs"] = golden.outputs
    texts = [list(cells) for cells, text in zip(golden.cells, is_text, strict=True) if text]
    return {"rows": golden.rows, "texts": texts, "outputs": int(golden.outputs.shape[1]), "numbers": len(numbers)}


def _golden(entry: dict[str, Any] | None, columns: tuple[Column, ...], read: Any) -> GoldenRows | None:
    if entry is None:
        return None
    rows = int(entry["rows"])
    numbers = iter(read("golden.numbers", "<f8", int(entry["numbers"]), rows))
    outputs = read("golden.outputs", "<f8", rows, int(entry["outputs"]))
    texts = iter(entry["texts"])
    cells: list[tuple[Cell, ...]] = [
        tuple(next(texts)) if isinstance(column, Categorical) else _number_cells(next(numbers)) for column in columns
    ]
    cells.extend(_number_cells(offset) for offset in numbers)
    return GoldenRows(tuple(cells), outputs)


def _number_cells(column: npt.NDArray[np.float64]) -> tuple[Cell, ...]:
    return tuple(None if np.isnan(number) else float(number) for number in column)

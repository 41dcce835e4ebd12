"""Writing and reading .onnx files: complete or not at all, weights beyond 2 GiB in a second file."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import onnx
from onnx import ModelProto, TensorProto

from triplicate.runtime.atomic_file import require_writable, write_atomically
from triplicate.runtime.errors import ExportError, ModelFileError

__all__ = [
    "LARGEST_FILE",
    "graph_digest",
    "is_large",
    "read_onnx",
    "weights_file",
    "with_weights_outside",
    "write_onnx",
]

LARGEST_FILE = 2**31 - 2**20  # bytes; a protocol buffer cannot be larger than 2 GiB
SMALLEST_OUTSIDE = 1024  # bytes: shapes and axes stay in the graph, where shape inference finds them
PAGE = 4096  # tensors begin at multiples of this, so that they can be mapped into memory
WEIGHTS = re.compile(r"[^/\\]+\.[0-9a-f]{16}\.weights")


def write_onnx(proto: ModelProto, path: str | Path, largest: int = LARGEST_FILE) -> Path:
    """Write a model; a file that would exceed `largest` bytes gets its weights in a second file beside it.

    The second file is called `<name>.<16 digits of its SHA-256>.weights`: both files are complete before the first
    one takes its place, and no graph ever meets the weights of another export. What an earlier export of that name
    left is removed. Raises ExportError when something cannot be written.
    """
    target = Path(path)
    require_writable(target, ExportError)
    before, after = weights_file(target), None
    if is_large(proto, largest):
        after = target.with_name(f"{target.name[:200]}.{_digest_of_weights(proto)}.weights")
        proto, tensors = with_weights_outside(proto, after.name)
        write_atomically(after, _pages(tensors), ExportError)
    try:
        write_atomically(target, proto.SerializeToString(deterministic=True), ExportError)
    except ExportError:
        if after is not None and after != before:
            after.unlink(missing_ok=True)
        raise
    if before is not None and before != after:
        before.unlink(missing_ok=True)
    return target


def is_large(proto: ModelProto, largest: int = LARGEST_FILE) -> bool:
    """Tell whether one file of `largest` bytes cannot hold the model; known without writing it."""
    return sum(len(tensor.raw_data) for tensor in proto.graph.initializer) > largest - _structure(proto)


def _structure(proto: ModelProto) -> int:
    """Return the bytes of everything but the weights."""
    nodes = sum(int(node.ByteSize()) for node in proto.graph.node)
    texts = sum(int(tensor.ByteSize()) for tensor in proto.graph.initializer if not tensor.raw_data)
    properties = sum(len(entry.key) + 4 * len(entry.value) for entry in proto.metadata_props)
    return nodes + texts + properties + 100 * len(proto.graph.initializer)


def _outside(proto: ModelProto) -> list[TensorProto]:
    return [tensor for tensor in proto.graph.initializer if len(tensor.raw_data) >= SMALLEST_OUTSIDE]


def _digest_of_weights(proto: ModelProto) -> str:
    digest = hashlib.sha256()
    for tensor in _outside(proto):
        digest.update(tensor.raw_data)
    return digest.hexdigest()[:16]


def with_weights_outside(proto: ModelProto, location: str) -> tuple[ModelProto, list[TensorProto]]:
    """Return the model with its large constants in the file `location`, and the tensors that stand there, in order."""
    slim = ModelProto()
    for field, value in proto.ListFields():
        if field.name not in ("graph", "opset_import", "metadata_props"):
            setattr(slim, field.name, value)
    slim.opset_import.extend(proto.opset_import)
    slim.metadata_props.extend(proto.metadata_props)
    slim.graph.name = proto.graph.name
    for name in ("node", "input", "output"):
        getattr(slim.graph, name).extend(getattr(proto.graph, name))
    position, moved = 0, []
    for tensor in proto.graph.initializer:
        size = len(tensor.raw_data)
        if size < SMALLEST_OUTSIDE:
            slim.graph.initializer.append(tensor)
            continue
        left = slim.graph.initializer.add(name=tensor.name, data_type=tensor.data_type, dims=tensor.dims)
        left.data_location = TensorProto.EXTERNAL
        for key, text in (("location", location), ("offset", str(position)), ("length", str(size))):
            left.external_data.add(key=key, value=text)
        moved.append(tensor)
        position += size + -size % PAGE
    return slim, moved


def _pages(tensors: list[TensorProto]) -> Iterator[bytes]:
    for tensor in tensors:
        yield tensor.raw_data
        yield bytes(-len(tensor.raw_data) % PAGE)


def read_onnx(path: str | Path, *, weights: bool = True) -> ModelProto:
    """Read a model that this package wrote, with its weights unless they are not wanted.

    ModelFileError when it cannot be read, or names a file of weights that is not its own neighbour.
    """
    target = Path(path)
    try:
        proto = onnx.load(str(target), load_external_data=False)
        outside = _locations(proto)
    except Exception as reason:  # protobuf has errors of several kinds, of no common base
        raise ModelFileError(f"{target}: cannot be read as ONNX ({reason})") from reason
    for location in outside:
        if not WEIGHTS.fullmatch(location):
            raise ModelFileError(f"{target}: its weights lie in {location!r}, which is no file of this package")
    if outside and weights:
        try:
            onnx.load_external_data_for_model(proto, str(target.parent))
        except Exception as reason:  # the file is missing, or too short
            raise ModelFileError(f"{target}: its weights cannot be read ({reason})") from reason
    return proto


def weights_file(path: Path) -> Path | None:
    """Return the file that holds the weights of an exported graph, None when they are in the graph or there is none."""
    if not path.is_file():
        return None
    try:
        outside = _locations(onnx.load(str(path), load_external_data=False))
    except Exception:  # noqa: BLE001 - protobuf's errors have no common base; the file is about to be replaced
        return None
    own = [name for name in outside if WEIGHTS.fullmatch(name) and name.startswith(path.name[:200])]
    return path.with_name(own[0]) if own else None


def _locations(proto: ModelProto) -> list[str]:
    outside = (tensor for tensor in proto.graph.initializer if tensor.data_location == TensorProto.EXTERNAL)
    return sorted({entry.value for tensor in outside for entry in tensor.external_data if entry.key == "location"})


def graph_digest(proto: ModelProto) -> str:
    """Return SHA-256 (64 hexadecimal digits) over inputs, outputs, nodes and constants, wherever these are stored."""
    digest = hashlib.sha256()
    graph = proto.graph
    for part in (*graph.input, *graph.output, *graph.node):
        _add(digest, part.SerializeToString(deterministic=True))
    for tensor in graph.initializer:
        _add(digest, repr((tensor.name, tensor.data_type, list(tensor.dims))).encode("utf-8"))
        _add(digest, tensor.raw_data)
        for text in tensor.string_data:
            _add(digest, text)
    return digest.hexdigest()


def _add(digest: "hashlib._Hash", data: bytes) -> None:
    digest.update(len(data).to_bytes(8, "big"))
    digest.update(data)

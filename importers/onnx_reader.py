"""An ONNX file as plain nodes and lazily read constants; nothing in it is trusted."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import AttributeProto, TensorProto

from triplicate.importers.onnx_external import external_bytes
from triplicate.importers.onnx_wire import has_too_much_structure
from triplicate.runtime.errors import ForeignModelError

__all__ = ["Graph", "Node", "read_graph"]

MOST_BYTES = 2**30
MOST_STRUCTURE = 2**22  # bytes of nodes, names and shapes, which take a hundred times as much once they are parsed
MOST_NODES = 10_000
MOST_NUMBERS = 2**27  # read from constants in all: a small file may use one large tensor many times
MOST_AXES = 8
STORED: Mapping[int, tuple[str, str]] = {  # element type: NumPy's type of raw data, field of typed data
    TensorProto.FLOAT: ("<f4", "float_data"),
    TensorProto.DOUBLE: ("<f8", "double_data"),
    TensorProto.INT32: ("<i4", "int32_data"),
    TensorProto.INT64: ("<i8", "int64_data"),
    TensorProto.BOOL: ("|b1", "int32_data"),
}
VALUES: Mapping[int, str] = {
    AttributeProto.FLOAT: "f",
    AttributeProto.INT: "i",
    AttributeProto.STRING: "s",
    AttributeProto.TENSOR: "t",
    AttributeProto.FLOATS: "floats",
    AttributeProto.INTS: "ints",
}
OF_CONSTANTS = ("Identity", "Cast", "Transpose")  # what may stand between a stored tensor and its use


@dataclass(frozen=True, slots=True)
class Node:
    """A node: its operator (with the domain, unless it is ONNX's own), name, edges, attributes by name."""

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, tuple[int, Any]]

    def __str__(self) -> str:
        return f"node {(self.name or ''.join(self.outputs[:1]))[:100]!r} ({self.op[:100]})"

    def refuse(self, reason: str) -> ForeignModelError:
        """Return the error that names this node."""
        return ForeignModelError(f"{self}: {reason}")

    def get(self, name: str, kind: int, default: Any) -> Any:
        """Return an attribute of this type, or the default where there is none."""
        found, value = self.attributes.get(name, (kind, default))
        if found != kind:
            raise self.refuse(f"attribute {name!r} is of another type than ONNX says")
        return value

    def number(self, name: str, default: float) -> float:
        """Return a finite float attribute."""
        value = float(self.get(name, AttributeProto.FLOAT, default))
        if not math.isfinite(value):
            raise self.refuse(f"attribute {name!r} is {value}")
        return value + 0.0

    def integer(self, name: str, default: int) -> int:
        """Return an integer attribute."""
        return int(self.get(name, AttributeProto.INT, default))


@dataclass(slots=True)
class Graph:
    """`inputs`: shape by name, None for a dimension (or a whole shape) that is not known; `outputs`; nodes in order.

    `folder` is that of the file, beside which tensors may stand.
    """

    inputs: Mapping[str, tuple[int | None, ...] | None]
    outputs: tuple[str, ...]
    nodes: tuple[Node, ...]
    opset: int
    tensors: Mapping[str, Any]
    producers: Mapping[str, Node]
    folder: Path
    _read: int = field(default=0)

    def is_constant(self, edge: str) -> bool:
        """Tell whether an edge depends on stored numbers only."""
        return self._origin(edge) is not None

    def constant(self, edge: str, node: Node) -> npt.NDArray[Any]:
        """Return the value of a constant edge that a node reads; finite numbers."""
        origin = self._origin(edge)
        if origin is None:
            raise node.refuse(f"{edge!r} must be a constant, and is computed")
        tensor, path = origin
        self._read += (len(path) + 1) * _numbers_of(tensor, node)
        if self._read > MOST_NUMBERS:
            raise node.refuse(f"the graph reads more than {MOST_NUMBERS} numbers; the limit keeps memory bounded")
        value = _array(tensor, node, self.folder)
        for step in reversed(path):
            value = _apply(step, value)
        if not np.isfinite(value).all():
            raise node.refuse(f"{edge!r} holds numbers that are not finite")
        return value + value.dtype.type(0) if value.dtype.kind == "f" else value

    def _origin(self, edge: str) -> tuple[Any, list[Node]] | None:
        """Return the stored tensor behind an edge and the nodes on the way to it; None for a computed edge."""
        path: list[Node] = []
        while edge not in self.tensors:
            node = self.producers.get(edge)
            if node is None or node.op not in OF_CONSTANTS or len(node.inputs) != 1 or len(path) > MOST_AXES:
                return None
            path.append(node)
            edge = node.inputs[0]
        return self.tensors[edge], path


def read_graph(path: str | Path) -> Graph:
    """Read a file; ForeignModelError when it is too large, damaged, or has nodes beyond counting."""
    target = Path(path)
    try:
        size = target.stat().st_size
        if size > MOST_BYTES:
            raise ForeignModelError(f"{target}: {size} bytes; at most {MOST_BYTES} are read")
        content = target.read_bytes()
    except OSError as reason:
        raise ForeignModelError(f"{target}: cannot be read ({reason})") from reason
    if has_too_much_structure(content, MOST_STRUCTURE):
        raise ForeignModelError(f"{target}: more than {MOST_STRUCTURE} bytes that are no numbers: not a dense net")
    try:
        model = onnx.ModelProto.FromString(content)
    except Exception as reason:  # protobuf has errors of several kinds, of no common base
        raise ForeignModelError(f"{target}: cannot be read as ONNX ({reason})") from reason
    try:
        if not model.HasField("graph") or not model.opset_import:
            raise ForeignModelError(f"{target}: is not an ONNX model: it has no graph")
        return _graph(model, target)
    except UnicodeDecodeError as reason:
        raise ForeignModelError(f"{target}: holds a name that is not UTF-8") from reason


def _graph(model: Any, path: Path) -> Graph:
    graph = model.graph
    opset = next((int(entry.version) for entry in model.opset_import if entry.domain in ("", "ai.onnx")), 0)
    if opset < 7:
        raise ForeignModelError(f"{path}: opset {opset}; 7 and later are read (onnx.version_converter raises it)")
    if len(graph.node) > MOST_NODES:
        raise ForeignModelError(f"{path}: {len(graph.node)} nodes; at most {MOST_NODES} are read")
    tensors: dict[str, Any] = {_text(tensor.name): tensor for tensor in graph.initializer}
    nodes, producers = [], {}
    shapes = {_text(value.name): _shape(value) for value in graph.input}
    for proto in graph.node:
        node = _node(proto)
        nodes.append(node)
        for output in filter(None, node.outputs):
            if output in producers or output in tensors or output in shapes:
                raise node.refuse(f"edge {output!r} is written twice")
            producers[output] = node
        if node.op == "Constant" and node.outputs:
            tensors[node.outputs[0]] = node
    inputs = {name: shape for name, shape in shapes.items() if name not in tensors}
    outputs = tuple(_text(value.name) for value in graph.output)
    return Graph(inputs, outputs, tuple(nodes), opset, tensors, producers, path.parent)


def _node(proto: Any) -> Node:
    domain = "" if proto.domain in ("", "ai.onnx", "ai.onnx.ml") else f"{_text(proto.domain)}."
    inputs, outputs = (tuple(map(_text, edges)) for edges in (proto.input, proto.output))
    attributes = {
        _text(entry.name): (int(entry.type), _value(entry)) for entry in proto.attribute if not entry.ref_attr_name
    }
    return Node(f"{domain}{_text(proto.op_type)}", _text(proto.name), inputs, outputs, attributes)


def _text(name: str | bytes) -> str:
    """Return a name; protobuf gives bytes for one that is not UTF-8, or raises UnicodeDecodeError."""
    return name if isinstance(name, str) else name.decode("utf-8")


def _value(entry: Any) -> Any:
    found = VALUES.get(entry.type)
    if found is None:
        return None
    value = getattr(entry, found)
    return list(value) if found in ("floats", "ints") else value


def _shape(value: Any) -> tuple[int | None, ...] | None:
    if not value.type.HasField("tensor_type") or not value.type.tensor_type.HasField("shape"):
        return None
    sizes = (dim.dim_value if dim.HasField("dim_value") else 0 for dim in value.type.tensor_type.shape.dim)
    return tuple(size if size > 0 else None for size in sizes)


def _numbers_of(tensor: Any, node: Node) -> int:
    """Return how many numbers a stored tensor says it holds, before any of them is read."""
    if isinstance(tensor, Node):
        tensor = _constant_of(tensor)
        if not isinstance(tensor, TensorProto):
            return int(np.size(tensor))
    if len(tensor.dims) > MOST_AXES or any(size < 1 for size in tensor.dims):
        raise node.refuse(f"constant of shape {list(tensor.dims)[:MOST_AXES]}: every size must be at least 1")
    return math.prod(tensor.dims)


def _constant_of(node: Node) -> Any:
    """Return the tensor or the numbers of a Constant node."""
    for name, kind in (
        ("value", AttributeProto.TENSOR),
        ("value_float", AttributeProto.FLOAT),
        ("value_floats", AttributeProto.FLOATS),
        ("value_int", AttributeProto.INT),
        ("value_ints", AttributeProto.INTS),
    ):
        if name in node.attributes:
            value = node.get(name, kind, None)
            if kind == AttributeProto.TENSOR:
                return value
            return np.array(value, dtype=np.float32 if "float" in name else np.int64)
    raise node.refuse("holds no numbers")


def _array(tensor: Any, node: Node, folder: Path) -> npt.NDArray[Any]:
    if isinstance(tensor, Node):
        tensor = _constant_of(tensor)
        if isinstance(tensor, np.ndarray):
            return tensor
    if tensor.data_type not in STORED:
        raise node.refuse(
            f"tensor {tensor.name!r} is of type {tensor.data_type}: float32, float64 and integers are read"
        )
    kind, typed = STORED[tensor.data_type]
    count = math.prod(tensor.dims)
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        try:
            data = external_bytes(tensor, count * np.dtype(kind).itemsize, folder)
        except ForeignModelError as reason:
            raise node.refuse(str(reason)) from reason
        return np.frombuffer(data, dtype=kind).reshape(tensor.dims)
    if tensor.HasField("raw_data"):
        stored = len(tensor.raw_data)
        count *= np.dtype(kind).itemsize
    else:
        stored = len(getattr(tensor, typed))
    if stored != count:
        raise node.refuse(f"tensor {tensor.name!r} of shape {list(tensor.dims)} needs {count}, and holds {stored}")
    if tensor.HasField("raw_data"):
        return np.frombuffer(tensor.raw_data, dtype=kind).reshape(tensor.dims)
    return np.array(getattr(tensor, typed), dtype=kind).reshape(tensor.dims)


def _apply(node: Node, value: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return what a node makes of a constant."""
    if node.op == "Transpose":
        order = node.get("perm", AttributeProto.INTS, list(range(value.ndim))[::-1])
        if sorted(order) != list(range(value.ndim)):
            raise node.refuse(f"perm {order[:MOST_AXES]} does not fit {value.ndim} axes")
        return np.transpose(value, order)
    if node.op == "Cast":
        kind = STORED.get(node.integer("to", 0))
        if kind is None:
            raise node.refuse("casts a constant to a type that is not read")
        with np.errstate(all="ignore"):
            return value.astype(kind[0])
    return value

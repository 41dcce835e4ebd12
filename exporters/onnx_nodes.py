"""A tiny builder of ONNX graphs: one authority for names, constants of the graph's number type, outputs."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from onnx import (
    GraphProto,
    ModelProto,
    NodeProto,
    TensorProto,
    ValueInfoProto,
    helper,
)

from triplicate.exporters.onnx_standard import DEFAULT, Standard
from triplicate.runtime.errors import ExportError

__all__ = ["FloatName", "GraphBuilder"]

FloatName = Literal["float64", "float32"]
INNER = "triplicate/"
ROWS = "N"  # the symbolic first dimension of every input and output


class GraphBuilder:
    """Collects inputs, constants, nodes and outputs; edges are plain strings.

    `floats` is the graph's number type: constants made by `numbers` and `weights` have it. Inner edges are
    named "triplicate/<hint>"; a name that is taken gets a number behind it.
    """

    def __init__(self, dtype: FloatName) -> None:
        self.floats = np.dtype(dtype)
        self.float_code = int(helper.np_dtype_to_tensor_dtype(self.floats))
        self._taken: set[str] = set()
        self._inputs: list[ValueInfoProto] = []
        self._constants: list[tuple[TensorProto, npt.NDArray[Any] | None]] = []  # a head, and the numbers if any
        self._nodes: list[NodeProto] = []
        self._outputs: list[ValueInfoProto] = []
        self._published: dict[str, str] = {}
        self._scalars: dict[tuple[float, str], str] = {}

    def input(self, name: str, code: int, columns: int) -> str:
        """Declare a graph input of shape [N, columns] under exactly this name. Declare inputs first."""
        self._taken.add(name)
        self._inputs.append(helper.make_tensor_value_info(name, code, [ROWS, columns]))
        return name

    @property
    def first_input(self) -> str:
        """The edge from which the number of rows can be read."""
        return self._inputs[0].name

    def constant(self, array: npt.NDArray[Any], hint: str) -> str:
        """Add a constant of the array's own type."""
        name = self._inner(hint)
        code = helper.np_dtype_to_tensor_dtype(array.dtype)
        self._constants.append((TensorProto(name=name, data_type=code, dims=array.shape), array))
        return name

    def texts(self, texts: Sequence[str], hint: str) -> str:
        """Add a constant vector of strings."""
        name = self._inner(hint)
        tensor = TensorProto(name=name, data_type=TensorProto.STRING, dims=[len(texts)])
        tensor.string_data.extend(text.encode("utf-8") for text in texts)
        self._constants.append((tensor, None))
        return name

    def integers(self, values: npt.ArrayLike, hint: str) -> str:
        """Add a constant of 64-bit integers."""
        return self.constant(np.asarray(values, dtype=np.int64), hint)

    def numbers(self, values: npt.ArrayLike, hint: str) -> str:
        """Add a constant of the graph's number type; raise ExportError when float32 cannot hold a value."""
        return self.constant(self.narrow(np.asarray(values), hint), hint)

    def weights(self, values: npt.NDArray[Any], hint: str) -> str:
        """Add a weight array; float32 weights of a float64 graph are stored as float32 and widened on loading."""
        if values.dtype == np.float32 and self.floats == np.float64:
            return self.node("Cast", [self.constant(values, f"{hint}.float32")], hint, to=self.float_code)
        return self.numbers(values, hint)

    def scalar(self, value: float, code: int | None = None) -> str:
        """Return a constant of shape [], of the graph's number type or of the type `code`; made once."""
        dtype = self.floats if code is None else np.dtype(helper.tensor_dtype_to_np_dtype(code))
        key = (value, dtype.str)
        if key not in self._scalars:
            array = np.array(value, dtype=np.float64 if dtype.kind == "f" else dtype)
            narrow = self.narrow(array, f"constant {value}") if code is None else array.astype(dtype)
            self._scalars[key] = self.constant(narrow, f"constant.{value}")
        return self._scalars[key]

    def holds(self, values: npt.NDArray[np.float64]) -> bool:
        """Tell whether the graph's number type holds the values: infinity may be given, but not made."""
        with np.errstate(over="ignore", under="ignore"):
            return bool((np.isfinite(values.astype(self.floats)) | ~np.isfinite(values)).all())

    def narrow(self, array: npt.NDArray[Any], what: str) -> npt.NDArray[Any]:
        """Return an array in the graph's number type; raise ExportError when float32 cannot hold a value."""
        with np.errstate(over="ignore", under="ignore"):
            narrow = array.astype(self.floats)
        if not self.holds(array):
            lost = array[np.isfinite(array) & ~np.isfinite(narrow)]
            raise ExportError(f"{what}: float32 cannot hold {lost.flat[0]}; export with dtype='float64'")
        return narrow

    def node(self, operator: str, inputs: Iterable[str], hint: str, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output and return its edge."""
        return self.nodes(operator, inputs, (hint,), domain, **attributes)[0]

    def nodes(
        self, operator: str, inputs: Iterable[str], hints: Sequence[str], domain: str = "", **attributes: Any
    ) -> tuple[str, ...]:
        """Add a node with several outputs and return their edges."""
        edges = tuple(self._inner(hint) for hint in hints)
        node = helper.make_node(operator, list(inputs), list(edges), name=edges[0], domain=domain, **attributes)
        self._nodes.append(node)
        return edges

    def affine(self, edge: str, weights: npt.NDArray[Any], bias: npt.NDArray[np.float64], hint: str) -> str:
        """Return edge · transposed weights + bias [N, sums]."""
        constants = self.weights(weights, f"{hint}.weights"), self.numbers(bias, f"{hint}.bias")
        return self.affine_of(edge, constants, len(bias), hint)

    def affine_of(
        self, edge: str, constants: tuple[str, str], width: int, hint: str, *, columns_first: bool = False
    ) -> str:
        """Return the same of weights and of a bias [width], or [N, width], that are in the graph.

        `columns_first` is for an edge [columns, N]. In float64 a Reshape follows that changes nothing: ONNX Runtime
        before 1.16 merges a Gemm with the activation behind it, and then has no kernel for the two in float64.
        """
        turned: dict[str, Any] = {"transA": 1} if columns_first else {}
        sums = self.node("Gemm", [edge, *constants], hint, **turned, transB=1)
        if self.floats == np.float32:
            return sums
        return self.node("Reshape", [sums, self.integers([-1, width], f"{hint}.shape")], f"{hint}.apart")

    def choose(self, condition: str, if_true: Callable[[], str], if_false: Callable[[], str], hint: str) -> str:
        """Add an If node and return its edge, of the graph's number type; each part is called to add its nodes inside.

        Constants that the parts make stand outside, so that both may use them.
        """
        outer, graphs = self._nodes, []
        for part, build in (("then", if_true), ("else", if_false)):
            self._nodes = []
            edge = build()
            if not any(edge in node.output for node in self._nodes):  # a part must make what it returns
                edge = self.node("Identity", [edge], f"{hint}.same")
            result = helper.make_tensor_value_info(edge, self.float_code, None)
            graphs.append(helper.make_graph(self._nodes, f"{INNER}{hint}.{part}", [], [result]))
        self._nodes = outer
        return self.node("If", [condition], hint, then_branch=graphs[0], else_branch=graphs[1])

    def sum_over(self, edge: str, axes: Sequence[int], hint: str, *, keep: bool = False) -> str:
        """Sum over axes, which the result keeps with length 1 or loses."""
        inputs = [edge, self.integers(axes, f"{hint}.axes")]
        return self.node("ReduceSum", inputs, hint, keepdims=int(keep))

    def columns_of(self, edge: str, positions: npt.ArrayLike, width: int, hint: str) -> str:
        """Take columns of a matrix that has `width` of them; all of them in order cost nothing."""
        wanted = np.asarray(positions, dtype=np.int64)
        if np.array_equal(wanted, np.arange(width)):
            return edge
        return self.node("Gather", [edge, self.integers(wanted, f"{hint}.positions")], hint, axis=1)

    def rows_of(self, edge: str, positions: npt.ArrayLike, height: int, hint: str) -> str:
        """Take rows of a matrix that has `height` of them; all of them in order cost nothing."""
        wanted = np.asarray(positions, dtype=np.int64)
        if np.array_equal(wanted, np.arange(height)):
            return edge
        return self.node("Gather", [edge, self.integers(wanted, f"{hint}.positions")], hint, axis=0)

    def stack(self, edges: Sequence[str], hint: str) -> str:
        """Put columns [N, 1] below each other: [edges, N]."""
        below = self.below(edges, f"{hint}.below")
        return self.node("Reshape", [below, self.integers([len(edges), -1], f"{hint}.shape")], hint)

    def below(self, edges: Sequence[str], hint: str) -> str:
        """Put matrices below each other; a single one costs nothing."""
        return edges[0] if len(edges) == 1 else self.node("Concat", edges, hint, axis=0)

    def concat(self, edges: Sequence[str], hint: str) -> str:
        """Put matrices side by side; a single one costs nothing."""
        return edges[0] if len(edges) == 1 else self.node("Concat", edges, hint, axis=1)

    def zeros(self, width: int | None, code: int, hint: str) -> str:
        """Return zeros of shape [N, width], or [N] without a width."""
        rows = self.node("Shape", [self.first_input], f"{hint}.rows", start=0, end=1)
        if width is not None:
            rows = self.node("Concat", [rows, self.integers([width], f"{hint}.width")], f"{hint}.shape", axis=0)
        zero = helper.make_tensor("value", code, [1], [0])
        return self.node("ConstantOfShape", [rows], hint, value=zero)

    def output(self, edge: str, name: str, code: int, columns: int | None) -> None:
        """Make an inner edge a graph output [N, columns], or [N]; a taken name becomes <name>_out."""
        while name in self._taken:
            name += "_out"
        self._taken.add(name)
        self._published[edge] = name
        shape: list[str | int | None] = [ROWS] if columns is None else [ROWS, columns]
        self._outputs.append(helper.make_tensor_value_info(name, code, shape))

    def _inner(self, hint: str) -> str:
        name, number = INNER + hint, 1
        while name in self._taken:
            number += 1
            name = f"{INNER}{hint}.{number}"
        self._taken.add(name)
        return name

    def model(self, producer_version: str, standard: Standard = DEFAULT) -> ModelProto:
        """Return the finished model; the same calls give the same bytes."""
        opsets = [helper.make_opsetid("", standard.opset), helper.make_opsetid("ai.onnx.ml", standard.ml)]
        made = helper.make_model(
            self._graph(),
            opset_imports=opsets,
            ir_version=standard.ir,
            producer_name="triplicate",
            producer_version=producer_version,
        )
        for head, numbers in self._constants:  # in place: protobuf copies no message beyond 2 GiB
            tensor = made.graph.initializer.add()
            tensor.CopyFrom(head)
            if numbers is not None:
                tensor.raw_data = numbers.astype(numbers.dtype.newbyteorder("<"), copy=False).tobytes()
        return made

    def _graph(self) -> GraphProto:
        """Put the parts together, with the published names in the place of the inner ones."""
        for node in self._nodes:
            for edges in (node.input, node.output):
                edges[:] = [self._published.get(edge, edge) for edge in edges]
        return helper.make_graph(self._nodes, "triplicate", self._inputs, self._outputs)

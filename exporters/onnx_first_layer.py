"""The first layer's sums: rows of weights gathered per category, a matrix product for everything else."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from triplicate.exporters.onnx_columns import EncodedColumns
from triplicate.exporters.onnx_input_plan import InputPlan, TableGroup
from triplicate.exporters.onnx_nodes import GraphBuilder
from triplicate.runtime.columns import Numeric
from triplicate.runtime.layers import Layer
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["FirstLayer"]

IntegerArray = npt.NDArray[np.int64]
Block = tuple[str, IntegerArray]  # an edge [N, n] and the n inputs that its columns are
GATHERED = 8  # weight rows added in one step: bounds memory to [N, 8, sums]


@dataclass(frozen=True, slots=True)
class SlotEdges:
    """The slots of a group: `places` [N, slots] among some inputs (-1 nowhere), `values` or None for all 1."""

    places: str
    values: str | None
    slots: int


class FirstLayer:
    """Builds the inputs vector as far as it is needed, and the first layer's sums.

    A categorical column with a table of width k makes k contributions per row; a group of m such columns has
    m · k slots, each an input (-1 for nothing) and a value.
    """

    def __init__(self, b: GraphBuilder, model: ScoringModel, plan: InputPlan, encoded: EncodedColumns) -> None:
        self._b, self._model, self._plan, self._numbers = b, model, plan, encoded.numbers or ""
        self._own_tables = [plan.own(group.inputs) for group in plan.groups]
        self._codes: list[str] = []
        for number, group in enumerate(plan.groups):
            start = sum(len(before.columns) for before in plan.groups[:number])
            positions = np.arange(start, start + len(group.columns))
            codes = b.columns_of(encoded.codes or "", positions, len(plan.categorical), f"groups.{number}.codes")
            self._codes.append(codes)

    def sums(self, layer: Layer) -> str:
        """Return bias + weights · inputs [N, sums], from weight rows for categories: no wide one-hots."""
        b = self._b
        dense, inputs = self._side_by_side([*self._own_numbers(), *self._shared()])
        total = None if dense is None else self._product(dense, layer, inputs)
        for part in self._gathered(layer):
            bias_or_total = b.numbers(layer.bias, "layers.0.bias") if total is None else total
            total = b.node("Add", [part, bias_or_total], "layers.0.sums")
        if total is None:
            nothing = b.zeros(len(layer.bias), b.float_code, "layers.0.nothing")
            total = b.node("Add", [nothing, b.numbers(layer.bias, "layers.0.bias")], "layers.0.sums")
        return total

    def sums_and_targets(self, layer: Layer, targets: npt.NDArray[np.int32]) -> tuple[str, str]:
        """Return the sums and the inputs at `targets` [N, targets], both from the whole inputs vector."""
        b = self._b
        blocks = [*self._own_numbers(), *self._category_blocks(), *self._shared()]
        dense, inputs = self._side_by_side(blocks)
        if dense is None:
            return self.sums(layer), b.zeros(len(targets), b.float_code, "inputs.targets")
        width, padded = len(inputs), dense
        place = np.full(self._model.inputs, width, dtype=np.int64)
        place[inputs] = np.arange(width)
        if (place[targets] == width).any():  # an input that no column reaches is always 0
            padded = b.node("Pad", [dense, b.integers([0, 0, 0, 1], "inputs.margins")], "inputs.padded")
            width += 1
        return self._product(dense, layer, inputs), b.columns_of(padded, place[targets], width, "inputs.targets")

    def _product(self, dense: str, layer: Layer, inputs: IntegerArray) -> str:
        b = self._b
        weights = b.weights(layer.weights[:, inputs], "layers.0.weights")
        return b.node("Gemm", [dense, weights, b.numbers(layer.bias, "layers.0.bias")], "layers.0.product", transB=1)

    def _side_by_side(self, blocks: list[Block]) -> tuple[str | None, IntegerArray]:
        if not blocks:
            return None, np.zeros(0, dtype=np.int64)
        return self._b.concat([edge for edge, _ in blocks], "inputs"), np.concatenate([i for _, i in blocks])

    def _own_numbers(self) -> list[Block]:
        """Return the numeric columns that have an input of their own, as at most one block."""
        columns = [self._model.columns[position] for position in self._plan.numeric]
        reached = np.array([column.input for column in columns if isinstance(column, Numeric)], dtype=np.int64)
        inputs = self._plan.own(reached)
        keep = np.flatnonzero(inputs >= 0)
        if not len(keep):
            return []
        return [(self._b.columns_of(self._numbers, keep, len(inputs), "numbers.own"), inputs[keep])]

    def _slots(self, number: int, table: npt.NDArray[np.generic], what: str) -> str:
        """Look the group's codes up in a stacked table [rows, k]; returns [N, slots]."""
        b, hint, members, width = self._b, f"groups.{number}.{what}", *self._slot_shape(number)
        if width == 1:
            table = table[:, 0]
        constant = b.integers(table, f"{hint}.table") if table.dtype == np.int64 else b.numbers(table, f"{hint}.table")
        found = b.node("Gather", [constant, self._codes[number]], hint)
        if width == 1:
            return found
        return b.node("Reshape", [found, b.integers([0, members * width], f"{hint}.shape")], f"{hint}.slots")

    def _slot_shape(self, number: int) -> tuple[int, int]:
        group = self._plan.groups[number]
        return len(group.columns), group.width

    def _gathered(self, layer: Layer) -> list[str]:
        """Return one edge [N, sums] per handful of slots: their rows of weights times values, added."""
        b, tables = self._b, self._own_tables
        reached = [np.unique(table[table >= 0]) for table in tables]
        inputs = np.unique(np.concatenate(reached)) if reached else np.zeros(0, dtype=np.int64)
        if not len(inputs):
            return []
        nothing = np.zeros((1, layer.weights.shape[0]), dtype=layer.weights.dtype)
        rows = b.weights(np.concatenate((layer.weights[:, inputs].T, nothing)), "layers.0.rows")
        edges = []
        for number, (group, table) in enumerate(zip(self._plan.groups, tables, strict=True)):
            if not len(reached[number]):
                continue
            index = np.where(table >= 0, np.searchsorted(inputs, table), len(inputs))
            which = self._slots(number, index, "weight_rows")
            values = None if group.plain else self._slots(number, group.values, "values")
            slots = len(group.columns) * group.width
            for start in range(0, slots, GATHERED):
                some = np.arange(start, min(start + GATHERED, slots))
                hint = f"groups.{number}.{start}"
                found = b.node("Gather", [rows, b.columns_of(which, some, slots, f"{hint}.some")], f"{hint}.weights")
                if values is not None:
                    factors = b.columns_of(values, some, slots, f"{hint}.some_values")
                    factors = b.node("Unsqueeze", [factors, b.integers([2], f"{hint}.axis")], f"{hint}.factors")
                    found = b.node("Mul", [found, factors], f"{hint}.products")
                edges.append(b.sum_over(found, [1], f"{hint}.sums"))
        return edges

    def _category_blocks(self) -> list[Block]:
        """Return, per categorical column, its own inputs as numbers [N, inputs]."""
        blocks = []
        for number, (group, table) in enumerate(zip(self._plan.groups, self._own_tables, strict=True)):
            if not (table >= 0).any():
                continue
            spans = np.split(np.arange(len(table)), group.bases[1:])
            inputs_of = [np.unique(table[span][table[span] >= 0]) for span in spans]
            places = [_places(table[span], inputs) for span, inputs in zip(spans, inputs_of, strict=True)]
            slots = self._slot_edges(number, group, np.concatenate(places), "places")
            for member, inputs in enumerate(inputs_of):
                if len(inputs):
                    hint = f"columns.{group.columns[member]}.inputs"
                    parts = [self._spread(slots, s, inputs, hint) for s in _slots_of(group, member)]
                    blocks.append((self._added(parts, hint), inputs))
        return blocks

    def _shared(self) -> list[Block]:
        """Return the shared inputs, added in column order, then k order as the contract says; at most one block."""
        plan, b = self._plan, self._b
        if not len(plan.shared):
            return []
        slots = [
            self._slot_edges(number, group, _places(group.inputs, plan.shared), "shared_places")
            for number, group in enumerate(plan.groups)
        ]
        parts = []
        for position, column in enumerate(self._model.columns):
            hint = f"columns.{position}.shared"
            if isinstance(column, Numeric):
                if column.input in plan.shared:
                    at = [plan.numeric.index(position)]
                    number_edge = b.columns_of(self._numbers, at, len(plan.numeric), f"{hint}.number")
                    here = (plan.shared == column.input).astype(np.float64)[np.newaxis]
                    parts.append(b.node("Mul", [number_edge, b.numbers(here, f"{hint}.place")], hint))
                continue
            number = next(n for n, group in enumerate(plan.groups) if position in group.columns)
            group = plan.groups[number]
            for k, slot in enumerate(_slots_of(group, group.columns.index(position))):
                if np.isin(column.inputs[:, k], plan.shared).any():
                    parts.append(self._spread(slots[number], slot, plan.shared, hint))
        return [(self._added(parts, "inputs.shared"), plan.shared)]

    def _slot_edges(self, number: int, group: TableGroup, places: IntegerArray, what: str) -> SlotEdges:
        slots = len(group.columns) * group.width
        if not (places >= 0).any():
            return SlotEdges("", None, slots)
        values = None if group.plain else self._slots(number, group.values, f"{what}.values")
        return SlotEdges(self._slots(number, places, what), values, slots)

    def _spread(self, edges: SlotEdges, slot: int, inputs: IntegerArray, hint: str) -> str:
        """Return one slot's contribution at its place among `inputs`, and 0 elsewhere [N, inputs]."""
        b = self._b
        place = b.columns_of(edges.places, [slot], edges.slots, f"{hint}.place")
        every = b.integers(np.arange(len(inputs))[np.newaxis], f"{hint}.all")
        here = b.node("Equal", [place, every], f"{hint}.here")
        ones = b.node("Cast", [here], f"{hint}.ones", to=b.float_code)
        if edges.values is None:
            return ones
        value = b.columns_of(edges.values, [slot], edges.slots, f"{hint}.value")
        return b.node("Mul", [ones, value], hint)

    def _added(self, edges: list[str], hint: str) -> str:
        total = edges[0]
        for edge in edges[1:]:
            total = self._b.node("Add", [total, edge], f"{hint}.sum")
        return total


def _places(table: IntegerArray, inputs: IntegerArray) -> IntegerArray:
    """Replace each input by its place in the ascending list `inputs`, or by -1 when it is not there."""
    return np.where(np.isin(table, inputs), np.searchsorted(inputs, table), -1).astype(np.int64)


def _slots_of(group: TableGroup, member: int) -> range:
    return range(member * group.width, (member + 1) * group.width)

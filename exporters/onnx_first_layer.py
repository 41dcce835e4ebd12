"""The first layer: rows of weights gathered per category, a matrix product for everything else."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from triplicate.exporters.onnx_columns import EncodedColumns
from triplicate.exporters.onnx_input_plan import InputPlan, TableGroup
from triplicate.exporters.onnx_layers import add_activation
from triplicate.exporters.onnx_merged_tables import MergedTables
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
    """Builds the inputs vector as far as it is needed, and the first layer.

    A categorical column with a table of width k makes k contributions per row; a group of m such columns has
    m · k slots, each an input (-1 for nothing) and a value.
    """

    def __init__(
        self,
        b: GraphBuilder,
        model: ScoringModel,
        plan: InputPlan,
        encoded: EncodedColumns,
        merged: MergedTables | None = None,
    ) -> None:
        self._b, self._model, self._plan, self._encoded, self._merged = b, model, plan, encoded, merged
        self._own_tables = [plan.own(group.inputs) for group in plan.groups]
        self._across: str | None = None  # the codes as [N, categorical], once something asks for them

    def units(self, layer: Layer) -> str:
        """Return the first layer's outputs [N, units], from rows of weights for categories: no wide one-hots."""
        b, numbers, own = self._b, self._encoded.numbers, self._own_inputs()
        if self._merged is not None:
            return self._beside_merged(layer, self._merged)
        if numbers is None or not len(own) or not (own >= 0).all() or len(self._plan.shared):
            dense, inputs = self._side_by_side([*self._own_numbers(), *self._shared()])
            parts = self._gathered(layer)
            if dense is not None:
                total = self._product(dense, layer, inputs)
            else:
                parts = parts or [b.zeros(len(layer.bias), b.float_code, "layers.0.nothing")]
                total = b.numbers(layer.bias, "layers.0.bias")
            return add_activation(b, layer, 0, self._added([total, *parts], "layers.0.sums"))
        # numbers meet nothing else: many of them need not be copied
        constants = b.weights(layer.weights[:, own], "layers.0.weights"), b.numbers(layer.bias, "layers.0.bias")
        parts = self._gathered(layer)
        return numbers.through(
            self._product_with(constants, len(layer.bias), columns_first=numbers.columns_first),
            lambda sums: add_activation(b, layer, 0, self._added([sums, *parts], "layers.0.sums")),
        )

    def _beside_merged(self, layer: Layer, merged: MergedTables) -> str:
        """Return the outputs where merged tables give the sums of the categories, with the bias in them."""
        b, numbers, width = self._b, self._encoded.numbers, len(layer.bias)
        rows, tables = b.numbers(merged.sums, "layers.0.rows"), len(merged.members)
        parts = self._rows_added(rows, self._encoded.codes or "", tables, width, "tables")
        sums = self._added(parts, "layers.0.categories")
        if numbers is None:
            return add_activation(b, layer, 0, sums)
        constants = b.weights(layer.weights[:, self._own_inputs()], "layers.0.weights"), sums
        product = self._product_with(constants, width, columns_first=numbers.columns_first)
        return numbers.through(product, lambda every: add_activation(b, layer, 0, every))

    def _product_with(self, constants: tuple[str, str], width: int, *, columns_first: bool) -> Callable[[str], str]:
        return lambda x: self._b.affine_of(x, constants, width, "layers.0", columns_first=columns_first)

    def units_and_targets(self, layer: Layer, targets: npt.NDArray[np.int32]) -> tuple[str, str]:
        """Return the outputs and the inputs at `targets` [N, targets], both from the whole inputs vector."""
        b = self._b
        blocks = [*self._own_numbers(), *self._category_blocks(), *self._shared()]
        dense, inputs = self._side_by_side(blocks)
        if dense is None:
            return self.units(layer), b.zeros(len(targets), b.float_code, "inputs.targets")
        width, padded = len(inputs), dense
        place = np.full(self._model.inputs, width, dtype=np.int64)
        place[inputs] = np.arange(width)
        if (place[targets] == width).any():  # an input that no column reaches is always 0
            padded = b.node("Pad", [dense, b.integers([0, 0, 0, 1], "inputs.margins")], "inputs.padded")
            width += 1
        units = add_activation(b, layer, 0, self._product(dense, layer, inputs))
        return units, b.columns_of(padded, place[targets], width, "inputs.targets")

    def _product(self, dense: str, layer: Layer, inputs: IntegerArray) -> str:
        return self._b.affine(dense, layer.weights[:, inputs], layer.bias, "layers.0")

    def _side_by_side(self, blocks: list[Block]) -> tuple[str | None, IntegerArray]:
        if not blocks:
            return None, np.zeros(0, dtype=np.int64)
        return self._b.concat([edge for edge, _ in blocks], "inputs"), np.concatenate([i for _, i in blocks])

    def _own_numbers(self) -> list[Block]:
        """Return the numeric columns that have an input of their own, as at most one block."""
        inputs = self._own_inputs()
        keep = np.flatnonzero(inputs >= 0)
        if self._encoded.numbers is None or not len(keep):
            return []
        return [(self._b.columns_of(self._encoded.numbers.edge, keep, len(inputs), "numbers.own"), inputs[keep])]

    def _own_inputs(self) -> IntegerArray:
        """Return the input of each numeric column, -1 for a shared one."""
        columns = [self._model.columns[position] for position in self._plan.numeric]
        reached = np.array([column.input for column in columns if isinstance(column, Numeric)], dtype=np.int64)
        return self._plan.own(reached)

    def _codes_below(self, number: int) -> str:
        """Return the codes of a group [members, N]."""
        return self._b.rows_of(self._encoded.codes or "", *self._members(number))

    def _codes_across(self, number: int) -> str:
        """Return the codes of a group [N, members]."""
        if self._across is None:
            self._across = self._b.node("Transpose", [self._encoded.codes or ""], "codes.across", perm=[1, 0])
        return self._b.columns_of(self._across, *self._members(number))

    def _members(self, number: int) -> tuple[IntegerArray, int, str]:
        start = sum(len(before.columns) for before in self._plan.groups[:number])
        members = np.arange(start, start + len(self._plan.groups[number].columns))
        return members, len(self._plan.categorical), f"groups.{number}.codes"

    def _slots(self, number: int, table: npt.NDArray[np.generic], what: str) -> str:
        """Look the group's codes up in a stacked table [rows, k]; returns [N, slots]."""
        b, hint, members, width = self._b, f"groups.{number}.{what}", *self._slot_shape(number)
        if width == 1:
            table = table[:, 0]
        constant = b.integers(table, f"{hint}.table") if table.dtype == np.int64 else b.numbers(table, f"{hint}.table")
        found = b.node("Gather", [constant, self._codes_across(number)], hint)
        if width == 1:
            return found
        return b.node("Reshape", [found, b.integers([0, members * width], f"{hint}.shape")], f"{hint}.slots")

    def _slot_shape(self, number: int) -> tuple[int, int]:
        group = self._plan.groups[number]
        return len(group.columns), group.width

    def _gathered(self, layer: Layer) -> list[str]:
        """Return one edge [N, sums] per handful of slots: their rows of weights times values, added."""
        edges = []
        for number, (group, table) in enumerate(zip(self._plan.groups, self._own_tables, strict=True)):
            if not (table >= 0).any():
                continue
            if group.plain and group.width == 1:
                edges += self._gathered_plainly(layer, number, table[:, 0])
            else:
                edges += self._gathered_with_values(layer, number, table)
        return edges

    def _gathered_plainly(self, layer: Layer, number: int, table: IntegerArray) -> list[str]:
        """Add rows of weights of one-hot columns, a handful at a time."""
        b, members = self._b, len(self._plan.groups[number].columns)
        codes = self._codes_below(number)
        inputs, index = _reached(table)
        if len(table) <= 2 * len(inputs) + 2 * members:  # few levels share an input: a row of weights for each code
            rows = self._rows_of_weights(layer, table)
        else:
            rows = self._rows_of_weights(layer, np.append(inputs, -1))
            codes = b.node("Gather", [b.integers(index, f"groups.{number}.rows"), codes], f"groups.{number}.row")
        return self._rows_added(rows, codes, members, len(layer.bias), f"groups.{number}")

    def _rows_added(self, rows: str, codes: str, members: int, width: int, what: str) -> list[str]:
        """Look codes [members, N] up in rows [rows, width] and add what they find, a handful at a time."""
        b, edges = self._b, []
        for start in range(0, members, GATHERED):
            hint = f"{what}.{start}"
            count = min(GATHERED, members - start)
            some = b.rows_of(codes, np.arange(start, start + count), members, f"{hint}.some")
            found = b.node("Gather", [rows, some], f"{hint}.weights")
            edges.append(self._added_blocks(found, count, width, hint))
        return edges

    def _added_blocks(self, blocks: str, count: int, width: int, hint: str) -> str:
        """Add matrices [count, N, width] to one [N, width]: ones times rows takes less than ReduceSum."""
        b = self._b
        if count > 1:
            flat = b.node("Reshape", [blocks, b.integers([count, -1], f"{hint}.shape")], f"{hint}.flat")
            blocks = b.node("MatMul", [b.numbers(np.ones((1, count)), f"{hint}.ones"), flat], f"{hint}.total")
        return b.node("Reshape", [blocks, b.integers([-1, width], f"{hint}.matrix")], f"{hint}.sums")

    def _gathered_with_values(self, layer: Layer, number: int, table: IntegerArray) -> list[str]:
        b, group = self._b, self._plan.groups[number]
        inputs, index = _reached(table)
        rows = self._rows_of_weights(layer, np.append(inputs, -1))
        which = self._slots(number, index, "weight_rows")
        values = None if group.plain else self._slots(number, group.values, "values")
        slots = len(group.columns) * group.width
        edges = []
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

    def _rows_of_weights(self, layer: Layer, inputs: IntegerArray) -> str:
        """Return the weights of the inputs as rows; a row of zeros for -1."""
        rows = np.where((inputs >= 0)[:, np.newaxis], layer.weights.T[inputs], layer.weights.dtype.type(0))
        return self._b.weights(rows, "layers.0.rows")

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
                if column.input in plan.shared and self._encoded.numbers is not None:
                    at = [plan.numeric.index(position)]
                    number_edge = b.columns_of(self._encoded.numbers.edge, at, len(plan.numeric), f"{hint}.number")
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
            total = self._b.node("Add", [total, edge], f"{hint}.added")
        return total


def _reached(table: IntegerArray) -> tuple[IntegerArray, IntegerArray]:
    """Return the inputs that a table reaches, ascending, and their places in it; nothing (-1) is one place further."""
    inputs = np.unique(table[table >= 0])
    return inputs, np.where(table >= 0, np.searchsorted(inputs, table), len(inputs))


def _places(table: IntegerArray, inputs: IntegerArray) -> IntegerArray:
    """Replace each input by its place in the ascending list `inputs`, or by -1 when it is not there."""
    return np.where(np.isin(table, inputs), np.searchsorted(inputs, table), -1).astype(np.int64)


def _slots_of(group: TableGroup, member: int) -> range:
    return range(member * group.width, (member + 1) * group.width)

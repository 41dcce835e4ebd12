"""Categories of a float32 graph: a cell, or two together, add a row of numbers to the first layer's sums."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from onnx import TensorProto

from triplicate.exporters.onnx_input_plan import InputPlan
from triplicate.exporters.onnx_nodes import GraphBuilder
from triplicate.runtime.columns import Categorical
from triplicate.runtime.heads import Reconstruction
from triplicate.runtime.layers import Layer
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["MergedTables", "merge_tables"]

FloatMatrix = npt.NDArray[np.float64]
IntegerArray = npt.NDArray[np.int64]
LARGEST_PAIR = 2**15  # numbers in the table of two columns: 128 KiB, which a processor keeps at hand
LARGEST_REPEATED = 2**16  # numbers in the table of a column whose levels share inputs: its rows repeat weights
LARGEST_STACK = 2**24  # numbers in all tables together


@dataclass(frozen=True, slots=True, eq=False)
class MergedTables:
    """Tables stacked row upon row, each of two categorical columns or of one; those of two come first.

    `members` are positions in ScoringModel.columns. A table of two has a row per pair of their rows, the second
    column's changing fastest. Per column in the order of `positions`, `codes` int64 [columns, 2] holds (start, stride):
    its row r adds start + r * stride to the stacked row; and `unseen` int64 [columns] what an unseen level adds. `sums`
    float32 [rows, sums] is what a stacked row adds to the first layer's sums, its bias included.
    """

    members: tuple[tuple[int, ...], ...]
    codes: IntegerArray
    sums: npt.NDArray[np.float32]
    unseen: IntegerArray

    @property
    def positions(self) -> tuple[int, ...]:
        """The columns, table by table."""
        return tuple(position for table in self.members for position in table)

    def step(self, position: int) -> tuple[int, int]:
        """Return (start, stride) of a column."""
        start, stride = self.codes[self.positions.index(position)].tolist()
        return start, stride

    def look_up(self, b: GraphBuilder, edges: dict[int, str]) -> tuple[str, str]:
        """Return stacked rows [tables, N] and counts of unseen levels [N], int64, from codes [N, 1] by position.

        Products with zeros and ones add them: they take less time than sums over an axis.
        """
        each = b.stack([edges[position] for position in self.positions], "codes.columns")
        codes = each
        if len(self.members) < len(self.positions):
            belongs = [[int(position in table) for position in self.positions] for table in self.members]
            codes = b.node("MatMul", [b.integers(belongs, "codes.tables"), each], "codes")
        strange = b.node("Equal", [each, b.integers(self.unseen[:, np.newaxis], "unseen.codes")], "unseen.cells")
        ones = b.node("Cast", [strange], "unseen.ones", to=TensorProto.INT64)
        every = b.integers(np.ones(len(self.positions)), "unseen.all")
        return codes, b.node("MatMul", [every, ones], "unseen")


def merge_tables(model: ScoringModel, plan: InputPlan) -> MergedTables | None:
    """Return the tables of a model, or None where rows of weights per input are better or the inputs are needed."""
    columns = {p: c for p in plan.categorical if isinstance(c := model.columns[p], Categorical)}
    layer = model.layers[0]
    width = len(layer.bias)
    if not columns or len(plan.shared) or isinstance(model.head, Reconstruction):
        return None
    if sum(len(column.inputs) for column in columns.values()) * width > LARGEST_STACK:
        return None
    if any(_repeats(column) and len(column.inputs) * width > LARGEST_REPEATED for column in columns.values()):
        return None
    members = _partners({p: len(column.inputs) for p, column in columns.items()}, LARGEST_PAIR // width)
    rows: list[FloatMatrix] = []
    codes: list[tuple[int, int]] = []
    unseen: list[int] = []
    start = 0
    for table in members:
        each = [columns[position] for position in table]
        strides = [len(each[1].inputs), 1] if len(each) > 1 else [1]
        rows.append(_sums(each[0], layer) if len(each) == 1 else _outer(*(_sums(column, layer) for column in each)))
        starts = [start, 0][: len(each)]
        codes += zip(starts, strides, strict=True)
        unseen += [first + column.unseen_row * by for column, first, by in zip(each, starts, strides, strict=True)]
        start += len(rows[-1])
    rows[0] = rows[0] + layer.bias
    sums = np.concatenate(rows)
    if not (np.abs(sums) < np.finfo(np.float32).max).all():
        return None
    return MergedTables(members, np.array(codes), sums.astype(np.float32), np.array(unseen))


def _repeats(column: Categorical) -> bool:
    """Tell whether many levels share inputs."""
    return len(column.inputs) > 2 * len(np.unique(column.inputs)) + 2


def _partners(sizes: dict[int, int], largest: int) -> tuple[tuple[int, ...], ...]:
    """Pair columns, the longest with the shortest as long as a pair has at most `largest` rows; pairs come first."""
    left = sorted(sizes, key=lambda position: (-sizes[position], position))
    pairs: list[tuple[int, ...]] = []
    alone: list[tuple[int, ...]] = []
    while left:
        longest = left.pop(0)
        if left and sizes[longest] * sizes[left[-1]] <= largest:
            pairs.append((longest, left.pop()))
        else:
            alone.append((longest,))
    return (*pairs, *alone)


def _outer(first: FloatMatrix, second: FloatMatrix) -> FloatMatrix:
    """Return a row per pair of rows, their sum."""
    every: FloatMatrix = (first[:, np.newaxis] + second[np.newaxis]).reshape(-1, first.shape[1])
    return every


def _sums(column: Categorical, layer: Layer) -> FloatMatrix:
    """Return what each row of a column's table adds to the layer's sums [rows, sums]."""
    sums = np.zeros((len(column.inputs), len(layer.bias)))
    with np.errstate(over="ignore", invalid="ignore"):
        for inputs, values in zip(column.inputs.T, column.values.T, strict=True):
            reached = inputs >= 0
            sums[reached] += layer.weights.T[inputs[reached]] * values[reached, np.newaxis]
    return sums

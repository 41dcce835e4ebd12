"""Categories of a float32 graph: a cell, or two together, add a row of numbers to the first layer's sums."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from triplicate.exporters.onnx_input_plan import InputPlan
from triplicate.exporters.onnx_nodes import GraphBuilder
from triplicate.runtime.columns import Categorical
from triplicate.runtime.heads import Reconstruction
from triplicate.runtime.layers import Layer
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["MergedTables", "merge_tables"]

FloatMatrix = npt.NDArray[np.float64]
LARGEST_PAIR = 2**15  # numbers in the table of two columns: 128 KiB, which a processor keeps at hand
LARGEST_REPEATED = 2**16  # numbers in the table of a column whose levels share inputs: its rows repeat weights
LARGEST_STACK = 2**24  # numbers in all tables together


@dataclass(frozen=True, slots=True, eq=False)
class MergedTables:
    """Tables stacked row upon row, each of two categorical columns or of one; those of two come first.

    `members` are positions in ScoringModel.columns. A table of two has a row per pair of their rows, the second
    column's changing fastest. `bases` are the first stacked rows of the tables. `sums` float32 [rows, sums] is what a
    row adds to the first layer's sums, its bias included; `unseen` int64 [rows] how many unseen levels it stands for.
    """

    members: tuple[tuple[int, ...], ...]
    bases: tuple[int, ...]
    strides: tuple[int, ...]
    sums: npt.NDArray[np.float32]
    unseen: npt.NDArray[np.int64]

    def step(self, position: int) -> tuple[int, int]:
        """Return (start, stride): row r of this column adds start + r * stride to the stacked row."""
        table = next(number for number, members in enumerate(self.members) if position in members)
        first = position == self.members[table][0]
        return (self.bases[table], self.strides[table]) if first else (0, 1)

    def codes(self, b: GraphBuilder, edges: dict[int, str]) -> str:
        """Return the stacked rows int64 [tables, N], from the columns' own codes [N, 1] by position."""
        pairs = [members for members in self.members if len(members) > 1]
        below = [edges[members[0]] for members in self.members]
        if pairs:
            firsts = b.below(below[: len(pairs)], "codes.first")
            seconds = b.below([edges[second] for _, second in pairs], "codes.second")
            below = [b.node("Add", [firsts, seconds], "codes.pairs"), *below[len(pairs) :]]
        shape = b.integers([len(self.members), -1], "codes.shape")
        return b.node("Reshape", [b.below(below, "codes.below"), shape], "codes")

    def count_unseen(self, b: GraphBuilder, codes: str) -> str:
        """Return the number of unseen levels per row, int64 [N]."""
        cells = b.node("Gather", [b.integers(self.unseen, "unseen.rows"), codes], "unseen.cells")
        return b.sum_over(cells, [0], "unseen")


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
    rows, unseen, strides = [], [], []
    for table in members:
        first, second = columns[table[0]], columns[table[1]] if len(table) > 1 else None
        strides.append(1 if second is None else len(second.inputs))
        rows.append(_outer(_sums(first, layer), None if second is None else _sums(second, layer)))
        unseen.append(_outer(_strange(first), None if second is None else _strange(second))[:, 0])
    rows[0] = rows[0] + layer.bias
    sums = np.concatenate(rows)
    if not (np.abs(sums) < np.finfo(np.float32).max).all():
        return None
    bases = np.cumsum([0, *(len(table) for table in rows[:-1])])
    counts = np.concatenate(unseen).astype(np.int64)
    return MergedTables(members, tuple(bases.tolist()), tuple(strides), sums.astype(np.float32), counts)


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


def _outer(first: FloatMatrix, second: FloatMatrix | None) -> FloatMatrix:
    """Return a row per pair of rows, their sum."""
    if second is None:
        return first
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


def _strange(column: Categorical) -> FloatMatrix:
    """Return 1 for the row of unseen levels and 0 for the others [rows, 1]."""
    strange: FloatMatrix = (np.arange(len(column.inputs)) == column.unseen_row).astype(np.float64)
    return strange[:, np.newaxis]

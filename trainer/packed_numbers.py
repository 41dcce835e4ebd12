"""Numbers as training keeps them: a byte a cell where a column's integers allow it, else a float.

An integer column whose values lie within 256 of each other, as pixels, ages and counts do, is not widened as a whole:
its cells are scaled while a row is read, to the bits that encoding would have stored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from triplicate.runtime.columns import Numeric
from triplicate.trainer.addressed import Addressed
from triplicate.trainer.atomics import stay_apart
from triplicate.trainer.jit import kernel
from triplicate.trainer.views import row_view, view

__all__ = ["LARGEST", "ByteScaling", "PackedNumbers", "byte_scaling", "read_numbers"]

Floats = npt.NDArray[np.floating[Any]]

LARGEST = float(np.finfo(np.float32).max)
TOGETHER, LEAST = 64, 16  # bytes of a row that are written at once: a cache line; of a narrow table fewer, for memory
EXACT = 2**52  # up to here float64 holds a number, its neighbours, and their sum with a byte


class ByteScaling(NamedTuple):
    """What a byte stands for: (byte + lowest - subtract) * multiply, in float64."""

    lowest: float
    subtract: float
    multiply: float


def byte_scaling(column: Numeric, cells: npt.NDArray[np.integer[Any]] | None) -> ByteScaling | None:
    """Return how bytes stand for the cells of a column.

    None where they are no integers (`cells` is None), span more than a byte, or are scaled beyond float32.
    """
    if cells is None or cells.size == 0:
        return None
    low, high = int(cells.min()), int(cells.max())
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = (np.array([low, high], dtype=np.float64) - column.subtract) * column.multiply
    if high - low > np.iinfo(np.uint8).max or abs(low) > EXACT or not (np.abs(scaled) <= LARGEST).all():
        return None
    return ByteScaling(float(low), column.subtract, column.multiply)


@dataclass(frozen=True, eq=False)
class PackedNumbers(Addressed):
    """n rows of numbers, as kernels read them.

    `floats` (n, columns kept as floats) are scaled, without NaN; `cells` (n, the other columns) are bytes, and
    `scaling` (3, the other columns) is what they stand for (ByteScaling). `runs` (runs, 4) tells of neighbouring
    columns that are kept alike: from which column to which, from which column of their array, and 1 for bytes.
    """

    floats: Floats
    cells: npt.NDArray[np.uint8]
    scaling: npt.NDArray[np.float64]
    runs: npt.NDArray[np.int64]

    @classmethod
    def room(cls, rows: int, scalings: Sequence[ByteScaling | None]) -> Self:
        """Return room for rows of columns: bytes where there is a scaling, else float32."""
        runs, used = [], [0, 0]
        first = 0
        for in_bytes, group in groupby(scalings, lambda scaling: scaling is not None):
            width = len(list(group))
            runs.append((first, first + width, used[in_bytes], int(in_bytes)))
            first, used[in_bytes] = first + width, used[in_bytes] + width
        kept = [scaling for scaling in scalings if scaling is not None]
        return cls(
            np.empty((rows, used[False]), dtype=np.float32),
            np.empty((rows, used[True]), dtype=np.uint8),
            np.ascontiguousarray(np.array(kept, dtype=np.float64).reshape(-1, 3).T),
            np.array(runs, dtype=np.int64).reshape(-1, 4),
        )

    @classmethod
    def of(cls, numbers: Floats) -> Self:
        """Return scaled numbers as they are, (n, columns)."""
        rows, columns = numbers.shape
        return replace(cls.room(rows, [None] * columns), floats=np.ascontiguousarray(numbers))

    @property
    def columns(self) -> int:
        """Number of columns."""
        return int(self.floats.shape[1] + self.cells.shape[1])

    def fill(self, columns: Iterable[npt.NDArray[Any]]) -> None:
        """Write all columns, in their order: scaled numbers, or the differences that bytes hold."""
        given = iter(columns)
        for first, stop, at, in_bytes in self.runs.tolist():
            array, end = self.cells if in_bytes else self.floats, at + stop - first
            step = max(LEAST, min(TOGETHER, array.nbytes // max(len(array), 1) // 8)) // array.itemsize
            for begin in range(at, end, step):
                part = np.empty((min(step, end - begin), len(array)), dtype=array.dtype)
                for column in part:
                    column[:] = next(given)
                array[:, begin : begin + len(part)] = part.T

    def take(self, rows: npt.NDArray[np.intp] | slice) -> Self:
        """Return the selected rows in that order."""
        floats, cells = np.ascontiguousarray(self.floats[rows]), np.ascontiguousarray(self.cells[rows])
        return replace(self, floats=floats, cells=cells)

    def matrix(self) -> Floats:
        """Return all numbers scaled, (n, columns)."""
        matrix = np.empty((len(self.floats), self.columns), dtype=self.floats.dtype)
        for first, stop, at, in_bytes in self.runs.tolist():
            if in_bytes:
                lowest, subtract, multiply = self.scaling[:, at : at + stop - first]
                matrix[:, first:stop] = (self.cells[:, at : at + stop - first] + lowest - subtract) * multiply
            else:
                matrix[:, first:stop] = self.floats[:, at : at + stop - first]
        return matrix

    def share_not_zero(self) -> float:
        """Return the share of numbers that are not 0; of no numbers it is 0."""
        lowest, subtract, multiply = self.scaling
        found = np.count_nonzero(self.floats) + np.count_nonzero((self.cells != subtract - lowest) & (multiply != 0))
        return float(found / max(self.floats.size + self.cells.size, 1))

    def reach(self) -> Floats:
        """Return the largest absolute value of each column."""
        floats, cells = (np.stack([numbers.min(axis=0), numbers.max(axis=0)]) for numbers in (self.floats, self.cells))
        reach: Floats = np.abs(replace(self, floats=floats, cells=cells).matrix()).max(axis=0)
        return reach


@kernel(inner=True)
def read_numbers(numbers: PackedNumbers, row: int, out: Floats) -> None:
    """Write the scaled numbers of a row to `out`."""
    stay_apart()
    for run in range(numbers.runs.shape[0]):
        first, stop, at = numbers.runs[run, 0], numbers.runs[run, 1], numbers.runs[run, 2]
        part, end = view(out, first, stop), at + stop - first
        if numbers.runs[run, 3] == 0:
            given = row_view(numbers.floats, row, at, end)
            for column in range(part.size):
                part[column] = given[column]
        else:
            cells, lowest = row_view(numbers.cells, row, at, end), row_view(numbers.scaling, 0, at, end)
            subtract, multiply = row_view(numbers.scaling, 1, at, end), row_view(numbers.scaling, 2, at, end)
            for column in range(part.size):
                part[column] = (cells[column] + lowest[column] - subtract[column]) * multiply[column]

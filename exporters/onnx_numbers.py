"""Numeric columns inside a graph: scaled, missing or unusable numbers replaced, clipped."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from onnx import TensorProto

from triplicate.exporters.onnx_nodes import GraphBuilder
from triplicate.runtime.columns import Numeric

__all__ = ["WIDE", "Numbers", "scale_numbers"]

WIDE = 64  # from this many numbers a row on, replacing holes that are hardly ever there takes as long as a product
ENDS = {"low": ("Max", "Less", "numbers.not_below"), "high": ("Min", "Greater", "numbers.not_above")}


@dataclass(slots=True)
class Numbers:
    """The numeric columns of a graph, ready to be used: x' [N, columns] in the graph's number type.

    `scaled` is the edge of the scaled numbers, before missing ones are replaced, `code` its type; `width` the number
    of columns; `columns_first` says whether it is [columns, N]; numbers from `limit` on count as missing. Of a
    `complete` table every number is used as it is.
    """

    builder: GraphBuilder
    scaled: str
    code: int
    width: int
    columns_first: bool
    limit: float
    repair: Callable[[str], str]  # replaces what is missing or unusable
    finish: Callable[[str], str]  # clips, and casts to the graph's type
    complete: bool = False
    _edge: str | None = None

    @property
    def edge(self) -> str:
        """The edge of x'; many numbers are only looked at one by one when their sum of squares is not finite."""
        if self._edge is None:
            used = self._used()
            self._edge = self.builder.node("Transpose", [used], "numbers", perm=[1, 0]) if self.columns_first else used
        return self._edge

    def _used(self) -> str:
        if self.complete:
            return self.finish(self.scaled)
        if self.width < WIDE:
            return self.finish(self.repair(self.scaled))
        return self._choose(lambda: self.finish(self.scaled), lambda: self.finish(self.repair(self.scaled)))

    def through(self, product: Callable[[str], str], use: Callable[[str], str]) -> str:
        """Return use(product(x')), a product with weights [N, sums]; it is given x' as `columns_first` says."""
        if self.complete or self.width < WIDE:
            return use(product(self._used()))
        return self._choose(
            lambda: use(product(self.finish(self.scaled))),
            lambda: use(product(self.finish(self.repair(self.scaled)))),
        )

    def _choose(self, if_usable: Callable[[], str], if_not: Callable[[], str]) -> str:
        """Look at all numbers together: a sum of squares that merely overflows leads to the same answer."""
        b = self.builder
        squares = b.node("ReduceSumSquare", [self.scaled], "numbers.squares", keepdims=0)
        largest = self.limit**2 if self.code == TensorProto.DOUBLE else np.inf
        usable = b.node("Less", [squares, b.scalar(largest, self.code)], "numbers.all_usable")
        return b.choose(usable, if_usable, if_not, "numbers.used")


def scale_numbers(
    b: GraphBuilder,
    columns: list[Numeric],
    raw: str,
    *,
    columns_first: bool,
    limit: float = np.inf,
    complete: bool = False,
) -> Numbers:
    """Scale the raw numbers [N, columns], or [columns, N], of the graph's type; those from `limit` on are missing.

    In float32 the limit is infinity or 2^64, whose square is infinity too.

    In float64 where a number is multiplied, or float32 does not hold what is subtracted: rounded before, it would
    cost large raw numbers that lie close together their digits.
    """
    subtract, multiply, missing, low, high = (
        np.array([getattr(column, field) for column in columns], dtype=np.float64)
        for field in ("subtract", "multiply", "missing", "low", "high")
    )

    def constant(values: npt.NDArray[np.float64], hint: str) -> str:
        """Return a constant beside the numbers: one for all where the columns agree."""
        if (values == values[0]).all():
            return b.scalar(float(values[0]), code)
        shaped = values[:, np.newaxis] if columns_first else values
        return b.constant(shaped, hint) if code == TensorProto.DOUBLE else b.numbers(shaped, hint)

    exact = b.holds(subtract) and (subtract == subtract.astype(b.floats)).all()
    plain = exact and (multiply == 1.0).all() and all(map(b.holds, (missing, low, high)))
    code = b.float_code if plain else int(TensorProto.DOUBLE)
    x = raw if code == b.float_code else b.node("Cast", [raw], "numbers.wide", to=code)
    if subtract.any():
        x = b.node("Sub", [x, constant(subtract, "numbers.subtract")], "numbers.centred")
    if (multiply != 1.0).any():
        x = b.node("Mul", [x, constant(multiply, "numbers.multiply")], "numbers.scaled")

    def repair(edge: str) -> str:
        usable = b.node("Less", [b.node("Abs", [edge], "numbers.size"), b.scalar(limit, code)], "numbers.usable")
        return b.node("Where", [usable, edge, constant(missing, "numbers.missing")], "numbers.filled")

    lowest, highest = (np.isfinite(low) | (low > 0)).any(), (np.isfinite(high) | (high < 0)).any()

    def bounded(edge: str, ends: npt.NDArray[np.float64], low_or_high: str) -> str:
        end = constant(ends, f"numbers.{low_or_high}")
        operator, beyond, hint = ENDS[low_or_high]
        if not complete:
            return b.node(operator, [edge, end], hint)
        outside = b.node(beyond, [edge, end], "numbers.outside")  # Min and Max lose a NaN before ONNX Runtime 1.21
        return b.node("Where", [outside, end, edge], hint)

    def finish(edge: str) -> str:
        if lowest:
            edge = bounded(edge, low, "low")
        if highest:
            edge = bounded(edge, high, "high")
        return edge if code == b.float_code else b.node("Cast", [edge], "numbers.narrow", to=b.float_code)

    return Numbers(b, x, code, len(columns), columns_first, limit, repair, finish, complete)

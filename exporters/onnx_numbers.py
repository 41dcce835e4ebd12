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


@dataclass(slots=True)
class Numbers:
    """The numeric columns of a graph, ready to be used: x' [N, columns] in the graph's number type.

    `scaled` is the edge of the scaled numbers, before missing ones are replaced, `code` its type; `width` the number
    of columns; `clips` says whether any of them is clipped.
    """

    builder: GraphBuilder
    scaled: str
    code: int
    width: int
    clips: bool
    repair: Callable[[str], str]  # replaces what is missing or unusable
    finish: Callable[[str], str]  # clips, and casts to the graph's type
    _edge: str | None = None

    @property
    def edge(self) -> str:
        """The edge of x'; many numbers are only looked at one by one when their sum of squares is not finite."""
        if self._edge is None:
            if self.width < WIDE:
                self._edge = self.finish(self.repair(self.scaled))
            else:
                self._edge = self.builder.choose(
                    self._finite(self.scaled, self.code),
                    lambda: self.finish(self.scaled),
                    lambda: self.finish(self.repair(self.scaled)),
                    "numbers.used",
                )
        return self._edge

    def through(self, product: Callable[[str], str], use: Callable[[str], str]) -> str:
        """Return use(product(x')), a product with weights [N, sums].

        With many numbers the product is made of what was given: NaN and infinity, times whatever weight, leave no
        sum finite, so that the first sum of each row tells whether the product holds. A sum that merely overflows
        takes the longer way to the same answer.
        """
        if self.width < WIDE or self.clips or self._edge is not None:
            return use(product(self.edge))
        b = self.builder
        sums = product(self.finish(self.scaled))
        first = b.node("Gather", [sums, b.scalar(0, TensorProto.INT64)], "numbers.first_sums", axis=1)
        return b.choose(
            self._finite(first, b.float_code),
            lambda: use(sums),
            lambda: use(product(self.finish(self.repair(self.scaled)))),
            "numbers.used",
        )

    def _finite(self, edge: str, code: int) -> str:
        b = self.builder
        squares = b.node("ReduceSumSquare", [edge], "numbers.squares", keepdims=0)
        return b.node("Less", [squares, b.scalar(np.inf, code)], "numbers.all_usable")


def scale_numbers(b: GraphBuilder, columns: list[Numeric], raw: str, *, columns_first: bool) -> Numbers:
    """Scale the raw numbers [N, columns], or [columns, N], of the graph's type.

    In float64 where anything is subtracted or multiplied: a float32 subtraction would lose the digits of large raw
    numbers that lie close together.
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

    plain = not subtract.any() and (multiply == 1.0).all() and all(map(b.holds, (missing, low, high)))
    code = b.float_code if plain else int(TensorProto.DOUBLE)
    x = raw if code == b.float_code else b.node("Cast", [raw], "numbers.wide", to=code)
    if subtract.any():
        x = b.node("Sub", [x, constant(subtract, "numbers.subtract")], "numbers.centred")
    if (multiply != 1.0).any():
        x = b.node("Mul", [x, constant(multiply, "numbers.multiply")], "numbers.scaled")

    def repair(edge: str) -> str:
        infinity = b.scalar(np.inf, code)
        usable = b.node("Less", [b.node("Abs", [edge], "numbers.size"), infinity], "numbers.usable")
        return b.node("Where", [usable, edge, constant(missing, "numbers.missing")], "numbers.filled")

    lowest, highest = (np.isfinite(low) | (low > 0)).any(), (np.isfinite(high) | (high < 0)).any()

    def finish(edge: str) -> str:
        if lowest:
            edge = b.node("Max", [edge, constant(low, "numbers.low")], "numbers.not_below")
        if highest:
            edge = b.node("Min", [edge, constant(high, "numbers.high")], "numbers.not_above")
        if code != b.float_code:
            edge = b.node("Cast", [edge], "numbers.narrow", to=b.float_code)
        return b.node("Transpose", [edge], "numbers", perm=[1, 0]) if columns_first else edge

    return Numbers(b, x, code, len(columns), bool(lowest or highest), repair, finish)

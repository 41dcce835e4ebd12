"""ADADELTA's step of a tile of weights, taken as soon as the tile's gradient is there.

The gradient of a small batch is little work beside the step, and more time would go by writing it out and reading it
again. Rows are short: where the compiler's own loops do the last weights of a row one by one, a mask does them
together. Every weight takes the same instructions wherever it lies, so that no bit depends on how a matrix is cut.
"""

# ruff: noqa: ARG001 - numba prescribes the arguments of an intrinsic and of its generator

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from triplicate.trainer.jit import RECIPROCAL_ROOT, ZERO, kernel
from triplicate.trainer.optimizers import EPSILON, FRESH, LARGE, RHO
from triplicate.trainer.tiles import ACROSS, BIT, ROWS, WORD, Kind, address, begin_loop, end_loop, tile

__all__ = ["FUSED_ROWS", "step_at_once"]

Floats = npt.NDArray[np.floating[Any]]

FUSED_ROWS = 32  # of a batch, up to which this is faster, or as fast for layers that come from memory


class _Step:
    """Generates the step of some weights, by the formulas of `optimizers.adadelta`; factors are vectors."""

    def __init__(self, kind: Kind, builder: Any, factors: list[Any], fast: Any) -> None:
        self.kind, self.builder, self.flags = kind, builder, sorted(RECIPROCAL_ROOT)
        self.rho, self.fresh, self.large, self.epsilon = (kind.spread(builder, one, kind.vector) for one in factors)
        self.one = kind.spread(builder, kind.real(1.0), kind.vector)
        self.always = kind.spread(builder, builder.icmp_signed("==", fast, WORD(0)), kind.mask)

    def take(self, gradients: Any, arrays: list[Any], at: Any, mask: Any) -> None:
        """Change what the mask allows of weights, mean squared gradients and mean squared steps, from `at` on."""
        kind, builder = self.kind, self.builder
        slope = kind.load(builder, kind.place(builder, gradients, at), mask)
        places = [kind.place(builder, array, at) for array in arrays]
        weight, square, mean = (kind.load(builder, place, mask) for place in places)
        learns = builder.or_(self.always, builder.fcmp_unordered("!=", slope, kind.zero))
        keep = builder.select(learns, self.rho, self.one)
        square = self._add(self._times(self.fresh, slope), slope, self._times(keep, square))
        above, below = self._add(mean, self.large, self.epsilon), self._add(square, self.large, self.epsilon)
        function = kind.intrinsic(f"sqrt.{kind.name}", kind.vector, kind.vector)
        root = builder.call(function, [self._times(above, below)], fastmath=self.flags)
        step = builder.fdiv(self._times(slope, above), root, flags=self.flags)
        mean = self._add(self._times(self.fresh, step), step, self._times(keep, mean))
        for value, place in zip((builder.fsub(weight, step), square, mean), places, strict=True):
            kind.store(builder, value, place, mask)

    def _times(self, a: Any, b: Any) -> Any:
        return self.builder.fmul(a, b, flags=self.flags)

    def _add(self, a: Any, b: Any, c: Any) -> Any:
        function = self.kind.intrinsic(f"fmuladd.{self.kind.name}", self.kind.vector, *[self.kind.vector] * 3)
        return self.builder.call(function, [a, b, c])


def _step_function(kind: Kind) -> Any:
    """Return the function that changes rows of weights, `apart` apart, by rows of a gradient, `across` apart."""
    data = kind.real.as_pointer()
    made, new = kind.function("adadelta", [data, WORD, data, data, data, WORD, WORD, WORD, *[kind.real] * 4, WORD])
    if not new:
        return made
    gradients, across, *arrays, apart, rows, columns, rho, fresh, large, epsilon, fast = made.args
    builder = ir.IRBuilder(made.append_basic_block())
    step = _Step(kind, builder, [rho, fresh, large, epsilon], fast)
    whole = builder.and_(columns, WORD(-kind.lanes))  # columns that fill vectors
    rest = kind.first(builder, builder.sub(columns, whole))
    row = begin_loop(builder, rows)
    of_gradients = builder.gep(gradients, [builder.mul(row[0], across)])
    of_arrays = [builder.gep(array, [builder.mul(row[0], apart)]) for array in arrays]
    full, check, masked, done = (builder.append_basic_block() for _ in range(4))
    builder.cbranch(builder.icmp_signed(">", whole, WORD(0)), full, check)
    builder.position_at_end(full)
    column = begin_loop(builder, whole, kind.lanes)
    step.take(of_gradients, of_arrays, column[0], ir.Constant(kind.mask, [BIT(1)] * kind.lanes))
    end_loop(builder, column)
    builder.branch(check)
    builder.position_at_end(check)
    builder.cbranch(builder.icmp_signed("<", whole, columns), masked, done)
    builder.position_at_end(masked)
    step.take(of_gradients, of_arrays, whole, rest)
    builder.branch(done)
    builder.position_at_end(done)
    end_loop(builder, row)
    builder.ret_void()
    return made


def _step(
    typing: Any, gradients: Any, gradients_at: Any, across: Any, weights: Any, weights_at: Any, squares: Any,
    squares_at: Any, means: Any, means_at: Any, apart: Any, rows: Any, columns: Any, rho: Any, fresh: Any, large: Any,
    epsilon: Any, fast: Any,
) -> tuple[Any, Any]:  # fmt: skip
    number, whole = weights.dtype, types.int64
    arrays = [each for array in (weights, squares, means) for each in (array, whole)]

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = Kind(builder.module, context.get_value_type(number))
        given, *own = (address(context, builder, signature, args, place) for place in (0, 3, 5, 7))
        builder.call(_step_function(kind), [given, args[2], *own, *args[9:]])
        return context.get_dummy_value()

    return types.void(gradients, whole, whole, *arrays, whole, whole, whole, *[number] * 4, whole), generate


_step_tile = cast("Callable[..., None]", intrinsic(_step))


@kernel(inner=True)
def step_at_once(
    inputs: Floats, inputs_at: int, wide: int, errors: Floats, errors_at: int, sums: int, size: int, rows: int,
    columns: int, parameters: Floats, squares: Floats, steps: Floats, start: int, stride: int,
    constants: npt.NDArray[np.float64], fast: bool, gradient: Floats,
) -> None:  # fmt: skip
    """Change a matrix of weights (rows, columns) by ADADELTA, its gradient being the product inputs' errors.

    These have `size` rows, `wide` and `sums` numbers apart, and begin at `*_at` of their flat arrays. Row i of the
    weights begins at `start + i * stride`; `gradient` is work space for a tile.
    """
    kind, across = parameters.dtype.type, ACROSS // parameters.itemsize
    rho, fresh, epsilon = kind(constants[RHO]), kind(constants[FRESH]), kind(constants[EPSILON] * LARGE)
    for row in range(0, rows, ROWS):
        height = rows - row if rows - row < ROWS else ROWS
        for column in range(0, columns, across):
            width = columns - column if columns - column < across else across
            tile(
                inputs, inputs_at + row, 1, wide, height, errors, errors_at + column, sums, size, gradient, ZERO,
                across, width, ZERO,
            )  # fmt: skip
            at = start + row * stride + column
            _step_tile(
                gradient, ZERO, across, parameters, at, squares, at, steps, at, stride, height, width, rho, fresh,
                kind(LARGE), epsilon, fast,
            )  # fmt: skip

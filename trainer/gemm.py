"""Matrix products inside kernels: BLAS as SciPy ships it, on blocks of columns or rows without copies.

The functions are reached by symbols that are bound when this module is imported, so that compiled kernels hold
no address and can be cached.
"""

# ruff: noqa: ARG001 - numba prescribes the arguments of an intrinsic and of its generator

from collections.abc import Callable
from typing import Any, cast

import llvmlite.binding
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.core import cgutils as untyped
from numba.extending import get_cython_function_address, intrinsic

from triplicate.trainer.jit import kernel

__all__ = ["multiply", "multiply_transposed", "multiply_with_transposed"]

Floats = npt.NDArray[np.floating[Any]]

cgutils: Any = untyped
SYMBOLS = {32: "triplicate_sgemm", 64: "triplicate_dgemm"}

for bits, name in ((32, "sgemm"), (64, "dgemm")):
    llvmlite.binding.add_symbol(SYMBOLS[bits], get_cython_function_address("scipy.linalg.cython_blas", name))


def _gemm(
    typing: Any, a_trans: Any, b_trans: Any, m: Any, n: Any, k: Any, a: Any, a_at: Any, lda: Any, b: Any, b_at: Any,
    ldb: Any, c: Any, c_at: Any, ldc: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """C = op(A) op(B) as BLAS counts, column by column; A, B, C are flat arrays, read from `*_at`."""
    number = c.dtype

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        real = context.get_value_type(number)

        def kept(kind: Any, value: Any) -> Any:
            place = cgutils.alloca_once(builder, kind)
            builder.store(value, place)
            return place

        def sign(transposed: Any) -> Any:
            byte = ir.IntType(8)
            chosen = builder.select(builder.icmp_signed("!=", transposed, ir.IntType(64)(0)), byte(84), byte(78))
            return kept(byte, chosen)  # T or N

        def whole(value: Any) -> Any:
            return kept(ir.IntType(32), builder.trunc(value, ir.IntType(32)))

        def data(place: int) -> Any:
            array = context.make_array(signature.args[place])(context, builder, args[place])
            return builder.gep(array.data, [args[place + 1]])

        given = [
            sign(args[0]), sign(args[1]), whole(args[2]), whole(args[3]), whole(args[4]), kept(real, real(1.0)),
            data(5), whole(args[7]), data(8), whole(args[10]), kept(real, real(0.0)), data(11), whole(args[13]),
        ]  # fmt: skip
        kind = ir.FunctionType(ir.VoidType(), [value.type for value in given])
        builder.call(cgutils.get_or_insert_function(builder.module, kind, SYMBOLS[number.bitwidth]), given)
        return context.get_dummy_value()

    i = types.int64
    return types.void(i, i, i, i, i, a, i, i, b, i, i, c, i, i), generate


gemm = cast("Callable[..., None]", intrinsic(_gemm))


@kernel(inner=True)
def multiply(
    rows: int, inner: int, columns: int, a: Floats, a_at: int, a_wide: int, b: Floats, b_at: int, b_wide: int,
    out: Floats, out_at: int, out_wide: int,
) -> None:  # fmt: skip
    """Write A B, shape (rows, columns), to `out`; A has `inner` columns.

    Matrices lie row by row in flat arrays, beginning at `*_at`; `*_wide` numbers lie between two rows.
    """
    gemm(0, 0, columns, rows, inner, b, b_at, b_wide, a, a_at, a_wide, out, out_at, out_wide)


@kernel(inner=True)
def multiply_with_transposed(
    rows: int, inner: int, columns: int, a: Floats, a_at: int, a_wide: int, b: Floats, b_at: int, b_wide: int,
    out: Floats, out_at: int, out_wide: int,
) -> None:  # fmt: skip
    """Write A B', shape (rows, columns), to `out`; B has shape (columns, inner). Otherwise as `multiply`."""
    gemm(1, 0, columns, rows, inner, b, b_at, b_wide, a, a_at, a_wide, out, out_at, out_wide)


@kernel(inner=True)
def multiply_transposed(
    rows: int, inner: int, columns: int, a: Floats, a_at: int, a_wide: int, b: Floats, b_at: int, b_wide: int,
    out: Floats, out_at: int, out_wide: int,
) -> None:  # fmt: skip
    """Write A' B, shape (rows, columns), to `out`; A has shape (inner, rows). Otherwise as `multiply`."""
    gemm(0, 1, columns, rows, inner, b, b_at, b_wide, a, a_at, a_wide, out, out_at, out_wide)

"""Parts of arrays in kernels, without the checks and counters of a slice.

A slice allows for negative numbers and ends beyond the array, and counts references; both make more machine code
than the loop that follows. A view must lie inside its array, which must live longer than the view.
"""

# ruff: noqa: ARG001 - numba prescribes the arguments of an intrinsic and of its generator

from collections.abc import Callable
from typing import Any, cast

import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.core import cgutils as untyped
from numba.extending import intrinsic

__all__ = ["row_view", "view"]

cgutils: Any = untyped


def _part(context: Any, builder: Any, kind: Any, data: Any, size: Any) -> Any:
    """Return a contiguous one-dimensional array that nobody counts references to."""
    word = ir.IntType(64)
    array = context.make_array(kind)(context, builder)
    bytes_each = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    context.populate_array(
        array, data=data, shape=[size], strides=[word(bytes_each)], itemsize=word(bytes_each), meminfo=None
    )
    return array._getvalue()  # noqa: SLF001 - numba's own way to the value of a structure


def _view(typing: Any, array: Any, begin: Any, stop: Any) -> tuple[Any, Any]:
    kind = types.Array(array.dtype, 1, "C")

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given = context.make_array(signature.args[0])(context, builder, args[0])
        size = builder.sub(args[2], args[1])
        return _part(context, builder, kind, builder.gep(given.data, [args[1]]), size)

    return kind(array, types.int64, types.int64), generate


def _row_view(typing: Any, array: Any, row: Any, begin: Any, stop: Any) -> tuple[Any, Any]:
    kind = types.Array(array.dtype, 1, "C")

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given = context.make_array(signature.args[0])(context, builder, args[0])
        wide = cgutils.unpack_tuple(builder, given.shape)[1]
        place = builder.add(builder.mul(args[1], wide), args[2])
        return _part(context, builder, kind, builder.gep(given.data, [place]), builder.sub(args[3], args[2]))

    return kind(array, types.int64, types.int64, types.int64), generate


view = cast("Callable[[npt.NDArray[Any], int, int], npt.NDArray[Any]]", intrinsic(_view))
row_view = cast("Callable[[npt.NDArray[Any], int, int, int], npt.NDArray[Any]]", intrinsic(_row_view))

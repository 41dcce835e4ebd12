"""The one way this package compiles a kernel.

A cache keeps the machine code between processes, `nogil=True` lets other threads run, and
`error_model="numpy"` makes a division follow IEEE rules instead of raising, without which no loop that
divides becomes vector code. `fastmath` is off unless a kernel names, next to its decorator, the freedoms it
needs and why: with it the compiler may reorder a sum, which changes its last bits, but the same code on the
same machine still gives the same bits every time.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
from numba.core.caching import FunctionCache
from numba.core.registry import CPUDispatcher

from triplicate.trainer.linked_code import LinkedCompiler, WholeCompiler

__all__ = ["FUSED", "RECIPROCAL_ROOT", "REORDERED_SUM", "ZERO", "kernel", "sources"]

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

FUSED = frozenset({"contract"})
"""fastmath flag of fused multiply-add in loops over elements, which stay independent of their number and place."""

REORDERED_SUM = frozenset({"reassoc", "contract", "nsz"})
"""fastmath flags of a dot product: partial sums side by side, fused multiply-add; NaN and infinity stay right."""

RECIPROCAL_ROOT = frozenset({"arcp", "afn", "ninf", "contract", "nsz"})
"""fastmath flags of an optimiser's step: in float32, x / sqrt(y) by the processor's estimate and one Newton step."""

ZERO: Any = np.int64(0)
"""0 as an argument of a kernel: the literal 0 has a type of its own, for which the kernel would be compiled again."""


def kernel(
    fastmath: frozenset[str] = frozenset(), *, inner: bool = False, apart: bool = False, counted: bool = False
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Return the decorator that compiles a function of arrays and scalars on its first call.

    An `inner` kernel is called by other kernels only, which saves the time to compile what Python would call, and to
    make machine code that its callers hold anyway (linked_code.py). One that is compiled `apart` is called by other
    kernels too, by its address (apart.py), and lies in the cache by itself. Nobody counts references to arrays in a
    kernel: Python holds all of them meanwhile. One that makes arrays, or returns one, is `counted`.
    """

    def compiled(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        flags = set(fastmath) if fastmath else False
        options: dict[str, Any] = {
            "no_cfunc_wrapper": True,
            "no_cpython_wrapper": inner or apart,
            "_nrt": counted,
            "pipeline_class": LinkedCompiler if inner else WholeCompiler,
        }
        decorated = numba.njit(nogil=True, error_model="numpy", fastmath=flags, **options)(function)
        if inner or apart:
            decorated.__class__ = _ForKernels
        if not inner:
            decorated._cache = _KernelCache(function)  # noqa: SLF001 - as numba itself sets it
        return cast("Callable[Parameters, Result]", decorated)

    return compiled


class _ForKernels(CPUDispatcher):
    """A kernel that Python cannot call: without the code for it the process would crash."""

    def __call__(self, *_arguments: Any, **_more: Any) -> Any:
        """Refuse."""
        raise TypeError(f"only kernels call {self.py_func.__name__}")


class _KernelCache(FunctionCache):
    """Machine code on disk that is fresh while no source of a kernel changes, its own or one that it may call."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        index: Any = self._cache_file  # which by itself looks at the function's own file
        index._source_stamp = (index._source_stamp, *sources())  # noqa: SLF001


@cache
def sources() -> tuple[tuple[str, int, int], ...]:
    """Return name, time of the last change and size of every file of this folder."""
    found = ((path.name, path.stat()) for path in sorted(Path(__file__).parent.glob("*.py")))
    return tuple((name, about.st_mtime_ns, about.st_size) for name, about in found)

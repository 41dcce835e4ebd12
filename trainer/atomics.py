"""What kernels need from the processor that numba does not offer: atomic counters, rest, flushed denormals.

All are single instructions, or a call into the operating system by a symbol that is bound when this module is
imported, so that compiled kernels hold no address and can be cached.
"""

# ruff: noqa: ARG001 - numba prescribes the arguments of an intrinsic and of its generator

import ctypes
import platform
import sys
from collections.abc import Callable
from typing import Any, cast

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils as untyped
from numba.extending import intrinsic

__all__ = ["add_atomically", "flush_denormals", "load_atomically", "rest", "restore_denormals", "stay_apart"]

REST = "triplicate_rest"
NAP = 20  # microseconds asked for; the operating system makes some 70 of it
X86, ARM = platform.machine() in ("x86_64", "AMD64"), platform.machine() in ("aarch64", "arm64")
FLUSH = 0x8040 if X86 else 1 << 24  # FTZ and DAZ of MXCSR; FZ of FPCR
cgutils: Any = untyped
WORD, HALF = ir.IntType(64), ir.IntType(32)


def _bind_rest() -> None:
    system: Any = ctypes
    function = system.WinDLL("kernel32").SwitchToThread if sys.platform == "win32" else system.CDLL(None).usleep
    llvmlite.binding.add_symbol(REST, ctypes.cast(function, ctypes.c_void_p).value)


_bind_rest()


def _instruction(function: Callable[..., tuple[Any, Any]]) -> Callable[..., Any]:
    return cast("Callable[..., Any]", intrinsic(function))


def _cell(context: Any, builder: Any, board: Any, kind: Any, index: Any) -> Any:
    """Return the address of one number of a one-dimensional int64 array."""
    array = context.make_array(kind)(context, builder, board)
    return builder.gep(array.data, [index])


@_instruction
def add_atomically(typing: Any, board: Any, index: Any, amount: Any) -> tuple[Any, Any]:
    """Add to one number of an int64 array; return what it was. Orders all memory before and after it."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _cell(context, builder, args[0], signature.args[0], args[1])
        return builder.atomic_rmw("add", place, args[2], "seq_cst")

    return types.int64(board, types.int64, types.int64), generate


@_instruction
def load_atomically(typing: Any, board: Any, index: Any) -> tuple[Any, Any]:
    """Read one number of an int64 array; what its writer wrote before is visible afterwards."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _cell(context, builder, args[0], signature.args[0], args[1])
        return builder.load_atomic(place, "acquire", 8)

    return types.int64(board, types.int64), generate


@_instruction
def rest(typing: Any) -> tuple[Any, Any]:
    """Let another thread of the machine run: sleep for some microseconds.

    On a busy machine sched_yield is no substitute: it gives away the rest of the thread's time slice, so that two
    threads that wait for each other in turn progress by one slice of the scheduler per phase.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.call(_function(builder, HALF, [HALF], REST), [HALF(NAP)])
        return context.get_dummy_value()

    return types.void(), generate


@_instruction
def flush_denormals(typing: Any) -> tuple[Any, Any]:
    """Let this thread treat denormal numbers as 0, which is many times faster; return what to restore."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        before = _read_control(builder)
        _write_control(builder, builder.or_(before, WORD(FLUSH)))
        return before

    return types.int64(), generate


@_instruction
def restore_denormals(typing: Any, before: Any) -> tuple[Any, Any]:
    """Undo `flush_denormals`, given what it returned."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        _write_control(builder, args[0])
        return context.get_dummy_value()

    return types.void(types.int64), generate


def _read_control(builder: Any) -> Any:
    """Return the floating-point control register; 0 where nothing is known of the processor."""
    if ARM:
        return builder.call(_function(builder, WORD, [], "llvm.aarch64.get.fpcr"), [])
    if not X86:
        return WORD(0)
    place = cgutils.alloca_once(builder, HALF)
    _call_with_address(builder, "llvm.x86.sse.stmxcsr", place)
    return builder.zext(builder.load(place), WORD)


def _write_control(builder: Any, value: Any) -> None:
    if ARM:
        builder.call(_function(builder, ir.VoidType(), [WORD], "llvm.aarch64.set.fpcr"), [value])
    elif X86:
        place = cgutils.alloca_once(builder, HALF)
        builder.store(builder.trunc(value, HALF), place)
        _call_with_address(builder, "llvm.x86.sse.ldmxcsr", place)


def _call_with_address(builder: Any, name: str, place: Any) -> None:
    byte = cgutils.voidptr_t
    builder.call(_function(builder, ir.VoidType(), [byte], name), [builder.bitcast(place, byte)])


def _function(builder: Any, result: Any, arguments: list[Any], name: str) -> Any:
    return cgutils.get_or_insert_function(builder.module, ir.FunctionType(result, arguments), name)


@_instruction
def stay_apart(typing: Any) -> tuple[Any, Any]:
    """Keep the compiler from copying the kernel that says this into its callers.

    A loop that is vector code by itself may not be inside of a large kernel, whose compilation also takes longer.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.void(), generate

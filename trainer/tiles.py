"""The two inner loops of a matrix product, written for the processor at hand.

A tile of the result, ROWS by up to `ACROSS` bytes, stays in registers while the common dimension goes by: one fused
multiply-add per number and step, from 0 upwards. So each number of a product is one chain of operations in a fixed
order, whatever is computed beside it: neither how a matrix is cut nor who computes which part changes a bit. (Without
a fused instruction a product and a sum take its place.) One factor is laid out for it first, `ACROSS` bytes of columns
together, in a panel that stays in the cache for all rows of the other.

Vectors are as wide as this processor's, and a tile is as large as its registers hold.
"""

# ruff: noqa: ARG001 - numba prescribes the arguments of an intrinsic and of its generator

import platform
from collections.abc import Callable
from typing import Any, cast

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils as untyped
from numba.extending import intrinsic

__all__ = [
    "ACROSS",
    "BIT",
    "HALF",
    "ROWS",
    "WIDEST",
    "WORD",
    "Kind",
    "address",
    "begin_loop",
    "end_loop",
    "lay_columns",
    "lay_rows",
    "tile",
]

cgutils: Any = untyped


def _vector_bytes() -> int:
    """Return the bytes of this processor's widest vectors."""
    features = llvmlite.binding.get_host_cpu_features()
    return 64 if features.get("avx512f") else 32 if features.get("avx2") else 16


WIDEST = _vector_bytes()
VECTORS = 3
ROWS = 8 if WIDEST == 64 or platform.machine() in ("aarch64", "arm64") else 4  # 32 registers, or 16
ACROSS = VECTORS * WIDEST
WORD, HALF, BIT = ir.IntType(64), ir.IntType(32), ir.IntType(1)


class Kind:
    """Vectors of one kind of number, as generators of code need them in a module."""

    def __init__(self, module: Any, real: Any) -> None:
        self.module, self.real = module, real
        self.bytes = 4 if isinstance(real, ir.FloatType) else 8
        self.lanes = WIDEST // self.bytes
        self.vector, self.mask = ir.VectorType(real, self.lanes), ir.VectorType(BIT, self.lanes)
        self.words = ir.VectorType(WORD, self.lanes)
        self.zero = ir.Constant(self.vector, [real(0.0)] * self.lanes)
        self.name = f"v{self.lanes}f{8 * self.bytes}"

    def intrinsic(self, name: str, result: Any, *arguments: Any) -> Any:
        """Return one of LLVM's own functions."""
        return cgutils.get_or_insert_function(self.module, ir.FunctionType(result, arguments), f"llvm.{name}")

    def function(self, name: str, arguments: list[Any]) -> tuple[Any, bool]:
        """Return a function of this module, which modules that are linked share, and whether it is new."""
        name = f"triplicate_{name}_{self.name}"
        if name in self.module.globals:
            return self.module.globals[name], False
        made = ir.Function(self.module, ir.FunctionType(ir.VoidType(), arguments), name)
        made.linkage = "linkonce_odr"
        made.attributes.add("noinline")
        for argument in made.args:
            if isinstance(argument.type, ir.PointerType):
                argument.add_attribute("noalias")
        return made, True

    def spread(self, builder: Any, value: Any, vector: Any) -> Any:
        """Return a vector that holds one value everywhere."""
        nothing = ir.Constant(vector, ir.Undefined)
        first = builder.insert_element(nothing, value, HALF(0))
        places = ir.Constant(ir.VectorType(HALF, self.lanes), [HALF(0)] * self.lanes)
        return builder.shuffle_vector(first, nothing, places)

    def first(self, builder: Any, count: Any, vector: int = 0) -> Any:
        """Return the mask of those of the first `count` numbers that are in vector number `vector`."""
        numbers = ir.Constant(self.words, [WORD(vector * self.lanes + lane) for lane in range(self.lanes)])
        return builder.icmp_signed("<", numbers, self.spread(builder, count, self.words))

    def place(self, builder: Any, data: Any, at: Any) -> Any:
        """Return the address of a vector."""
        return builder.bitcast(builder.gep(data, [at]), self.vector.as_pointer())

    def load(self, builder: Any, place: Any, mask: Any) -> Any:
        """Return what the mask allows to read, 0 elsewhere."""
        kinds = (self.vector.as_pointer(), HALF, self.mask, self.vector)
        function = self.intrinsic(f"masked.load.{self.name}.p0{self.name}", self.vector, *kinds)
        return builder.call(function, [place, HALF(self.bytes), mask, self.zero])

    def store(self, builder: Any, value: Any, place: Any, mask: Any) -> None:
        """Write what the mask allows."""
        kinds = (self.vector, self.vector.as_pointer(), HALF, self.mask)
        function = self.intrinsic(f"masked.store.{self.name}.p0{self.name}", ir.VoidType(), *kinds)
        builder.call(function, [value, place, HALF(self.bytes), mask])


def begin_loop(builder: Any, end: Any, step: int = 1) -> Any:
    """Begin a loop from 0; what is added comes inside, until `end_loop`."""
    before, body = builder.block, builder.append_basic_block()
    builder.branch(body)
    builder.position_at_end(body)
    number = builder.phi(WORD)
    number.add_incoming(WORD(0), before)
    return number, body, end, step


def end_loop(builder: Any, loop: Any, carried: list[tuple[Any, Any]] | None = None) -> None:
    """End a loop, which runs at least once; `carried` are pairs of a phi and what it is the next time."""
    number, body, end, step = loop
    following = builder.add(number, WORD(step))
    for phi, value in [(number, following), *(carried or [])]:
        phi.add_incoming(value, builder.block)
    after = builder.append_basic_block()
    builder.cbranch(builder.icmp_signed("<", following, end), body, after)
    builder.position_at_end(after)


def _tile_function(kind: Kind, vectors: int) -> Any:
    """Return the function that adds up a tile: A (rows, inner), B, C, where `more` is not 0 from what it was."""
    data = kind.real.as_pointer()
    made, new = kind.function(f"tile_{vectors}", [data, WORD, WORD, WORD, data, WORD, WORD, data, WORD, WORD, WORD])
    if not new:
        return made
    a, a_row, a_next, rows, b, b_apart, inner, c, c_row, columns, more = made.args
    builder = ir.IRBuilder(made.append_basic_block())
    last = builder.sub(rows, WORD(1))
    of_a, of_c = [], []
    for row in range(ROWS):  # rows beyond the last one repeat it
        at = builder.select(builder.icmp_signed("<", WORD(row), last), WORD(row), last)
        of_a.append(builder.gep(a, [builder.mul(at, a_row)]))
        of_c.append(builder.gep(c, [builder.mul(at, c_row)]))
    masks = [kind.first(builder, columns, vector) for vector in range(vectors)]
    places = [
        (kind.place(builder, begin, WORD(vector * kind.lanes)), masks[vector])
        for begin in of_c
        for vector in range(vectors)
    ]
    entry, old = builder.block, builder.append_basic_block()
    ready = builder.append_basic_block()
    builder.cbranch(builder.icmp_signed("!=", more, WORD(0)), old, ready)
    builder.position_at_end(old)
    started = [kind.load(builder, *place) for place in places]
    builder.branch(ready)
    builder.position_at_end(ready)
    sums = []
    for value in started:
        sums.append(builder.phi(kind.vector))
        sums[-1].add_incoming(kind.zero, entry)
        sums[-1].add_incoming(value, old)
    loop = begin_loop(builder, inner)
    carried = []
    for value in sums:
        carried.append(builder.phi(kind.vector))
        carried[-1].add_incoming(value, ready)
    step = loop[0]
    of_b = builder.gep(b, [builder.mul(step, b_apart)])
    row_of_b = [
        kind.load(builder, kind.place(builder, of_b, WORD(vector * kind.lanes)), mask)
        for vector, mask in enumerate(masks)
    ]
    multiply_add = kind.intrinsic(f"fmuladd.{kind.name}", kind.vector, *[kind.vector] * 3)
    along = builder.mul(step, a_next)
    found: list[Any] = []
    for row in range(ROWS):
        factor = kind.spread(builder, builder.load(builder.gep(of_a[row], [along])), kind.vector)
        own = carried[row * vectors : (row + 1) * vectors]
        found.extend(builder.call(multiply_add, [factor, *pair]) for pair in zip(row_of_b, own, strict=True))
    end_loop(builder, loop, list(zip(carried, found, strict=True)))
    for value, place in zip(found, places, strict=True):
        kind.store(builder, value, *place)
    builder.ret_void()
    return made


def _rows_function(kind: Kind) -> Any:
    """Return the function that lays out rows, `step` numbers apart, with 0 after the last column."""
    data = kind.real.as_pointer()
    made, new = kind.function("lay_rows", [data, WORD, WORD, WORD, data, WORD])
    if not new:
        return made
    given, step, inner, columns, panel, apart = made.args
    builder = ir.IRBuilder(made.append_basic_block())
    masks = [kind.first(builder, columns, vector) for vector in range(VECTORS)]
    loop = begin_loop(builder, inner)
    row = builder.gep(given, [builder.mul(loop[0], step)])
    to = builder.gep(panel, [builder.mul(loop[0], apart)])
    for vector, mask in enumerate(masks):
        at = WORD(vector * kind.lanes)
        value = kind.load(builder, kind.place(builder, row, at), mask)
        builder.store(value, kind.place(builder, to, at), align=kind.bytes)
    end_loop(builder, loop)
    builder.ret_void()
    return made


def _columns_function(kind: Kind) -> Any:
    """Return the function that lays out a matrix whose rows, `step` numbers apart, are the columns of the product."""
    data = kind.real.as_pointer()
    made, new = kind.function("lay_columns", [data, WORD, WORD, WORD, data, WORD])
    if not new:
        return made
    given, step, inner, columns, panel, apart = made.args
    builder = ir.IRBuilder(made.append_basic_block())
    across = begin_loop(builder, columns, kind.lanes)
    along = begin_loop(builder, inner, kind.lanes)
    inside = kind.first(builder, builder.sub(inner, along[0]))
    square = []
    for lane in range(kind.lanes):
        column = builder.add(across[0], WORD(lane))
        there = kind.spread(builder, builder.icmp_signed("<", column, columns), kind.mask)
        at = builder.add(builder.mul(column, step), along[0])
        square.append(kind.load(builder, kind.place(builder, given, at), builder.and_(inside, there)))
    for lane, value in enumerate(_turned(builder, kind, square)):
        at = builder.mul(builder.add(along[0], WORD(lane)), apart)
        builder.store(value, kind.place(builder, panel, builder.add(at, across[0])), align=kind.bytes)
    end_loop(builder, along)
    end_loop(builder, across)
    builder.ret_void()
    return made


def _turned(builder: Any, kind: Kind, square: list[Any]) -> list[Any]:
    """Transpose a square of vectors: swap halves of it, then halves of these, and so on."""
    lanes, apart = kind.lanes, 1
    while apart < lanes:
        numbers = range(lanes)
        low = [number if not number & apart else lanes + number - apart for number in numbers]
        high = [number + apart if not number & apart else lanes + number for number in numbers]
        swapped = list(square)
        for row in (row for row in range(lanes) if not row & apart):
            pair = (square[row], square[row + apart])
            for to, chosen in ((row, low), (row + apart, high)):
                places = ir.Constant(ir.VectorType(HALF, lanes), [HALF(place) for place in chosen])
                swapped[to] = builder.shuffle_vector(*pair, places)
        square, apart = swapped, 2 * apart
    return square


def address(context: Any, builder: Any, signature: Any, args: Any, place: int) -> Any:
    """Return the address of an array's number; the array is argument `place`, the number the one after it."""
    array = context.make_array(signature.args[place])(context, builder, args[place])
    return builder.gep(array.data, [args[place + 1]])


def _tile(
    typing: Any, a: Any, a_at: Any, a_row: Any, a_next: Any, rows: Any, b: Any, b_at: Any, b_apart: Any, inner: Any,
    c: Any, c_at: Any, c_row: Any, columns: Any, more: Any,
) -> tuple[Any, Any]:  # fmt: skip
    number, whole = c.dtype, types.int64

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = Kind(builder.module, context.get_value_type(number))
        a_data, b_data, c_data = (address(context, builder, signature, args, place) for place in (0, 5, 9))
        given = [a_data, *args[2:5], b_data, *args[7:9], c_data, *args[11:]]
        end = builder.append_basic_block()
        for vectors in range(1, VECTORS):
            here, beyond = builder.append_basic_block(), builder.append_basic_block()
            builder.cbranch(builder.icmp_signed("<=", args[12], WORD(vectors * kind.lanes)), here, beyond)
            builder.position_at_end(here)
            builder.call(_tile_function(kind, vectors), given)
            builder.branch(end)
            builder.position_at_end(beyond)
        builder.call(_tile_function(kind, VECTORS), given)
        builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    arguments = (a, whole, whole, whole, whole, b, whole, whole, whole, c, whole, whole, whole, whole)
    return types.void(*arguments), generate


def _laying(function: Callable[[Kind], Any]) -> Callable[..., tuple[Any, Any]]:
    def typed(
        typing: Any, given: Any, at: Any, step: Any, inner: Any, columns: Any, panel: Any, panel_at: Any, apart: Any
    ) -> tuple[Any, Any]:
        number, whole = given.dtype, types.int64

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            kind = Kind(builder.module, context.get_value_type(number))
            data, laid = (address(context, builder, signature, args, place) for place in (0, 5))
            builder.call(function(kind), [data, *args[2:5], laid, args[7]])
            return context.get_dummy_value()

        return types.void(given, whole, whole, whole, whole, panel, whole, whole), generate

    return typed


tile = cast("Callable[..., None]", intrinsic(_tile))
lay_rows = cast("Callable[..., None]", intrinsic(_laying(_rows_function)))
lay_columns = cast("Callable[..., None]", intrinsic(_laying(_columns_function)))

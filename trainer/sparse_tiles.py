"""The inner loop of a matrix product one of whose factors is mostly 0, as what rectifiers and dropout leave over is.

One row of the result, a few vectors wide, stays in registers while `STEPS` numbers of the factor's row go by, of which
a word of bits tells those that are not 0. What is left out would add 0 to a sum that began with 0: bits are those of
`tile`, whose order of operations is the same.
"""

# ruff: noqa: ARG001 - numba prescribes the arguments of an intrinsic and of its generator

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.core import cgutils as untyped
from numba.extending import intrinsic

from triplicate.trainer.tiles import ACROSS, BIT, HALF, WIDEST, WORD, Kind, address, begin_loop, end_loop

__all__ = ["APART", "BROAD", "STEPS", "add_sparse", "count_sparse"]

cgutils: Any = untyped

STEPS = 64  # bits of a word
VECTORS = 8
BROAD = VECTORS * WIDEST  # bytes of a row of the result that are computed at once
APART = -(-BROAD // ACROSS) * ACROSS  # bytes between rows of a panel, into which `lay_rows` writes ACROSS at a time


class _Word:
    """Tells which of the next numbers of a row are not 0, bit by bit."""

    def __init__(self, kind: Kind, builder: Any, count: Any) -> None:
        self.kind, self.builder = kind, builder
        self.vector, self.mask = ir.VectorType(kind.real, STEPS), ir.VectorType(BIT, STEPS)
        self.zero = ir.Constant(self.vector, [kind.real(0.0)] * STEPS)
        whole = ir.VectorType(WORD, STEPS)
        nothing, first = ir.Constant(whole, ir.Undefined), ir.Constant(ir.VectorType(HALF, STEPS), [HALF(0)] * STEPS)
        spread = builder.shuffle_vector(builder.insert_element(nothing, count, HALF(0)), nothing, first)
        numbers = ir.Constant(whole, [WORD(step) for step in range(STEPS)])
        self.inside = builder.icmp_signed("<", numbers, spread)

    def of(self, place: Any) -> Any:
        """Return the word of the numbers from an address on."""
        name, pointer = f"v{STEPS}f{8 * self.kind.bytes}", self.vector.as_pointer()
        load = self.kind.intrinsic(f"masked.load.{name}.p0{name}", self.vector, pointer, HALF, self.mask, self.vector)
        given = self.builder.call(
            load, [self.builder.bitcast(place, pointer), HALF(self.kind.bytes), self.inside, self.zero]
        )
        return self.builder.bitcast(self.builder.fcmp_unordered("!=", given, self.zero), WORD)


def _sparse_function(kind: Kind) -> Any:
    """Return the function that adds up rows: A (rows, at most STEPS), a panel, C, unless `more` from 0."""
    data = kind.real.as_pointer()
    made, new = kind.function("sparse", [data, WORD, WORD, data, WORD, data, WORD, WORD, WORD])
    if not new:
        return made
    a, a_row, rows, panel, inner, c, c_row, columns, more = made.args
    builder = ir.IRBuilder(made.append_basic_block())
    masks = [kind.first(builder, columns, vector) for vector in range(VECTORS)]
    word = _Word(kind, builder, inner)
    find_bit = kind.intrinsic("cttz.i64", WORD, WORD, BIT)
    multiply_add = kind.intrinsic(f"fmuladd.{kind.name}", kind.vector, *[kind.vector] * 3)
    loop = begin_loop(builder, rows)
    of_a = builder.gep(a, [builder.mul(loop[0], a_row)])
    of_c = builder.gep(c, [builder.mul(loop[0], c_row)])
    places = [(kind.place(builder, of_c, WORD(v * kind.lanes)), mask) for v, mask in enumerate(masks)]
    bits = word.of(of_a)
    zero, old = builder.append_basic_block(), builder.append_basic_block()
    check, body, done = (builder.append_basic_block() for _ in range(3))
    builder.cbranch(builder.icmp_signed("!=", more, WORD(0)), old, zero)
    builder.position_at_end(old)
    started = [kind.load(builder, *place) for place in places]
    builder.branch(check)
    builder.position_at_end(zero)
    builder.branch(check)
    builder.position_at_end(check)
    sums = [builder.phi(kind.vector) for _ in places]
    left = builder.phi(WORD)
    for value, begun in zip(sums, started, strict=True):
        value.add_incoming(kind.zero, zero)
        value.add_incoming(begun, old)
    left.add_incoming(bits, zero)
    left.add_incoming(bits, old)
    builder.cbranch(builder.icmp_signed("!=", left, WORD(0)), body, done)
    builder.position_at_end(body)
    step = builder.call(find_bit, [left, BIT(1)])
    factor = kind.spread(builder, builder.load(builder.gep(of_a, [step])), kind.vector)
    of_b = builder.gep(panel, [builder.mul(step, WORD(APART // kind.bytes))])
    for vector, value in enumerate(sums):
        b = builder.load(kind.place(builder, of_b, WORD(vector * kind.lanes)), align=kind.bytes)
        value.add_incoming(builder.call(multiply_add, [factor, b, value]), body)
    left.add_incoming(builder.and_(left, builder.sub(left, WORD(1))), body)
    builder.branch(check)
    builder.position_at_end(done)
    for value, place in zip(sums, places, strict=True):
        kind.store(builder, value, *place)
    end_loop(builder, loop)
    builder.ret_void()
    return made


def _count_function(kind: Kind) -> Any:
    """Return the function that counts the numbers of a row that are not 0, into one number."""
    data = kind.real.as_pointer()
    made, new = kind.function("count", [data, WORD, WORD.as_pointer()])
    if not new:
        return made
    given, inner, out = made.args
    builder = ir.IRBuilder(made.append_basic_block())
    count = kind.intrinsic("ctpop.i64", WORD, WORD)
    before = builder.block
    loop = begin_loop(builder, inner, STEPS)
    total = builder.phi(WORD)
    total.add_incoming(WORD(0), before)
    word = _Word(kind, builder, builder.sub(inner, loop[0]))
    found = builder.add(total, builder.call(count, [word.of(builder.gep(given, [loop[0]]))]))
    end_loop(builder, loop, [(total, found)])
    builder.store(found, out)
    builder.ret_void()
    return made


def _sparse(
    typing: Any, a: Any, a_at: Any, a_row: Any, rows: Any, panel: Any, panel_at: Any, inner: Any, c: Any, c_at: Any,
    c_row: Any, columns: Any, more: Any,
) -> tuple[Any, Any]:  # fmt: skip
    number, whole = c.dtype, types.int64

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = Kind(builder.module, context.get_value_type(number))
        a_data, laid, c_data = (address(context, builder, signature, args, place) for place in (0, 4, 7))
        builder.call(_sparse_function(kind), [a_data, *args[2:4], laid, args[6], c_data, *args[9:]])
        return context.get_dummy_value()

    return types.void(a, whole, whole, whole, panel, whole, whole, c, whole, whole, whole, whole), generate


def _count(typing: Any, given: Any, at: Any, inner: Any) -> tuple[Any, Any]:
    number, whole = given.dtype, types.int64

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = Kind(builder.module, context.get_value_type(number))
        out = cgutils.alloca_once(builder, WORD)
        builder.call(_count_function(kind), [address(context, builder, signature, args, 0), args[2], out])
        return builder.load(out)

    return whole(given, whole, whole), generate


add_sparse = cast("Callable[..., None]", intrinsic(_sparse))
count_sparse = cast("Callable[..., int]", intrinsic(_count))

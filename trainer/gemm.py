"""Matrix products inside kernels, on parts of matrices that lie in flat arrays."""

from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.apart import Part, call
from triplicate.trainer.cache_lines import own_rows
from triplicate.trainer.jit import ZERO, kernel
from triplicate.trainer.sparse_tiles import APART, BROAD, STEPS, add_sparse, count_sparse
from triplicate.trainer.tiles import ACROSS, ROWS, WIDEST, lay_columns, lay_rows, tile

__all__ = ["multiply", "multiply_transposed", "multiply_with_transposed", "panels", "product_for"]

Floats = npt.NDArray[np.floating[Any]]

DEEP, WIDE = 288, 1152  # rows and bytes of a row that are laid out at once: half of a second cache at most
ONE, NO, YES = np.int64(1), np.bool_(False), np.bool_(True)  # literals have types of their own
SPARSE = 0.25 if WIDEST == 32 else 0.4  # zeros are left out where up to this share is not 0: finding them takes time
LOOKED = 8  # of so many rows one is counted
NEAR = 16  # rows of B that stay in the cache as they lie
LAID = 16  # rows, one behind another: columns of so many come from memory side by side


def panels(threads: int, inner: int, kind: Any) -> Floats:
    """Return work space for products along so many numbers: a row per thread, from the start of a vector on.

    `kind` is the dtype.
    """
    vector = WIDEST // np.dtype(kind).itemsize
    deep = -(-max(min(inner, DEEP), STEPS) // vector) * vector
    wide = deep * (WIDE // np.dtype(kind).itemsize)
    return own_rows(threads, wide, kind)


def product_for(kind: Any) -> Part:
    """Return the product of matrices of one dtype, as the functions below take it."""
    flat = np.empty(1, dtype=kind)
    return Part.of(_product, 0, 0, 0, flat, 0, 0, 0, flat, 0, 0, False, flat, 0, 0, flat, False)


@kernel(apart=True)
def _product(
    rows: int, inner: int, columns: int, a: Floats, a_at: int, a_row: int, a_next: int, b: Floats, b_at: int,
    b_wide: int, turned: bool, out: Floats, out_at: int, out_wide: int, panel: Floats, more: bool,
) -> None:  # fmt: skip
    """Write A B to `out`: numbers of A lie `a_next` apart along its rows, which lie `a_row` apart; `turned` is B'.

    With `more` it is added to what is there.
    """
    across, wide = ACROSS // out.itemsize, WIDE // out.itemsize
    laid = rows if a_next == 1 else _rows_to_lay(inner, panel)
    if columns > BROAD // out.itemsize // 2 and laid > 0 and _is_sparse(rows, inner, a, a_at, a_row, a_next):
        _sparse_product(
            rows, inner, columns, a, a_at, a_row, a_next, b, b_at, b_wide, turned, out, out_at, out_wide, panel, more,
            laid,
        )  # fmt: skip
        return
    if not turned and (rows <= 2 * ROWS or inner <= NEAR):
        for column in range(0, columns, across):
            for row in range(0, rows, ROWS):
                tile(
                    a, a_at + row * a_row, a_row, a_next, rows - row, b, b_at + column, b_wide, inner,
                    out, out_at + row * out_wide + column, out_wide, min(columns - column, across), ZERO + more,
                )  # fmt: skip
        return
    deep = panel.size // wide
    parts = (inner + deep - 1) // deep
    even = (inner + parts - 1) // parts
    for left in range(0, columns, wide):
        right = min(left + wide, columns)
        for begin in range(0, inner, even):
            some = min(inner - begin, even)
            if turned:
                for column in range(left, right, across):
                    at = b_at + column * b_wide + begin
                    lay_columns(b, at, b_wide, some, min(right - column, across), panel, (column - left) * deep, across)
            else:
                for step in range(0, some, LAID):
                    for column in range(left, right, across):
                        lay_rows(
                            b, b_at + (begin + step) * b_wide + column, b_wide, min(some - step, LAID),
                            min(right - column, across), panel, (column - left) * deep + step * across, across,
                        )  # fmt: skip
            for column in range(left, right, across):
                for row in range(0, rows, ROWS):
                    tile(
                        a, a_at + row * a_row + begin * a_next, a_row, a_next, rows - row,
                        panel, (column - left) * deep, across, some,
                        out, out_at + row * out_wide + column, out_wide, min(right - column, across), begin + more,
                    )  # fmt: skip


@kernel(inner=True)
def _is_sparse(rows: int, inner: int, a: Floats, a_at: int, a_row: int, a_next: int) -> bool:
    """Tell from some rows of A, or of A' where A lies turned, whether most of its numbers are 0."""
    lines, long, apart = (rows, inner, a_row) if a_next == 1 else (inner, rows, a_next)
    found, seen = 0, 0
    for line in range(0, lines, LOOKED):
        found += count_sparse(a, a_at + line * apart, long)
        seen += long
    return found <= SPARSE * seen


@kernel(inner=True)
def _rows_to_lay(inner: int, panel: Floats) -> int:
    """Return how many rows of A, of so many numbers, fit into a panel beside what `_sparse_product` lays there."""
    vector = WIDEST // panel.itemsize
    long = (inner + vector - 1) // vector * vector
    return (panel.size - STEPS * APART // panel.itemsize) // long // vector * vector


@kernel(inner=True)
def _sparse_product(
    rows: int, inner: int, columns: int, a: Floats, a_at: int, a_row: int, a_next: int, b: Floats, b_at: int,
    b_wide: int, turned: bool, out: Floats, out_at: int, out_wide: int, panel: Floats, more: bool, laid: int,
) -> None:  # fmt: skip
    """Do what `_product` does, leaving out what A has zeros for; `laid` rows at once are laid out if they lie apart."""
    broad, across, vector = BROAD // out.itemsize, ACROSS // out.itemsize, WIDEST // out.itemsize
    b_apart = APART // out.itemsize
    rest = STEPS * b_apart  # of the panel, where A is laid out
    for top in range(0, rows, laid):
        height = min(rows - top, laid)
        given, at, apart = a, a_at + top * a_row, a_row
        if a_next != 1:
            given, at, apart = panel, rest, (inner + vector - 1) // vector * vector
            lay_columns(a, a_at + top, a_next, height, inner, panel, at, apart)
        for left in range(0, columns, broad):
            width = min(columns - left, broad)
            for begin in range(0, inner, STEPS):
                some = min(inner - begin, STEPS)
                if turned:
                    lay_columns(b, b_at + left * b_wide + begin, b_wide, some, width, panel, 0, b_apart)
                else:
                    for column in range(0, width, across):
                        lay_rows(
                            b, b_at + begin * b_wide + left + column, b_wide, some, min(width - column, across),
                            panel, column, b_apart,
                        )  # fmt: skip
                to = out_at + top * out_wide + left
                add_sparse(given, at + begin, apart, height, panel, 0, some, out, to, out_wide, width, begin + more)


@kernel(inner=True)
def multiply(
    product: Part, rows: int, inner: int, columns: int, a: Floats, a_at: int, a_wide: int, b: Floats, b_at: int,
    b_wide: int, out: Floats, out_at: int, out_wide: int, panel: Floats,
) -> None:  # fmt: skip
    """Write A B, shape (rows, columns), to `out`; A has `inner` columns. `panel` is work space, a row of `panels`.

    Matrices lie row by row in flat arrays, beginning at `*_at`; `*_wide` numbers lie between two rows.
    """
    call(product, (
        rows, inner, columns, a, a_at, a_wide, ONE, b, b_at, b_wide, NO, out, out_at, out_wide, panel, NO,
    ))  # fmt: skip


@kernel(inner=True)
def multiply_with_transposed(
    product: Part, rows: int, inner: int, columns: int, a: Floats, a_at: int, a_wide: int, b: Floats, b_at: int,
    b_wide: int, out: Floats, out_at: int, out_wide: int, panel: Floats, more: bool,
) -> None:  # fmt: skip
    """Write A B', shape (rows, columns), to `out`; B has shape (columns, inner). Otherwise as `multiply`.

    With `more` it is added to what is there: each number goes on as one chain of operations.
    """
    call(product, (
        rows, inner, columns, a, a_at, a_wide, ONE, b, b_at, b_wide, YES, out, out_at, out_wide, panel, more,
    ))  # fmt: skip


@kernel(inner=True)
def multiply_transposed(
    product: Part, rows: int, inner: int, columns: int, a: Floats, a_at: int, a_wide: int, b: Floats, b_at: int,
    b_wide: int, out: Floats, out_at: int, out_wide: int, panel: Floats,
) -> None:  # fmt: skip
    """Write A' B, shape (rows, columns), to `out`; A has shape (inner, rows). Otherwise as `multiply`."""
    call(product, (
        rows, inner, columns, a, a_at, ONE, a_wide, b, b_at, b_wide, NO, out, out_at, out_wide, panel, NO,
    ))  # fmt: skip

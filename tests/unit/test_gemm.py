"""Matrix products inside kernels: right in all shapes, and the same bits however the matrices are cut."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from triplicate.trainer.apart import Part
from triplicate.trainer.gemm import multiply, multiply_transposed, multiply_with_transposed, panels, product_for
from triplicate.trainer.jit import ZERO, kernel

Matrix = npt.NDArray[np.floating[Any]]

PLAIN, WITH_TRANSPOSED, TRANSPOSED = range(3)
SHAPES = [(1, 1, 1), (5, 7, 3), (33, 50, 100), (8, 300, 49), (128, 17, 33), (70, 16, 100), (9, 1200, 300)]


@kernel()
def _multiply(
    by: Part, which: int, rows: int, inner: int, columns: int, a: Matrix, b: Matrix, b_at: int, b_wide: int,
    out: Matrix, out_wide: int, panel: Matrix,
) -> None:  # fmt: skip
    if which == PLAIN:
        multiply(by, rows, inner, columns, a, ZERO, inner, b, b_at, b_wide, out, ZERO, out_wide, panel)
    if which == WITH_TRANSPOSED:
        multiply_with_transposed(
            by, rows, inner, columns, a, ZERO, inner, b, b_at, b_wide, out, ZERO, out_wide, panel, rows < 0
        )
    if which == TRANSPOSED:
        multiply_transposed(by, rows, inner, columns, a, ZERO, rows, b, b_at, b_wide, out, ZERO, out_wide, panel)


def product(which: int, a: Matrix, b: Matrix, first: int, columns: int) -> Matrix:
    """Return some columns of A B, given as the kernel wants them, out of a wider matrix of NaN."""
    rows, inner = a.shape
    given_a = a.T.copy() if which == TRANSPOSED else a
    given_b = b.T.copy() if which == WITH_TRANSPOSED else b
    wide = given_b.shape[1]
    begin = first * wide if which == WITH_TRANSPOSED else first
    out = np.full((rows + 1, columns + 5), np.nan, dtype=a.dtype)
    panel = panels(2, inner, a.dtype)[1]
    panel[:] = np.nan
    _multiply(
        product_for(a.dtype), which, rows, inner, columns, given_a.ravel(), given_b.ravel(), begin, wide, out.ravel(),
        columns + 5, panel,
    )  # fmt: skip
    assert np.isnan(out[rows]).all()
    assert np.isnan(out[:, columns:]).all()
    return out[:rows, :columns].copy()


@pytest.mark.parametrize("which", [PLAIN, WITH_TRANSPOSED, TRANSPOSED])
@pytest.mark.parametrize(("kind", "bound"), [(np.float32, 2e-6), (np.float64, 4e-15)])
def test_products_are_numpys_and_write_nothing_else(which: int, kind: Any, bound: float) -> None:
    """In all three forms a product is NumPy's, but for rounding, and what lies around it stays."""
    rng = np.random.default_rng(3)
    for rows, inner, columns in SHAPES:
        a, b = rng.normal(size=(rows, inner)).astype(kind), rng.normal(size=(inner, columns)).astype(kind)
        found, wanted = product(which, a, b, 0, columns), a.astype(np.float64) @ b.astype(np.float64)
        room = bound * inner**0.5 * (np.abs(a).astype(np.float64) @ np.abs(b).astype(np.float64))
        assert (np.abs(found - wanted) <= room).all()


@pytest.mark.parametrize("which", [PLAIN, WITH_TRANSPOSED, TRANSPOSED])
def test_a_part_of_a_product_has_the_bits_of_the_whole(which: int) -> None:
    """Some rows and columns, computed by themselves, are equal to those of the whole product."""
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(61, 700)).astype(np.float32), rng.normal(size=(700, 333)).astype(np.float32)
    whole = product(which, a, b, 0, 333)
    for rows, first, columns in ((61, 0, 50), (1, 7, 1), (13, 101, 232), (60, 300, 33)):
        assert product(which, a[:rows], b, first, columns).tobytes() == whole[:rows, first : first + columns].tobytes()


@pytest.mark.parametrize("which", [PLAIN, WITH_TRANSPOSED, TRANSPOSED])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_leaving_out_zeros_changes_no_bit(which: int, kind: Any) -> None:
    """Where a factor is mostly 0, a product has the bits of a few columns at once, for which zeros are multiplied."""
    rng = np.random.default_rng(6)
    for rows, inner, columns in ((1, 1, 129), (7, 64, 96), (40, 65, 300), (130, 400, 200), (64, 5000, 100)):
        a = rng.normal(size=(rows, inner)) * (rng.random((rows, inner)) < 0.2)
        a, b = a.astype(kind), rng.normal(size=(inner, columns)).astype(kind)
        whole = product(which, a, b, 0, columns)
        parts = [product(which, a, b, first, min(30, columns - first)) for first in range(0, columns, 30)]
        assert whole.tobytes() == np.hstack(parts).tobytes()


def test_infinity_and_nan_stay_in_their_row() -> None:
    """A row with an infinity, and one with a NaN, change no other row."""
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(10, 40)), rng.normal(size=(40, 30))
    clean = product(PLAIN, a, b, 0, 30)
    a[3, 1], a[9, 39] = np.inf, np.nan
    found = product(PLAIN, a, b, 0, 30)
    assert np.isinf(found[3]).all()
    assert np.isnan(found[9]).all()
    others = [row for row in range(10) if row not in (3, 9)]
    assert found[others].tobytes() == clean[others].tobytes()

"""Arrays with cache lines of their own: where they begin, and that nothing else lies beside them."""

from typing import Any

import numpy as np
import pytest

from triplicate.trainer.cache_lines import LINES, own_lines, own_rows


@pytest.mark.parametrize("kind", [np.int32, np.float32, np.float64])
@pytest.mark.parametrize("shape", [1, 33, (3, 7), (2, 3, 5)])
def test_an_array_has_its_lines_to_itself(shape: int | tuple[int, ...], kind: Any) -> None:
    """It begins with a line, holds zeros that can be written, and its memory goes on to the end of its last line."""
    for _ in range(5):
        found = own_lines(shape, kind)
        assert found.shape == (shape if isinstance(shape, tuple) else (shape,))
        assert found.dtype == kind
        assert not found.any()
        assert found.flags.c_contiguous
        assert found.flags.writeable
        begin, room = found.ctypes.data, found
        while isinstance(room.base, np.ndarray):
            room = room.base
        assert begin % LINES == 0
        assert begin - room.ctypes.data + -(-found.nbytes // LINES) * LINES <= room.nbytes


def test_nothing_needs_no_line() -> None:
    """An array may be empty, as that of a table without categories is."""
    assert own_lines(0, np.int32).shape == (0,)
    assert own_rows(2, 0, np.float32).shape == (2, 0)


def test_each_row_of_a_matrix_begins_with_a_line() -> None:
    """Rows are at least as wide as asked for, so that threads with a row each share no line."""
    found = own_rows(3, 33, np.float64)
    assert found.shape[0] == 3
    assert found.shape[1] >= 33
    assert all(row.ctypes.data % LINES == 0 for row in found)

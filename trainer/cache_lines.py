"""Arrays that share no cache line with others.

What one thread writes must not lie beside what another one reads or writes: the line would wander between their caches
all the time. Small arrays lie where there happens to be room, so that some processes would learn at half the speed.
"""

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["LINES", "own_lines", "own_rows"]

LINES = 128  # bytes: two lines, since processors fetch pairs


def own_lines(shape: int | tuple[int, ...], kind: Any) -> npt.NDArray[Any]:
    """Return an array of zeros that begins and ends with its lines; `kind` is the dtype."""
    size = prod(shape) if isinstance(shape, tuple) else shape
    used = size * np.dtype(kind).itemsize
    room: npt.NDArray[np.uint8] = np.zeros(-(-used // LINES) * LINES + LINES, dtype=np.uint8)
    first = -room.ctypes.data % LINES
    found: npt.NDArray[Any] = room[first : first + used].view(kind).reshape(shape)
    return found


def own_rows(rows: int, width: int, kind: Any) -> npt.NDArray[Any]:
    """Return a matrix of zeros each row of which begins with a line, and is at least so wide."""
    each = LINES // np.dtype(kind).itemsize
    return own_lines((rows, -(-width // each) * each), kind)

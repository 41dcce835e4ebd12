"""Structures that kernels take by their address: fields arrive, copies stand alone, what does not fit is refused."""

import copy
import pickle
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from numba.core.errors import TypingError

from triplicate.trainer.addressed import Addressed
from triplicate.trainer.jit import kernel

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Inner(Addressed):
    """One that lies in another one."""

    cells: npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Desk(Addressed):
    """One field of every kind."""

    cube: Doubles
    rows: npt.NDArray[np.float32]
    count: int
    share: float
    is_open: bool
    names: tuple[str, ...]
    nothing: None
    inner: Inner
    last: npt.NDArray[np.int64]


def desk(kind: Any = np.float32) -> Desk:
    """Return a structure full of different numbers."""
    cube = np.arange(24.0).reshape(2, 3, 4)
    rows, cells = np.arange(6, dtype=kind).reshape(3, 2), np.arange(100, 108, dtype=np.uint8).reshape(2, 4)
    return Desk(cube, rows, -7, 0.25, True, ("a", "b"), None, Inner(cells), np.array([5, 6]))


@kernel()
def _read(given: Desk, out: Doubles) -> None:
    out[0], out[1] = given.cube[1, 2, 3], given.cube.shape[1]
    out[2], out[3] = given.rows[2, 1], given.rows.size
    out[4], out[5], out[6] = given.count, given.share, 1.0 if given.is_open else 0.0
    out[7], out[8] = given.inner.cells[1, 3], given.last[1]
    given.cube[0, 0, 0] = out[8]
    for k in range(given.last.size):
        given.last[k] += given.count


@kernel()
def _read_what_is_missing(given: Desk) -> int:
    return given.missing


@kernel()
def _read_a_tuple(given: Desk) -> int:
    return len(given.names)


def test_fields_of_all_kinds_arrive() -> None:
    """Arrays of one, two and three dimensions, numbers, truth values and structures; arrays can be written to."""
    given, out = desk(), np.zeros(9)
    _read(given, out)
    assert out.tolist() == [23.0, 3.0, 5.0, 6.0, -7.0, 0.25, 1.0, 107.0, 6.0]
    assert given.cube[0, 0, 0] == 6.0
    assert given.last.tolist() == [-2, -1]
    _read(replace(given, is_open=False, share=-(2.0**-40)), out)
    assert out[5:7].tolist() == [-(2.0**-40), 0.0]


def test_a_kernel_is_compiled_once_for_fields_of_the_same_types() -> None:
    """Other numbers and shapes are the same type, another dtype is another one."""
    _read(desk(), np.zeros(9))
    counted: Any = _read
    known = len(counted.signatures)
    _read(replace(desk(), rows=np.ones((50, 2), dtype=np.float32), count=3), np.zeros(9))
    assert len(counted.signatures) == known
    _read(desk(np.float64), np.zeros(9))
    assert len(counted.signatures) == known + 1


def pickled(given: Desk) -> Desk:
    """Return what a pickle of a structure holds."""
    found: Desk = pickle.loads(pickle.dumps(given))  # noqa: S301 - our own, of this moment
    return found


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_a_copy_reads_its_own_memory(copied: Any) -> None:
    """What a copy reads does not depend on the original, which may be gone."""
    given = desk()
    assert given.address == given.address
    other = copied(given)
    assert other.address != given.address
    if copied is not copy.copy:
        given.last[:] = 0
    out = np.zeros(9)
    _read(other, out)
    assert (out[7], out[8]) == (107.0, 6.0)


def test_an_array_with_gaps_is_refused() -> None:
    """A kernel would read other cells; the error names structure and field."""
    with pytest.raises(ValueError, match=r"Desk\.rows must be a contiguous array"):
        _read(replace(desk(), rows=np.ones((3, 4), dtype=np.float32)[:, ::2]), np.zeros(9))


@pytest.mark.parametrize("reads", [_read_what_is_missing, _read_a_tuple])
def test_what_a_kernel_cannot_read_is_an_error(reads: Any) -> None:
    """A field that is not there, or that is for Python alone, does not compile."""
    with pytest.raises(TypingError, match="Unknown attribute"):
        reads(desk())

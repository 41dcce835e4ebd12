"""Kernels that are called by address: right answers, errors that arrive, and arguments that must fit."""

import os
import subprocess
import sys
from pathlib import Path
from typing import cast

import numba
import numpy as np
import numpy.typing as npt
import pytest

from triplicate.trainer.apart import Part, call
from triplicate.trainer.jit import ZERO, kernel

Floats = npt.NDArray[np.float64]

CACHED = """
import numpy as np
from triplicate.trainer.gemm import product_for
part = product_for(np.float32)
stats = part.kernel.stats
print(part.address > 0, sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


@kernel(apart=True)
def _scale(numbers: Floats, factor: float, limits: tuple[float, float] | None) -> None:
    """Multiply, and cut off where there are limits."""
    for j in range(numbers.size):
        numbers[j] *= factor
        if limits is not None and numbers[j] > limits[1]:
            raise ValueError("too large")


@kernel()
def _scale_twice(scale: Part, numbers: Floats, factor: float, limits: tuple[float, float] | None) -> None:
    for _ in range(2):
        call(scale, (numbers, factor, limits))


@kernel()
def _scale_by_whole(scale: Part, numbers: Floats) -> None:
    call(scale, (numbers, ZERO, None))


def test_a_part_does_what_the_kernel_does() -> None:
    """Arrays, numbers, tuples and None arrive."""
    for limits in (None, (0.0, 100.0)):
        numbers = np.array([1.0, 2.0])
        _scale_twice(Part.of(_scale, numbers, 1.0, limits), numbers, 3.0, limits)
        assert numbers.tolist() == [9.0, 18.0]


def test_arguments_of_the_same_types_have_the_same_part() -> None:
    """A part is made once; another dtype, layout, permission to write or None is another one."""
    numbers, locked = np.zeros(4), np.zeros(4)
    locked.flags.writeable = False
    known = Part.of(_scale, numbers, 1.0, None)
    assert Part.of(_scale, np.ones(7), 2.0, None) is known
    for others in ((numbers.astype(np.float32), 1.0, None), (numbers[::2], 1.0, None), (locked, 1.0, None)):
        assert Part.of(_scale, *others).kinds != known.kinds
    assert Part.of(_scale, numbers, 1.0, (0.0, 1.0)).kinds != known.kinds


def test_an_error_in_a_part_is_its_callers() -> None:
    """What a part raises ends the caller and reaches Python."""
    numbers, limits = np.array([1.0, 2.0]), (0.0, 5.0)
    with pytest.raises(ValueError, match="too large"):
        _scale_twice(Part.of(_scale, numbers, 1.0, limits), numbers, 3.0, limits)
    assert numbers.tolist() == [3.0, 6.0]


def test_arguments_of_other_types_are_refused() -> None:
    """A caller whose arguments do not fit is not compiled, since they would be read as what they are not."""
    numbers = np.array([1.0, 2.0])
    with pytest.raises(numba.TypingError, match="takes arguments"):
        _scale_by_whole(Part.of(_scale, numbers, 1.0, None), numbers)


def test_an_error_while_a_part_is_compiled_is_raised() -> None:
    """A part that cannot be compiled is an error of the call, not a wrong address."""
    numbers, limits = np.array([1.0, 2.0]), cast("tuple[float, float]", 5.0)  # a number, which has no second part
    with pytest.raises(numba.TypingError):
        _scale_twice(Part.of(_scale, numbers, 1.0, limits), numbers, 1.0, limits)


def test_a_part_is_loaded_from_the_cache(tmp_path: Path) -> None:
    """A second process compiles nothing."""
    found = [
        subprocess.run(
            [sys.executable, "-c", CACHED], env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}, capture_output=True,
            text=True, check=True, timeout=300,
        ).stdout.split()
        for _ in range(2)
    ]  # fmt: skip
    assert found == [["True", "0", "1"], ["True", "1", "0"]]

"""The PCG-XSH-RR 64/32 generator, with the derived draws of java.util.Random.

Seeded alike it gives the numbers of the incumbent, so that equal seeds give equal start weights and folds.
The generator's state is a uint64 array of one element, which the kernels advance in place.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.jit import kernel

__all__ = [
    "State",
    "first_floats",
    "first_words",
    "next_below",
    "next_double",
    "next_float",
    "next_gaussian",
    "next_int",
    "reseed",
    "seeded",
    "shuffle",
]

State = npt.NDArray[np.uint64]

MULTIPLIER = np.uint64(6364136223846793005)
INCREMENT = np.uint64(3)
LOW_32 = np.uint64(0xFFFFFFFF)


def _bits_of(old: Any) -> Any:
    """Return the 32 bits that a state stands for, or those of many."""
    word = (((old >> np.uint64(18)) ^ old) >> np.uint64(27)) & LOW_32
    turn = old >> np.uint64(59)
    back = (np.uint64(32) - turn) & np.uint64(31)
    return ((word >> turn) | (word << back)) & LOW_32


_one = kernel(inner=True)(_bits_of)


@kernel(inner=True)
def next_int(state: State) -> int:
    """Return the next 32 bits as a number in [0, 2**32)."""
    old = state[0]
    state[0] = old * MULTIPLIER + INCREMENT
    return np.int64(_one(old))  # type: ignore[return-value]


@kernel(inner=True)
def reseed(state: State, seed: np.uint64) -> None:
    """Put the generator where the seed says."""
    state[0] = 0
    next_int(state)
    state[0] += seed
    next_int(state)


def seeded(seed: int) -> State:
    """Return a generator's state for any integer seed, taken modulo 2**64."""
    state = ((int(INCREMENT) + seed) * int(MULTIPLIER) + int(INCREMENT)) % 2**64
    return np.array([state], dtype=np.uint64)


@kernel(inner=True)
def _low_bits(state: State, bits: int) -> int:
    """Return the low bits of a 64-bit draw, which takes two steps of the generator."""
    next_int(state)
    return next_int(state) & ((1 << bits) - 1)


@kernel(inner=True)
def next_float(state: State) -> float:
    """Return a uniform number in [0, 1) with 24 random bits."""
    return _low_bits(state, 24) / 16777216.0


def first_floats(seeds: State) -> npt.NDArray[np.float64]:
    """Return what `next_float` draws first after `reseed`, for many seeds at once."""
    floats: npt.NDArray[np.float64] = (first_words(seeds) & np.uint64((1 << 24) - 1)) / 16777216.0
    return floats


def first_words(seeds: State) -> State:
    """Return the first 64 bits that are drawn after `reseed`, for many seeds at once."""
    states = (INCREMENT + seeds) * MULTIPLIER + INCREMENT
    words: State = (_bits_of(states) << np.uint64(32)) | _bits_of(states * MULTIPLIER + INCREMENT)
    return words


@kernel(inner=True)
def next_double(state: State) -> float:
    """Return a uniform number in [0, 1) with 53 random bits."""
    high = _low_bits(state, 26)
    return (high * 134217728.0 + _low_bits(state, 27)) / 9007199254740992.0


@kernel(inner=True)
def next_gaussian(state: State) -> tuple[float, float]:
    """Return two independent standard normal numbers (Marsaglia's polar method)."""
    while True:
        first = 2.0 * next_double(state) - 1.0
        second = 2.0 * next_double(state) - 1.0
        square = first * first + second * second
        if 0.0 < square < 1.0:
            factor = math.sqrt(-2.0 * math.log(square) / square)
            return first * factor, second * factor


@kernel(inner=True)
def next_below(state: State, bound: int) -> int:
    """Return a number in [0, bound), for a bound of at most 2**32."""
    return next_int(state) % bound


@kernel()
def shuffle(state: State, values: npt.NDArray[np.int64]) -> None:
    """Put the values into a random order, in place."""
    for position in range(values.size):
        other = position + next_below(state, values.size - position)
        values[position], values[other] = values[other], values[position]

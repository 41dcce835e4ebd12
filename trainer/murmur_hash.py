"""Hashing of categorical inputs: many levels share few inputs.

The hash is MurmurHash2 (Appleby, 2008, public domain) of four bytes: the number of the input, highest byte
first, read as a little-endian word, so that equal seeds give the incumbent's inputs.
"""

import dataclasses

import numpy as np
import numpy.typing as npt

from triplicate.runtime.columns import Categorical

__all__ = ["hashed_inputs", "hashes"]

MULTIPLIER = np.uint32(0x5BD1E995)
LENGTH = 4


def hashes(numbers: npt.NDArray[np.int32], seed: int) -> npt.NDArray[np.int32]:
    """Return the hash of each number as a signed 32-bit integer; of the seed, the low 32 bits count."""
    k = numbers.astype(np.uint32).byteswap() * MULTIPLIER
    k ^= k >> np.uint32(24)
    k *= MULTIPLIER
    start = np.array((seed % 2**32) ^ LENGTH, dtype=np.uint32).reshape(1) * MULTIPLIER
    h = start ^ k
    h ^= h >> np.uint32(13)
    h *= MULTIPLIER
    h ^= h >> np.uint32(15)
    return h.view(np.int32)


def hashed_inputs(column: Categorical, units: int, seed: int) -> Categorical:
    """Return the column with every input moved to one of `units`: |hash| modulo units. "Nothing" stays nothing."""
    moved = np.abs(hashes(column.inputs.reshape(-1), seed).astype(np.int64)) % units
    inputs = np.where(column.inputs >= 0, moved.reshape(column.inputs.shape), -1).astype(np.int32)
    return dataclasses.replace(column, inputs=inputs)

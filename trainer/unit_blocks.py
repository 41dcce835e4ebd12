"""How a layer's units are cut into blocks, each of which one thread works on.

Loops over units take many at once, and what is left one by one, with other last bits. So units that many go into change
no bit where a block begins at a multiple of them: a wide layer is cut for the threads there are, since long rows come
from memory faster than short ones. A narrow one is always cut alike.
"""

from triplicate.trainer.jit import kernel

__all__ = ["block_count", "block_start", "most_in_a_block"]

WIDE = 512  # units beyond which a layer is wide
APART = 64  # units: any number that a loop takes at once goes into it


@kernel()
def block_count(units: int, threads: int) -> int:
    """Return the number of blocks: products of few columns are slow, and few units are little work."""
    if units < 64:
        return 1
    if units <= WIDE:
        return 2
    return min(threads, units // APART)


@kernel()
def block_start(units: int, threads: int, block: int) -> int:
    """Return the first unit of a block, and for the block after the last one the number of units."""
    count = block_count(units, threads)
    start = units * block // count
    return start if units <= WIDE or block == count else start // APART * APART


@kernel()
def most_in_a_block(units: int, threads: int) -> int:
    """Return a number of units that no block exceeds."""
    return units // block_count(units, threads) + APART

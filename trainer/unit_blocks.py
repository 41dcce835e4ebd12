"""How a layer's units are cut into blocks, each of which one thread works on.

Loops over units take many at once, and what is left one by one, with other last bits. So units that many go into change
no bit where a block begins at a multiple of them: a wide layer is cut for the threads there are, since long rows come
from memory faster than short ones. A narrower one is always cut alike, so that sums per block can be added up.
"""

__all__ = ["NARROW", "WIDE", "block_edges"]

NARROW = 64  # units below which a layer is one block: products of few columns are slow, and few units are little work
WIDE = 512  # units beyond which a layer is wide
APART = 64  # units: any number that a loop takes at once goes into it


def block_edges(units: int, threads: int) -> list[int]:
    """Return where the blocks of a layer begin, and the end of the last one."""
    if units < NARROW:
        return [0, units]
    if units <= WIDE:
        return [0, units // 2, units]
    count = min(threads, units // APART)
    return [units * block // count // APART * APART for block in range(count)] + [units]

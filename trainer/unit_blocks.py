"""How a layer's units are cut into blocks, each of which one thread works on.

The cut depends on the number of units alone, so that a matrix product is the same whoever computes it.
"""

from triplicate.trainer.jit import kernel

__all__ = ["block_count", "block_start", "most_in_a_block"]


@kernel()
def block_count(units: int) -> int:
    """Return the number of blocks: products of few columns are slow, and few units are little work."""
    if units < 64:
        return 1
    if units <= 512:
        return 2
    return 4 if units <= 1024 else 8


@kernel()
def block_start(units: int, block: int) -> int:
    """Return the first unit of a block, and for the block after the last one the number of units."""
    return units * block // block_count(units)


@kernel()
def most_in_a_block(units: int) -> int:
    """Return the number of units of the largest block."""
    return units // block_count(units) + 1

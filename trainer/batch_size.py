"""What mini_batch_size="auto" means."""

__all__ = ["automatic_batch_size"]

UPDATES_AT_LEAST = 10_000
LARGEST = 32


def automatic_batch_size(rows: int, epochs: float) -> int:
    """Return a power of two up to 32, so that training still makes 10,000 updates where that is possible.

    2,000 rows and 10 epochs learn row by row; 60,000 rows and 10 epochs in batches of 32, several times faster.
    """
    size = 1
    while size < LARGEST and 2 * size * UPDATES_AT_LEAST < rows * epochs:
        size *= 2
    return size

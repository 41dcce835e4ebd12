"""What mini_batch_size="auto" means by rows, epochs and classes; small tables of two classes: see batch_trial.py."""

__all__ = ["automatic_batch_size"]

UPDATES_AT_LEAST = 10_000
UPDATES_FOR_CLASSES = 5_000  # for more than two of them: measured, as all here, by benchmarks/batch_size.py
LARGEST = 32


def automatic_batch_size(rows: int, epochs: float, classes: int = 0) -> int:
    """Return a power of two up to 32, so that training still makes 10,000 updates where that is possible.

    Half as many are enough for more than two `classes`. 2,000 rows and 10 epochs learn row by row; 60,000 rows and 10
    epochs in batches of 32, several times faster.
    """
    least = UPDATES_FOR_CLASSES if classes > 2 else UPDATES_AT_LEAST
    size = 1
    while size < LARGEST and 2 * size * least < rows * epochs:
        size *= 2
    return size

"""How long an iteration is, and after which of them to score: computed from work, never from a clock."""

from dataclasses import dataclass

__all__ = ["ScoringSchedule", "rows_per_iteration", "rows_until_averaging"]

ROWS_AT_MOST = 100_000
LEARNING_WORK = 3  # forward, backward, gradient: multiplications per weight and row
UPDATE_WORK = 8  # the same for the update of a weight
AVERAGING_WORK = 16  # the same for a number that a copy of the model gives to the average and takes from it


def rows_per_iteration(asked: int, rows: int, epochs: float) -> int:
    """Return the rows of an iteration for train_samples_per_iteration: -2 automatic, -1 and 0 one pass, or n.

    Automatic: a tenth of all work, at most ten passes and 100,000 rows. No iteration exceeds the epochs.
    """
    total = max(1, round(epochs * rows))
    if asked == -2:
        return max(1, min(total // 10, 10 * rows, ROWS_AT_MOST))
    return min(rows if asked in (-1, 0) else asked, total)


def rows_until_averaging(numbers: int, learning: float, ratio: float) -> float:
    """Return how many rows a copy of the model learns between two averagings of `numbers` numbers.

    `learning` is the work of one row, `ratio` the share of averaging in all work that is aimed at.
    """
    averaging = AVERAGING_WORK * numbers
    return max(0.0, averaging / ratio - averaging) / learning


@dataclass(slots=True)
class ScoringSchedule:
    """Decides after each iteration whether to score, so that scoring stays within its share of all work.

    `scoring`: work of one scoring; `learning`: work of learning one row. The first iteration is always scored.
    `work` of learning and `scorings` are counted.
    """

    scoring: float
    learning: float
    share: float
    work: float = 0.0
    scorings: int = 0

    @classmethod
    def of(cls, *, weights_per_row: int, batch: int, scoring: float, share: float) -> "ScoringSchedule":
        """Return the schedule of a network whose rows touch so many weights, learned in batches of that size."""
        return cls(scoring, weights_per_row * (LEARNING_WORK + UPDATE_WORK / batch), share)

    def resume(self, work: float, scorings: int) -> None:
        """Go on counting from there."""
        self.work, self.scorings = work, scorings

    def is_due(self, rows: int, *, too_soon: bool = False) -> bool:
        """Count an iteration of so many rows; tell whether to score now, which is not when it is `too_soon`."""
        self.work += rows * self.learning
        spent = (self.scorings + 1) * self.scoring
        due = self.scorings == 0 or (not too_soon and spent <= self.share * (self.work + spent))
        self.scorings += due
        return due

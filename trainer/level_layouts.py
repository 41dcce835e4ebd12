"""One input per level, or per group of levels: the tables of one-hot encodings."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from triplicate.runtime.columns import Categorical, UnseenPolicy
from triplicate.trainer.table import Table
from triplicate.trainer.table_columns import CategoricalColumn

__all__ = ["LevelLayout", "limited_layout", "most_frequent", "plain_layout", "sorted_layout"]

LEVELS_KEPT = 10  # by EnumLimited, beside "other"


@dataclass(frozen=True, slots=True, eq=False)
class LevelLayout:
    """Which slot each level of a column takes (int32), of how many; missing cells have a slot after them.

    `unseen` is the slot of levels that training did not see: that of "other" where there is one, or else that
    of missing cells.
    """

    slots: npt.NDArray[np.int32]
    count: int
    unseen: int

    def with_unseen_slot(self) -> "LevelLayout":
        """Return the same layout with a slot for unseen levels, behind that of missing cells."""
        return replace(self, unseen=self.count + 1)

    def width(self, *, keep_first: bool) -> int:
        """Return the number of inputs: a slot each, one for missing and one for unseen cells; the first may have none.

        Unseen cells may share a slot with others.
        """
        return max(self.count, self.unseen) + keep_first

    def table(self, column: CategoricalColumn, first: int, *, keep_first: bool, policy: UnseenPolicy) -> Categorical:
        """Lower the layout to a table whose inputs begin at `first`; without `keep_first` slot 0 has no input."""
        inputs = np.concatenate((self.slots, [self.count, self.unseen])).astype(np.int32)
        inputs = np.where((inputs == 0) & (not keep_first), -1, inputs + (first if keep_first else first - 1))
        values = (inputs >= 0).astype(np.float64)
        return Categorical(column.name, column.levels, inputs[:, np.newaxis], values[:, np.newaxis], policy)


def plain_layout(column: CategoricalColumn) -> LevelLayout:
    """Return one slot per level, in the order of the levels."""
    count = len(column.levels)
    return LevelLayout(np.arange(count, dtype=np.int32), count, count)


def sorted_layout(column: CategoricalColumn, table: Table, weights: npt.NDArray[np.float64] | None) -> LevelLayout:
    """Return one slot per level by rising (weighted) mean of the response; levels without a row come last.

    Of a class the response is its position among the classes. Equal means keep the order of the levels.
    """
    response = table.response
    if response is None:
        raise TypeError("sorting by the response needs a response")
    y = response.codes if isinstance(response, CategoricalColumn) else response.values
    w = np.ones(len(table)) if weights is None else weights
    present = column.codes >= 0
    codes, count = column.codes[present], len(column.levels)
    totals = np.bincount(codes, weights=w[present], minlength=count)
    sums = np.bincount(codes, weights=(w * y)[present], minlength=count)
    means = np.divide(sums, totals, out=np.full(count, np.inf), where=totals > 0)
    slots = np.empty(count, dtype=np.int32)
    slots[np.argsort(means, kind="stable")] = np.arange(count)
    return LevelLayout(slots, count, count)


def limited_layout(column: CategoricalColumn) -> LevelLayout:
    """Return slots for the ten most frequent levels, in the order of the levels, and one for all others."""
    if len(column.levels) <= LEVELS_KEPT:
        return plain_layout(column)
    slots = np.full(len(column.levels), LEVELS_KEPT, dtype=np.int32)
    slots[most_frequent(column, LEVELS_KEPT)] = np.arange(LEVELS_KEPT)
    return LevelLayout(slots, LEVELS_KEPT + 1, LEVELS_KEPT)


def most_frequent(column: CategoricalColumn, count: int) -> npt.NDArray[np.intp]:
    """Return the codes of the levels with the most rows, ascending; of equally frequent ones the first."""
    frequency = np.bincount(column.codes[column.codes >= 0], minlength=len(column.levels))
    return np.sort(np.argsort(-frequency, kind="stable")[:count])

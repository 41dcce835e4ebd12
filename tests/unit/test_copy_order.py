"""Which copy learns which rows."""

import numpy as np
import pytest

from triplicate.trainer.copy_order import CopyOrder, copy_seed, shares
from triplicate.trainer.row_order import RowOrder


def streams(order: CopyOrder, copies: int, counts: list[int]) -> list[list[int]]:
    """Return each copy's rows over iterations of so many rows."""
    found: list[list[int]] = [[] for _ in range(copies)]
    start = 0
    for count in counts:
        parts = np.split(order.take(start, count), np.cumsum(shares(start, count, copies))[:-1])
        for own, part in zip(found, parts, strict=True):
            own.extend(part.tolist())
        start += count
    return found


@pytest.mark.parametrize("replicated", [True, False])
@pytest.mark.parametrize("shuffled", [True, False])
def test_iterations_cut_the_same_streams(replicated: bool, shuffled: bool) -> None:
    """However iterations are cut, each copy learns the same rows in the same order."""
    orders = [CopyOrder(23, 5, 4, shuffled=shuffled, replicated=replicated) for _ in range(2)]
    assert streams(orders[0], 4, [1, 2, 30, 0, 59]) == streams(orders[1], 4, [92])


def test_rows_are_shared_out_evenly() -> None:
    """Shares differ by one row at most, and even out over iterations."""
    assert shares(0, 10, 4) == [3, 3, 2, 2]
    assert shares(10, 10, 4) == [2, 2, 3, 3]
    assert shares(3, 1, 4) == [0, 0, 0, 1]


def test_replicated_copies_see_the_whole_table_in_orders_of_their_own() -> None:
    """Each copy's pass is a permutation of all rows, and no two are equal; copy 0 has the order of a single model."""
    passes = streams(CopyOrder(50, 3, 4, shuffled=True, replicated=True), 4, [200])
    assert all(sorted(own) == list(range(50)) for own in passes)
    assert len({tuple(own) for own in passes}) == 4
    assert passes[0] == RowOrder(50, 3).take(0, 50).tolist()


def test_parts_are_fixed_and_cover_the_table() -> None:
    """Without replication each copy keeps to its own rows over all passes; together they are the table."""
    passes = streams(CopyOrder(50, 3, 4, shuffled=True, replicated=False), 4, [50] * 3)
    parts = [set(own) for own in passes]
    assert sorted(row for part in parts for row in part) == list(range(50))
    assert [len(part) for part in parts] == [13, 13, 12, 12]
    other = streams(CopyOrder(50, 4, 4, shuffled=True, replicated=False), 4, [50])
    assert set(other[0]) != parts[0]


def test_unshuffled_copies_share_a_pass_in_the_order_of_the_table() -> None:
    """Without shuffling the copies begin at other places, so that one epoch is one pass over the table."""
    passes = streams(CopyOrder(8, 3, 4, shuffled=False, replicated=True), 4, [8, 8])
    assert passes == [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7], [6, 7, 0, 1]]


def test_seeds_of_copies_differ_and_fit_an_integer() -> None:
    """Copy 0 has the seed itself; all are 64-bit integers, and neighbouring seeds share none."""
    seeds = [copy_seed(seed, k) for seed in (-(2**63), -1, 1, 2, 2**63 - 1) for k in range(8)]
    assert len(set(seeds)) == 40
    assert all(-(2**63) <= seed < 2**63 for seed in seeds)
    assert copy_seed(7, 0) == 7

"""The order of rows: a permutation per pass, from the seed alone; the sample that is scored."""

import numpy as np

from triplicate.trainer.row_order import RowOrder
from triplicate.trainer.row_sample import sampled_rows


def test_each_pass_is_a_permutation_of_its_own() -> None:
    """Every pass holds every row once, in an order that differs from pass to pass and seed to seed."""
    order = RowOrder(100, 1)
    first, second = order.take(0, 100), order.take(100, 100)
    assert sorted(first) == sorted(second) == list(range(100))
    assert (first != second).any()
    assert (RowOrder(100, 2).take(0, 100) != first).any()


def test_the_stream_does_not_depend_on_how_it_is_cut() -> None:
    """Pieces of any length, across passes and out of order, are pieces of one stream."""
    whole = RowOrder(7, 3).take(0, 50)
    order = RowOrder(7, 3)
    assert np.concatenate([order.take(0, 3), order.take(3, 20), order.take(23, 27)]).tolist() == whole.tolist()
    assert order.take(2, 9).tolist() == whole[2:11].tolist()
    assert order.take(4, 0).size == 0


def test_the_table_order_can_be_kept() -> None:
    """Unshuffled, every pass runs through the rows as they are."""
    assert RowOrder(4, 1, shuffled=False).take(2, 7).tolist() == [2, 3, 0, 1, 2, 3, 0]


def test_a_sample_is_about_as_large_as_wanted() -> None:
    """Rows are drawn one by one from the seed; 0 or too many means all."""
    drawn = sampled_rows(50_000, 10_000, 1)
    assert 9_500 < drawn.size < 10_500
    assert (np.diff(drawn) > 0).all()
    assert (sampled_rows(50_000, 10_000, 1) == drawn).all()
    assert sampled_rows(50_000, 10_000, 2).tolist() != drawn.tolist()
    assert sampled_rows(5, 0, 1).tolist() == sampled_rows(5, 9, 1).tolist() == [0, 1, 2, 3, 4]
    assert sampled_rows(3, 1, -7).size >= 1

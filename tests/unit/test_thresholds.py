"""Thresholds stand between observed values."""

import numpy as np
import pytest

from triplicate.trainer.thresholds import anomaly_threshold, label_threshold, share_threshold


def test_a_label_threshold_stands_half_way_to_the_next_probability() -> None:
    """The same rows are labelled as by the best one itself."""
    p = np.array([0.1, 0.9, 0.4, 0.4, 0.7])
    assert label_threshold(p, 0.7) == pytest.approx(0.55)
    assert ((p >= label_threshold(p, 0.7)) == (p >= 0.7)).all()


def test_below_the_smallest_probability_stands_half_of_it() -> None:
    """Where every row gets the second label, so does a row a little below all of them."""
    assert label_threshold(np.array([0.2, 0.6]), 0.2) == pytest.approx(0.1)


def test_neighbouring_floats_keep_their_labels() -> None:
    """Between two neighbours there is no middle: the upper one is taken."""
    low = 0.3
    high = float(np.nextafter(low, 1.0))
    assert label_threshold(np.array([low, high]), high) == high


def test_at_most_one_percent_exceeds_the_anomaly_threshold() -> None:
    """It is just above the largest error of up to 99 rows, else half way above the 99 % quantile."""
    assert anomaly_threshold(np.arange(50.0), 0.99) == pytest.approx(49.0 * 1.005)
    assert anomaly_threshold(np.arange(1001.0), 0.99) == 990.5


def test_rows_without_any_error_are_no_anomalies() -> None:
    """A threshold of 0 is exceeded by no error of 0."""
    assert anomaly_threshold(np.zeros(5), 0.99) == 0.0


def test_a_share_of_the_rows_exceeds_the_threshold() -> None:
    """The asked number of rows lies above it, whatever their order; equal errors stay together below."""
    errors = np.random.default_rng(1).permutation(np.arange(200) / 7.0)
    for share, above in ((0.1, 20), (0.5, 100), (0.001, 0), (0.999, 199)):
        assert int((errors > share_threshold(errors, share)).sum()) == above
    assert int((np.ones(10) > share_threshold(np.ones(10), 0.3)).sum()) == 0

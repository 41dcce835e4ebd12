"""Centre and scale of numeric columns."""

import numpy as np
import numpy.typing as npt
import pytest

from triplicate.trainer.column_statistics import Scaling, column_scaling, mean_and_deviation
from triplicate.trainer.table_columns import NumericColumn


def scaled(
    values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64] | None = None, *, sparse: bool = False
) -> Scaling:
    """Return the scaling of a predictor of a supervised net."""
    return column_scaling(NumericColumn("a", values), weights, standardize=True, autoencoder=False, sparse=sparse)


def test_weighted_statistics() -> None:
    """[1, 2, 4] with weights [1, 2, 1] has mean 2.25, variance 1.78125 and deviation 1.33463."""
    column = NumericColumn("a", np.array([1.0, 2.0, 4.0]))
    mean, deviation = mean_and_deviation(column, np.array([1.0, 2.0, 1.0]))
    assert mean == 2.25
    assert deviation**2 == pytest.approx(1.78125, rel=1e-14)
    assert deviation == pytest.approx(1.33463, abs=1e-5)


def test_a_number_that_is_nearly_always_the_same_reaches_one() -> None:
    """With 96 of 100 values alike, the largest distance from the mean becomes 1; with 95 the deviation counts."""
    rare, common = np.zeros(100), np.zeros(100)
    rare[:4], common[:5] = [3.0, 3.0, 4.0, 10.0], [3.0, 3.0, 3.0, 3.0, 10.0]
    assert scaled(rare) == Scaling(0.2, 9.8, 0.0)
    assert scaled(common) == Scaling(0.22, common.std(ddof=1), 0.0)
    assert scaled(rare, sparse=True) == Scaling(0.0, 10.0, 0.0)


def test_weights_decide_whether_a_number_is_nearly_always_the_same() -> None:
    """A value that differs in 1 of 40 rows is common when that row has half of the weight, and rare without weights."""
    values, weights = np.array([0.0] * 39 + [8.0]), np.array([1.0] * 39 + [39.0])
    assert scaled(values, weights).divide == pytest.approx((16 * 40 / 39) ** 0.5)
    assert scaled(values).divide == pytest.approx(7.8)


def test_missing_values_and_rows_without_weight_do_not_count() -> None:
    """The share, the centre and the largest distance are those of the values that are present and have weight."""
    values = np.array([0.0] * 39 + [8.0, np.nan, 500.0])
    weights = np.array([1.0] * 41 + [0.0])
    assert scaled(values, weights).divide == pytest.approx(7.8)

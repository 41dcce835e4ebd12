"""The gains and lift table: groups, rates, weights."""

import numpy as np
import pytest

from triplicate.trainer.gains_lift import gains_lift_table, kolmogorov_smirnov, top_lift
from triplicate.trainer.ranking import Ranking


def example(rows: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Return positives and probabilities that go with them."""
    rng = np.random.default_rng(1)
    p = rng.random(rows)
    return rng.random(rows) < p, p


def test_ten_groups_of_equal_size() -> None:
    """Each tenth of the rows is a group; its rates are those of its rows, largest probabilities first."""
    y, p = example()
    table = gains_lift_table(Ranking.of(y, p), 10)
    order = np.argsort(-p)
    assert len(table) == 10
    np.testing.assert_allclose(table["cumulative_data_fraction"], np.arange(1, 11) / 10)
    np.testing.assert_allclose(table["response_rate"], y[order].reshape(10, 20).mean(axis=1))
    np.testing.assert_allclose(table["score"], p[order].reshape(10, 20).mean(axis=1))
    np.testing.assert_allclose(table["lift"], table["response_rate"] / y.mean())
    np.testing.assert_allclose(table["capture_rate"], table["lift"] / 10)
    np.testing.assert_allclose(table["gain"], 100 * (table["lift"] - 1))
    last = table.iloc[-1]
    assert last["cumulative_lift"] == pytest.approx(1.0)
    assert last["cumulative_capture_rate"] == pytest.approx(1.0)
    assert last["kolmogorov_smirnov"] == pytest.approx(0.0)


def test_automatic_groups() -> None:
    """Sixteen groups, finer at the top: 1, 2, 3, 4, 5, 10, 15, 20 % and so on."""
    y, p = example(1000)
    table = gains_lift_table(Ranking.of(y, p))
    assert len(table) == 16
    np.testing.assert_allclose(table["cumulative_data_fraction"][:8], [0.01, 0.02, 0.03, 0.04, 0.05, 0.1, 0.15, 0.2])
    np.testing.assert_allclose(table["lower_threshold"].iloc[0], np.quantile(p, 0.99))


def test_weights_count_like_repeated_rows() -> None:
    """Integer weights give the table of the rows repeated; nothing is cut to whole numbers."""
    y, p = example(60)
    w = np.random.default_rng(2).integers(1, 4, 60)
    weighted = gains_lift_table(Ranking.of(y, p, w.astype(float)), 5)
    repeated = gains_lift_table(Ranking.of(np.repeat(y, w), np.repeat(p, w)), 5)
    np.testing.assert_allclose(weighted.to_numpy(), repeated.to_numpy())
    halved = gains_lift_table(Ranking.of(y, p, w / 2.0), 1)
    assert halved.loc[0, "cumulative_response_rate"] == pytest.approx((y * w).sum() / w.sum())


def test_equal_probabilities_are_one_group() -> None:
    """Thresholds that coincide make one group of lift 1."""
    table = gains_lift_table(Ranking.of(np.array([True, False, True]), np.full(3, 0.5)))
    assert len(table) == 1
    assert table.loc[0, "lift"] == pytest.approx(1.0)


def test_the_kolmogorov_smirnov_statistic_is_exact() -> None:
    """The largest difference between the two empirical distributions, over every threshold."""
    from scipy.stats import ks_2samp

    y, p = example()
    assert kolmogorov_smirnov(Ranking.of(y, p)) == pytest.approx(ks_2samp(p[y], p[~y]).statistic)


def test_the_lift_of_the_top_group() -> None:
    """It is the first lift of the automatic table, whether weights add up to 1 or to the rows."""
    y, p = example(300)
    first = gains_lift_table(Ranking.of(y, p)).loc[0, "lift"]
    assert top_lift(Ranking.of(y, p), 300.0) == pytest.approx(first)
    assert top_lift(Ranking.of(y, p, np.full(300, 1 / 300)), 300.0) == pytest.approx(first)
    assert np.isnan(top_lift(Ranking.of(np.zeros(5, dtype=bool), np.arange(5.0)), 5.0))

"""Thresholds and their criteria, against the worked example and scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, fbeta_score, matthews_corrcoef, recall_score

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.ranking import Ranking
from triplicate.trainer.threshold_table import CRITERIA, criterion_name, max_criteria, threshold_table

P = np.array([0.9, 0.8, 0.8, 0.6, 0.4, 0.2])
Y = np.array([1, 1, 0, 1, 0, 0])


def test_the_worked_example() -> None:
    """Five thresholds, their counts and F1, and the best of them, 0.6."""
    table = threshold_table(Ranking.of(Y == 1, P))
    assert table["threshold"].tolist() == [0.9, 0.8, 0.6, 0.4, 0.2]
    assert table["tps"].tolist() == [1, 2, 3, 3, 3]
    assert table["fps"].tolist() == [0, 1, 1, 2, 3]
    np.testing.assert_allclose(table["f1"], [0.5, 0.6667, 0.8571, 0.75, 0.6667], atol=5e-5)
    best = max_criteria(table).set_index("metric").loc["max f1"]
    assert (best["threshold"], best["idx"]) == (0.6, 2)
    assert table.columns.tolist() == ["threshold", *CRITERIA, "idx"]


def test_criteria_agree_with_scikit_learn() -> None:
    """F scores, accuracy, recall and Matthews' coefficient at every threshold, rows counted by weight."""
    rng = np.random.default_rng(3)
    y, p, w = rng.integers(0, 2, 80), rng.random(80).round(1), rng.integers(1, 4, 80).astype(float)
    for _, row in threshold_table(Ranking.of(y == 1, p, w)).iterrows():
        labels = (p >= row["threshold"]).astype(int)
        assert row["f1"] == pytest.approx(f1_score(y, labels, sample_weight=w))
        assert row["f2"] == pytest.approx(fbeta_score(y, labels, beta=2, sample_weight=w))
        assert row["f0point5"] == pytest.approx(fbeta_score(y, labels, beta=0.5, sample_weight=w))
        assert row["accuracy"] == pytest.approx(accuracy_score(y, labels, sample_weight=w))
        assert row["recall"] == pytest.approx(recall_score(y, labels, sample_weight=w))
        assert row["specificity"] == pytest.approx(recall_score(1 - y, 1 - labels, sample_weight=w))
        assert row["absolute_mcc"] == pytest.approx(abs(matthews_corrcoef(y, labels, sample_weight=w)))


def test_a_criterion_without_a_value_has_no_maximum() -> None:
    """Without positives recall is NaN everywhere: its row has no threshold and idx -1."""
    best = max_criteria(threshold_table(Ranking.of(np.zeros(3, dtype=bool), np.array([0.1, 0.2, 0.3]))))
    recall = best.set_index("metric").loc["max recall"]
    assert np.isnan(recall["threshold"])
    assert recall["idx"] == -1


def test_names_of_criteria() -> None:
    """Aliases and any spelling are understood; others are answered with a suggestion."""
    assert [criterion_name(n) for n in ("F1", "sensitivity", "MCC", "fallout")] == [
        "f1",
        "recall",
        "absolute_mcc",
        "fpr",
    ]
    with pytest.raises(ParameterError, match="did you mean 'precision'"):
        criterion_name("precison")

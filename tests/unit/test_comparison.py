"""Comparison of flat outputs by bits and by bounds."""

import numpy as np
import pytest

from triplicate.comparison import Demand, compare_bits, compare_within, ulp_distance
from triplicate.runtime import Classification, LabelRule, Layer, Numeric, Reconstruction, Regression, ScoringModel
from triplicate.runtime.yardstick import Bounds

DEMAND = Demand(1e-14, 1e-10)


def one_column_model(head: Regression | Classification | Reconstruction, units: int) -> ScoringModel:
    """Return the smallest model with this head."""
    return ScoringModel((Numeric("x", 0),), (Layer(np.ones((units, 1)), np.zeros(units)),), head)


def bounds(rows: int, outputs: int, decision: int | None = None, promised: bool = True) -> Bounds:
    """Return bounds of scale 1; all outputs but the decision count as probabilities."""
    is_decision = np.arange(outputs) == decision
    return Bounds(np.ones((rows, outputs)), np.full(rows, promised), ~is_decision, is_decision)


def test_ulp_distance_counts_the_floats_between() -> None:
    """Neighbours are one ulp apart, also across zero and into the subnormals."""
    left = np.array([1.0, 0.0, 5e-324, -5e-324, np.nan, np.inf])
    right = np.array([np.nextafter(1.0, 2.0), 5e-324, 1e-323, 5e-324, np.nan, np.finfo(np.float64).max])
    assert ulp_distance(left, right).tolist() == [1, 1, 1, 3, 0, 1]
    far = ulp_distance(np.array([-np.inf, 1.0]), np.array([np.inf, np.nextafter(-1.0, 0.0)]))
    assert far.tolist() == [2 * 0x7FF0000000000000 + 1, 2 * 0x3FF0000000000000]


def test_equal_bits_pass_and_any_nan_equals_any_nan() -> None:
    """The same bits pass, and so do NaNs of different payload."""
    model = one_column_model(Regression(), 1)
    other_nan = np.array([0x7FF8000000000001], dtype=np.int64).view(np.float64)[0]
    result = compare_bits("pair", model, np.array([[1.0], [np.nan]]), np.array([[1.0], [other_nan]]))
    assert result.passed
    assert (result.differing, result.largest_ulp) == (0, 0)


def test_one_differing_bit_fails_and_is_named() -> None:
    """A single ulp fails, and the report names row, output and both values."""
    model = one_column_model(Regression(), 1)
    above = np.nextafter(2.0, 3.0)
    result = compare_bits("pair", model, np.array([[1.0], [2.0]]), np.array([[1.0], [above]]))
    assert not result.passed
    assert result.largest_ulp == 1
    assert result.mismatch is not None
    assert (result.mismatch.row, result.mismatch.output, result.mismatch.found) == (1, "value", above)


def test_minus_zero_is_not_zero_by_bits() -> None:
    """The demand is the same bits, so that -0 for 0 fails."""
    model = one_column_model(Regression(), 1)
    assert not compare_bits("pair", model, np.array([[0.0]]), np.array([[-0.0]])).passed


def test_a_difference_beyond_its_bound_fails() -> None:
    """Within the bound passes, beyond it fails and the worst entry is named."""
    model = one_column_model(Regression(), 1)
    exact = np.array([[1.0], [1.0]])
    assert compare_within("pair", model, exact, exact + 5e-11, bounds(2, 1), DEMAND).passed
    failed = compare_within("pair", model, exact, exact + np.array([[0.0], [2e-10]]), bounds(2, 1), DEMAND)
    assert not failed.passed
    assert failed.mismatch is not None
    assert failed.mismatch.row == 1


def test_a_nan_against_a_number_fails() -> None:
    """A NaN on one side only is beyond every bound."""
    model = one_column_model(Regression(), 1)
    assert not compare_within("pair", model, np.array([[1.0]]), np.array([[np.nan]]), bounds(1, 1), DEMAND).passed


def test_rows_without_a_promise_are_counted_not_judged() -> None:
    """A row whose yardstick is beyond 1e308 cannot fail, and the report says how many rows were covered."""
    model = one_column_model(Regression(), 1)
    result = compare_within("pair", model, np.array([[1.0]]), np.array([[9.0]]), bounds(1, 1, promised=False), DEMAND)
    assert result.passed
    assert (result.rows, result.promised_rows) == (1, 0)


@pytest.mark.parametrize(("p", "passes"), [(0.5, True), (0.5 + 5e-11, True), (0.6, False)])
def test_a_label_may_differ_only_at_the_threshold(p: float, passes: bool) -> None:
    """A differing label is excused when the exact probability is within the bound of the threshold."""
    model = one_column_model(Classification(("no", "yes"), rule=LabelRule.THRESHOLD, threshold=0.5), 2)
    exact = np.array([[1.0, 1 - p, p]])
    other = np.array([[0.0, 1 - p, p]])
    result = compare_within("pair", model, exact, other, bounds(1, 3, decision=0), DEMAND)
    assert result.passed is passes
    assert [(d.expected, d.found) for d in result.decisions] == [("yes", "no")]


@pytest.mark.parametrize(("gap", "passes"), [(1e-10, True), (1e-3, False)])
def test_an_argmax_label_may_differ_only_in_a_tie(gap: float, passes: bool) -> None:
    """With argmax the gap between the two labels' probabilities decides."""
    model = one_column_model(Classification(("a", "b", "c")), 3)
    exact = np.array([[0.0, 0.4 + gap, 0.4, 0.2 - gap]])
    other = np.array([[1.0, 0.4 + gap, 0.4, 0.2 - gap]])
    assert compare_within("pair", model, exact, other, bounds(1, 4, decision=0), DEMAND).passed is passes


def test_no_differing_label_hides_behind_excused_ones() -> None:
    """After any number of labels at the threshold, one far from it still fails the pair; all are listed."""
    model = one_column_model(Classification(("no", "yes"), rule=LabelRule.THRESHOLD, threshold=0.5), 2)
    exact = np.repeat([[1.0, 0.5, 0.5]], 300, axis=0)
    exact[299] = 1.0, 0.1, 0.9
    other = exact * [0.0, 1.0, 1.0]
    result = compare_within("pair", model, exact, other, bounds(300, 3, decision=0), DEMAND)
    assert [d.row for d in result.decisions if not d.excused] == [299]
    assert len(result.decisions) == 300
    assert not result.passed


def test_a_missing_label_is_never_excused_at_a_threshold() -> None:
    """Nor where the exact probability is the threshold itself."""
    model = one_column_model(Classification(("no", "yes"), rule=LabelRule.THRESHOLD, threshold=0.5), 2)
    exact, other = np.array([[1.0, 0.5, 0.5]]), np.array([[-1.0, 0.5, 0.5]])
    assert not compare_within("pair", model, exact, other, bounds(1, 3, decision=0), DEMAND).passed


def test_a_missing_label_is_never_excused() -> None:
    """A form that gives no label where Python gives one fails."""
    model = one_column_model(Classification(("a", "b", "c")), 3)
    exact = np.array([[0.0, 0.4, 0.4, 0.2]])
    other = np.array([[-1.0, 0.4, 0.4, 0.2]])
    assert not compare_within("pair", model, exact, other, bounds(1, 4, decision=0), DEMAND).passed


def test_an_anomaly_flag_may_differ_only_at_the_threshold() -> None:
    """A flag far from the threshold fails the pair."""
    ones, zero = np.ones(1), np.zeros(1, dtype=np.int32)
    model = one_column_model(Reconstruction(zero, ones, zero, ones, np.zeros(1), threshold=2.0), 1)
    exact, other = np.array([[5.0, 1.0, 5.0, 0.0]]), np.array([[5.0, 0.0, 5.0, 0.0]])
    result = compare_within("pair", model, exact, other, bounds(1, 4, decision=1), DEMAND)
    assert not result.passed
    assert (result.decisions[0].expected, result.decisions[0].found) == ("anomaly", "normal")

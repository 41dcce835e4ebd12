"""triplicate.runtime.prediction: from the last layer to the flat output, special cases included."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from triplicate.runtime import Classification, LabelRule, Layer, Link, Numeric, Reconstruction, Regression, ScoringModel
from triplicate.runtime.arithmetic import ExactArithmetic
from triplicate.runtime.heads import Head
from triplicate.runtime.prediction import predict

NAN, INF = np.nan, np.inf


def predicted(head: Head, units: Any, inputs: Any = None, numbers: Any = None) -> npt.NDArray[np.float64]:
    """Return the flat output of one row for the last layer's outputs."""
    count = 1 if isinstance(head, Regression) else len(units)
    columns = tuple(Numeric(f"x{i}", i) for i in range(count))
    model = ScoringModel(columns, (Layer(np.ones((count, count)), np.zeros(count)),), head)
    row = np.array([units], dtype=np.float64)
    found = predict(
        model, row, np.zeros_like(row) if inputs is None else np.array([inputs], dtype=np.float64),
        np.zeros_like(row) if numbers is None else np.array([numbers], dtype=np.float64), ExactArithmetic(),
    )  # fmt: skip
    assert found.shape == (1, len(model.output_names))
    result: npt.NDArray[np.float64] = found[0]
    return result


@pytest.mark.parametrize(
    ("f", "offset", "expected"),
    [(1.5, None, 1.5 * 3.0 + 0.1), (1.5, 0.7, (1.5 * 3.0 + 0.1) + 0.7), (INF, None, INF),
     (INF, -INF, NAN), (NAN, 1.0, NAN)],
)  # fmt: skip
def test_the_identity_link_scales_shifts_and_adds_the_offset_last(
    f: float, offset: float | None, expected: float
) -> None:
    """(f * scale + shift) + offset, in this order."""
    head = Regression(Link.IDENTITY, 3.0, 0.1, None if offset is None else "o")
    np.testing.assert_array_equal(predicted(head, [f], numbers=[0.0, offset or 0.0]), [expected])


@pytest.mark.parametrize(
    ("f", "offset", "expected"),
    [
        (0.0, None, 1.0), (1.0, -1.0, 1.0), (-INF, 0.0, 0.0), (-800.0, None, 0.0), (43.0, None, 4.727839468229346e18),
        (44.0, None, 1e19), (800.0, None, 1e19), (INF, None, 1e19), (NAN, None, NAN), (INF, -INF, NAN),
        (1.0, INF, 1e19),
    ],
)  # fmt: skip
def test_the_log_link_is_capped_and_lets_nan_through(f: float, offset: float | None, expected: float) -> None:
    """min(exp(f + offset), 1e19)."""
    head = Regression(Link.LOG, offset=None if offset is None else "o")
    np.testing.assert_array_equal(predicted(head, [f], numbers=[0.0, offset or 0.0]), [expected])


@pytest.mark.parametrize(
    ("z", "expected"),
    [
        ([0.0, 0.0, 0.0], [0, 1 / 3, 1 / 3, 1 / 3]),
        ([1000.0, 0.0, -INF], [0, 1, 0, 0]),
        ([0.0, 1e308, 0.0], [1, 0, 1, 0]),
        ([-1e308, -1e308, -INF], [0, 0.5, 0.5, 0]),
        ([1.0, 2.0, 2.0], [1, 1 / (1 + 2 * np.e), np.e / (1 + 2 * np.e), np.e / (1 + 2 * np.e)]),
        ([NAN, 0.0, 0.0], [-1, NAN, NAN, NAN]),
        ([0.0, 0.0, NAN], [-1, NAN, NAN, NAN]),
        ([INF, 0.0, 0.0], [-1, NAN, NAN, NAN]),
        ([-INF, -INF, -INF], [-1, NAN, NAN, NAN]),
    ],
)
def test_softmax_and_argmax(z: list[float], expected: list[float]) -> None:
    """The first of equally probable classes wins; a row with a NaN has no label and only NaNs."""
    found = predicted(Classification(("a", "b", "c")), z)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_allclose(found[1:], expected[1:], rtol=1e-15)


def test_the_softmax_sum_runs_from_the_first_class_to_the_last() -> None:
    """With 40 classes NumPy's own sum, which adds in pairs, would round differently."""
    z = np.linspace(-3.0, 1.0, 40)
    found = predicted(Classification(tuple(str(k) for k in range(40))), z)[1:]
    e = ExactArithmetic().exp(z - 1.0)
    total = 0.0
    for term in e.tolist():
        total += term
    np.testing.assert_array_equal(found, e / total)


@pytest.mark.parametrize(
    ("z", "threshold", "label"),
    [
        ([0.0, 0.0], 0.5, 1), ([0.0, 0.0], 0.5000000000000001, 0), ([1.0, 0.0], 0.2, 1), ([1.0, 0.0], 0.3, 0),
        ([0.0, -INF], 0.0, 1), ([0.0, 5.0], 1.5, 0), ([NAN, 0.0], 0.5, -1), ([INF, INF], 0.0, -1),
    ],
)  # fmt: skip
def test_the_threshold_rule_asks_the_second_class(z: list[float], threshold: float, label: float) -> None:
    """p_1 >= threshold; a NaN has no label."""
    assert predicted(Classification(("a", "b"), rule=LabelRule.THRESHOLD, threshold=threshold), z)[0] == label


def test_prior_correction_multiplies_and_normalises_again_before_the_label() -> None:
    """q_k = p_k c_k; the label is that of the corrected probabilities."""
    head = Classification(("a", "b"), correction=np.array([4.0, 1.0]))
    assert predicted(head, [0.0, np.log(2.0)]).tolist() == pytest.approx([0.0, 2 / 3, 1 / 3], abs=1e-15)
    assert predicted(Classification(("a", "b")), [0.0, np.log(2.0)])[0] == 1.0


def test_a_correction_that_leaves_no_class_gives_no_label() -> None:
    """0 / 0 is NaN."""
    head = Classification(("a", "b"), correction=np.array([0.0, 1.0]))
    np.testing.assert_array_equal(predicted(head, [1000.0, 0.0]), [-1, NAN, NAN])


def reconstruction(threshold: float = INF) -> Reconstruction:
    """Return a head of three targets, in another order than the inputs, in two groups of three columns."""
    return Reconstruction(
        np.array([2, 0, 1]), np.array([0.5, 1.0, 0.25]), np.array([2, 0, 0]), np.array([10.0, 1.0, 1.0]),
        np.array([5.0, 0.0, 1.0]), threshold,
    )  # fmt: skip


def test_a_reconstruction_is_scored_column_by_column() -> None:
    """score, flag, error per column (0 for one without targets), reconstruction in raw units."""
    found = predicted(reconstruction(4.5), [1.0, 2.0, 3.0], inputs=[0.0, 1.0, 3.0])
    # d = (1 - 3, 2 - 0, 3 - 1): terms 4 * 0.5, 4 * 1, 4 * 0.25
    assert found.tolist() == [7.0, 1.0, 5.0, 0.0, 2.0, 15.0, 2.0, 4.0]


@pytest.mark.parametrize(("threshold", "flag"), [(7.0, 0.0), (np.nextafter(7.0, 0.0), 1.0), (0.0, 1.0), (INF, 0.0)])
def test_an_anomaly_scores_above_the_threshold(threshold: float, flag: float) -> None:
    """Strictly above."""
    assert predicted(reconstruction(threshold), [1.0, 2.0, 3.0], inputs=[0.0, 1.0, 3.0])[1] == flag


def test_a_reconstruction_that_is_not_finite_shows_in_the_score() -> None:
    """Inf - x is an infinite error, NaN stays NaN and is no anomaly."""
    assert predicted(reconstruction(1.0), [1e200, 2.0, 3.0]).tolist()[:2] == [INF, 1.0]
    found = predicted(reconstruction(1.0), [NAN, 2.0, 3.0])
    np.testing.assert_array_equal(found[:5], [NAN, 0.0, 4.0 + 2.25, 0.0, NAN])

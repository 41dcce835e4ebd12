"""Reasons of anomalies: which columns, in which order, and how a reason reads."""

import numpy as np
import pytest

from triplicate.runtime import (
    Categorical,
    Layer,
    Numeric,
    Reconstruction,
    Regression,
    Scorer,
    ScoringModel,
)
from triplicate.runtime.errors import ParameterError, TriplicateError
from triplicate.runtime.reasons import Reasons, largest_errors

from onnx_cases import one_hot, small_model


def rebuilding(*, hours: float = 0.0, levels: tuple[float, float, float] = (1.0, 0.0, 0.0)) -> ScoringModel:
    """Return a model of `hours` (in units of 10, from 40), `work` (a, b) and `idle`, which nothing rebuilds.

    Whatever the row is, it expects these units.
    """
    columns = (Numeric("hours", 0, 40.0, 0.1), one_hot("work", ("a", "b"), 1), Numeric("idle", 4))
    layer = Layer(np.zeros((4, 5)), np.array([hours, *levels]))
    scale, shift = np.array([10.0, 1.0, 1.0, 1.0]), np.array([40.0, 0.0, 0.0, 0.0])
    head = Reconstruction(np.arange(4), np.full(4, 0.25), np.array([0, 1, 1, 1]), scale, shift)
    return ScoringModel(columns, (layer,), head)


def sentences(model: ScoringModel, *cells: float, count: int = 3) -> list[str]:
    """Return the reasons of a row of row numbers in words."""
    numbers = np.array([cells])
    outputs = Scorer(model).score_numbers(numbers).outputs
    return [reason.sentence for reason in Reasons(model).of_row(numbers[0], outputs[0], count)]


def test_a_number_its_expectation_and_its_share() -> None:
    """The raw cell as it is, the reconstruction in raw units to three digits, the part of the score in per cent."""
    found = sentences(rebuilding(hours=0.12345), 99.0, 1.0, 7.25)
    assert found == [
        "hours is 99, expected about 41.2; 94 % of the error",
        'work is "b", expected "a"; 6 % of the error',
        "idle is 7.25, which the model does not rebuild; 0 % of the error",
    ]


def test_levels_missing_cells_and_unseen_levels() -> None:
    """A level the model would have chosen too is as expected; missing and unseen cells are called so."""
    missing = float("nan")
    model = rebuilding(levels=(0.0, 0.0, 0.9))
    assert sentences(model, 40.0, missing, 0.0, count=1) == ["work is missing, as expected; 100 % of the error"]
    assert 'work is "a", expected a missing cell; 100 % of the error' in sentences(model, 40.0, 0.0, 0.0)
    assert "work is a level that training did not see, expected" in sentences(rebuilding(), 40.0, -1.0, 0.0)[0]
    assert sentences(rebuilding(hours=2.0), missing, 0.0, 0.0)[0].startswith("hours is missing, expected about 60;")


def test_a_row_without_an_error_has_no_shares() -> None:
    """A score of 0 is not divided by; columns come in their order."""
    found = sentences(rebuilding(), 40.0, 0.0, 0.0)
    assert found[:2] == ["hours is 40, expected about 40", 'work is "a", as expected']


def test_a_coded_level_is_the_nearest_one() -> None:
    """Where levels are numbers, the expected one is that whose numbers are nearest to the reconstruction."""
    table = np.array([[-1.0], [0.0], [1.0], [0.0], [0.0]])
    column = Categorical("size", ("small", "middle", "large"), np.zeros((5, 1), np.int32), table)
    head = Reconstruction(np.array([0]), np.ones(1), np.array([0]), np.array([2.0]), np.array([5.0]))
    for bias, level in ((-0.6, "small"), (0.4, "middle"), (9.0, "large")):
        model = ScoringModel((column,), (Layer(np.zeros((1, 1)), np.array([bias])),), head)
        numbers = np.array([[0.0]])
        reason = Reasons(model).of_row(numbers[0], Scorer(model).score_numbers(numbers).outputs[0], 1)[0]
        assert (reason.value, reason.expected) == ("small", level)


def test_equal_errors_keep_the_order_of_the_columns_and_nan_is_infinite() -> None:
    """The largest come first; among equals the earlier column; an error that is not a number counts as infinite."""
    errors = [[1.0, 2.0, 2.0, 0.5], [1.0, np.nan, np.inf, 2.0], [0.0, 0.0, 0.0, 0.0]]
    assert largest_errors(errors, 3).tolist() == [[1, 2, 0], [1, 2, 3], [0, 1, 2]]
    assert largest_errors(errors, 9).shape == (3, 4)
    with pytest.raises(ParameterError, match="the number of reasons must be at least 1, got 0"):
        largest_errors(errors, 0)


def test_scores_name_the_reasons() -> None:
    """`Scores.reasons` holds the names; other models have none."""
    scores = Scorer(rebuilding()).score_numbers([[99.0, 1.0, 0.0]])
    assert scores.reasons(2).tolist() == [["hours", "work"]]
    regression = small_model(Regression(), 1)
    with pytest.raises(TriplicateError, match="it is no autoencoder"):
        Reasons(regression)
    with pytest.raises(TriplicateError, match="these scores have no column_errors"):
        Scorer(regression).score_numbers([[0.0, 0.0]]).reasons()

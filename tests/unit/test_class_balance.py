"""Balanced classes: published ratios, drawn rows, corrected probabilities, stratified validation rows, refusals."""

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from triplicate.runtime.errors import ParameterError, TrainingDataError
from triplicate.trainer import DeepLearningEstimator
from triplicate.trainer.class_balance import balanced, class_ratios, stratified_rows
from triplicate.trainer.parameters import Parameters, Task

from training_tables import classes_table, numbers_table

COUNTS = np.array([900.0, 50.0, 30.0, 20.0])
LABELS = ("a", "b", "c", "d")


def codes(counts: Any = (900, 50, 30, 20)) -> npt.NDArray[np.int32]:
    """Return class codes with so many rows per class, mixed."""
    made = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    return np.random.default_rng(1).permutation(made)


def per_class(rows: npt.NDArray[np.int32]) -> list[int]:
    """Return the rows of each of the four classes."""
    return np.bincount(rows, minlength=4).tolist()


@pytest.mark.parametrize(
    ("counts", "most", "ratios"),
    [
        (COUNTS, 5000, [1, 18, 30, 45]),
        (COUNTS, 3000, [2.5 / 3, 15, 25, 37.5]),
        (COUNTS, 360, [0.1, 1.8, 3, 4.5]),
        (np.array([900_000.0, *[25_000.0] * 4]), 5e6, [1, 36, 36, 36, 36]),
        (np.array([900_000.0, *[25_000.0] * 4]), 3e6, [2 / 3, 24, 24, 24, 24]),
    ],
)
def test_the_published_ratios(counts: Any, most: float, ratios: list[float]) -> None:
    """The published examples: equal classes, and the cap that takes rows from the largest one too."""
    np.testing.assert_allclose(class_ratios(counts, counts, None, most), ratios, rtol=1e-15)


def test_rows_are_drawn_by_their_ratio() -> None:
    """Whole ratios repeat every row so often; fractions by chance; the same seed draws the same rows."""
    given = codes()
    all_equal = balanced(given, None, LABELS, None, 5.0, 7)
    assert per_class(given[all_equal.rows]) == [900, 900, 900, 900]
    capped = balanced(given, None, LABELS, None, 3.0, 7)
    assert np.abs(np.array(per_class(given[capped.rows])) - 750).max() < 60
    assert (np.bincount(capped.rows[given[capped.rows] == 3]).max(), len(set(capped.rows))) == (
        38,
        100 + (per_class(given[capped.rows])[0]),
    )
    assert capped.rows.tolist() == balanced(given, None, LABELS, None, 3.0, 7).rows.tolist()
    assert capped.rows.tolist() != balanced(given, None, LABELS, None, 3.0, 8).rows.tolist()


@pytest.mark.parameter("class_sampling_factors")
def test_factors_are_taken_as_they_are() -> None:
    """class_sampling_factors multiply the rows of each class, down to the cap."""
    given = codes()
    drawn = balanced(given, None, LABELS, (0.5, 1.0, 2.0, 3.0), 5.0, 1)
    found = per_class(given[drawn.rows])
    assert found[1:] == [50, 60, 60]
    assert 400 < found[0] < 500
    assert len(balanced(given, None, LABELS, (10.0, 10.0, 10.0, 10.0), 2.0, 1).rows) == 2000


def test_the_correction_is_prior_over_model() -> None:
    """The published example: (.4, .3, .2, .1) of uniform classes becomes what the priors make of it."""
    correction = np.array(balanced(codes(), None, LABELS, None, 5.0, 1).correction)
    np.testing.assert_allclose(correction, np.array([0.9, 0.05, 0.03, 0.02]) / 0.25, rtol=1e-15)
    corrected = np.array([0.4, 0.3, 0.2, 0.1]) * correction
    np.testing.assert_allclose(corrected / corrected.sum(), [0.93995, 0.03916, 0.01567, 0.00522], atol=5e-6)


def test_weights_count_in_priors_and_ratios() -> None:
    """Classes of equal weight are balanced already, whatever their rows."""
    given = codes((30, 10))
    heavy = np.where(given == 1, 3.0, 1.0)
    drawn = balanced(given, heavy, ("a", "b"), None, 5.0, 1)
    assert drawn.rows.tolist() == list(range(40))
    assert drawn.correction == (1.0, 1.0)


def test_a_class_without_a_row_is_named() -> None:
    """When ten draws leave a class empty, the error names it and says what to do."""
    given = codes((500, 1))
    with pytest.raises(
        TrainingDataError, match=r"^balance_classes leaves class 'b' \(1 rows\) without a row; enlarge "
    ):
        balanced(given, None, ("a", "b"), (1.0, 1e-9), 5.0, 1)


def test_stratified_rows_thin_out_frequent_classes() -> None:
    """Rare classes are kept whole and no row comes twice; a wanted number is about kept."""
    given = codes()
    rows = stratified_rows(given, None, 4, 0, 3)
    found = per_class(given[rows])
    assert found[1:] == [50, 30, 20]
    assert 200 < found[0] < 300
    assert len(set(rows.tolist())) == rows.size
    few = per_class(given[stratified_rows(given, None, 4, 80, 3)])
    assert 60 < sum(few) < 100
    assert max(few) < 35


def rare_table(rows: int, seed: int) -> pd.DataFrame:
    """Return two classes, one of about 6 % of the rows, which a number and a colour tell apart in part."""
    frame = numbers_table(rows, seed=seed)
    return frame.assign(kind=np.where(frame["price"] > 185, "rare", "common")).drop(columns="price")


OPTIONS: dict[str, Any] = {"hidden": [10], "epochs": 10, "seed": 1, "mini_batch_size": 8}


@pytest.fixture(scope="module")
def models() -> list[DeepLearningEstimator]:
    """Return a plain and a balanced model, with a validation frame."""
    table, other = rare_table(600, 1), rare_table(400, 2)
    return [
        DeepLearningEstimator(**OPTIONS, balance_classes=balance).train(
            y="kind", training_frame=table, validation_frame=other
        )
        for balance in (False, True)
    ]


@pytest.mark.parameter("balance_classes")
def test_balanced_training_learns_more_rows_and_corrects(models: list[DeepLearningEstimator]) -> None:
    """An epoch is the balanced table; mean probabilities are near the prior; the summary tells."""
    plain, balance = models
    assert plain.scoring_model.fingerprint != balance.scoring_model.fingerprint
    assert balance.trained.result.samples > 1.7 * plain.trained.result.samples
    assert balance.trained.result.history.to_frame()["epochs"].iloc[-1] == pytest.approx(10)
    assert re.search(r"classes were balanced, 600 rows to \d+: 'common' \d+ to \d+, 'rare'", balance.summary())
    assert "trained 10.00 epochs" in balance.summary()
    head: Any = balance.scoring_model.head
    assert head.correction[0] > 1 > head.correction[1]
    share = (rare_table(600, 1)["kind"] == "rare").mean()
    assert balance.predict(rare_table(600, 1))["rare"].mean() == pytest.approx(share, abs=0.05)
    assert balance.model_performance(rare_table(400, 3)).value("AUC") > 0.9


def test_training_scores_what_the_model_says(models: list[DeepLearningEstimator]) -> None:
    """The history's metrics are of the rows as given with corrected probabilities: the exact ones agree."""
    balance = models[1]
    assert balance.model_performance().rows == 600
    history = balance.trained.result.history
    for name, performance in (
        ("training", balance.model_performance()),
        ("validation", balance.model_performance(valid=True)),
    ):
        scores = history.to_frame()[f"{name}_logloss"]
        assert np.abs(scores - performance.value("logloss")).min() < 1e-5


def test_skipped_rows_are_not_balanced() -> None:
    """With missing_values_handling=Skip the complete rows are balanced."""
    table = rare_table(600, 1)
    model = DeepLearningEstimator(**OPTIONS | {"epochs": 1}, balance_classes=True, missing_values_handling="Skip")
    complete = table.dropna()
    model.train(y="kind", training_frame=table)
    assert f"classes were balanced, {len(complete)} rows" in model.summary()


@pytest.mark.parameter("score_validation_sampling")
def test_stratified_validation_sampling_changes_what_steers() -> None:
    """Stratified scores on fewer, more equal rows while training; final metrics are of all rows all the same."""
    table, other = rare_table(300, 1), rare_table(400, 2)
    options = OPTIONS | {"epochs": 2, "balance_classes": True}
    losses = []
    for sampling in ("Uniform", "Stratified"):
        model = DeepLearningEstimator(**options, score_validation_sampling=sampling)
        model.train(y="kind", training_frame=table, validation_frame=other)
        losses.append(model.trained.result.history.to_frame()["validation_logloss"].iloc[0])
        assert model.model_performance(valid=True).rows == 400
    assert losses[1] > losses[0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"class_sampling_factors": [1, 2]}, "class_sampling_factors needs balance_classes=True"),
        (
            {"balance_classes": True, "class_sampling_factors": [1, 0]},
            "class_sampling_factors[1] must be greater than 0, got 0",
        ),
        ({"max_after_balance_size": 0}, "max_after_balance_size must be greater than 0, got 0"),
        ({"autoencoder": True, "balance_classes": True}, "an autoencoder cannot have balance_classes=True"),
    ],
)
def test_what_is_refused(given: dict[str, Any], message: str) -> None:
    """Contradictions name the parameter and its rule."""
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}"):
        Parameters.of(**given)


def test_numbers_cannot_be_balanced() -> None:
    """A regression has no classes."""
    with pytest.raises(ParameterError, match=r"^balance_classes needs a categorical response, but this is regression"):
        Parameters.of(balance_classes=True).for_task(Task.REGRESSION)


@pytest.mark.parametrize("given", [{"max_after_balance_size": 2}, {"score_validation_sampling": "Stratified"}])
def test_what_has_no_effect_warns(given: dict[str, Any]) -> None:
    """Parameters of balancing warn where nothing is balanced."""
    with pytest.warns(UserWarning, match="no effect while balance_classes is False"):
        Parameters.of(**given)


def test_factors_must_be_one_per_class() -> None:
    """The error names the classes in their order."""
    model = DeepLearningEstimator(**OPTIONS, balance_classes=True, class_sampling_factors=[1.0, 2.0, 3.0])
    with pytest.raises(ParameterError, match=r"in the order no, yes: 2 classes, 3 values$"):
        model.train(y="kind", training_frame=classes_table(50))

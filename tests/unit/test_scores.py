"""Scores by their meaning."""

import numpy as np
import pytest

from triplicate.runtime import Classification, LabelType, Reconstruction, Regression, Scorer, Scores, ScoringModel
from triplicate.runtime.errors import TriplicateError

from random_models import random_model, random_rows


def scores_of(kind: type, seed: int = 0) -> Scores:
    """Return the scores of a random model with such a head."""
    while not isinstance(random_model(seed).head, kind):
        seed += 1
    model = random_model(seed)
    return Scorer(model).score(random_rows(model, 50, seed))


@pytest.mark.parametrize("seed", range(0, 60, 4))
def test_labels_and_probabilities_of_a_classification(seed: int) -> None:
    """Labels come in the type of the response, None where a probability is NaN, and have the stated index."""
    scores = scores_of(Classification, seed)
    head = scores.model.head
    assert isinstance(head, Classification)
    assert np.array_equal(scores.probabilities, scores.outputs[:, 1:], equal_nan=True)
    kind = {LabelType.STRING: str, LabelType.INTEGER: int, LabelType.BOOLEAN: bool}[head.label_type]
    for label, index in zip(scores.labels, scores.outputs[:, 0], strict=True):
        assert label is None if index < 0 else (type(label) is kind and str(label) == head.labels[int(index)])


def test_values_of_a_regression() -> None:
    """One number per row."""
    scores = scores_of(Regression)
    assert np.array_equal(scores.values, scores.outputs[:, 0], equal_nan=True)


def test_parts_of_an_anomaly_score() -> None:
    """The columns' errors add up to the score, and the flag says whether it is above the threshold."""
    scores = scores_of(Reconstruction)
    head = scores.model.head
    assert isinstance(head, Reconstruction)
    finite = np.isfinite(scores.anomaly_scores) & (scores.anomaly_scores < 1e300)
    assert finite.any()
    assert scores.column_errors.sum(axis=1)[finite] == pytest.approx(scores.anomaly_scores[finite])
    assert np.array_equal(scores.is_anomaly, scores.anomaly_scores > head.threshold)


@pytest.mark.parametrize(
    ("kind", "absent"),
    [
        (Classification, ("values", "anomaly_scores", "is_anomaly", "column_errors")),
        (Regression, ("labels", "probabilities", "is_anomaly")),
        (Reconstruction, ("labels", "probabilities", "values")),
    ],
)
def test_parts_of_other_heads_are_refused(kind: type, absent: tuple[str, ...]) -> None:
    """The error names what these scores do have."""
    scores = scores_of(kind)
    for name in absent:
        with pytest.raises(TriplicateError, match=f"no {name}: the model's are "):
            getattr(scores, name)


def test_scores_have_the_length_of_the_rows() -> None:
    """`len` counts rows."""
    model: ScoringModel = random_model(3)
    assert len(Scorer(model).score(random_rows(model, 7, 3))) == 7

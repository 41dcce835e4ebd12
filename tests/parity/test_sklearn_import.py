"""Twenty scikit-learn pipelines over its own data sets: the answers of scikit-learn, then the same in every form."""

import numpy as np
import pytest

from triplicate import scorer, verify
from triplicate.importers import sklearn_pipeline
from triplicate.java_parity import JavaJob, run_java
from triplicate.runtime import Classification, ScoringModel, raw_rows

from sklearn_cases import CASES, Case, answers_of, fitted

CLOSE = 1e-12


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    """Return the fitted pipelines."""
    return fitted()


@pytest.fixture(scope="module")
def models(cases: dict[str, Case]) -> dict[str, ScoringModel]:
    """Return what the pipelines become."""
    return {name: sklearn_pipeline(case.pipeline) for name, case in cases.items()}


@pytest.mark.parametrize("name", CASES)
def test_the_answers_are_those_of_scikit_learn(
    name: str, cases: dict[str, Case], models: dict[str, ScoringModel]
) -> None:
    """Probabilities and numbers within 1e-12, and every label equal, missing and unseen cells included."""
    scores = scorer(models[name]).score(cases[name].rows)
    probabilities, predicted = answers_of(cases[name])
    if isinstance(models[name].head, Classification):
        assert np.abs(scores.probabilities - probabilities).max() <= CLOSE
        assert list(scores.labels) == list(predicted)
        assert {type(label) for label in scores.labels} <= {str, int, bool}
    else:
        assert np.abs(scores.values - predicted).max() <= CLOSE * max(1.0, np.abs(predicted).max())


def test_the_rows_hold_what_is_hard(cases: dict[str, Case], models: dict[str, ScoringModel]) -> None:
    """Missing cells and unseen levels are among the rows of half of the pipelines."""
    assert len(cases) == 20
    unseen = [int(scorer(models[name]).score(case.rows).unseen.sum()) for name, case in cases.items()]
    holes = [int(case.rows.isna().sum().sum()) for case in cases.values()]
    assert sum(count > 0 for count in unseen) >= 10
    assert sum(count > 0 for count in holes) >= 10


def test_java_gives_the_same_bits(cases: dict[str, Case], models: dict[str, ScoringModel]) -> None:
    """All twenty classes, compiled at once, agree with Python to the bit."""
    jobs = [JavaJob(model, raw_rows(model, cases[name].rows)) for name, model in models.items()]
    for job, java in zip(jobs, run_java(jobs), strict=True):
        assert not java.errors
        assert not java.disagreements  # its selfTest over golden rows included
        assert job.model.metadata.golden is not None
        assert java.outputs.tobytes() == scorer(job.model).score(job.raw).outputs.tobytes()
        assert java.unseen.sum() == scorer(job.model).score(job.raw).unseen.sum()


@pytest.mark.parametrize("name", CASES)
def test_the_other_forms_agree(name: str, cases: dict[str, Case], models: dict[str, ScoringModel]) -> None:
    """Verify passes: NumPy, BLAS and the ONNX graphs."""
    report = verify(models[name], cases[name].rows, java=False)
    assert [pair.pair for pair in report.pairs if not pair.passed] == []

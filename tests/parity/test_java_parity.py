"""Python and the generated Java class give the same bits, over random models and hostile rows."""

from collections import Counter

import numpy as np
import pytest
from bit_patterns import bits

from triplicate.exporters import java_view
from triplicate.java_parity import JavaJob, JavaScores, run_java
from triplicate.jdk import find_jdks
from triplicate.runtime import (
    Activation,
    Categorical,
    Classification,
    Layer,
    Link,
    Numeric,
    RawRows,
    Reconstruction,
    Regression,
    Scorer,
    ScoringModel,
    UnseenPolicy,
)

from java_cases import one_hot, person_model, regression
from random_models import random_model, random_rows

MODELS, ROWS = 210, 200


def check(jobs: list[JavaJob], scores: list[JavaScores]) -> None:
    """Demand that outputs (to the bit, NaN equal to NaN) and counts are Python's, and no row is refused."""
    for position, (job, java) in enumerate(zip(jobs, scores, strict=True)):
        python = Scorer(job.model).score(job.raw)
        assert not java.errors, position
        assert not java.disagreements, position
        assert bits(java.outputs).tolist() == bits(python.outputs).tolist(), position
        assert java.unseen.tolist() == python.unseen.tolist(), position
        assert java.replaced.tolist() == python.replaced.tolist(), position


@pytest.fixture(scope="module")
def jobs() -> list[JavaJob]:
    """Return the random models with their rows."""
    models = [random_model(seed) for seed in range(MODELS)]
    return [JavaJob(model, random_rows(model, ROWS, seed)) for seed, model in enumerate(models)]


def test_random_models_over_hostile_rows(jobs: list[JavaJob]) -> None:
    """No bit differs between Python and Java, all classes compiled at once and run in one JVM."""
    check(jobs, run_java(jobs))


def test_lists_of_inputs_give_the_same_bits(jobs: list[JavaJob], monkeypatch: pytest.MonkeyPatch) -> None:
    """The way of large layers, which add a list of inputs, has Python's bits with every activation and table too."""
    monkeypatch.setattr(java_view, "MOST_DENSE", 0)
    few = [JavaJob(job.model, job.raw.take(slice(0, 50))) for job in jobs[::4]]
    check(few, run_java(few))


def test_the_random_models_cover_everything(jobs: list[JavaJob]) -> None:
    """Every activation, head, link, weight type and shape of table comes at least five times."""
    seen: Counter[object] = Counter()
    for job in jobs:
        model = job.model
        seen.update({layer.activation for layer in model.layers})
        seen.update({layer.weights.dtype for layer in model.layers})
        seen.update({type(model.head), getattr(model.head, "link", None), getattr(model.head, "rule", None)})
        seen.update({"offset"} if model.offset else {})
        seen.update({"golden"} if model.metadata.golden else {})
        seen.update({"missing tokens"} if model.na_values else {})
        seen.update({f"width {column.inputs.shape[1]}" for column in model.columns if isinstance(column, Categorical)})
        seen.update({"no levels" for column in model.columns if isinstance(column, Categorical) and not column.levels})
    wanted = [*Activation, Classification, Regression, Reconstruction, *Link, "argmax", "threshold", "offset", "golden"]
    wanted += [
        np.dtype(np.float32),
        np.dtype(np.float64),
        "missing tokens",
        "no levels",
        "width 0",
        "width 1",
        "width 2",
    ]
    assert {name: seen[name] for name in wanted if seen[name] < 5} == {}


def test_the_javac_of_every_jdk_gives_the_same_bits(jobs: list[JavaJob]) -> None:
    """Each JDK that is installed here compiles the classes without a warning, and runs what it compiled alike."""
    few = [JavaJob(job.model, job.raw.take(slice(0, 40))) for job in jobs[21:35]]
    for kit in find_jdks():
        check(few, run_java(few, jdk=kit))


def test_vectorised_loops_give_the_same_bits() -> None:
    """Wide nets over many rows, long enough for the optimising compiler, in every remainder of its unrolling."""
    jobs = [vector_job((37, 67, 42, 3)), vector_job((16, 60, 51, 3))]
    check(jobs, run_java(jobs))


def vector_job(widths: tuple[int, int, int, int]) -> JavaJob:
    """Return a net of these widths, and 12,000 rows of numbers, of which three in ten are 0."""
    rng = np.random.default_rng(3)
    inputs = widths[0]
    layers = tuple(
        Layer(rng.normal(0, 0.3, (b, a)).astype(np.float32), rng.normal(size=b), activation)
        for a, b, activation in zip(
            widths, widths[1:], (Activation.RECTIFIER, Activation.TANH, Activation.LINEAR), strict=False
        )
    )
    columns = tuple(Numeric(f"x{i}", i) for i in range(inputs))
    model = ScoringModel(columns, layers, Classification(("a", "b", "c")))
    cells = rng.normal(0, 2, (inputs, 12_000)) * (rng.random((inputs, 12_000)) < 0.7)
    return JavaJob(model, RawRows(tuple(cells), 12_000))


def test_large_and_empty_schemas() -> None:
    """Many thousand columns or levels, texts of 64 KB, no columns at all, and a deep net compile and agree."""
    long = "\0\\u0022*/\n\"'😀" * 6_000
    levels = tuple(f"level {i}" for i in range(10_000))
    models = [
        net_over((Numeric("x", 0), one_hot("big", levels, 1)), 10_002),
        net_over(tuple(one_hot(f"c{i}", (f"é{i}",), 2 * i) for i in range(4_500)), 9_000),
        net_over((Numeric(long, 0), one_hot("long", (long, long + "!"), 1)), 4),
        net_over((), 1),
        ScoringModel((Numeric("x", 0),), (net_over((), 1).layers[0],) * 400, Regression()),
    ]
    jobs = [JavaJob(model, random_rows(model, 12, 1)) for model in models]
    check(jobs, run_java(jobs))


def net_over(columns: tuple[Numeric | Categorical, ...], inputs: int) -> ScoringModel:
    """Return a regression of one layer with random weights."""
    weights = np.random.default_rng(inputs).normal(size=(1, inputs)).astype(np.float32)
    return ScoringModel(columns, (Layer(weights, np.array([0.125]), Activation.LOGISTIC),), Regression())


def test_refused_rows_are_reported_and_the_others_scored() -> None:
    """An unseen level that the policy refuses, or a missing offset, fails its row only, by name."""
    persons, claims = person_model(UnseenPolicy.ERROR, golden=False), regression("exposure")
    work, children = np.array(["Private", "Pirate", None], object), np.array(["2", "9", None], object)
    rows = RawRows((np.array([30.0, 31.0, 32.0]), work, np.zeros(3), children), 3)
    offsets = RawRows((np.zeros(2), np.array(["red", None], object), np.array([np.nan, 0.5])), 2)
    refusing, missing = run_java([JavaJob(persons, rows), JavaJob(claims, offsets)])
    assert list(refusing.errors) == [1]
    assert "column 'work-class': level 'Pirate' was not seen" in refusing.errors[1]
    assert list(missing.errors) == [0]
    assert "column 'exposure': the offset is missing" in missing.errors[0]
    assert np.isnan(refusing.outputs[1]).all()
    assert not (refusing.disagreements + missing.disagreements)
    expected = Scorer(persons).score(rows.take(np.array([0, 2])))
    assert refusing.outputs[[0, 2]].tolist() == expected.outputs.tolist()
    assert missing.outputs[1].tolist() == Scorer(claims).score(offsets.take(slice(1, 2))).outputs[0].tolist()


def test_the_same_row_after_a_refused_one() -> None:
    """A refusal leaves nothing behind in the working memory."""
    model = person_model(UnseenPolicy.ERROR, golden=False)
    work = np.array(["Private", "Pirate", "Private"] * 3, object)
    children = np.array(["0"] * 9, object)
    (java,) = run_java([JavaJob(model, RawRows((np.full(9, 50.0), work, np.full(9, 7e3), children), 9))])
    assert len({tuple(java.outputs[row]) for row in (0, 2, 3, 5, 6, 8)}) == 1
    assert not java.disagreements


def test_a_wrong_golden_row_is_a_disagreement() -> None:
    """The class tests itself in the harness, and a single differing bit is reported."""
    model = person_model()
    golden = model.metadata.golden
    assert golden is not None
    outputs = golden.outputs.copy()
    outputs[1, 2] = np.nextafter(outputs[1, 2], 1.0)
    wrong = model.with_metadata(type(model.metadata)("{}", type(golden)(golden.cells, outputs)))
    (java,) = run_java([JavaJob(wrong, random_rows(wrong, 3, 0))])
    assert len(java.disagreements) == 1
    assert "golden row 1, probability of >50K: expected" in java.disagreements[0]


def test_no_jobs_need_no_jdk() -> None:
    """Nothing to run is nothing to start."""
    assert run_java([]) == []

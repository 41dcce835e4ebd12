"""Reasons of a prediction: one column at a time against what is usual."""

import numpy as np
import pytest

from triplicate.runtime import (
    Activation,
    Categorical,
    Classification,
    Layer,
    Numeric,
    Reconstruction,
    Regression,
    Scorer,
    ScoringModel,
)
from triplicate.runtime.errors import MissingOffsetError
from triplicate.serving import NumpyEngine
from triplicate.serving.columns_of_cells import CellColumns
from triplicate.serving.explanation import explain, shown_number, usual_number

from random_models import random_model

TABLE = np.array([[1], [2], [3], [-1], [-1]], dtype=np.int32)
TOWN = Categorical("town", ("Rome", "Oslo", "Bonn"), TABLE, (TABLE >= 0).astype(float))
AGE = Numeric("age", 0, subtract=40.0, multiply=0.1)


def engine(model: ScoringModel) -> NumpyEngine:
    """Return an engine for a model."""
    return NumpyEngine(Scorer(model))


def linear(head: Regression | Classification, weights: list[list[float]]) -> ScoringModel:
    """Return a net of one linear layer on age and town."""
    matrix = np.array(weights)
    return ScoringModel((AGE, TOWN), (Layer(matrix, np.zeros(len(matrix)), Activation.LINEAR),), head)


def cells(age: float, town: str | None) -> CellColumns:
    """Return the cells of one row."""
    return [[age], [town]]


def test_effects_of_a_linear_model_are_its_terms() -> None:
    """A number's effect is its weighted distance from the usual one, a level's from the mean over all levels."""
    answer = explain(engine(linear(Regression(), [[2.0, 1.0, 4.0, 7.0]])), cells(60.0, "Bonn"))
    effects = {reason["column"]: reason["effect"] for reason in answer["reasons"]}
    assert answer["prediction"] == {"prediction": 2.0 * 2.0 + 7.0, "unseen": 0}
    assert answer["of"] is None
    assert effects == {"age": pytest.approx(4.0), "town": pytest.approx(7.0 - 4.0)}
    assert answer["reasons"][0]["text"] == "age is 60: raises the prediction by 4, compared with its usual 40"
    assert answer["reasons"][1]["text"] == (
        "town is 'Bonn': raises the prediction by 3, compared with the mean over its levels"
    )


def test_of_two_labels_the_second_one_is_explained() -> None:
    """Effects are changes of the second label's probability, in points of a hundred in the sentence."""
    model = linear(Classification(("no", "yes")), [[0.0] * 4, [1.0, 0.0, 0.0, 0.0]])
    answer = explain(engine(model), cells(20.0, "Rome"))
    first, second = answer["reasons"]
    assert answer["of"] == "yes"
    assert first["effect"] == pytest.approx(1 / (1 + np.exp(2.0)) - 0.5)
    assert first["text"].startswith("age is 20: lowers the probability of 'yes' by 38.1 points")
    assert second["text"] == "town is 'Rome': changes nothing, compared with the mean over its levels"


def test_of_more_labels_the_predicted_one_is_explained() -> None:
    """With three labels the reasons are those of the label that was predicted."""
    model = linear(Classification(("a", "b", "c")), [[0.0] * 4, [0.0] * 4, [0.0, 3.0, 0.0, 0.0]])
    answer = explain(engine(model), cells(40.0, "Rome"))
    assert (answer["of"], answer["reasons"][0]["column"]) == ("c", "town")


def test_missing_cells_are_told() -> None:
    """A missing number has no effect, since it counts as the usual one; a missing level has its own."""
    answer = explain(engine(linear(Regression(), [[2.0, 1.0, 4.0, 7.0]])), cells(np.nan, None))
    told = {reason["column"]: (reason["cell"], reason["effect"]) for reason in answer["reasons"]}
    assert told == {"age": (None, 0.0), "town": (None, pytest.approx(-4.0))}


def test_an_offset_is_set_against_zero() -> None:
    """The offset's effect is what it adds; a row without one cannot be explained."""
    layer = Layer(np.array([[2.0]]), np.zeros(1), Activation.LINEAR)
    model = ScoringModel((AGE,), (layer,), Regression(offset="base"))
    answer = explain(engine(model), [[40.0], [2.5]])
    assert answer["reasons"][0]["text"] == "base is 2.5: raises the prediction by 2.5, compared with 0"
    with pytest.raises(MissingOffsetError):
        explain(engine(model), [[40.0], [np.nan]])


def test_an_autoencoder_names_its_own_reasons() -> None:
    """The reasons of an anomaly score are the columns' shares of it, in the words of the other forms."""
    layer = Layer(np.zeros((4, 4)), np.zeros(4), Activation.LINEAR)
    head = Reconstruction(np.arange(4), np.ones(4), np.array([0, 1, 1, 1]), np.ones(4), np.zeros(4))
    answer = explain(engine(ScoringModel((AGE, TOWN), (layer,), head)), cells(70.0, "Oslo"))
    assert answer["of"] == "score"
    assert [(reason["column"], reason["share"]) for reason in answer["reasons"]] == [("age", 0.9), ("town", 0.1)]
    assert answer["reasons"][0]["text"].startswith("age is 70, expected about ")


@pytest.mark.parametrize("seed", range(14))
def test_every_kind_of_model_can_be_explained(seed: int) -> None:
    """A row of missing cells has an answer, reasons sorted by weight, and a sentence for each."""
    model = random_model(seed)
    row = [[None] if isinstance(column, Categorical) else [np.nan] for column in model.columns]
    answer = explain(engine(model), row if model.offset is None else [*row, [0.0]])
    weights = [abs(reason["effect"] or 0.0) for reason in answer["reasons"] if "effect" in reason]
    assert weights == sorted(weights, reverse=True)
    assert all(reason["text"].startswith(reason["column"]) for reason in answer["reasons"])


def test_the_usual_number_is_that_of_a_missing_one() -> None:
    """In raw units: subtract + missing / multiply; none where the column is scaled away or the number overflows."""
    assert usual_number(Numeric("x", 0, subtract=10.0, multiply=0.5, missing=1.0)) == 12.0
    assert usual_number(Numeric("x", 0, multiply=0.0)) is None
    assert usual_number(Numeric("x", 0, subtract=0.0, multiply=1e-300, missing=1e300)) is None
    assert [shown_number(number) for number in (38.58161, 189778.4, 0.00012346, 1e20)] == [
        "38.58", "189778", "0.0001235", "1e+20",
    ]  # fmt: skip

"""categorical_encoding and sparse, from the plan to trained models: layouts, effects, refusals."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate.runtime import Scorer, load_model
from triplicate.runtime.columns import Categorical
from triplicate.runtime.encoding import InputPlan, encode_rows
from triplicate.runtime.errors import ParameterError
from triplicate.runtime.raw_rows import raw_rows
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator
from triplicate.trainer.column_statistics import column_scaling
from triplicate.trainer.encoded_rows import dense
from triplicate.trainer.encoding_plan import EncodingPlan
from triplicate.trainer.parameters import Parameters
from triplicate.trainer.table import Table
from triplicate.trainer.table_columns import NumericColumn

from training_tables import classes_table, numbers_table

ENCODINGS = ("OneHotInternal", "Binary", "Eigen", "LabelEncoder", "SortByResponse", "EnumLimited")


def planned(frame: pd.DataFrame, **parameters: Any) -> EncodingPlan:
    """Return the plan of a frame whose response is y."""
    p = Parameters.of(response_column="y", **parameters)
    return EncodingPlan.of(Table.for_parameters(frame, p), p)


def lettered(levels: int, rows: int = 200) -> pd.DataFrame:
    """Return a column of that many levels, level k in falling numbers of rows, a number, and a response."""
    rng = np.random.default_rng(4)
    codes = np.concatenate((np.arange(levels), rng.integers(0, levels, rows) * rng.integers(0, 2, rows)))
    names = [f"l{code:02d}" for code in codes]
    return pd.DataFrame({"c": names, "n": rng.normal(size=codes.size), "y": 100.0 - codes})


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("sparse", [False, True])
def test_training_sees_what_scoring_computes(encoding: str, sparse: bool) -> None:
    """Inputs in training are the scoring model's, missing and unseen levels and missing numbers included."""
    frame = classes_table(40).assign(many=[f"m{row % 13}" for row in range(40)])
    options: dict[str, Any] = {
        "categorical_encoding": encoding,
        "sparse": sparse,
        "hidden": [3],
        "epochs": 0,
        "seed": 1,
    }
    model = DeepLearningEstimator(**options).train(y="kind", training_frame=frame)
    other = frame.iloc[:6].assign(
        colour=["red", None, "violet", "blue", "grey", ""], many=["m1", "m99", None, *["m12"] * 3]
    )
    numbers, unseen = encode_rows(model.scoring_model, raw_rows(model.scoring_model, other))
    scored = InputPlan(model.scoring_model).encode(numbers).inputs
    learned = dense(model.trained.plan.encode(other))
    assert unseen.tolist() == [0, 1, 1, 0, 0, 0]
    np.testing.assert_array_equal(learned, scored.astype(np.float32))


def test_coded_columns_follow_the_numbers() -> None:
    """Numbers come first, then each categorical column's digits, named column:k."""
    plan = planned(pd.DataFrame({"c": list("abca"), "n": [1.0, 2, 3, 5], "d": list("xyxy"), "y": [1.0, 2, 3, 4]}),
                   categorical_encoding="Binary")  # fmt: skip
    assert [column.name for column in plan.columns] == ["n", "c", "d"]
    assert (plan.first_number, plan.inputs) == (0, 5)
    assert [coded.table.inputs[0].tolist() for coded in plan.coded] == [[1, 2], [3, 4]]
    assert plan.text_columns == ("c", "d")


def test_levels_are_sorted_by_their_mean_response() -> None:
    """Slots rise with the mean response; without the first slot it is the lowest level that has no input."""
    frame = lettered(4)
    plan = planned(frame, categorical_encoding="SortByResponse")
    assert plan.categorical[0].inputs[:, 0].tolist() == [3, 2, 1, 0, 4, 4]
    without = planned(frame, categorical_encoding="SortByResponse", use_all_factor_levels=False)
    assert without.categorical[0].inputs[:, 0].tolist() == [2, 1, 0, -1, 3, 3]


def test_the_mean_response_is_weighted() -> None:
    """A row's weight counts in its level's mean."""
    frame = pd.DataFrame({"c": list("aabb"), "y": [0.0, 10.0, 4.0, 4.5], "w": [1.0, 9.0, 1.0, 1.0]})
    assert planned(frame, categorical_encoding="SortByResponse", x=["c"]).categorical[0].inputs[:2, 0].tolist() == [
        1,
        0,
    ]
    light = frame.assign(w=[9.0, 1.0, 1.0, 1.0])
    options: dict[str, Any] = {"categorical_encoding": "SortByResponse", "weights_column": "w"}
    assert planned(frame, **options).categorical[0].inputs[:2, 0].tolist() == [1, 0]
    assert planned(light, **options).categorical[0].inputs[:2, 0].tolist() == [0, 1]


def test_the_ten_most_frequent_levels_and_other() -> None:
    """Twelve levels: ten inputs of their own, one that the two rarest and unseen ones share, one for missing."""
    frame = pd.concat([lettered(12), lettered(10)], ignore_index=True)
    table = planned(frame, categorical_encoding="EnumLimited").categorical[0]
    assert table.inputs[:, 0].tolist() == [*range(10), 10, 10, 11, 10]
    few = planned(lettered(10), categorical_encoding="EnumLimited").categorical[0]
    assert few.inputs[:, 0].tolist() == [*range(10), 10, 10]


@pytest.mark.parameter("categorical_encoding")
@pytest.mark.parametrize("encoding", ENCODINGS[1:])
def test_every_encoding_learns(encoding: str) -> None:
    """A regression that needs the category explains most of the variance, and differs from one-hot's."""
    table = numbers_table(400)
    options: dict[str, Any] = {"hidden": [20], "epochs": 60, "seed": 1}
    model = DeepLearningEstimator(**options, categorical_encoding=encoding).train(y="price", training_frame=table)
    assert model.model_performance(numbers_table(200, seed=2)).value("r2") > 0.8


@pytest.mark.parameter("categorical_encoding")
def test_encodings_give_different_networks() -> None:
    """Each encoding has its own number of inputs, or its own weights."""
    table = classes_table(60).assign(many=[f"m{row % 13}" for row in range(60)])
    found = {}
    for encoding in ENCODINGS:
        model = DeepLearningEstimator(hidden=[3], epochs=1, seed=1, categorical_encoding=encoding).train(
            y="kind", training_frame=table
        )
        found[encoding] = (model.scoring_model.inputs, model.scoring_model.fingerprint)
    widths = {encoding: inputs for encoding, (inputs, _) in found.items()}
    assert widths == {"OneHotInternal": 22, "Binary": 10, "Eigen": 5, "LabelEncoder": 5, "SortByResponse": 22,
                      "EnumLimited": 20}  # fmt: skip
    assert len({fingerprint for _, fingerprint in found.values()}) == len(ENCODINGS)


def test_an_autoencoder_rebuilds_codes_in_their_own_units() -> None:
    """Coded columns are targets like numbers: scaled by their range, and turned back."""
    table = classes_table(60).drop(columns="kind")
    model = AutoEncoderEstimator(hidden=[3], epochs=1, seed=1, categorical_encoding="LabelEncoder").train(
        training_frame=table
    )
    head: Any = model.scoring_model.head
    assert head.groups.tolist() == [0, 1, 2, 3]
    assert head.scale[3] == pytest.approx(3.0)
    labels = {"blue": 0, "green": 1, "grey": 2, "red": 3}
    assert head.shift[3] == pytest.approx(table["colour"].map(labels).mean())


@pytest.mark.parameter("sparse")
def test_sparse_numbers_are_not_centred() -> None:
    """Zero stays zero, the deviation still scales, a missing number is 0, and predictions change."""
    frame = pd.DataFrame({"a": [0.0, 0.0, 3.0, None, 9.0], "y": [1.0, 2.0, 3.0, 4.0, 5.0]})
    plain, sparse = planned(frame), planned(frame, sparse=True)
    deviation = float(np.std([0, 0, 3, 9], ddof=1))
    assert (sparse.numeric[0].subtract, sparse.numeric[0].missing) == (0.0, 0.0)
    assert sparse.numeric[0].multiply == plain.numeric[0].multiply == pytest.approx(1 / deviation)
    unscaled = planned(frame, sparse=True, standardize=False).numeric[0]
    assert (unscaled.subtract, unscaled.multiply, unscaled.missing) == (0.0, 1.0, 0.0)


def test_a_sparse_autoencoder_is_centred_all_the_same() -> None:
    """Its inputs are those without sparse: mean and range, because it has to rebuild them around 0."""
    column = NumericColumn("a", np.array([0.0, 0.0, 3.0, 9.0]))
    plain = column_scaling(column, None, standardize=True, autoencoder=True)
    assert column_scaling(column, None, standardize=True, autoencoder=True, sparse=True) == plain
    assert plain.subtract == 3.0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"categorical_encoding": "enum"}, "categorical_encoding='Enum' is refused: a network needs numbers"),
        ({"categorical_encoding": "one_hot_explicit"}, "categorical_encoding='OneHotExplicit' is refused: it is One"),
        (
            {"autoencoder": True, "categorical_encoding": "SortByResponse"},
            "an autoencoder cannot have categorical_encoding='SortByResponse': it has no response",
        ),
    ],
)
def test_what_is_refused(given: dict[str, Any], message: str) -> None:
    """Encodings that cannot be, or have no response to sort by, say why."""
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}"):
        Parameters.of(**given)


def test_levels_that_are_numbers_too_large_are_named() -> None:
    """A label encoding whose numbers cannot be scaled names the column."""
    frame = pd.DataFrame({"c": ["1e300", "-1e300", "2"], "y": [1.0, 2.0, 3.0]})
    with pytest.raises(Exception, match="column 'c' holds numbers too large"):
        planned(frame, categorical_encoding="LabelEncoder")


def test_files_keep_an_encoding(tmp_path: Any) -> None:
    """A saved model scores the same; its columns are tables whatever the encoding was called."""
    table = classes_table(60)
    model = DeepLearningEstimator(hidden=[3], epochs=1, seed=1, categorical_encoding="Eigen").train(
        y="kind", training_frame=table
    )
    loaded = load_model(model.save(tmp_path / "m.npz"))
    assert loaded == model.scoring_model
    assert isinstance(loaded.columns[-1], Categorical)
    assert Scorer(loaded).score(table).outputs.tolist() == Scorer(model.scoring_model).score(table).outputs.tolist()

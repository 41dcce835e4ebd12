"""The encoding plan: column order, one-hot layout, scaling, missing cells, and encoded rows."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate.runtime.columns import UnseenPolicy
from triplicate.runtime.encoding import InputPlan, encode_rows
from triplicate.runtime.errors import TrainingDataError
from triplicate.runtime.heads import LabelType, Regression
from triplicate.runtime.layers import Layer
from triplicate.runtime.raw_rows import raw_rows
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.trainer.encoded_rows import EncodedRows, dense
from triplicate.trainer.encoding_plan import EncodingPlan
from triplicate.trainer.exact_metrics import scorable_rows
from triplicate.trainer.lower_categories import by_falling_cardinality
from triplicate.trainer.parameters import Parameters, Task
from triplicate.trainer.table import Table

# The layout example of the reference sheet: B has levels x, y; A has levels a, b, c; n1 is a number.
EXAMPLE = pd.DataFrame(
    {"B": ["x", "y", None, "x"], "A": ["a", "b", "c", None], "n1": [1.0, 2.0, 4.0, None], "y": [1.0, 2.0, 3.0, 5.0]}
)


def planned(frame: pd.DataFrame, response: str | None = "y", **parameters: Any) -> tuple[Table, EncodingPlan]:
    """Return a frame's table and plan."""
    chosen = Parameters.of(response_column=response, autoencoder=response is None, **parameters)
    table = Table.for_parameters(frame, chosen)
    return table, EncodingPlan.of(table, chosen)


@pytest.mark.parametrize(
    ("names", "sizes", "order"),
    [("ABCDE", [3, 5, 3, 7, 5], "DBEAC"), ("ABC", [2, 2, 3], "CBA"), ("", [], ""), ("A", [4], "A")],
)
def test_categorical_columns_stand_in_the_incumbents_order(names: str, sizes: list[int], order: str) -> None:
    """Columns are exchange-sorted by falling number of levels, ties as the incumbent leaves them."""
    assert "".join(names[position] for position in by_falling_cardinality(sizes)) == order


def test_one_hot_layout_with_all_levels() -> None:
    """Each block holds its levels and then its missing input; numbers follow."""
    _, plan = planned(EXAMPLE)
    assert [column.name for column in plan.columns] == ["A", "B", "n1"]
    assert plan.categorical[0].inputs[:, 0].tolist() == [0, 1, 2, 3, 3]
    assert plan.categorical[1].inputs[:, 0].tolist() == [4, 5, 6, 6]
    assert (plan.numeric[0].input, plan.first_number, plan.inputs) == (7, 7, 8)
    assert (plan.categorical[0].values == 1).all()


@pytest.mark.parameter("use_all_factor_levels")
def test_one_hot_layout_without_the_first_level() -> None:
    """Without use_all_factor_levels the first level activates nothing, and missing keeps its own input."""
    _, plan = planned(EXAMPLE, use_all_factor_levels=False)
    assert plan.categorical[0].inputs[:, 0].tolist() == [-1, 0, 1, 2, 2]
    assert plan.categorical[1].inputs[:, 0].tolist() == [-1, 3, 4, 4]
    assert plan.categorical[0].values[:, 0].tolist() == [0, 1, 1, 1, 1]
    assert (plan.numeric[0].input, plan.inputs) == (5, 6)


def test_an_autoencoder_has_all_levels() -> None:
    """An autoencoder keeps the first level whatever use_all_factor_levels says, and rebuilds every input."""
    _, plan = planned(EXAMPLE[["A", "n1"]], None, use_all_factor_levels=False)
    assert plan.categorical[0].inputs[:, 0].tolist() == [0, 1, 2, 3, 3]
    assert (plan.task, plan.outputs, plan.inputs, plan.response) == (Task.AUTOENCODER, 5, 5, None)


@pytest.mark.parametrize(
    ("use_all", "matrix"),
    [
        (
            True,
            [[1, 0, 0, 0, 1, 0, 0], [0, 1, 0, 0, 0, 1, 0], [0, 0, 1, 0, 0, 0, 1], [0, 0, 0, 1, 1, 0, 0]],
        ),
        (False, [[0, 0, 0, 0, 0], [1, 0, 0, 1, 0], [0, 1, 0, 0, 1], [0, 0, 1, 0, 0]]),
    ],
)
def test_encoded_rows_activate_one_input_per_column(use_all: bool, matrix: list[list[int]]) -> None:
    """Levels and missing cells activate the inputs of the layout; the last input is the scaled number."""
    table, plan = planned(EXAMPLE, use_all_factor_levels=use_all)
    encoded = dense(plan.encode(table))
    assert encoded.dtype == np.float32
    assert encoded[:, :-1].tolist() == matrix
    assert encoded[:, -1] == pytest.approx([-0.87287, -0.21822, 1.09109, 0.0], abs=1e-5)


def test_standardised_and_normalised_numbers() -> None:
    """[1, 2, 4] has mean 2.33333 and deviation 1.52753; autoencoders divide by the range instead."""
    frame = pd.DataFrame({"a": [1.0, 2.0, 4.0], "y": [0.0, 1.0, 5.0]})
    table, plan = planned(frame)
    assert plan.numeric[0].subtract == pytest.approx(2.33333, abs=1e-5)
    assert 1 / plan.numeric[0].multiply == pytest.approx(1.52753, abs=1e-5)
    assert plan.encode(table).numbers.matrix()[:, 0] == pytest.approx([-0.87287, -0.21822, 1.09109], abs=1e-5)
    table, plan = planned(frame, None)
    assert plan.encode(table).numbers.matrix()[:, 0] == pytest.approx([-0.44444, -0.11111, 0.55556], abs=1e-5)


def test_weights_enter_standardisation_of_predictors_and_response() -> None:
    """With a weights column, centre and scale of predictors and response are weighted; ranges never are."""
    frame = pd.DataFrame({"a": [1.0, 2.0, 4.0], "y": [1.0, 2.0, 4.0], "w": [1, 2, 1]})
    _, plan = planned(frame, weights_column="w")
    assert (plan.numeric[0].subtract, plan.response_shift) == (2.25, 2.25)
    assert plan.response_scale == pytest.approx(1.33463, abs=1e-5)
    _, plan = planned(frame.drop(columns="y"), None, weights_column="w")
    assert plan.numeric[0].subtract == pytest.approx(7 / 3)
    assert plan.numeric[0].multiply == pytest.approx(1 / 3)


def test_weights_are_scaled_to_mean_one() -> None:
    """Encoded weights have mean 1, and are absent where there is no weights column."""
    frame = pd.DataFrame({"a": [1.0, 2.0, 4.0], "y": [1.0, 2.0, 4.0], "w": [1, 2, 3]})
    table, plan = planned(frame, weights_column="w")
    weights = plan.encode(table).weights
    assert weights is not None
    assert weights.tolist() == [0.5, 1.0, 1.5]
    table, plan = planned(frame.drop(columns="w"))
    assert plan.encode(table).weights is None


@pytest.mark.parametrize("weights_column", [None, "w"])
@pytest.mark.parametrize("standardize", [True, False])
def test_missing_numbers_take_the_centre(weights_column: str | None, standardize: bool) -> None:
    """A missing number is the transform's own centre, in training as in scoring, weighted or not."""
    frame = pd.DataFrame({"a": [1.0, 2.0, None, 4.0], "y": [1.0, 2.0, 3.0, 4.0], "w": [1, 2, 9, 1]})
    frame = frame if weights_column else frame.drop(columns="w")
    table, plan = planned(frame, standardize=standardize, weights_column=weights_column)
    centre = 2.25 if weights_column else 7 / 3
    number = plan.numeric[0]
    assert number.missing / number.multiply + number.subtract == pytest.approx(centre, rel=1e-15)
    assert plan.encode(table).numbers.matrix()[2, 0] == np.float32(number.missing)


@pytest.mark.parameter("standardize")
def test_unscaled_numbers_stay_as_they_are() -> None:
    """With standardize off, numbers and response go in as they are."""
    table, plan = planned(EXAMPLE, standardize=False)
    encoded = plan.encode(table)
    assert encoded.numbers.matrix()[:3, 0].tolist() == [1, 2, 4]
    assert encoded.response is not None
    assert encoded.response.tolist() == [1, 2, 3, 5]
    assert (plan.response_shift, plan.response_scale) == (0, 1)


def test_the_response_of_a_regression_is_standardised() -> None:
    """The target is (y - mean) / sample deviation, float64."""
    table, plan = planned(EXAMPLE)
    response = plan.encode(table).response
    assert response is not None
    assert response.dtype == np.float64
    assert response.mean() == pytest.approx(0, abs=1e-15)
    assert response.std(ddof=1) == pytest.approx(1)
    assert response * plan.response_scale + plan.response_shift == pytest.approx([1, 2, 3, 5])
    assert plan.outputs == 1


def test_the_response_of_a_classification_is_an_index() -> None:
    """The target is the index of the label, int32, and labels keep their type."""
    table, plan = planned(EXAMPLE.assign(y=["no", "yes", "no", "yes"]))
    response = plan.encode(table).response
    assert response is not None
    assert response.dtype == np.int32
    assert response.tolist() == [0, 1, 0, 1]
    assert (plan.labels, plan.label_type, plan.outputs) == (("no", "yes"), LabelType.STRING, 2)


def test_constant_columns_that_are_kept_are_not_divided() -> None:
    """A constant column kept on request is centred and multiplied by 1."""
    _, plan = planned(EXAMPLE.assign(k=7.0), ignore_const_cols=False)
    constant = plan.numeric[1]
    assert (constant.subtract, constant.multiply) == (7, 1)


def test_tiny_spreads_are_not_divided() -> None:
    """A spread whose reciprocal overflows counts as none."""
    _, plan = planned(pd.DataFrame({"a": [0.0, 5e-324, 0.0], "y": [1.0, 2.0, 4.0]}))
    assert plan.numeric[0].multiply == 1


@pytest.mark.parametrize("standardize", [True, False])
def test_numbers_too_large_are_refused(standardize: bool) -> None:
    """Numbers that cannot be scaled, or do not fit float32 unscaled, raise with the column."""
    with pytest.raises(TrainingDataError, match=r"column 'a'.*too large"):
        planned(pd.DataFrame({"a": [-1e300, 1e300, 1.0], "y": [1.0, 2.0, 4.0]}), standardize=standardize)


@pytest.mark.parameter("unseen_levels")
def test_the_policy_for_unseen_levels_reaches_the_columns() -> None:
    """unseen_levels="error" makes columns that refuse unseen levels."""
    assert planned(EXAMPLE)[1].categorical[0].unseen is UnseenPolicy.ROW
    assert planned(EXAMPLE, unseen_levels="error")[1].categorical[0].unseen is UnseenPolicy.ERROR


def test_skip_leaves_incomplete_rows_out_of_learning_only() -> None:
    """With Skip, learning sees complete rows; scoring keeps all rows; unweighted statistics are of all rows."""
    table, plan = planned(EXAMPLE, missing_values_handling="Skip")
    assert plan.encode(table, learning=True).numbers.floats.shape == (2, 1)
    assert len(plan.encode(table)) == 4
    assert plan.numeric[0].subtract == pytest.approx(7 / 3)


def test_skip_with_weights_takes_statistics_of_complete_rows() -> None:
    """With Skip and weights, rows with a missing cell have weight 0 in the statistics."""
    _, plan = planned(EXAMPLE.assign(w=[1, 3, 5, 7]), missing_values_handling="Skip", weights_column="w")
    assert plan.numeric[0].subtract == pytest.approx((1 * 1 + 3 * 2) / 4)


def test_skip_keeps_weights_at_mean_one() -> None:
    """The weights of the rows that are left have mean 1 again."""
    table, plan = planned(EXAMPLE.assign(w=[1, 3, 5, 7]), missing_values_handling="Skip", weights_column="w")
    weights = plan.encode(table, learning=True).weights
    assert weights is not None
    assert weights.tolist() == [0.5, 1.5]


def test_skip_with_no_complete_row_is_refused() -> None:
    """When every row has a hole, Skip says what to do instead."""
    frame = pd.DataFrame({"a": [1.0, None, 2.0, None], "b": [None, 1.0, None, 2.0], "y": [1.0, 2.0, 3.0, 4.0]})
    with pytest.raises(TrainingDataError, match="no rows are left"):
        planned(frame, missing_values_handling="Skip")


def same(one: EncodedRows, other: EncodedRows) -> bool:
    """Tell whether two sets of encoded rows are equal to the bit."""
    parts = [(one.codes, other.codes), (one.numbers.matrix(), other.numbers.matrix()), (one.response, other.response)]
    parts.append((one.weights, other.weights))
    return all(np.array_equal(a, b) if a is not None and b is not None else a is b for a, b in parts)


@pytest.mark.parametrize("response", [[1.0, 2.0, 3.0, 5.0], ["b", "a", "b", "a"], [True, False, True, True]])
def test_a_frame_encodes_like_its_table(response: list[Any]) -> None:
    """Encoding the training frame as a validation frame gives the bits of the table, in any column order."""
    frame = EXAMPLE.assign(y=response, w=[1.0, 2.0, 2.0, 1.0], extra="?")
    table, plan = planned(frame[["B", "A", "n1", "y", "w"]], weights_column="w")
    assert same(plan.encode(frame[["w", "extra", "y", "n1", "A", "B"]]), plan.encode(table))


def test_frames_follow_the_rules_of_scoring() -> None:
    """Unseen levels take the missing input, overflowing numbers the centre, numbers in texts are read."""
    _, plan = planned(EXAMPLE)
    rows = pd.DataFrame({"B": ["z", "", "x"], "A": ["a", None, "q"], "n1": ["2", "1e308", ""], "y": [1.0, 2.0, None]})
    encoded = plan.encode(scorable_rows(plan, rows))
    assert encoded.codes.tolist() == [[0, 6], [3, 6]]
    assert encoded.numbers.matrix()[:, 0].tolist() == [
        np.float32((2 - 7 / 3) * plan.numeric[0].multiply),
        np.float32(3.4028235e38),
    ]
    infinite = plan.encode(scorable_rows(plan, rows).assign(n1=[np.inf, -np.inf]))
    assert infinite.numbers.matrix()[:, 0].tolist() == [0, 0]


def test_numbers_where_levels_are_expected_go_by_their_digits() -> None:
    """A validation column of integers matches levels by text."""
    frame = pd.DataFrame({"c": ["7", "8", "7"], "y": [1.0, 2.0, 4.0]})
    _, plan = planned(frame)
    assert plan.encode(pd.DataFrame({"c": [8, 9, 7], "y": [1.0, 2.0, 4.0]})).codes[:, 0].tolist() == [1, 2, 0]


def test_a_frame_without_the_weights_column_has_no_weights() -> None:
    """A validation frame need not have the weights column; with it, rows of weight 0 are left out."""
    frame = EXAMPLE.assign(w=[1.0, 2.0, 2.0, 1.0])
    _, plan = planned(frame, weights_column="w")
    assert plan.encode(EXAMPLE).weights is None
    encoded = plan.encode(scorable_rows(plan, frame.assign(w=[1.0, 0.0, 3.0, 0.0])))
    assert encoded.weights is not None
    assert encoded.weights.tolist() == [0.5, 1.5]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (EXAMPLE.rename(columns={"n1": "N1"}), "column 'n1' is missing in the validation frame; did you mean 'N1'?"),
        (EXAMPLE[["A"]], "column 'B' is missing (and 2 more) in the validation frame"),
        (EXAMPLE.drop(columns="y"), "column 'y' is missing in the validation frame"),
        (EXAMPLE.assign(n1=["1", "x", "2", "3"]), "row 1, column 'n1': 'x' is not a number"),
        (EXAMPLE.iloc[:0], "the table is empty: 0 rows, 4 columns"),
    ],
)
def test_frames_that_do_not_fit_are_refused(frame: pd.DataFrame, message: str) -> None:
    """A validation frame with missing columns, wrong cells or no rows raises with the column."""
    _, plan = planned(EXAMPLE)
    with pytest.raises(TrainingDataError, match=f"^{re.escape(message)}"):
        plan.encode(frame)


def test_a_class_unknown_in_training_is_refused() -> None:
    """A validation row of a class that training did not have names class, row and the known ones."""
    frame = EXAMPLE.assign(y=["no", "yes", "no", "yes"])
    _, plan = planned(frame)
    with pytest.raises(TrainingDataError, match="row 2 of the validation frame: class 'maybe' does not occur"):
        plan.encode(frame.assign(y=["no", "yes", "maybe", "yes"]))


@pytest.mark.parametrize("response", ["y", None])
@pytest.mark.parametrize("use_all", [True, False])
@pytest.mark.parametrize("standardize", [True, False])
def test_training_sees_what_scoring_computes(response: str | None, use_all: bool, standardize: bool) -> None:
    """Encoded rows are the runtime's inputs of the same raw rows, rounded to float32."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "a": rng.normal(50, 7, 40),
            "b": rng.choice(["x", "y", "z", ""], 40),
            "c": pd.array(rng.integers(0, 5, 40), dtype="Int64"),
            "d": rng.choice([True, False], 40),
            "y": rng.normal(size=40),
        }
    )
    frame.loc[3:6, "a"] = np.nan
    frame.loc[5:9, "c"] = pd.NA
    _, plan = planned(frame, response, categorical=["c"], use_all_factor_levels=use_all, standardize=standardize)
    strange = frame.assign(b=frame["b"].replace("z", "unseen"), c=frame["c"] + 1)
    layer = Layer(np.ones((1, plan.inputs)), np.zeros(1))
    model = ScoringModel(plan.columns, (layer,), Regression())
    numbers, _ = encode_rows(model, raw_rows(model, strange))
    expected = InputPlan(model).encode(numbers).inputs.astype(np.float32)
    assert np.array_equal(dense(plan.encode(strange)), expected)


def test_take_selects_rows() -> None:
    """Rows are taken by index in the given order, all parts alike."""
    table, plan = planned(EXAMPLE.assign(w=[1.0, 2.0, 2.0, 3.0]), weights_column="w")
    encoded = plan.encode(table)
    taken = encoded.take(np.array([3, 0]))
    assert len(taken) == 2
    assert np.array_equal(dense(taken), dense(encoded)[[3, 0]])
    assert taken.weights is not None
    assert taken.weights.tolist() == [1.5, 0.5]
    assert taken.numbers.floats.flags.c_contiguous


def test_columns_of_many_levels_stay_small() -> None:
    """70,000 levels cost one code per row and one table row per level, never a dense matrix."""
    zips = [f"{number:05d}" for number in range(70_000)]
    table, plan = planned(pd.DataFrame({"zip": zips, "n": np.arange(70_000.0), "y": np.arange(70_000.0)}))
    encoded = plan.encode(table)
    assert plan.inputs == 70_002
    assert encoded.codes.shape == (70_000, 1)
    assert encoded.codes[:, 0].tolist() == list(range(70_000))

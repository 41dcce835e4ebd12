"""What decides an autoencoder's score and threshold: weights of columns, quantile, contamination, unseen levels."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate.runtime import Categorical, Reconstruction, Scorer, load_model
from triplicate.runtime.errors import ParameterError
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator

from training_tables import unlabelled_table

SMALL: dict[str, Any] = {"hidden": [4], "activation": "Tanh", "epochs": 3, "seed": 1}
TABLE = unlabelled_table(200)


def learned(table: pd.DataFrame = TABLE, valid: pd.DataFrame | None = None, **more: Any) -> AutoEncoderEstimator:
    """Return a small autoencoder of the table."""
    return AutoEncoderEstimator(**SMALL, **more).train(training_frame=table, validation_frame=valid)


def head_of(estimator: AutoEncoderEstimator) -> Reconstruction:
    """Return the head of its model."""
    head = estimator.scoring_model.head
    assert isinstance(head, Reconstruction)
    return head


def scores_of(estimator: AutoEncoderEstimator, table: pd.DataFrame = TABLE) -> Any:
    """Return the scores of the rows of a table."""
    return Scorer(estimator.scoring_model).score(table).anomaly_scores


@pytest.mark.parameter("column_weighting")
def test_columns_count_alike_or_units_do() -> None:
    """By unit every input has the same weight; by column a category's inputs share half of what a number has each."""
    unit, column = learned(), learned(column_weighting="column")
    model = column.scoring_model
    count = len(model.columns)
    assert set(head_of(unit).weights) == {1.0 / model.inputs}
    for position, kind in enumerate(model.columns):
        weights = head_of(column).weights[head_of(column).groups == position]
        assert set(weights) == {(0.5 if isinstance(kind, Categorical) else 1.0) / count}
    np.testing.assert_array_equal(model.layers[0].weights, unit.scoring_model.layers[0].weights)
    best = column.scoring_history()["training_mse"].min()
    assert best == pytest.approx(scores_of(column).mean(), rel=1e-5)
    assert column.mse() == pytest.approx(scores_of(column).mean(), rel=1e-12)


@pytest.mark.parameter("column_weighting")
def test_numbers_made_of_levels_count_as_their_mean() -> None:
    """Columns that are coded as several numbers have the weight of one number together."""
    estimator = learned(column_weighting="column", categorical_encoding="Binary")
    head = head_of(estimator)
    sums = [head.weights[head.groups == k].sum() for k in range(len(estimator.scoring_model.columns))]
    np.testing.assert_allclose(sums, 1.0 / len(sums))


@pytest.mark.parameter("anomaly_quantile")
def test_the_threshold_lets_a_share_of_held_out_rows_pass() -> None:
    """Of the validation rows, or else of the training rows, the share given is not above the threshold."""
    held_out = unlabelled_table(100, seed=9)
    for valid, judged, words in ((held_out, held_out, "100 validation"), (None, TABLE, "200 training")):
        estimator = learned(valid=valid, anomaly_quantile=0.9)
        assert (scores_of(estimator, judged) > head_of(estimator).threshold).mean() == pytest.approx(0.1, abs=0.011)
        said = estimator.scoring_model.metadata.training_summary()["anomaly_threshold"]
        assert said == f"at least 0.9 of {words} rows are not above it"


@pytest.mark.parameter("contamination")
def test_contamination_is_the_share_of_training_rows_that_are_anomalies() -> None:
    """As many training rows are above the threshold, whatever the validation rows are."""
    estimator = learned(valid=unlabelled_table(50, seed=9), contamination=0.05)
    assert (scores_of(estimator) > head_of(estimator).threshold).sum() == 10
    said = estimator.scoring_model.metadata.training_summary()["anomaly_threshold"]
    assert said == "0.05 of the 200 training rows are above it"


@pytest.mark.parameter("unseen_levels")
def test_an_unseen_level_is_an_error_of_its_column_and_not_a_missing_cell() -> None:
    """With unseen_levels="anomaly" it has an input that nothing rebuilds; its error is above 1 before weighting."""
    table = TABLE.copy()
    text = next(c.name for c in learned().scoring_model.columns if isinstance(c, Categorical))
    table.loc[table.index % 3 == 0, text] = None  # so that missing cells are nothing unusual
    estimator = learned(table, unseen_levels="anomaly")
    model = estimator.scoring_model
    position = next(k for k, column in enumerate(model.columns) if column.name == text)
    column = model.columns[position]
    assert isinstance(column, Categorical)
    own = int(column.inputs[column.unseen_row, 0])
    assert own not in column.inputs[: column.unseen_row]
    assert model.input_names[own] == f"{text}.unseen(new)"
    assert not model.layers[0].weights[:, own].any()
    rows = table.head(3).copy()
    rows[text] = ["never seen", None, "never seen"]
    scores = Scorer(model).score(rows)
    errors = scores.column_errors[:, position] * model.inputs
    assert scores.unseen.tolist() == [1, 0, 1]
    assert errors[0] > 1.0
    assert errors[2] > 1.0
    assert errors[1] < errors[0]


def test_a_model_file_keeps_it_all(tmp_path: Any) -> None:
    """Weights, threshold and the input of unseen levels survive saving, in version 1 of the format."""
    estimator = learned(column_weighting="column", unseen_levels="anomaly", contamination=0.1)
    estimator.save(tmp_path / "model.npz", training_state=True)
    assert load_model(tmp_path / "model.npz") == estimator.scoring_model
    again = AutoEncoderEstimator.reopen(tmp_path / "model.npz")
    assert again.parameters.column_weighting == "column"
    longer = AutoEncoderEstimator(epochs=4, checkpoint=tmp_path / "model.npz").train(training_frame=TABLE)
    np.testing.assert_array_equal(head_of(longer).weights, head_of(estimator).weights)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"contamination": 0.6}, r"contamination must be in \(0, 0.5\], got 0.6"),
        ({"contamination": 0.1, "anomaly_quantile": 0.9}, "both place the threshold: give one of them"),
        ({"anomaly_quantile": 0.0}, r"anomaly_quantile must be in \(0, 1\], got 0.0"),
        ({"column_weighting": "level"}, "column_weighting must be one of unit, column"),
        ({"unseen_levels": "anomaly", "categorical_encoding": "Eigen"}, "needs an input per level"),
    ],
)
def test_what_makes_no_sense_is_refused(parameters: dict[str, Any], message: str) -> None:
    """The message names the parameter, its rule and the value."""
    with pytest.raises(ParameterError, match=message):
        AutoEncoderEstimator(**parameters)


@pytest.mark.parametrize(
    "parameter", [{"column_weighting": "column"}, {"contamination": 0.1}, {"anomaly_quantile": 0.5}]
)
def test_a_supervised_model_has_no_anomaly_score(parameter: dict[str, Any]) -> None:
    """Parameters of the anomaly score are refused where there is a response."""
    with pytest.raises(ParameterError, match="is about anomaly scores, which autoencoders have"):
        DeepLearningEstimator(**parameter)
    with pytest.raises(ParameterError, match="unseen_levels='anomaly' is for autoencoders only"):
        DeepLearningEstimator(unseen_levels="anomaly")


@pytest.mark.parameter("input_dropout_ratio")
@pytest.mark.parametrize("batch", [1, 16])
def test_denoising_rebuilds_the_whole_row(batch: int) -> None:
    """The target is the row as it was: what is blanked is filled in from columns that go with it.

    If targets were blanked like inputs, a blanked number would be rebuilt as 0.
    """
    rng = np.random.default_rng(3)
    cause = rng.uniform(-1, 1, 400)
    table = pd.DataFrame({"a": cause, "b": cause + 0.02 * rng.normal(size=400), "c": -cause})
    model = AutoEncoderEstimator(
        hidden=[8], activation="Tanh", epochs=60, seed=1, input_dropout_ratio=0.4, mini_batch_size=batch
    ).train(training_frame=table)
    assert np.polyfit(cause, model.predict(table.assign(b=None))["reconstr_b"], 1)[0] > 0.55
    assert np.polyfit(cause, model.predict(table)["reconstr_b"], 1)[0] > 0.85

"""The estimators: frames in and out, names of columns, errors a user meets."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from triplicate.runtime import load_model
from triplicate.runtime.errors import ParameterError, TrainingDataError
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator

from training_tables import classes_table, numbers_table, unlabelled_table

SMALL: dict[str, Any] = {"hidden": [6, 4], "epochs": 3, "seed": 1}


@pytest.fixture(scope="module")
def binomial() -> DeepLearningEstimator:
    """Return a trained model of two classes with a validation frame."""
    return DeepLearningEstimator(hidden=[10, 10], epochs=30, seed=1).train(
        y="kind", training_frame=classes_table(400), validation_frame=classes_table(400, seed=2)
    )


@pytest.fixture(scope="module")
def autoencoder() -> AutoEncoderEstimator:
    """Return a trained autoencoder."""
    return AutoEncoderEstimator(activation="Tanh", hidden=[5, 2], epochs=20, seed=1).train(
        training_frame=unlabelled_table()
    )


def test_predictions_of_classes(binomial: DeepLearningEstimator) -> None:
    """Columns are predict and one per label, rows keep their index, probabilities add up to 1."""
    table = classes_table(50, seed=3).set_index(np.arange(100, 150))
    predicted = binomial.predict(table)
    assert predicted.columns.tolist() == ["predict", "no", "yes"]
    assert predicted.index.tolist() == list(range(100, 150))
    np.testing.assert_allclose(predicted["no"] + predicted["yes"], 1.0, atol=1e-15)
    assert set(predicted["predict"]) == {"no", "yes"}


def test_labels_of_integers_get_a_p() -> None:
    """Integer labels keep their type in predict, and a p before their probability's name."""
    table = classes_table().assign(kind=lambda t: (t["kind"] == "yes").astype(int) + 3)
    model = DeepLearningEstimator(**SMALL, classification=True).train(y="kind", training_frame=table)
    predicted = model.predict(table)
    assert predicted.columns.tolist() == ["predict", "p3", "p4"]
    assert set(predicted["predict"]) <= {3, 4}


def test_it_learns_two_classes(binomial: DeepLearningEstimator) -> None:
    """On rows it has not seen the AUC is far above chance, and the metrics agree with scikit-learn."""
    table = classes_table(400, seed=4)
    performance, predicted = binomial.model_performance(table), binomial.predict(table)
    assert performance.value("AUC") > 0.9
    assert performance.value("auc") == pytest.approx(roc_auc_score(table["kind"] == "yes", predicted["yes"]))
    assert performance.value("logloss") == pytest.approx(log_loss(table["kind"], predicted[["no", "yes"]]))
    wrong = (predicted["predict"] != table["kind"]).mean()
    assert performance.value("misclassification") == pytest.approx(wrong)


def test_it_learns_several_classes_and_numbers() -> None:
    """Four classes and a regression are learned far better than by guessing."""
    several = DeepLearningEstimator(hidden=[20], epochs=30, seed=1)
    several.train(y="kind", training_frame=classes_table(600, classes=4))
    assert several.model_performance(classes_table(300, classes=4, seed=2)).value("misclassification") < 0.35
    numbers = DeepLearningEstimator(hidden=[20], epochs=30, seed=1).train(y="price", training_frame=numbers_table(600))
    assert numbers.model_performance(numbers_table(300, seed=2)).value("r2") > 0.8
    assert numbers.predict(numbers_table(3)).columns.tolist() == ["predict"]


def test_metrics_of_training_and_validation(binomial: DeepLearningEstimator) -> None:
    """Without a table the metrics of training are returned, or those of validation."""
    assert binomial.model_performance() == binomial.model_performance(train=True)
    assert binomial.model_performance(valid=True).rows == 400
    assert (
        binomial.model_performance(classes_table(400, seed=2)).values == binomial.model_performance(valid=True).values
    )


def test_missing_cells_and_unseen_levels_are_scored(binomial: DeepLearningEstimator) -> None:
    """An unseen level scores as a missing one, extra columns and column order do not matter."""
    table = pd.DataFrame({"weight": [0.1, 0.1], "colour": ["mauve", None], "noise": [0.0] * 2, "size": [9.0] * 2})
    predicted = binomial.predict(table.assign(extra="x"))
    assert predicted.loc[0, "yes"] == predicted.loc[1, "yes"]


def test_anomaly_of_rows_and_inputs(autoencoder: AutoEncoderEstimator) -> None:
    """The error of a row is the mean over its inputs' squared errors."""
    table = unlabelled_table(20, seed=2)
    rows, inputs = autoencoder.anomaly(table), autoencoder.anomaly(table, per_feature=True)
    assert rows.columns.tolist() == ["Reconstruction.MSE"]
    assert inputs.columns[0] == "reconstr_side.left.SE"
    assert inputs.columns[2] == "reconstr_side.missing(NA).SE"
    assert inputs.columns[-1] == "reconstr_s5.SE"
    np.testing.assert_allclose(inputs.mean(axis=1), rows["Reconstruction.MSE"], rtol=1e-12)


def test_reconstructions_are_in_raw_units(autoencoder: AutoEncoderEstimator) -> None:
    """Predict rebuilds numbers near the cells they stand for, and levels; on request every input of the network."""
    table = unlabelled_table()
    rebuilt = autoencoder.predict(table.set_axis(table.index + 7))
    assert rebuilt.index[0] == 7
    assert rebuilt.columns.tolist() == ["reconstr_side", *(f"reconstr_s{k}" for k in range(6))]
    assert np.corrcoef(rebuilt["reconstr_s5"], table["s5"])[0, 1] > 0.8
    assert set(rebuilt["reconstr_side"]) == {"left", "right"}
    assert (rebuilt["reconstr_side"].to_numpy() == table["side"].to_numpy()).mean() > 0.9
    inputs = autoencoder.predict(table, per_input=True)
    assert inputs.columns.tolist()[:2] == ["reconstr_side.left", "reconstr_side.right"]
    np.testing.assert_array_equal(inputs["reconstr_s5"], rebuilt["reconstr_s5"])


def test_reasons_are_a_table(autoencoder: AutoEncoderEstimator) -> None:
    """A row per reason, under the index of its row, the largest error first; shares add up to at most 1."""
    table = unlabelled_table(20, seed=2).set_axis([f"row {k}" for k in range(20)])
    table.loc["row 3", "s2"] = 50.0
    reasons = autoencoder.anomaly_reasons(table, top=2)
    assert len(reasons) == 40
    assert reasons.index[:3].tolist() == ["row 0", "row 0", "row 1"]
    first = reasons.loc["row 3"].iloc[0]
    assert (first["rank"], first["column"], first["value"], bool(first["is_anomaly"])) == (1, "s2", 50.0, True)
    assert first["reason"].startswith("s2 is 50, expected about ")
    assert first["score"] == autoencoder.anomaly(table).loc["row 3", "Reconstruction.MSE"]
    assert reasons["share"].groupby(reasons.index).sum().max() <= 1.0
    assert autoencoder.anomaly_reasons(table.head(0)).empty


def test_deep_features(autoencoder: AutoEncoderEstimator) -> None:
    """Outputs of a hidden layer are named by layer and unit, both from 1; other layers are refused."""
    features = autoencoder.deepfeatures(unlabelled_table(7), 1)
    assert features.columns.tolist() == ["DF.L2.C1", "DF.L2.C2"]
    assert features.shape == (7, 2)
    with pytest.raises(ParameterError, match=r"layer must be in \[0, 1\].*got 2"):
        autoencoder.deepfeatures(unlabelled_table(7), 2)


@pytest.mark.parameter("training_frame")
def test_files_train_like_frames(tmp_path: Path) -> None:
    """A CSV file and the frame it was written from give one model; validation files are typed by the plan."""
    table = classes_table().assign(code=np.arange(300) % 7)
    table.to_csv(tmp_path / "table.csv", index=False)
    options: dict[str, Any] = {**SMALL, "categorical": ["code"]}
    from_frame = DeepLearningEstimator(**options).train(y="kind", training_frame=table, validation_frame=table)
    path = tmp_path / "table.csv"
    from_file = DeepLearningEstimator(**options).train(y="kind", training_frame=path, validation_frame=path)
    assert from_frame.scoring_model == from_file.scoring_model
    pd.testing.assert_frame_equal(from_frame.predict(table), from_file.predict(path))
    assert from_file.model_performance(path) == from_frame.model_performance(table)


@pytest.mark.parameter("na_values")
def test_na_values_of_training_are_in_the_model(tmp_path: Path) -> None:
    """Texts that meant missing in the training file mean missing when a file is scored."""
    table = classes_table().fillna({"colour": "?"})
    table.to_csv(tmp_path / "table.csv", index=False, na_rep="?")
    model = DeepLearningEstimator(**SMALL).train(y="kind", training_frame=tmp_path / "table.csv", na_values=["?"])
    assert model.scoring_model.na_values == ("?",)
    assert "?" not in model.scoring_model.columns[0].levels  # type: ignore[union-attr]
    pd.testing.assert_frame_equal(model.predict(tmp_path / "table.csv"), model.predict(classes_table()))


def test_a_saved_model_predicts_alike(binomial: DeepLearningEstimator, tmp_path: Path) -> None:
    """Save returns the path of a file that holds the same model."""
    path = binomial.save(tmp_path / "model.npz")
    assert load_model(path) == binomial.scoring_model


def test_summary_and_history(binomial: DeepLearningEstimator, capsys: pytest.CaptureFixture[str]) -> None:
    """The summary says what was trained; nothing is printed when piped."""
    assert "binomial model of 'kind', from 400 rows" in binomial.summary()
    assert "8 inputs - 10 rectifier - 10 rectifier - 2 softmax" in binomial.summary()
    DeepLearningEstimator(**SMALL).train(y="kind", training_frame=classes_table())
    assert capsys.readouterr() == ("", "")
    assert "training_logloss" in binomial.scoring_history()


@pytest.mark.parameter("model_id")
def test_a_model_may_have_a_name() -> None:
    """model_id begins the summary and stands in the file; without one nothing is made up."""
    model = DeepLearningEstimator(**SMALL, model_id="churn").train(y="kind", training_frame=classes_table())
    assert model.summary().startswith("churn: binomial model")
    assert model.scoring_model.metadata.training_summary()["parameters"]["model_id"] == "churn"


def test_the_default_response_is_called_response() -> None:
    """Without y the column named response is learned; without that either, y is asked for."""
    table = classes_table().rename(columns={"kind": "response"})
    model = DeepLearningEstimator(**SMALL).train(training_frame=table)
    assert model.trained.plan.response == "response"
    with pytest.raises(ParameterError, match="y is missing"):
        DeepLearningEstimator(**SMALL).train(training_frame=classes_table())


@pytest.mark.parameter("x", "y")
def test_x_and_y_by_name_or_position() -> None:
    """Predictors and response may be numbers of columns."""
    table = classes_table()
    one = DeepLearningEstimator(**SMALL).train(x=["colour", "size"], y="kind", training_frame=table)
    other = DeepLearningEstimator(**SMALL).train(x=[0, 1], y=4, training_frame=table)
    assert one.scoring_model == other.scoring_model
    assert {column.name for column in one.scoring_model.columns} == {"colour", "size"}


def test_what_a_user_gets_wrong() -> None:
    """Each mistake is answered by an error that names it."""
    table = classes_table()
    model = DeepLearningEstimator(**SMALL)
    with pytest.raises(ParameterError, match="not trained yet"):
        model.predict(table)
    with pytest.raises(ParameterError, match="training_frame is missing"):
        model.train(y="kind")
    with pytest.raises(ParameterError, match="did you mean 'hidden'"):
        DeepLearningEstimator(hiden=[3])
    with pytest.raises(ParameterError, match="autoencoder must be True"):
        AutoEncoderEstimator(autoencoder=False)
    model.train(y="kind", training_frame=table)
    with pytest.raises(ParameterError, match="validation_frame"):
        model.model_performance(valid=True)
    with pytest.raises(ParameterError, match="not both"):
        model.model_performance(table, train=True)
    with pytest.raises(ParameterError, match="needs an autoencoder"):
        model.anomaly(table)
    with pytest.raises(TrainingDataError, match="'kind' \\(the response\\) is missing"):
        model.model_performance(table.drop(columns="kind"))
    with pytest.raises(TrainingDataError, match="'heap' does not occur in training"):
        model.model_performance(table.assign(kind="heap"))
    with pytest.raises(TrainingDataError, match="no row with a response"):
        model.model_performance(table.assign(kind=None))


def test_rows_without_a_response_are_left_out_of_metrics() -> None:
    """Metrics count the rows that have a response, in training, validation and later tables."""
    table = classes_table()
    table.loc[:9, "kind"] = None
    model = DeepLearningEstimator(**SMALL).train(y="kind", training_frame=table, validation_frame=table)
    assert model.model_performance(train=True).rows == model.model_performance(valid=True).rows == 290
    assert model.model_performance(table).rows == 290


@pytest.mark.parameter("missing_values_handling")
def test_skipping_rows_with_missing_cells() -> None:
    """With missing_values_handling='Skip' only complete rows are learned, and all can be scored."""
    table = classes_table()
    complete = len(table.dropna())
    model = DeepLearningEstimator(**SMALL, missing_values_handling="Skip").train(y="kind", training_frame=table)
    assert model.trained.result.samples == 3 * complete
    assert len(model.predict(table)) == 300


@pytest.mark.parameter("score_training_samples")
def test_sampled_training_metrics() -> None:
    """With score_training_samples the training metrics come from about that many rows."""
    model = DeepLearningEstimator(**SMALL, score_training_samples=100, score_validation_samples=50)
    model.train(y="kind", training_frame=classes_table(), validation_frame=classes_table(seed=2))
    assert 60 < model.model_performance(train=True).rows < 140
    assert model.model_performance(valid=True).rows == 300


@pytest.mark.parameter("weights_column")
def test_weights_count_in_metrics(binomial: DeepLearningEstimator) -> None:
    """A table's weights enter its metrics where the model was trained with that column."""
    table = classes_table().assign(w=np.arange(300) % 3)
    model = DeepLearningEstimator(**SMALL).train(y="kind", training_frame=table, weights_column="w")
    predicted = model.predict(table)
    expected = log_loss(table["kind"], predicted[["no", "yes"]], sample_weight=table["w"])
    assert model.model_performance(table).value("logloss") == pytest.approx(expected)


def test_columns_named_by_numbers(tmp_path: Path) -> None:
    """Names that are numbers become text everywhere: training, validation, metrics and predictions."""
    table = classes_table()
    names = dict(enumerate(table.columns))
    numbered = table.set_axis(list(names), axis="columns")
    response = next(str(number) for number, name in names.items() if name == "kind")
    model = DeepLearningEstimator(**SMALL).train(y=response, training_frame=numbered, validation_frame=numbered)
    named = DeepLearningEstimator(**SMALL).train(y="kind", training_frame=table, validation_frame=table)
    assert model.predict(numbered).equals(named.predict(table))
    assert model.model_performance(numbered).value("AUC") == named.model_performance(table).value("AUC")
    numbered.to_parquet(tmp_path / "rows.parquet")
    assert model.predict(tmp_path / "rows.parquet").equals(named.predict(table))


@pytest.mark.parametrize("left_out", [{"ignored_columns": ["remark"]}, {"x": ["size", "colour"]}, {"x": "size"}])
def test_columns_left_out_of_a_file_are_not_judged(tmp_path: Path, left_out: dict[str, Any]) -> None:
    """A file's column of numbers and texts stops training only where it is read, in training and validation."""
    path = tmp_path / "rows.csv"
    table = classes_table()
    table.assign(remark=["?", *range(1, len(table))]).to_csv(path, index=False)
    with pytest.raises(TrainingDataError, match="column 'remark'"):
        DeepLearningEstimator(**SMALL).train(y="kind", training_frame=path)
    model = DeepLearningEstimator(**SMALL).train(y="kind", training_frame=path, validation_frame=path, **left_out)
    assert "remark" not in model.scoring_model.row_names
    assert model.model_performance(path).rows == len(table)


def test_a_validation_table_that_does_not_fit_is_called_one() -> None:
    """Errors about the response of other tables do not speak of the training table."""
    table = classes_table()
    for spoiled in (table.drop(columns="kind"), table.head(0), table.assign(kind=None)):
        with pytest.raises(TrainingDataError, match="the table to score or validate with"):
            DeepLearningEstimator(**SMALL).train(y="kind", training_frame=table, validation_frame=spoiled)


def test_the_warning_of_two_numbers_points_to_the_caller() -> None:
    """A response of two numbers warns at the line that calls train."""
    table = classes_table().assign(kind=lambda t: (t["kind"] == "yes").astype(int))
    with pytest.warns(UserWarning, match="regressed on") as caught:
        DeepLearningEstimator(**SMALL).train(y="kind", training_frame=table)
    assert [Path(warning.filename).name for warning in caught] == ["test_estimator.py"]

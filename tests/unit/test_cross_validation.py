"""Cross-validation: what the folds learn and see, the main model's epochs, what is kept, refusals."""

import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, mean_squared_error

from triplicate.runtime.errors import ParameterError, TrainingDataError
from triplicate.trainer import DeepLearningEstimator
from triplicate.trainer.folds import modulo_folds

from training_tables import classes_table, numbers_table

OPTIONS: dict[str, Any] = {"hidden": [8], "seed": 3, "epochs": 5, "nfolds": 3, "fold_assignment": "Modulo"}
KEEP: dict[str, Any] = {
    "keep_cross_validation_predictions": True, "keep_cross_validation_fold_assignment": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def model() -> DeepLearningEstimator:
    """Return a model of three folds with everything kept."""
    return DeepLearningEstimator(**OPTIONS, **KEEP, model_id="cv").train(y="kind", training_frame=classes_table())


@pytest.mark.parameter("nfolds")
def test_a_folds_model_is_the_model_of_the_other_rows(model: DeepLearningEstimator) -> None:
    """It has the bits of a model trained on those rows, with the held out ones as validation frame."""
    table, folds = classes_table(), modulo_folds(300, 3)
    models = model.cross_validation_models()
    assert [one.trained.parameters.model_id for one in models] == ["cv_cv_1", "cv_cv_2", "cv_cv_3"]
    alone = DeepLearningEstimator(hidden=[8], seed=3, epochs=5)
    alone.train(y="kind", training_frame=table[folds != 1], validation_frame=table[folds == 1])
    assert models[1].scoring_model == alone.scoring_model
    assert models[1].model_performance(valid=True) == alone.model_performance(valid=True)
    assert models[1].predict(table).shape == (300, 3)


@pytest.mark.parameter("keep_cross_validation_predictions")
def test_held_out_predictions_stand_in_the_order_of_the_table(model: DeepLearningEstimator) -> None:
    """Row i holds what the model that did not see row i says; the pooled metrics are theirs."""
    table = classes_table()
    held_out = model.cross_validation_holdout_predictions()
    assert held_out.index.equals(table.index)
    models = model.cross_validation_models()
    for fold, predictions in enumerate(model.cross_validation_predictions()):
        expected = models[fold].predict(table[modulo_folds(300, 3) == fold])
        pd.testing.assert_frame_equal(predictions, expected)
        pd.testing.assert_frame_equal(held_out.loc[predictions.index], predictions)
    pooled = model.model_performance(xval=True)
    assert pooled.rows == 300
    assert pooled.value("logloss") == pytest.approx(log_loss(table["kind"], held_out[["no", "yes"]]), abs=1e-12)


@pytest.mark.parameter("nfolds")
def test_the_summary_has_mean_and_deviation_over_folds(model: DeepLearningEstimator) -> None:
    """A row per metric: mean, sd of n - 1, and the folds' own values."""
    summary = model.cross_validation_metrics_summary()
    assert list(summary.columns) == ["mean", "sd", "cv_1_valid", "cv_2_valid", "cv_3_valid"]
    values = [one.model_performance(valid=True).value("AUC") for one in model.cross_validation_models()]
    assert summary.loc["AUC"].tolist() == pytest.approx([np.mean(values), np.std(values, ddof=1), *values])


@pytest.mark.parameter("keep_cross_validation_fold_assignment")
def test_the_assignment_is_kept(model: DeepLearningEstimator) -> None:
    """The table's index, one column of folds from 0."""
    assignment = model.cross_validation_fold_assignment()
    assert assignment["fold_assignment"].tolist() == modulo_folds(300, 3).tolist()
    assert model.is_cross_validated()


def test_the_main_model_trains_for_the_mean_of_the_best_epochs(model: DeepLearningEstimator) -> None:
    """Without early stopping and without restoring a best model, and its summary says so."""
    best = [one.scoring_model.metadata.training_summary()["best_epochs"] for one in model.cross_validation_models()]
    alone = DeepLearningEstimator(hidden=[8], seed=3, epochs=float(np.mean(best)), stopping_rounds=0,
                                  overwrite_with_best_model=False)  # fmt: skip
    alone.train(y="kind", training_frame=classes_table())
    assert model.scoring_model == alone.scoring_model
    record = model.scoring_model.metadata.training_summary()
    assert record["cross_validation_metrics"]["rows"] == 300
    assert "cross-validation (300 rows): " in model.summary()
    assert "the mean of the folds' best ones" in model.summary()


def test_without_stopping_the_main_model_keeps_its_epochs() -> None:
    """With stopping_rounds=0 and no time limit all of the user's epochs are trained."""
    model = DeepLearningEstimator(**OPTIONS, stopping_rounds=0).train(y="price", training_frame=numbers_table())
    assert model.trained.result.samples == 1500
    assert model.trained.result.best_samples == 1500


def test_the_main_model_is_the_average_where_that_is_asked_for() -> None:
    """How far the average reaches back is no reason for a warning where the main model keeps its last weights."""
    for average in (True, False):
        model = DeepLearningEstimator(**OPTIONS, stopping_rounds=0, average_weights=average, averaged_epochs=2)
        result = model.train(y="price", training_frame=numbers_table()).trained.result
        expected = result.loop.state.average if average else result.loop.state.parameters
        assert result.parameters.tobytes() == expected.tobytes()
        assert ("keeps the running average" in model.summary()) is average


@pytest.mark.parameter("fold_column")
def test_a_fold_column_and_weights_in_a_regression() -> None:
    """The fold column is no predictor; pooled metrics are weighted; columns may be given by number."""
    table = numbers_table().assign(w=np.arange(300) % 3 + 1.0, where=np.arange(300) // 100 + 1)
    options = {"hidden": [8], "seed": 3, "epochs": 3, "weights_column": "w"}
    model = DeepLearningEstimator(**options, fold_column="where", **KEEP)
    model.train(x=[0, 1, 2, 3], y=4, training_frame=table)
    assert [c.name for c in model.scoring_model.columns] == ["colour", "size", "weight", "noise"]
    held_out = model.cross_validation_holdout_predictions()["predict"]
    expected = mean_squared_error(table["price"], held_out, sample_weight=table["w"])
    assert model.model_performance(xval=True).value("MSE") == pytest.approx(expected)


def test_levels_of_one_fold_only_are_inputs_of_all() -> None:
    """A category that only held out rows have is no error, even where unseen levels are one."""
    table = classes_table()
    table.loc[3, "colour"] = "mauve"
    model = DeepLearningEstimator(**OPTIONS, unseen_levels="error").train(y="kind", training_frame=table)
    assert model.model_performance(xval=True).rows == 300


@pytest.mark.parameter("max_runtime_secs")
def test_time_is_shared() -> None:
    """With a limit, folds and main model together end not much later, and nothing is called reproducible."""
    begun = time.monotonic()
    model = DeepLearningEstimator(**(OPTIONS | {"epochs": 1e6, "stopping_rounds": 0}), max_runtime_secs=1.0)
    model.train(y="kind", training_frame=classes_table())
    assert time.monotonic() - begun < 6
    assert not model.trained.result.reproducible
    assert all(not one.trained.result.reproducible for one in model.cross_validation_models())


@pytest.mark.parameter("keep_cross_validation_models")
def test_what_was_not_kept_names_its_parameter() -> None:
    """Each getter says which parameter keeps what it returns, or that there were no folds."""
    table = classes_table()
    model = DeepLearningEstimator(**OPTIONS, keep_cross_validation_models=False).train(y="kind", training_frame=table)
    for getter in ("models", "predictions", "fold_assignment", "holdout_predictions"):
        with pytest.raises(ParameterError, match=r"was not kept: train with keep_cross_validation_\w+=True"):
            getattr(model, f"cross_validation_{getter}")()
    plain = DeepLearningEstimator(hidden=[3], epochs=1).train(y="kind", training_frame=table)
    assert not plain.is_cross_validated()
    with pytest.raises(ParameterError, match="there was no cross-validation"):
        plain.model_performance(xval=True)


def test_folds_that_cannot_be_learned_are_refused() -> None:
    """A class that one fold has alone, and folds without rows, are explained."""
    table = classes_table()
    table["kind"] = np.where(np.arange(300) == 4, "rare", table["kind"])
    with pytest.raises(TrainingDataError, match="class 'rare' has rows in fold 2 only"):
        DeepLearningEstimator(**OPTIONS).train(y="kind", training_frame=table)
    with pytest.raises(TrainingDataError, match=r"fold \d has no row to hold out"):
        DeepLearningEstimator(nfolds=7, hidden=[2], seed=1, epochs=1).train(y="price", training_frame=numbers_table(8))


def test_a_model_of_folds_goes_on_as_a_checkpoint(model: DeepLearningEstimator) -> None:
    """The main model continues without folds; a fold's model does too."""
    table = classes_table()
    on = DeepLearningEstimator(checkpoint=model, epochs=7).train(training_frame=table)
    assert on.trained.result.samples == 2100
    assert not on.is_cross_validated()

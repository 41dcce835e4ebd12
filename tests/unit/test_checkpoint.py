"""Checkpoints: going on as if never stopped, what may change, refusals, more data."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate.runtime.errors import ModelFileError, ParameterError, TrainingDataError
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator
from triplicate.trainer.checkpoint import FIXED, OF_ONE_TRAINING
from triplicate.trainer.parameters import RULES

from training_tables import classes_table, numbers_table, unlabelled_table

STEADY: dict[str, Any] = {
    "hidden": [8], "seed": 3, "train_samples_per_iteration": 100, "mini_batch_size": 1, "stopping_rounds": 0,
    "classification_stop": -1, "regression_stop": -1,
}  # fmt: skip
CLOCK = ["timestamp", "duration", "training_speed"]


@pytest.fixture(scope="module")
def short() -> DeepLearningEstimator:
    """Return a model of two epochs."""
    return DeepLearningEstimator(**STEADY, epochs=2, model_id="short").train(y="kind", training_frame=classes_table())


@pytest.mark.parameter("checkpoint")
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"mini_batch_size": 16, "activation": "TanhWithDropout"},
        {"adaptive_rate": False, "rate": 0.05},
        {"score_duty_cycle": 0.001},
        {"overwrite_with_best_model": False},
        {"categorical_encoding": "Binary"},
        {"categorical_encoding": "SortByResponse", "sparse": True},
    ],
)
def test_going_on_is_as_if_never_stopped(tmp_path: Path, changes: dict[str, Any]) -> None:
    """2 epochs, saved, then on to 5, give the bits and the history of 5 epochs at once."""
    table, validation = classes_table(), classes_table(200, seed=2)
    options = STEADY | changes
    first = DeepLearningEstimator(**options, epochs=2)
    first.train(y="kind", training_frame=table, validation_frame=validation).save(
        tmp_path / "m.npz", training_state=True
    )
    on = DeepLearningEstimator(checkpoint=tmp_path / "m.npz", epochs=5)
    on.train(training_frame=table, validation_frame=validation)
    once = DeepLearningEstimator(**options, epochs=5)
    once.train(y="kind", training_frame=table, validation_frame=validation)
    assert on.scoring_model.fingerprint == once.scoring_model.fingerprint
    pd.testing.assert_frame_equal(
        on.scoring_history().drop(columns=CLOCK), once.scoring_history().drop(columns=CLOCK), check_exact=True
    )


def test_regressions_and_autoencoders_go_on_too(tmp_path: Path) -> None:
    """A checkpoint of a regression and one of an autoencoder continue to the bits of one long training."""
    for kind, arguments in (
        (DeepLearningEstimator, {"y": "price", "training_frame": numbers_table()}),
        (AutoEncoderEstimator, {"training_frame": unlabelled_table(300)}),
    ):
        options = STEADY | {"activation": "Tanh"}
        first = kind(**options, epochs=1).train(**arguments)
        on = kind(checkpoint=first.save(tmp_path / "m.npz", training_state=True), epochs=3).train(**arguments)
        assert on.scoring_model == kind(**options, epochs=3).train(**arguments).scoring_model


@pytest.mark.parameter("model_id")
def test_a_checkpoint_is_an_estimator_a_file_or_a_model_id(short: DeepLearningEstimator, tmp_path: Path) -> None:
    """All three lead to the same continued model, and the old one stays as it was."""
    before = short.scoring_model.fingerprint
    path = str(short.save(tmp_path / "short.npz", training_state=True))
    prints = {
        DeepLearningEstimator(checkpoint=checkpoint, epochs=3)
        .train(y="kind", training_frame=classes_table())
        .scoring_model.fingerprint
        for checkpoint in (short, path, "short")
    }
    assert len(prints) == 1
    assert short.scoring_model.fingerprint == before not in prints


def test_unusable_checkpoints_are_refused(short: DeepLearningEstimator, tmp_path: Path) -> None:
    """Unknown ids, files without state, other objects and untrained estimators are named."""
    table = classes_table()
    plain = short.save(tmp_path / "plain.npz")
    for checkpoint, error, words in (
        ("nobody", ParameterError, "neither a file nor the model_id"),
        (plain, ModelFileError, "holds no training state"),
        (3, ParameterError, "a trained estimator, a model_id or the path of a file, got int"),
        (DeepLearningEstimator(), ParameterError, "not trained yet"),
    ):
        with pytest.raises(error, match=words):
            DeepLearningEstimator(checkpoint=checkpoint, epochs=9).train(training_frame=table)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hidden": [9]}, r"hidden cannot change .* it is \(8,\) there, got \(9,\)"),
        ({"rho": 0.9}, r"rho cannot change .* it is 0.99 there, got 0.9"),
        ({"activation": "Tanh"}, "it is 'Rectifier' there, got 'Tanh'"),
        ({"epochs": 2}, "2 of them are done in the checkpoint: epochs must be greater, got 2"),
        ({"nfolds": 3}, "nfolds and fold_column cannot be given with checkpoint"),
        ({"initial_weights": [None]}, "initial_weights cannot be given with checkpoint"),
        ({"y": "size"}, "the response cannot change .* it is 'kind' there, got 'size'"),
        ({"x": ["size"]}, "x must hold every column of the checkpoint; 'colour' is not in it"),
        ({"validation_frame": classes_table()}, "trained without a validation_frame and cannot go on with one"),
    ],
)
def test_what_may_not_change_is_refused(short: DeepLearningEstimator, changes: dict[str, Any], words: str) -> None:
    """A refusal names the parameter, its old value and its new one."""
    arguments = {"epochs": 5, "training_frame": classes_table()} | changes
    with pytest.raises(ParameterError, match=words):
        DeepLearningEstimator(checkpoint=short).train(**arguments)


def test_what_may_change_does(short: DeepLearningEstimator) -> None:
    """Penalties, dropout of inputs, seed and stopping are those of the new training; equal fixed values are fine."""
    table = classes_table()
    plain = DeepLearningEstimator(checkpoint=short, epochs=4).train(training_frame=table)
    for change in ({"l2": 0.1}, {"input_dropout_ratio": 0.2}, {"seed": 5}, {"hidden": [8], "mini_batch_size": 10}):
        other = DeepLearningEstimator(checkpoint=short, epochs=4, **change).train(training_frame=table)
        assert other.scoring_model != plain.scoring_model
    metric = DeepLearningEstimator(checkpoint=short, epochs=4, stopping_metric="AUC").train(training_frame=table)
    scores = metric.trained.result.history.scores("AUC")
    assert metric.model_performance(train=True).value("AUC") == pytest.approx(max(scores), abs=1e-6)


def test_more_data_keep_the_old_scaling(short: DeepLearningEstimator) -> None:
    """With other rows the columns' constants stay, epochs count by the new rows, and the error falls."""
    table = classes_table(1000, seed=7).assign(size=lambda frame: 100 * frame["size"])
    on = DeepLearningEstimator(checkpoint=short, epochs=3).train(y=4, training_frame=table)
    assert on.scoring_model.columns == short.scoring_model.columns
    assert on.trained.result.samples == 3000
    one_class_less = table[table["colour"] == "red"]
    assert DeepLearningEstimator(checkpoint=short, epochs=9).train(training_frame=one_class_less).trained is not None


def test_unknown_levels_and_classes_are_refused(short: DeepLearningEstimator) -> None:
    """A new category or class has no input or output in the old model, and is named."""
    for column in ("colour", "kind"):
        table = classes_table()
        table.loc[3, column] = "mauve"
        with pytest.raises(TrainingDataError, match=f"column '{column}' holds 'mauve'"):
            DeepLearningEstimator(checkpoint=short, epochs=9).train(training_frame=table)


def test_constant_columns_of_the_new_table_are_kept(short: DeepLearningEstimator) -> None:
    """A column of the checkpoint that is constant in the new rows stays an input."""
    table = classes_table().assign(noise=1.0)
    on = DeepLearningEstimator(checkpoint=short, epochs=3).train(training_frame=table)
    assert [column.name for column in on.scoring_model.columns] == [c.name for c in short.scoring_model.columns]


def test_the_lists_of_parameters_name_parameters() -> None:
    """Every name in the lists of what is fixed and what is not inherited is a parameter, and in one list only."""
    assert set(RULES) >= FIXED | OF_ONE_TRAINING
    assert not FIXED & OF_ONE_TRAINING


def test_a_drawn_seed_is_kept() -> None:
    """Without a seed the continued training goes on with the one that was drawn, also when -1 is given again."""
    table = classes_table()
    first = DeepLearningEstimator(**(STEADY | {"seed": -1}), epochs=1).train(y="kind", training_frame=table)
    one = DeepLearningEstimator(checkpoint=first, epochs=2).train(training_frame=table)
    other = DeepLearningEstimator(checkpoint=first, epochs=2, seed=-1).train(training_frame=table)
    assert one.trained.parameters.seed == first.trained.parameters.seed
    assert one.scoring_model == other.scoring_model
    assert np.isfinite(one.model_performance().value("logloss"))


@pytest.mark.parametrize(
    "options",
    [
        {"categorical_encoding": "LabelEncoder"},
        {"categorical_encoding": "Binary"},
        {"max_categorical_features": 3},
        {"balance_classes": True},
        {"activation": "MaxoutWithDropout"},
    ],
)
def test_every_kind_of_model_goes_on(tmp_path: Path, options: dict[str, Any]) -> None:
    """Encodings, hashing, balanced classes and Maxout continue from their files to the bits of one go."""
    table = classes_table()
    first = DeepLearningEstimator(**STEADY, **options, epochs=2).train(y="kind", training_frame=table)
    path = first.save(tmp_path / "m.npz", training_state=True)
    on = DeepLearningEstimator(checkpoint=path, epochs=4).train(training_frame=table)
    other = DeepLearningEstimator(checkpoint=DeepLearningEstimator.reopen(path), epochs=4).train(training_frame=table)
    assert on.scoring_model == other.scoring_model
    once = DeepLearningEstimator(**STEADY, **options, epochs=4).train(y="kind", training_frame=table)
    assert on.scoring_model.fingerprint == once.scoring_model.fingerprint

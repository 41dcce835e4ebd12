"""A supervised model that starts from an autoencoder: the same first layer for raw rows, and what does not fit."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate.runtime.errors import ParameterError
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator

from training_tables import classes_table, unlabelled_table

FRAME = classes_table(300)
UNLABELLED = FRAME.drop(columns="kind")


@pytest.fixture(scope="module")
def autoencoder() -> AutoEncoderEstimator:
    """Return an autoencoder over the predictors of the labelled table, trained on twice as many rows."""
    more = pd.concat([UNLABELLED, classes_table(300, seed=7).drop(columns="kind")], ignore_index=True)
    estimator = AutoEncoderEstimator(activation="Tanh", hidden=[5, 3], epochs=10, seed=1, model_id="pretraining-test")
    return estimator.train(training_frame=more)


def classifier(**given: Any) -> DeepLearningEstimator:
    """Return a classifier with the autoencoder's hidden layers that has not learned a row."""
    options: dict[str, Any] = {"activation": "Tanh", "hidden": [5, 3], "epochs": 0, "seed": 2}
    return DeepLearningEstimator(**(options | given)).train(y="kind", training_frame=FRAME)


@pytest.mark.parametrize("levels", [True, False])
@pytest.mark.parametrize("standardize", [True, False])
def test_hidden_layers_compute_the_same_from_raw_rows(
    autoencoder: AutoEncoderEstimator, levels: bool, standardize: bool
) -> None:
    """Before learning, both hidden layers of the classifier are the autoencoder's, whatever the scaling."""
    model = classifier(pretrained_autoencoder=autoencoder, use_all_factor_levels=levels, standardize=standardize)
    complete = UNLABELLED[UNLABELLED["size"].notna()]
    for layer in (0, 1):
        own, copied = model.deepfeatures(complete, layer), autoencoder.deepfeatures(complete, layer)
        np.testing.assert_allclose(own.to_numpy(), copied.to_numpy(), atol=2e-5)
    plain = classifier()
    assert (
        np.abs(plain.deepfeatures(complete, 0).to_numpy() - autoencoder.deepfeatures(complete, 0).to_numpy()).max()
        > 0.1
    )


def test_estimator_file_model_and_model_id_are_the_same(autoencoder: AutoEncoderEstimator, tmp_path: Path) -> None:
    """Whatever names the autoencoder, the start is the same; the output layer starts at random."""
    path = autoencoder.save(tmp_path / "autoencoder.npz")
    given = (autoencoder, path, str(path), autoencoder.scoring_model, "pretraining-test")
    models = [classifier(pretrained_autoencoder=one).scoring_model for one in given]
    assert len({model.fingerprint for model in models}) == 1
    assert (models[0].layers[2].weights == classifier().scoring_model.layers[2].weights).all()


@pytest.mark.parameter("pretrained_autoencoder")
def test_pretraining_helps_when_few_rows_are_labelled() -> None:
    """From 30 labels, layers learned from 2,000 rows without labels predict better than random ones."""
    table = unlabelled_table(2000, seed=4)
    features = table.drop(columns="side")
    source = AutoEncoderEstimator(activation="Tanh", hidden=[2], epochs=40, seed=1).train(training_frame=features)
    scores = []
    for given in ({}, {"pretrained_autoencoder": source}):
        options: dict[str, Any] = {"activation": "Tanh", "hidden": [2], "epochs": 20, "seed": 3, **given}
        model = DeepLearningEstimator(**options).train(y="side", training_frame=table.iloc[:30])
        scores.append(model.model_performance(table.iloc[30:]).value("logloss"))
    assert scores[1] < scores[0]


def test_levels_that_the_autoencoder_did_not_see(autoencoder: AutoEncoderEstimator) -> None:
    """A new level starts like the autoencoder's unseen one."""
    frame = FRAME.assign(colour=FRAME["colour"].where(FRAME.index > 20, "violet"))
    model = DeepLearningEstimator(
        activation="Tanh", hidden=[5, 3], epochs=0, seed=2, pretrained_autoencoder=autoencoder
    ).train(y="kind", training_frame=frame)
    rows = UNLABELLED.iloc[30:60].dropna().assign(colour="violet")
    np.testing.assert_allclose(model.deepfeatures(rows, 0), autoencoder.deepfeatures(rows, 0), atol=2e-5)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"hidden": [5, 4]}, r"its hidden layer 2 has 3 units, this model's has 4; use hidden=\[5, 3\]"),
        ({"hidden": [5]}, r"has 2 hidden layers, this model has 1; use hidden=\[5, 3\]"),
        ({"activation": "Rectifier"}, r"hidden layer 1 is tanh, this model's is rectifier; use activation='Tanh'"),
        ({"ignored_columns": ["noise"]}, "reads column 'noise', which is no predictor of this model"),
        ({"categorical": ["noise"]}, "does not fit predictor 'noise': it reads it as another kind of column"),
        ({"initial_weights": [None] * 3}, "initial_weights and pretrained_autoencoder contradict each other"),
        ({"pretrained_autoencoder": 7}, "must be a trained AutoEncoderEstimator.*got int"),
        ({"pretrained_autoencoder": "classifier"}, "must be an autoencoder, got a model for classification"),
        ({"categorical_encoding": "Binary"}, "does not fit predictor|reads column"),
    ],
)
def test_what_does_not_fit_is_named(autoencoder: AutoEncoderEstimator, given: dict[str, Any], message: str) -> None:
    """Errors name the layer or column and say what would fit."""
    values = {"pretrained_autoencoder": autoencoder} | given
    if values["pretrained_autoencoder"] == "classifier":
        values["pretrained_autoencoder"] = classifier()
    with pytest.raises(ParameterError, match=message):
        classifier(**values)


def test_a_column_the_autoencoder_does_not_know(autoencoder: AutoEncoderEstimator) -> None:
    """More predictors than the autoencoder has are refused by name; so is an autoencoder as the start of another."""
    with pytest.raises(ParameterError, match="does not fit predictor 'extra': it has no such column"):
        DeepLearningEstimator(activation="Tanh", hidden=[5, 3], pretrained_autoencoder=autoencoder).train(
            y="kind", training_frame=FRAME.assign(extra=np.arange(300.0))
        )
    with pytest.raises(ParameterError, match="start of a supervised model, but autoencoder is True"):
        AutoEncoderEstimator(pretrained_autoencoder=autoencoder)

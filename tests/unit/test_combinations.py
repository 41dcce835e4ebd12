"""What combines: all learning with checkpoints, offsets and log links with folds and grids, balancing with losses."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_poisson_deviance

from triplicate.runtime.errors import ParameterError, TrainingDataError
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator, GridSearch
from triplicate.trainer.folds import modulo_folds

from training_tables import classes_table, numbers_table, unlabelled_table

STEADY: dict[str, Any] = {
    "hidden": [8], "seed": 3, "train_samples_per_iteration": 100, "mini_batch_size": 1, "stopping_rounds": 0,
    "classification_stop": -1, "regression_stop": -1,
}  # fmt: skip
COUNTS: dict[str, Any] = {"hidden": [6], "seed": 3, "distribution": "poisson", "offset_column": "exposure"}
CLOCK = ["timestamp", "duration", "training_speed"]


def counts_table(rows: int = 300) -> pd.DataFrame:
    """Return counts that grow with an exposure, whose logarithm is the offset, and a signal."""
    rng = np.random.default_rng(5)
    table = classes_table(rows).drop(columns="kind").assign(exposure=rng.normal(-0.5, 1.0, rows))
    mean = np.exp(table["exposure"] + 0.5 * (table["colour"] == "red") + 0.3 * table["weight"])
    return table.assign(count=rng.poisson(mean).astype(float))


def arguments(options: dict[str, Any]) -> dict[str, Any]:
    """Return the table and the response that the options ask for."""
    if options.get("autoencoder"):
        return {"training_frame": unlabelled_table(300)}
    if options.get("distribution") in ("poisson", "tweedie"):
        return {"y": "count", "training_frame": counts_table()}
    if "distribution" in options:
        return {"y": "price", "training_frame": numbers_table()}
    return {"y": "kind", "training_frame": classes_table()}


MOMENTUM: dict[str, Any] = {
    "adaptive_rate": False, "rate": 0.002, "momentum_start": 0.3, "momentum_ramp": 700, "momentum_stable": 0.9,
}  # fmt: skip
SPARSE: dict[str, Any] = {"autoencoder": True, "activation": "Tanh", "sparsity_beta": 0.3, "average_activation": 0.1}


@pytest.mark.parameter("checkpoint")
@pytest.mark.parametrize(
    "options",
    [
        {"distribution": "huber", "huber_alpha": 0.7},
        {"distribution": "huber", "huber_alpha": 0.7, "mini_batch_size": 8},
        {"distribution": "poisson", "offset_column": "exposure"},
        {"distribution": "tweedie", "mini_batch_size": 8},
        {"distribution": "laplace", "offset_column": "noise"},
        MOMENTUM,
        MOMENTUM | {"nesterov_accelerated_gradient": False, "mini_batch_size": 8},
        SPARSE,
        SPARSE | {"activation": "Rectifier", "mini_batch_size": 8},
        MOMENTUM | SPARSE,
        {"max_w2": 0.5, "l1": 1e-4, "l2": 1e-4},
    ],
)
def test_learning_of_every_kind_goes_on_as_if_never_stopped(tmp_path: Path, options: dict[str, Any]) -> None:
    """2 epochs, saved, then on to 5, give the bits and the history of 5 epochs at once."""
    given, data = STEADY | options, arguments(options)
    first = DeepLearningEstimator(**given, epochs=2).train(**data)
    path = first.save(tmp_path / "m.npz", training_state=True)
    on = DeepLearningEstimator(checkpoint=path, epochs=5).train(training_frame=data["training_frame"])
    once = DeepLearningEstimator(**given, epochs=5).train(**data)
    assert on.scoring_model.fingerprint == once.scoring_model.fingerprint
    continued, whole = (model.scoring_history().drop(columns=CLOCK) for model in (on, once))
    pd.testing.assert_frame_equal(continued, whole, check_exact=True)


@pytest.fixture(scope="module")
def folded() -> DeepLearningEstimator:
    """Return a poisson model with offsets, of three folds."""
    model = DeepLearningEstimator(
        **COUNTS, epochs=5, nfolds=3, fold_assignment="Modulo", keep_cross_validation_predictions=True
    )
    return model.train(y="count", training_frame=counts_table())


def test_folds_of_a_log_link_read_their_offsets(folded: DeepLearningEstimator) -> None:
    """Each fold's model is the one of the other rows, and predicts the held out rows with their own offsets."""
    table, folds = counts_table(), modulo_folds(300, 3)
    alone = DeepLearningEstimator(**COUNTS, epochs=5)
    alone.train(y="count", training_frame=table[folds != 1], validation_frame=table[folds == 1])
    assert folded.cross_validation_models()[1].scoring_model == alone.scoring_model
    held_out = folded.cross_validation_holdout_predictions()["predict"]
    np.testing.assert_array_equal(held_out[folds == 1], alone.predict(table[folds == 1])["predict"])
    shifted = alone.predict(table[folds == 1].assign(exposure=lambda t: t["exposure"] + 1.0))["predict"]
    np.testing.assert_allclose(shifted, np.e * held_out[folds == 1], rtol=1e-12)


def test_the_deviance_of_folds_is_that_of_the_distribution(folded: DeepLearningEstimator) -> None:
    """Over all held out rows it is the mean poisson deviance of the counts given their predictions."""
    held_out = folded.cross_validation_holdout_predictions()["predict"]
    expected = mean_poisson_deviance(counts_table()["count"], held_out)
    assert folded.model_performance(xval=True).value("deviance") == pytest.approx(expected, rel=1e-9)


def test_a_model_of_folds_with_offsets_goes_on(folded: DeepLearningEstimator) -> None:
    """It continues as a checkpoint, offsets included: the table without them is refused."""
    table = counts_table()
    on = DeepLearningEstimator(checkpoint=folded, epochs=8).train(training_frame=table)
    assert on.scoring_model.row_names[-1] == "exposure"
    assert on.trained.result.samples == 8 * 300
    with pytest.raises(ParameterError, match=r"offset_column cannot change .* it is 'exposure' there, got 'noise'"):
        DeepLearningEstimator(checkpoint=folded, epochs=8, offset_column="noise").train(training_frame=table)


def test_grids_search_distributions_with_offsets_and_folds() -> None:
    """A search over log links sorts by the held out metric, and its models are those of single trainings."""
    shared = {"hidden": [6], "seed": 3, "epochs": 3, "offset_column": "exposure", "nfolds": 2}
    data: dict[str, Any] = {"y": "count", "training_frame": counts_table()}
    search = GridSearch(DeepLearningEstimator, {"distribution": ["poisson", "tweedie", "gaussian"]})
    search.train(**data, **shared)
    scores = [model.model_performance(xval=True).value("RMSE") for model in search.get_grid("RMSE")]
    assert len(scores) == 3
    assert scores == sorted(scores)
    names = [search.get_hyperparams_dict(model_id)["distribution"] for model_id in search.model_ids]
    alone = DeepLearningEstimator(**shared, distribution=names[0]).train(**data)
    assert search[0].scoring_model == alone.scoring_model


@pytest.mark.parameter("balance_classes")
@pytest.mark.parametrize("loss", ["CrossEntropy", "Quadratic", "Absolute", "Huber"])
def test_classes_are_balanced_with_every_loss(loss: str) -> None:
    """More rows are learned, and probabilities are corrected back to the shares of the table."""
    table = classes_table(400, classes=3)
    table = table.drop(index=table.index[(table["kind"] == "zebra") & (np.arange(400) % 4 != 0)])
    models = [
        DeepLearningEstimator(
            hidden=[6], seed=3, epochs=20, loss=loss, balance_classes=balance, stopping_rounds=0
        ).train(y="kind", training_frame=table)
        for balance in (False, True)
    ]
    learned = [model.trained.result.samples for model in models]
    assert learned[1] > learned[0] == 20 * len(table)
    correction = models[1].trained.plan.correction
    assert correction[2] < 1 < min(correction[:2])  # there are fewer zebras in the table than were learned
    shares = [model.predict(table)["zebra"].mean() for model in models]
    assert shares[1] == pytest.approx((table["kind"] == "zebra").mean(), abs=0.05)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"y": "kind", "offset_column": "noise"}, "offset_column 'noise' is for regression"),
        ({"y": "price"}, "balance_classes needs a categorical response"),
        ({"y": "price", "offset_column": "noise"}, "balance_classes needs a categorical response"),
        ({"y": "price", "distribution": "poisson"}, "balance_classes needs a categorical response"),
        ({"y": "kind", "distribution": "poisson"}, "response 'kind' holds categories, and regression needs"),
    ],
)
def test_balancing_needs_classes_and_classes_have_no_offset(options: dict[str, Any], message: str) -> None:
    """balance_classes with an offset, or with a distribution of numbers, is refused with the reason."""
    table = classes_table() if options["y"] == "kind" else numbers_table()
    with pytest.raises((ParameterError, TrainingDataError), match=message):
        DeepLearningEstimator(balance_classes=True, **options).train(training_frame=table)


def test_an_autoencoder_has_no_classes_to_balance() -> None:
    """balance_classes of an autoencoder is refused."""
    with pytest.raises(ParameterError, match="an autoencoder cannot have balance_classes=True"):
        AutoEncoderEstimator(balance_classes=True)

"""Which rows and columns are learned, and in which order: effects on trained models, and the memory of wide columns."""

import tracemalloc
from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate.runtime import Scorer
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator
from triplicate.trainer.importances import input_importances

from training_tables import classes_table, numbers_table

SMALL: dict[str, Any] = {"hidden": [5], "epochs": 2, "seed": 1}


def fingerprint(table: pd.DataFrame, **options: Any) -> str:
    """Return the fingerprint of a model of the table's column `kind`."""
    model = DeepLearningEstimator(**SMALL | options).train(y="kind", training_frame=table)
    return model.scoring_model.fingerprint


@pytest.mark.parameter("shuffle_training_data")
def test_shuffling_acts_where_an_iteration_is_one_pass() -> None:
    """With train_samples_per_iteration=0 rows keep their order unless shuffled; elsewhere they are always shuffled."""
    table = classes_table(100)
    kept, shuffled = (fingerprint(table, train_samples_per_iteration=0, shuffle_training_data=s) for s in (False, True))
    assert kept != shuffled
    assert shuffled == fingerprint(table, train_samples_per_iteration=100)
    for samples in (-2, -1, 30):
        options = {"train_samples_per_iteration": samples}
        assert fingerprint(table, **options) == fingerprint(table, **options, shuffle_training_data=True)


def test_the_order_of_the_table_matters_only_where_it_is_kept() -> None:
    """Learned in order, a table sorted by class is a worse teacher than the same rows mixed."""
    mixed = classes_table(200)
    losses = []
    for table in (mixed, mixed.sort_values("kind")):
        model = DeepLearningEstimator(**SMALL, train_samples_per_iteration=0, overwrite_with_best_model=False)
        model.train(y="kind", training_frame=table)
        losses.append(model.model_performance(mixed).value("logloss"))
    assert losses[0] < losses[1]


@pytest.mark.parameter("force_load_balance")
def test_load_balancing_changes_no_bit() -> None:
    """Both values of force_load_balance give the same model."""
    table = classes_table(100)
    assert fingerprint(table, force_load_balance=False) == fingerprint(table, force_load_balance=True)


@pytest.mark.parameter("ignore_const_cols")
def test_constant_columns_are_left_out_or_kept() -> None:
    """ignore_const_cols decides whether a constant column is an input; the notes tell what was left out."""
    table = classes_table(60).assign(same=7.0, word="x")
    models = [
        DeepLearningEstimator(**SMALL, ignore_const_cols=ignore).train(y="kind", training_frame=table)
        for ignore in (True, False)
    ]
    assert [column.name for column in models[0].scoring_model.columns] == ["colour", "size", "weight", "noise"]
    assert {"same", "word"} <= {column.name for column in models[1].scoring_model.columns}
    assert any("'same', 'word'" in note for note in models[0].trained.notes)
    assert models[1].predict(table.assign(same=9.0, word="y"))["yes"].notna().all()


def test_rows_without_a_response_teach_nothing() -> None:
    """A table with unlabelled rows gives the model of the labelled ones alone, and predicts all of them."""
    table = classes_table(80)
    holes = pd.concat([table, table.assign(kind=None)], ignore_index=True)
    assert fingerprint(holes) == fingerprint(table)
    model = DeepLearningEstimator(**SMALL).train(y="kind", training_frame=holes, validation_frame=holes)
    assert any("without a response" in note and "80" in note for note in model.trained.notes)
    assert model.model_performance(valid=True).rows == 80
    assert len(model.predict(holes)) == 160
    prices = numbers_table(80)
    prices.loc[:9, "price"] = np.nan
    assert DeepLearningEstimator(**SMALL).train(y="price", training_frame=prices).model_performance().rows == 70


@pytest.mark.parameter("ignored_columns")
def test_ignored_columns_have_no_influence() -> None:
    """A column that is ignored may hold anything, and is not asked for in scoring."""
    table = classes_table(60)
    other = table.assign(noise=[*"xyz"] * 20)
    one, two = (
        DeepLearningEstimator(**SMALL, ignored_columns=["noise"]).train(y="kind", training_frame=t)
        for t in (table, other)
    )
    assert one.scoring_model.fingerprint == two.scoring_model.fingerprint
    assert one.predict(table.drop(columns="noise")).equals(one.predict(other))


def test_a_column_of_70000_levels_needs_no_dense_matrix() -> None:
    """Training 10,000 rows takes far less than the 700 MB of a byte per row and level."""
    rng = np.random.default_rng(1)
    codes = rng.permutation(70_000)[:10_000]
    postcode = pd.Categorical.from_codes(codes, categories=[f"{code:05d}" for code in range(70_000)])
    table = pd.DataFrame({"postcode": postcode, "height": rng.normal(size=10_000), "income": rng.normal(size=10_000)})
    model = DeepLearningEstimator(
        hidden=[8], epochs=1, seed=1, mini_batch_size=16, sparse=True, score_training_samples=50
    )
    tracemalloc.start()
    try:
        model.train(y="income", training_frame=table)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert model.scoring_model.inputs == 70_002
    assert peak < 150e6
    assert np.isfinite(Scorer(model.scoring_model).score(table.iloc[:5]).outputs).all()


def test_an_input_that_hashed_levels_share_is_important() -> None:
    """A missing cell's input is zeroed only where no level of any column reaches it."""
    table = classes_table(80).fillna({"colour": "red"}).assign(many=[f"m{row % 12}" for row in range(80)])
    model = DeepLearningEstimator(**SMALL, max_categorical_features=3).train(y="kind", training_frame=table)
    assert (input_importances(model.scoring_model, ("colour", "many")) > 0).all()


def test_sparse_autoencoders_are_centred() -> None:
    """With sparse, an autoencoder's numbers are centred and divided by their range all the same."""
    table = pd.DataFrame({"a": [0.0, 1.0, 4.0, 0.0], "b": [2.0, 0.0, 0.0, 1.0]})
    model = AutoEncoderEstimator(**SMALL, sparse=True).train(training_frame=table)
    columns: Any = model.scoring_model.columns
    assert [(column.subtract, column.multiply) for column in columns] == [(1.25, 0.25), (0.75, 0.5)]

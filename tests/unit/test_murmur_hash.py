"""max_categorical_features: published hashes, the lowered tables, what training and scoring make of them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate.runtime.columns import Categorical
from triplicate.runtime.encoding import InputPlan, encode_rows
from triplicate.runtime.errors import ParameterError
from triplicate.runtime.raw_rows import raw_rows
from triplicate.trainer import DeepLearningEstimator
from triplicate.trainer.encoded_rows import dense
from triplicate.trainer.murmur_hash import hashed_inputs, hashes
from triplicate.trainer.parameters import Parameters

from training_tables import classes_table

PUBLISHED = [1913970290, 1548199058, -1997391540, 206038944, 936324625, 1191908136]  # inputs 0 to 5, seed 1234
UNITS = [0, 8, 0, 4, 5, 6]  # of ten


def test_the_published_hashes() -> None:
    """Inputs 0 to 5 hash to the published numbers, and of the seed only its low 32 bits count."""
    numbers = np.arange(6, dtype=np.int32)
    assert hashes(numbers, 1234).tolist() == PUBLISHED
    assert hashes(numbers, 1234 + 2**32).tolist() == PUBLISHED
    assert hashes(numbers, 1235).tolist() != PUBLISHED


def test_every_row_of_a_table_is_hashed() -> None:
    """Levels, missing and unseen cells move to their units; what activates nothing stays so."""
    inputs = np.array([[0], [1], [2], [-1], [3], [3]], dtype=np.int32)
    column = Categorical("c", ("a", "b", "c", "d"), inputs, (inputs >= 0).astype(np.float64))
    assert hashed_inputs(column, 10, 1234).inputs[:, 0].tolist() == [0, 8, 0, -1, 4, 4]


def trained(most: int, **options: Any) -> DeepLearningEstimator:
    """Return a model of two categorical columns with 18 inputs between them."""
    table = classes_table(300).assign(many=[f"m{row % 12}" for row in range(300)])
    chosen = {"hidden": [10], "epochs": 20, "seed": 1234, "max_categorical_features": most} | options
    return DeepLearningEstimator(**chosen).train(y="kind", training_frame=table)


@pytest.mark.parameter("max_categorical_features")
@pytest.mark.parametrize("batch", [1, 8])
def test_a_hashed_model_has_so_many_inputs_and_learns(batch: int) -> None:
    """Eight units for 18 inputs and three numbers make a net of 11, which still tells the classes apart."""
    model = trained(8, mini_batch_size=batch)
    assert model.scoring_model.inputs == 11
    assert model.trained.plan.categorical[0].inputs[:6, 0].tolist() == [abs(value) % 8 for value in PUBLISHED]
    other = classes_table(300, seed=2).assign(many="m3")
    assert model.model_performance(other).value("AUC") > 0.9


def test_training_sees_what_scoring_computes() -> None:
    """Colliding levels add up in both, missing and unseen ones take their unit, unseen ones are counted."""
    model = trained(2, epochs=0)
    rows = classes_table(6).assign(
        colour=["red", None, "violet", "blue", "grey", "green"], many=["m1", "m99", None, *"xyz"]
    )
    numbers, unseen = encode_rows(model.scoring_model, raw_rows(model.scoring_model, rows))
    scored = InputPlan(model.scoring_model).encode(numbers).inputs
    assert scored[:, :2].sum(axis=1).tolist() == [2.0] * 6
    assert (scored[:, :2] == 2).any()
    assert unseen.tolist() == [0, 1, 1, 1, 1, 1]
    np.testing.assert_array_equal(dense(model.trained.plan.encode(rows)), scored.astype(np.float32))


def test_nothing_is_hashed_where_there_is_room() -> None:
    """At exactly as many features as one-hot inputs the model is that without a limit; one fewer hashes."""
    plain, enough, fewer = trained(2147483647, epochs=1), trained(18, epochs=1), trained(17, epochs=1)
    assert enough.scoring_model.fingerprint == plain.scoring_model.fingerprint
    assert fewer.scoring_model.inputs == plain.scoring_model.inputs - 1


def test_coded_levels_are_not_hashed() -> None:
    """Encodings that make numbers of levels have no one-hot inputs to limit."""
    assert trained(1, categorical_encoding="Binary", epochs=1).scoring_model.inputs == 3 + 3 + 4


def test_an_autoencoder_refuses_to_hash() -> None:
    """Levels that share an input could not be rebuilt."""
    with pytest.raises(ParameterError, match=r"^an autoencoder cannot have max_categorical_features=5: levels that"):
        Parameters.of(autoencoder=True, max_categorical_features=5)


def test_the_seed_decides_which_levels_meet() -> None:
    """Another seed gives other tables."""
    first, second = trained(8, epochs=0), trained(8, epochs=0, seed=5)
    tables = [[column.inputs.tolist() for column in model.trained.plan.categorical] for model in (first, second)]
    assert tables[0] != tables[1]
    assert pd.Series(first.predict(classes_table(5).assign(many="m1"))["yes"]).notna().all()

"""The parameters about copies of the model, through the estimator."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate.runtime.errors import ParameterError
from triplicate.trainer import DeepLearningEstimator
from triplicate.trainer.copy_plan import CopyPlan
from triplicate.trainer.grid_search import GridSearch
from triplicate.trainer.network import State
from triplicate.trainer.parameters import Parameters
from triplicate.trainer.training_loop import TrainingResult

from training_tables import classes_table, numbers_table

FOUR: dict[str, Any] = {
    "hidden": [8], "epochs": 4, "seed": 3, "copies": 4, "mini_batch_size": 1, "stopping_rounds": 0,
    "classification_stop": -1, "regression_stop": -1,
}  # fmt: skip
ELASTIC: dict[str, Any] = {"elastic_averaging": True}
CLOCK = ["timestamp", "duration", "training_speed"]


def trained(**changes: Any) -> DeepLearningEstimator:
    """Train four copies on 300 rows of two classes."""
    return DeepLearningEstimator(**(FOUR | changes)).train(y="kind", training_frame=classes_table())


def fingerprint(**changes: Any) -> str:
    """Return the fingerprint of such a model."""
    return trained(**changes).scoring_model.fingerprint


@pytest.mark.parameter(
    "copies",
    "replicate_training_data",
    "elastic_averaging",
    "elastic_averaging_moving_rate",
    "elastic_averaging_regularization",
)
def test_every_parameter_changes_the_model() -> None:
    """Copies, replication, target ratio, elastic averaging and its two constants each have an effect."""
    changes: list[dict[str, Any]] = [
        {}, {"copies": 1}, {"copies": 3}, {"replicate_training_data": False}, {"target_ratio_comm_to_comp": 0.5},
        ELASTIC, ELASTIC | {"elastic_averaging_moving_rate": 0.5},
        ELASTIC | {"elastic_averaging_regularization": 0.5},
    ]  # fmt: skip
    assert len({fingerprint(**change) for change in changes}) == len(changes)


@pytest.mark.parameter("single_node_mode")
def test_single_node_mode_trains_one_copy() -> None:
    """The model is that of copies=1, to the bit, also where an epoch of replicated rows would be four."""
    for length in (-2, -1):
        alone = fingerprint(single_node_mode=True, train_samples_per_iteration=length)
        assert alone == fingerprint(copies=1, train_samples_per_iteration=length)


@pytest.mark.parametrize("changes", [{}, ELASTIC, {"replicate_training_data": False, "mini_batch_size": 8}])
def test_four_copies_learn(changes: dict[str, Any]) -> None:
    """The classes of rows not seen are told apart."""
    model = trained(epochs=40, **changes)
    assert model.model_performance(classes_table(400, seed=2)).value("AUC") > 0.9


def result_of(length: int, **changes: Any) -> TrainingResult:
    """Return the result of iterations of a given length."""
    return trained(train_samples_per_iteration=length, **changes).trained.result


@pytest.mark.parameter("train_samples_per_iteration", "copies")
def test_rows_per_iteration_count_all_copies() -> None:
    """-1: all rows of every copy, four epochs, or one where each has a part; 0: one epoch; n: n rows in all."""
    assert result_of(-1, epochs=8).iterations == 2
    assert result_of(-1, epochs=8, replicate_training_data=False).iterations == 8
    assert result_of(0, epochs=8).iterations == 8
    assert result_of(0, epochs=8, replicate_training_data=False).iterations == 8
    assert result_of(100, epochs=8).iterations == 24
    assert result_of(7, epochs=0.1).samples == 30


def automatic_length(rows: int, ratio: float, copies: int = 4, hidden: int = 50, inputs: int = 100) -> int:
    """Return the length of an automatic iteration of a network that learns row by row."""
    flat = np.zeros((inputs + 1) * hidden + (hidden + 1) * 2, dtype=np.float32)
    state = State(flat, flat, flat, flat, 0)
    p = Parameters.of(copies=copies, target_ratio_comm_to_comp=ratio)
    return CopyPlan(p, rows).rows_per_iteration(state, 1, work_per_row=11.0 * flat.size)


@pytest.mark.parameter("target_ratio_comm_to_comp")
def test_the_target_ratio_weighs_averaging_against_learning() -> None:
    """Averaging work over all work is the ratio: 64 numbers' work per weight, 11 per row and weight, per copy."""
    assert automatic_length(10**6, 0.05) == 4 * round(64 / 11 * 19)
    assert automatic_length(10**6, 0.5) == 4 * round(64 / 11)
    assert automatic_length(10**6, 2.0) == 4
    assert automatic_length(400, 0.05) == 100
    assert automatic_length(10**6, 0.05, hidden=400) == automatic_length(10**6, 0.05)


def test_the_length_reads_no_clock() -> None:
    """Four copies are reproducible, and say so."""
    assert trained().trained.result.reproducible
    assert fingerprint() == fingerprint()


@pytest.mark.parametrize(
    "changes",
    [
        {}, ELASTIC, ELASTIC | {"activation": "TanhWithDropout", "mini_batch_size": 8},
        {"adaptive_rate": False, "momentum_start": 0.5, "momentum_stable": 0.9, "replicate_training_data": False},
    ],
)  # fmt: skip
def test_going_on_is_as_if_never_stopped(tmp_path: Path, changes: dict[str, Any]) -> None:
    """2 epochs, saved, then on to 5, give the bits and the history of 5 epochs at once."""
    steady = {"train_samples_per_iteration": 50} | changes
    trained(epochs=2, **steady).save(tmp_path / "two.npz", training_state=True)
    longer = DeepLearningEstimator(checkpoint=str(tmp_path / "two.npz"), epochs=5).train(training_frame=classes_table())
    whole = trained(epochs=5, **steady)
    assert longer.scoring_model.fingerprint == whole.scoring_model.fingerprint
    pd.testing.assert_frame_equal(
        longer.scoring_history().drop(columns=CLOCK), whole.scoring_history().drop(columns=CLOCK)
    )


@pytest.mark.parametrize(
    "changes",
    [{"single_node_mode": True}, {"copies": 2}, {"elastic_averaging": True}, {"target_ratio_comm_to_comp": 0.25}],
)
def test_copies_may_change_on_the_way(changes: dict[str, Any]) -> None:
    """A checkpoint of four copies goes on with one, with two, elastically, or with more averaging."""
    for start in ({}, ELASTIC):
        first = trained(epochs=20, **start)
        longer = DeepLearningEstimator(checkpoint=first, epochs=40, **changes).train(training_frame=classes_table())
        assert longer.trained.result.samples == 12000
        assert longer.model_performance(classes_table(400, seed=2)).value("AUC") > 0.8


def test_fine_tuning_shows_in_the_history() -> None:
    """The history has the number of copies of each scoring; a training of one copy has no such column."""
    longer = DeepLearningEstimator(checkpoint=trained(epochs=2), epochs=4, single_node_mode=True)
    longer.train(training_frame=classes_table())
    copies = longer.scoring_history()["copies"]
    assert (copies.iloc[0], copies.iloc[-1]) == (4, 1)
    assert "copies" not in trained(copies=1).scoring_history()


def test_the_summary_counts_copies() -> None:
    """The record in the model says how many copies learned, and so does its text."""
    model = trained()
    assert model.scoring_model.metadata.training_summary()["copies"] == 4
    assert "mini-batches of 1, 4 copies" in model.summary()
    alone = trained(single_node_mode=True)
    assert alone.trained.result.copies == 1
    assert "4 copies" not in alone.summary()


def test_folds_and_grids_have_copies() -> None:
    """Each fold's model and each model of a grid is trained by four copies."""
    folds = trained(nfolds=2)
    assert all(one.result.copies == 4 for one in folds.cross_validation.models)
    grid = GridSearch(
        DeepLearningEstimator(**FOUR | {"copies": 1}), {"copies": [2, 4], "elastic_averaging": [False, True]}
    )
    grid.train(y="kind", training_frame=classes_table())
    assert len({model.scoring_model.fingerprint for model in grid.models}) == 4


def test_regression_and_huber_have_copies() -> None:
    """The threshold of huber, taken between iterations, reaches every copy."""
    table, losses = numbers_table(), {}
    for copies in (1, 4):
        options = FOUR | {"distribution": "huber", "copies": copies, "epochs": 20}
        model = DeepLearningEstimator(**options).train(y="price", training_frame=table)
        losses[copies] = model.model_performance(table).value("MSE")
    assert losses[4] < 2 * losses[1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"copies": 0}, "copies must be at least 1, got 0"),
        ({"elastic_averaging": True, "copies": 2, "elastic_averaging_moving_rate": 0},
         "elastic_averaging_moving_rate must be greater than 0"),
        ({"copies": 2, "single_node_mode": True, "replicate_training_data": False},
         "single_node_mode and replicate_training_data=False contradict"),
    ],
)  # fmt: skip
def test_impossible_combinations_are_refused(given: dict[str, Any], message: str) -> None:
    """The error names the parameters and the reason."""
    with pytest.raises(ParameterError, match=re.escape(message)):
        Parameters.of(**given)


def test_more_copies_than_rows_are_refused() -> None:
    """Each copy needs a row."""
    with pytest.raises(ParameterError, match=r"copies must be at most the 300 rows to learn from, got 301"):
        trained(copies=301)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"replicate_training_data": False}, "replicate_training_data: no effect while copies is 1"),
        ({"single_node_mode": True}, "single_node_mode: no effect while copies is 1"),
        ({"elastic_averaging": True}, "elastic_averaging: no effect while copies is 1"),
        ({"copies": 2, "elastic_averaging_moving_rate": 0.5}, "elastic_averaging_moving_rate: no effect while"),
        ({"copies": 2, "target_ratio_comm_to_comp": 0.5, "train_samples_per_iteration": 0},
         "target_ratio_comm_to_comp: no effect unless train_samples_per_iteration is -2"),
    ],
)  # fmt: skip
def test_idle_parameters_are_told(given: dict[str, Any], named: str) -> None:
    """What has no effect beside the others is a warning."""
    with pytest.warns(UserWarning, match=re.escape(named)):
        Parameters.of(**given)


CHILD = """
import json, sys
from triplicate.trainer import DeepLearningEstimator
model = DeepLearningEstimator(**json.loads(sys.argv[2])).train(y="kind", training_frame=sys.argv[1])
print(model.scoring_model.fingerprint)
"""


@pytest.mark.parametrize("changes", [{}, ELASTIC | {"mini_batch_size": 8}])
def test_processes_and_threads_change_no_bit(tmp_path: Path, changes: dict[str, Any]) -> None:
    """Another process, with one thread for BLAS or four, comes to the same fingerprint."""
    table, options = tmp_path / "table.csv", FOUR | changes
    classes_table().to_csv(table, index=False)
    here = DeepLearningEstimator(**options).train(y="kind", training_frame=str(table)).scoring_model.fingerprint
    for threads in ("1", "4"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(table), json.dumps(options)],
            env=os.environ | dict.fromkeys(names, threads), capture_output=True, text=True, check=True, timeout=300,
        )  # fmt: skip
        assert done.stdout.split()[-1] == here

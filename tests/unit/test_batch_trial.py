"""mini_batch_size="auto" on small tables of two classes: a trial chooses between single rows and batches of 24."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate import DeepLearningEstimator
from triplicate.trainer.batch_trial import tried_parameters
from triplicate.trainer.encoding_plan import EncodingPlan
from triplicate.trainer.parameters import Parameters
from triplicate.trainer.table import Table
from triplicate.trainer.team import set_threads

from training_tables import classes_table, numbers_table, unlabelled_table

OPTIONS: dict[str, Any] = {"hidden": [60, 60], "epochs": 10, "seed": 1}


def rings(rows: int = 500) -> pd.DataFrame:
    """Return points of two rings, one inside the other, with little noise."""
    rng = np.random.default_rng(1)
    inner, angle = rng.random(rows) < 0.5, rng.uniform(0, 2 * np.pi, rows)
    radius = np.where(inner, 0.5, 1.0) + 0.05 * rng.normal(size=rows)
    points = pd.DataFrame({"x": radius * np.cos(angle), "y": radius * np.sin(angle)})
    return points.assign(kind=np.where(inner, "inner", "outer"))


def noisy(rows: int = 300) -> pd.DataFrame:
    """Return ten columns of which one says something about the class, which is wrong in three of ten rows."""
    rng = np.random.default_rng(1)
    numbers = rng.normal(size=(rows, 10))
    right = (numbers[:, 0] > 0) ^ (rng.random(rows) < 0.3)
    return pd.DataFrame(numbers, columns=[f"n{i}" for i in range(10)]).assign(kind=np.where(right, "yes", "no"))


def trained(frame: pd.DataFrame, **changes: Any) -> DeepLearningEstimator:
    """Train on the column `kind`, all else as it comes."""
    return DeepLearningEstimator(**(OPTIONS | changes)).train(y="kind", training_frame=frame)


def note_of(model: DeepLearningEstimator) -> str:
    """Return what the model says about a trial, "" where there was none."""
    return "".join(note for note in model.trained.notes if "mini_batch_size" in note)


def test_a_curved_border_is_learned_row_by_row() -> None:
    """Two rings need many steps: the trial chooses 1, and the summary tells why."""
    model = trained(rings())
    assert model.scoring_model.metadata.training_summary()["mini_batch_size"] == 1
    assert note_of(model).startswith("mini_batch_size='auto' became 1: in a trial with 500 rows held out ")
    assert note_of(model) in model.summary()


def test_noisy_rows_are_learned_in_batches() -> None:
    """Labels that are often wrong mislead single rows: the trial chooses 24."""
    model = trained(noisy())
    assert model.trained.result.batch == 24
    assert "became 24" in note_of(model)


def test_the_trial_leaves_no_trace_but_the_size() -> None:
    """The model is that of the chosen size, bit by bit, with one thread as with all."""
    frame, by_hand = noisy(), trained(noisy(), mini_batch_size=24)
    prints = [trained(frame).scoring_model.fingerprint]
    set_threads(1)
    try:
        prints.append(trained(frame).scoring_model.fingerprint)
    finally:
        set_threads(None)
    assert prints == [by_hand.scoring_model.fingerprint] * 2


def test_a_continued_training_keeps_the_size() -> None:
    """From a checkpoint there is no second trial."""
    first = trained(noisy(), epochs=4)
    longer = trained(noisy(), epochs=8, checkpoint=first)
    assert (first.trained.result.batch, longer.trained.result.batch, note_of(longer)) == (24, 24, "")


@pytest.mark.parametrize(
    ("frame", "given"),
    [
        (noisy(), {"y": "kind", "mini_batch_size": 4}),
        (noisy(), {"y": "kind", "optimizer": "adam"}),
        (noisy(), {"y": "kind", "adaptive_rate": False}),
        (noisy(), {"y": "kind", "copies": 2}),
        (noisy(), {"y": "kind", "balance_classes": True}),
        (noisy(), {"y": "kind", "max_runtime_secs": 600}),
        (noisy(), {"y": "kind", "epochs": 100}),
        (noisy(199), {"y": "kind"}),
        (classes_table(300, 3), {"y": "kind"}),
        (numbers_table(300), {"y": "price"}),
        (unlabelled_table(300), {"autoencoder": True}),
    ],
)
def test_where_there_is_no_trial(frame: pd.DataFrame, given: dict[str, Any]) -> None:
    """Not for sizes of one's own, other optimisers, copies, repeated rows, a clock, long trainings, other tasks."""
    asked = Parameters.of(seed=1, **given)
    table = Table.for_parameters(frame, asked)
    p = asked.for_task(table.task)
    plan = EncodingPlan.of(table, p)
    assert tried_parameters(plan, plan.encode(table), p) == (p, ())


def test_a_metric_of_ones_own_is_asked_by_the_training_alone() -> None:
    """The trial judges by logloss: the function sees all rows whenever it is called."""
    calls: list[int] = []

    def metric(actual: Any, predicted: Any, weights: Any) -> float:
        """Count the calls."""
        calls.append(len(actual))
        return 0.5

    trained(noisy(), hidden=[8], custom_metric_func=metric, stopping_metric="custom")
    assert set(calls) == {300}

"""HOGWILD!: threads that learn rows of their own on the same weights, without locks, on request."""

from typing import Any

import numpy as np
import pytest

from triplicate.runtime.errors import ParameterError
from triplicate.runtime.layers import Activation
from triplicate.trainer import DeepLearningEstimator
from triplicate.trainer.optimizers import Optimizer
from triplicate.trainer.row_learner import RowLearner
from triplicate.trainer.team import set_threads

from learning_cases import case_network, case_rows, rule_for, start_state
from training_tables import classes_table


@pytest.mark.parameter("parallel")
def test_racing_threads_learn() -> None:
    """Four threads tell the classes of unseen rows apart, and the summary says that this does not repeat."""
    set_threads(4)
    try:
        model = DeepLearningEstimator(hidden=[40, 40], epochs=10, seed=3, mini_batch_size=1, parallel="hogwild")
        model.train(y="kind", training_frame=classes_table(1500))
    finally:
        set_threads(None)
    assert model.model_performance(classes_table(800, seed=2)).value("AUC") > 0.9
    assert not model.trained.result.reproducible
    assert "not reproducible, because threads raced (parallel='hogwild')" in str(model.summary())


@pytest.mark.parametrize("dropout", [(0.0, 0.0, 0.0), (0.2, 0.5, 0.5)])
def test_every_row_is_learned_once(dropout: tuple[float, float, float]) -> None:
    """Rows that share no input and an output without errors elsewhere leave all threads' changes in the weights."""
    network, rows = case_network(Activation.TANH, "squared", dropout), case_rows("squared", 60)
    optimizer = Optimizer(adaptive=False, rate=1e-9, rate_annealing=0.0)
    changes = []
    for threads, hogwild in ((1, False), (1, True), (3, True)):
        state = start_state(network, optimizer)
        learner = RowLearner(network, rows, rule_for("squared", optimizer), threads, hogwild=hogwild)
        before = state.parameters.copy()
        learner.learn(state, np.arange(60))
        changes.append((state.parameters - before) / 1e-9)
    assert changes[0].tobytes() == changes[1].tobytes()
    assert np.abs(changes[0]).max() > 1
    # steps are too small to change each other: the sum of all rows' gradients, but for a lost update now and then
    error = np.linalg.norm(changes[2] - changes[0]) / np.linalg.norm(changes[0])
    assert error < 0.2


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"mini_batch_size": 32}, "mini_batch_size=32"),
        ({}, "mini_batch_size='auto'"),
        ({"mini_batch_size": 1, "reproducible": True}, "reproducible=True"),
        ({"mini_batch_size": 1, "max_w2": 10}, "max_w2=10"),
        ({"mini_batch_size": 1, "copies": 2}, "copies=2"),
    ],
)
def test_what_does_not_go_with_racing_is_refused(options: dict[str, Any], name: str) -> None:
    """The error names the other parameter, its value and the reason."""
    with pytest.raises(ParameterError, match=f"parallel='hogwild' does not go with {name}"):
        DeepLearningEstimator(parallel="hogwild", **options)

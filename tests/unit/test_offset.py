"""The offset: what it does to training, to metrics and to predictions."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate.runtime.errors import ParameterError, RowError, TrainingDataError
from triplicate.runtime.heads import Link, Regression
from triplicate.runtime.layers import Activation
from triplicate.trainer.encoding_plan import EncodingPlan
from triplicate.trainer.estimator import DeepLearningEstimator
from triplicate.trainer.fast_scoring import FastScorer
from triplicate.trainer.optimizers import Optimizer
from triplicate.trainer.parameters import Parameters
from triplicate.trainer.row_learner import RowLearner
from triplicate.trainer.table import Table

from learning_cases import case_network, case_rows, rule_for, start_state

QUICK: dict[str, Any] = {"hidden": [8], "epochs": 20, "seed": 1, "quiet_mode": True}


def offset_table(rows: int = 300, seed: int = 2) -> pd.DataFrame:
    """Return x, offsets of both signs, a response with the offset added, and counts with it in the exponent."""
    rng = np.random.default_rng(seed)
    x, offset = rng.normal(size=rows), rng.normal(-0.5, 1.0, rows)
    price = 10 + 2 * x + 5 * offset + 0.1 * rng.normal(size=rows)
    counts = rng.poisson(np.exp(0.3 * x + offset)).astype(float)
    return pd.DataFrame({"x": x, "o": offset, "five": 5 * offset, "price": price, "n": counts})


@pytest.mark.parametrize(("loss", "shift"), [("squared", 0.0), ("poisson", 0.3), ("gamma", 0.3), ("huber", 0.0)])
def test_an_offset_is_added_to_the_output(loss: str, shift: float) -> None:
    """Learning a row with an offset is learning it with that much more of an output bias."""
    network, rows, optimizer = case_network(Activation.TANH, loss), case_rows(loss, 4), Optimizer()
    one, other = start_state(network, optimizer), start_state(network, optimizer)
    network.biases(other.parameters, 2)[:] += -0.75 + shift
    for state, learned in ((one, replace(rows, offsets=np.full(4, -0.75 + shift))), (other, rows)):
        RowLearner(network, learned, rule_for(loss, optimizer)).learn(state, np.arange(4))
    network.biases(one.parameters, 2)[:] += -0.75 + shift
    np.testing.assert_allclose(one.parameters, other.parameters, rtol=1e-9, atol=1e-12)


def test_the_offset_in_network_space() -> None:
    """Identity links standardise the offset like the response; log links leave both as they are."""
    frame = offset_table()
    for given, scaled in (({"y": "price"}, True), ({"y": "n", "distribution": "poisson"}, False)):
        table = Table.for_parameters(frame, Parameters.of(offset_column="o", x=["x"], **given))
        plan = EncodingPlan.of(table, Parameters.of(offset_column="o", **given).for_task(table.task))
        for rows in (plan.encode(table), plan.encode(frame), plan.encode(frame).take(slice(None))):
            shift, scale = (plan.response_shift, plan.response_scale) if scaled else (0.0, 1.0)
            assert rows.offset is not None
            np.testing.assert_allclose(rows.offset, (frame["o"] - shift) / scale)
            assert (scale == 1.0) is not scaled


@pytest.mark.parametrize(
    ("given", "link"),
    [
        ({"y": "price", "offset_column": "five"}, Link.IDENTITY),
        ({"y": "price", "offset_column": "five", "distribution": "huber"}, Link.IDENTITY),
        ({"y": "price", "offset_column": "five", "standardize": False}, Link.IDENTITY),
        ({"y": "n", "offset_column": "o", "distribution": "poisson"}, Link.LOG),
        ({"y": "n", "offset_column": "o", "distribution": "tweedie", "tweedie_power": 1.2}, Link.LOG),
    ],
)
def test_fast_and_exact_scoring_agree(given: dict[str, Any], link: Link) -> None:
    """The frozen model gives what training scored, offsets of both signs included, and the head names the column."""
    frame = offset_table()
    model = DeepLearningEstimator(x=["x"], **given, **QUICK).train(training_frame=frame)
    trained = model.trained
    head = trained.model.head
    assert isinstance(head, Regression)
    assert (head.link, head.offset) == (link, given["offset_column"])
    rows = trained.plan.encode(frame)
    fast = FastScorer(trained.result.network, trained.plan, rows, "argmax").metrics(trained.result.parameters)
    exact = model.model_performance(frame)
    for name in ("deviance", "MAE"):
        assert fast.value(name) == pytest.approx(exact.value(name), rel=1e-4)


@pytest.mark.parameter("offset_column")
@pytest.mark.parametrize(
    ("given", "known"),
    [
        ({"y": "price", "offset_column": "five"}, lambda f: 10 + 2 * f["x"] + f["five"]),
        ({"y": "n", "offset_column": "o", "distribution": "poisson"}, lambda f: np.exp(0.3 * f["x"] + f["o"])),
    ],
)
def test_what_is_known_need_not_be_learned(given: dict[str, Any], known: Any) -> None:
    """With the offset the predictions follow what it explains; the same network without it cannot."""
    frame, fresh = offset_table(2000), offset_table(2000, seed=3)
    told = DeepLearningEstimator(x=["x"], **given, **QUICK).train(training_frame=frame)
    given = {name: value for name, value in given.items() if name != "offset_column"}
    untold = DeepLearningEstimator(x=["x"], **given, **QUICK).train(training_frame=frame)
    near, far = (float(np.mean(np.abs(model.predict(fresh)["predict"] - known(fresh)))) for model in (told, untold))
    assert near < far / 4


def test_a_missing_offset_is_an_error() -> None:
    """Training, validation and prediction name the column; prediction needs it, in every row."""
    frame = offset_table()
    holes = frame.assign(o=frame["o"].where(frame.index != 7))
    estimator = DeepLearningEstimator(x=["x"], y="n", offset_column="o", distribution="poisson", **QUICK)
    with pytest.raises(TrainingDataError, match="offset_column 'o', row 7: the offset is missing"):
        estimator.train(training_frame=holes)
    with pytest.raises(TrainingDataError, match="offset_column 'o', row 7: the offset is missing"):
        estimator.train(training_frame=frame, validation_frame=holes)
    estimator.train(training_frame=frame)
    with pytest.raises(RowError, match="'o'"):
        estimator.predict(holes)
    with pytest.raises(RowError, match="'o'"):
        estimator.predict(frame.drop(columns="o"))


def test_classes_have_no_offset() -> None:
    """An offset with a response of classes is refused."""
    frame = offset_table().assign(kind=lambda f: np.where(f["x"] > 0, "a", "b"))
    with pytest.raises(ParameterError, match="offset_column 'o' is for regression"):
        DeepLearningEstimator(x=["x"], y="kind", offset_column="o", **QUICK).train(training_frame=frame)


def test_rows_without_a_response_are_left_out() -> None:
    """Missing responses are dropped with their offsets, in training and validation; the model is the same."""
    frame = offset_table()
    holes = pd.concat([frame, frame.head(20).assign(n=np.nan)], ignore_index=True)
    models = [
        DeepLearningEstimator(x=["x"], y="n", offset_column="o", distribution="poisson", **QUICK).train(
            training_frame=table, validation_frame=table
        )
        for table in (frame, holes)
    ]
    assert models[0].scoring_model.fingerprint == models[1].scoring_model.fingerprint

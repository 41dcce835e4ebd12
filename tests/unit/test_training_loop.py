"""The training loop: determinism, stopping, the best model, histories, instability, processor state."""

import dataclasses
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from triplicate.runtime.errors import UnstableTrainingError
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator
from triplicate.trainer.backend import Local
from triplicate.trainer.fast_scoring import FastScorer
from triplicate.trainer.metrics import Metrics
from triplicate.trainer.network import State
from triplicate.trainer.training_loop import TrainingResult

from training_tables import classes_table, numbers_table, unlabelled_table

SMALL: dict[str, Any] = {"hidden": [8, 8], "epochs": 4, "seed": 3}


def trained(table: pd.DataFrame, y: str, validation: pd.DataFrame | None = None, **changes: Any) -> TrainingResult:
    """Train and return what the loop left behind."""
    estimator = DeepLearningEstimator(**(SMALL | changes))
    return estimator.train(y=y, training_frame=table, validation_frame=validation).trained.result


@pytest.mark.parameter("seed")
@pytest.mark.parametrize("size", [1, 16])
@pytest.mark.parametrize("dropout", [False, True])
def test_equal_seeds_give_equal_models(size: int, dropout: bool) -> None:
    """Two trainings from one seed have one fingerprint, another seed has another one; dropout included."""
    activation = "TanhWithDropout" if dropout else "Rectifier"
    prints = []
    for seed in (3, 3, 4):
        estimator = DeepLearningEstimator(hidden=[8], epochs=3, seed=seed, activation=activation, mini_batch_size=size)
        estimator.train(y="kind", training_frame=classes_table())
        prints.append(estimator.scoring_model.fingerprint)
    assert prints[0] == prints[1] != prints[2]


def test_the_number_of_blas_threads_changes_no_bit() -> None:
    """Batches give the same weights whether BLAS may use one thread or two, and the limit is restored."""
    weights = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads, user_api="blas"):
            before = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
            weights.append(trained(classes_table(2000), "kind", hidden=[64, 64], mini_batch_size=128).parameters)
            after = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
            assert before == after
    assert weights[0].tobytes() == weights[1].tobytes()


def test_compiling_kernels_is_not_learning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels are compiled, or loaded, before the clock of training_speed runs."""
    prepared = Local.prepare

    def slowly(backend: Local, state: State) -> None:
        prepared(backend, state)
        time.sleep(1.0)

    monkeypatch.setattr(Local, "prepare", slowly)
    last = trained(classes_table(), "kind").history.rows[-1]
    assert last.duration > 1.0
    assert last.samples / last.training_speed < last.duration - 1.0


def test_scores_that_steer_training_are_computed_by_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """While scores decide which weights are kept and when to stop, BLAS has one thread, like learning itself."""
    threads = set()

    def metrics(scorer: FastScorer, parameters: Any) -> Metrics:
        threads.update(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
        return original(scorer, parameters)

    original = FastScorer.metrics
    monkeypatch.setattr(FastScorer, "metrics", metrics)
    trained(classes_table(), "kind")
    assert threads == {1}


@pytest.mark.parameter("seed")
def test_a_drawn_seed_is_recorded_and_repeats_the_training() -> None:
    """Seed -1 draws one; training again with the recorded seed gives the same model."""
    first = DeepLearningEstimator(hidden=[4], epochs=1).train(y="kind", training_frame=classes_table())
    seed = first.scoring_model.metadata.training_summary()["parameters"]["seed"]
    again = DeepLearningEstimator(hidden=[4], epochs=1, seed=seed).train(y="kind", training_frame=classes_table())
    assert seed >= 0
    assert first.scoring_model == again.scoring_model


def test_subnormal_numbers_survive_training() -> None:
    """After training 5e-310 * 1.0 is still 5e-310: the processor's state is as before."""
    trained(classes_table(), "kind", mini_batch_size=8)
    trained(classes_table(), "kind", mini_batch_size=1)
    assert (np.array([5e-310]) * np.array([1.0]))[0] == 5e-310


def test_history_has_a_row_per_scoring() -> None:
    """Ten iterations by default, the first and last of them scored, then the average; counters go up."""
    result = trained(classes_table(), "kind", classes_table(seed=2), epochs=10)
    frame = result.history.to_frame()
    assert result.iterations == 10
    assert frame["samples"].iloc[-1] == frame["samples"].iloc[-2] == result.samples == 3000
    assert frame["iterations"].iloc[0] == 1
    assert (np.diff(frame["epochs"]) >= 0).all()
    assert frame[["training_logloss", "validation_logloss", "validation_auc"]].notna().all(axis=None)


@pytest.mark.parameter("validation_frame", "overwrite_with_best_model")
def test_the_best_scored_weights_are_returned() -> None:
    """The returned weights have the best score of the history; without overwriting, the last ones."""
    table, other = classes_table(60), classes_table(400, seed=9)
    options: dict[str, Any] = {"epochs": 300, "stopping_rounds": 0, "hidden": [30, 30], "score_duty_cycle": 0.1}
    best = trained(table, "kind", other, **options)
    scores = best.history.scores("logloss")
    assert min(scores) < scores[-1]
    assert best.best_samples < best.samples
    last = trained(table, "kind", other, overwrite_with_best_model=False, **options)
    assert last.best_samples == last.samples
    estimators = [
        DeepLearningEstimator(**(SMALL | options | {"overwrite_with_best_model": keep})).train(
            y="kind", training_frame=table, validation_frame=other
        )
        for keep in (True, False)
    ]
    found, final = (e.model_performance(valid=True).value("logloss") for e in estimators)
    assert found == pytest.approx(min(scores), rel=1e-4)
    assert found < final


@pytest.mark.parameter("stopping_rounds")
def test_training_stops_when_the_score_no_longer_improves() -> None:
    """With one stopping round, training ends before its epochs are over, and says why."""
    result = trained(
        classes_table(60), "kind", classes_table(200, seed=9), epochs=2000, stopping_rounds=1, hidden=[30],
        train_samples_per_iteration=300, stopping_tolerance=0.01,
    )  # fmt: skip
    assert result.samples < 2000 * 60
    assert "logloss has not improved" in result.reason


@pytest.mark.parameter("classification_stop")
def test_a_perfect_training_error_stops() -> None:
    """Once no training label is wrong, classification_stop ends training; -1 lets it go on."""
    table = pd.DataFrame({"x": np.tile([0.0, 1.0], 50), "kind": np.tile(["a", "b"], 50)})
    stopped = trained(table, "kind", epochs=50, stopping_rounds=0)
    full = trained(table, "kind", epochs=50, stopping_rounds=0, classification_stop=-1)
    assert "classification_stop" in stopped.reason
    assert stopped.samples < full.samples == 5000


@pytest.mark.parameter("max_runtime_secs")
def test_a_time_limit_stops_and_is_told() -> None:
    """max_runtime_secs ends training after the running iteration, and the result is called not reproducible."""
    result = trained(classes_table(), "kind", epochs=1e5, max_runtime_secs=0.2, stopping_rounds=0,
                     train_samples_per_iteration=300)  # fmt: skip
    assert "max_runtime_secs" in result.reason
    assert not result.reproducible
    assert result.samples < 1e5 * 300


@pytest.mark.parameter("epochs")
def test_no_epochs_score_the_start_weights() -> None:
    """With epochs=0, or too few for a single row, the model has its start weights and one row of history."""
    assert "too small for a row" in trained(classes_table(), "kind", epochs=0.001).reason
    result = trained(classes_table(), "kind", epochs=0)
    assert (result.samples, len(result.history.rows)) == (0, 1)
    start = result.network.start(3, distribution="UniformAdaptive", scale=1.0, stateful=False)
    assert (result.parameters == start.parameters).all()


@pytest.mark.parameter("epochs")
def test_fractional_epochs() -> None:
    """Half an epoch learns half of the rows."""
    assert trained(classes_table(), "kind", epochs=0.5).samples == 150


@pytest.mark.parametrize("size", [1, 16])
def test_exploding_weights_are_an_error_with_advice(size: int) -> None:
    """Plain descent with an absurd rate ends in UnstableTrainingError, never in a model."""
    with pytest.raises(UnstableTrainingError, match=r"became unstable.*Tanh.*smaller rate"):
        trained(numbers_table(), "price", adaptive_rate=False, rate=1e6, mini_batch_size=size)


@pytest.mark.parameter("weights_column")
def test_weights_act_like_repeated_rows() -> None:
    """Rows of weight 3 pull the model like three copies of the row: the mean prediction follows the weights."""
    table = pd.DataFrame({"x": np.zeros(40), "z": np.arange(40.0), "y": np.tile([0.0, 1.0], 20)})
    heavy = table.assign(w=np.tile([1.0, 3.0], 20))
    options: dict[str, Any] = {"hidden": [], "epochs": 200, "seed": 1, "classification": True, "stopping_rounds": 0}
    plain = DeepLearningEstimator(**options).train(y="y", training_frame=table)
    weighted = DeepLearningEstimator(**options).train(y="y", training_frame=heavy, weights_column="w")
    assert plain.predict(table)["p1"].mean() == pytest.approx(0.5, abs=0.05)
    assert weighted.predict(table)["p1"].mean() == pytest.approx(0.75, abs=0.05)


def test_rows_of_weight_0_do_not_exist() -> None:
    """A model from rows of weight 0 and 1 predicts what the model from the rows of weight 1 does."""
    table = classes_table()
    flagged = table.assign(w=np.arange(300) % 2)
    options: dict[str, Any] = {"hidden": [6], "epochs": 2, "seed": 1}
    one = DeepLearningEstimator(**options).train(y="kind", training_frame=flagged, weights_column="w")
    other = DeepLearningEstimator(**options).train(y="kind", training_frame=table.iloc[1::2])
    np.testing.assert_allclose(one.predict(table)["yes"], other.predict(table)["yes"], atol=1e-4)


@pytest.mark.parameter("l1", "l2")
def test_penalties_shrink_weights() -> None:
    """Either penalty leaves clearly smaller weights."""
    sizes = {}
    for name, options in (("plain", {}), ("l1", {"l1": 0.1}), ("l2", {"l2": 0.5})):
        result = trained(numbers_table(), "price", epochs=30, hidden=[10], **options)
        sizes[name] = np.abs(result.network.weights(result.parameters, 0)).mean()
    assert sizes["l2"] < 0.8 * sizes["plain"]
    assert sizes["l1"] < 0.8 * sizes["plain"]


def test_an_autoencoder_learns_to_rebuild() -> None:
    """The error falls far below that of always answering the mean, in rows and in batches."""
    table = unlabelled_table()
    for size in (1, 4):
        estimator = AutoEncoderEstimator(activation="Tanh", hidden=[4], epochs=60, seed=1, mini_batch_size=size)
        result = estimator.train(training_frame=table).trained.result
        scores = result.history.scores("MSE")
        assert scores[-1] < 0.3 * scores[0]


def test_results_are_plain_data() -> None:
    """A result names its batch size and network, and can be taken apart."""
    result = trained(classes_table(), "kind", mini_batch_size=4)
    assert dataclasses.asdict(dataclasses.replace(result, history=None))["batch"] == 4  # type: ignore[arg-type]
    assert result.network.widths == (8, 8, 2)


@pytest.mark.parameter("score_duty_cycle", "score_each_iteration")
def test_every_iteration_is_scored_on_request() -> None:
    """With score_each_iteration a short share of scoring does not hold scorings back, without it it does."""
    options: dict[str, Any] = {"train_samples_per_iteration": 30, "epochs": 3, "stopping_rounds": 0}
    few = trained(classes_table(), "kind", score_duty_cycle=0.01, **options)
    all_of_them = trained(classes_table(), "kind", score_duty_cycle=0.01, score_each_iteration=True, **options)
    assert len(all_of_them.history.rows) == all_of_them.iterations + 1 == 31
    assert len(few.history.rows) < 10


@pytest.mark.parameter("fast_mode")
def test_fast_mode_leaves_unused_weights_alone() -> None:
    """Weights of the input for missing cells decay under l2 only without fast_mode, in rows and in batches."""
    table = classes_table().dropna()
    for size in (1, 8):
        for fast in (True, False):
            result = trained(table, "kind", l2=0.01, fast_mode=fast, mini_batch_size=size)
            start = result.network.start(3, distribution="UniformAdaptive", scale=1.0, stateful=False)
            unused = (result.network.weights(flat, 0)[4] for flat in (result.parameters, start.parameters))
            assert np.array_equal(*unused) is fast


@pytest.mark.parametrize("size", [1, 16])
def test_dropout_learns_and_is_another_model(size: int) -> None:
    """With hidden and input dropout the rows it has not seen are still told apart, by other weights."""
    options: dict[str, Any] = {"hidden": [30, 30], "epochs": 30, "seed": 1, "mini_batch_size": size}
    dropped = DeepLearningEstimator(**options, activation="RectifierWithDropout", input_dropout_ratio=0.1)
    dropped.train(y="kind", training_frame=classes_table(400))
    plain = DeepLearningEstimator(**options).train(y="kind", training_frame=classes_table(400))
    assert dropped.model_performance(classes_table(400, seed=2)).value("AUC") > 0.9
    assert dropped.scoring_model != plain.scoring_model


@pytest.mark.parameter("score_interval")
def test_score_interval_acts_only_when_set() -> None:
    """With a long interval only the first and the last iterations are scored, and the result is not reproducible."""
    options: dict[str, Any] = {"score_duty_cycle": 1.0, "train_samples_per_iteration": 30, "stopping_rounds": 0}
    plain = trained(classes_table(), "kind", **options)
    rare = trained(classes_table(), "kind", **options, score_interval=1000)
    always = trained(classes_table(), "kind", **options, score_interval=0)
    assert len(plain.history.rows) == len(always.history.rows) == 41
    assert len(rare.history.rows) == 3
    assert (plain.reproducible, rare.reproducible, always.reproducible) == (True, False, False)

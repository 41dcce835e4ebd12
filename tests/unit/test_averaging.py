"""The running average of the weights, and the candidate it is for the best model."""

import numpy as np
import pandas as pd
import pytest

from triplicate import DeepLearningEstimator
from triplicate.trainer.averaging import Averaging, average_share, move_average


def test_the_average_reaches_back_a_pass_or_less() -> None:
    """Late in training the newest piece weighs as much as its share of a pass, early as much as of 30 %."""
    averaging = Averaging(rows=1000, copies=2, piece=5)
    assert average_share(100_000, averaging, 5) == pytest.approx(0.01)
    assert average_share(1000, averaging, 5) == pytest.approx(10 / 300)
    assert average_share(10, averaging, 5) == 1.0


def test_a_piece_is_a_64th_of_a_pass_in_whole_batches() -> None:
    """Copies share the pass; a piece is at least one batch."""
    assert Averaging.of(60_000, 1, 128, 1) == (60_000, 1, 896)
    assert Averaging.of(60_000, 2, 100, 1) == (60_000, 2, 400)
    assert Averaging.of(100, 1, 32, 2.5) == (250, 1, 32)


def test_moving_goes_that_share_of_the_way() -> None:
    """The average moves in place; a share of 1 copies."""
    average, parameters = np.array([0.0, 4.0], dtype=np.float32), np.array([8.0, 0.0], dtype=np.float32)
    move_average(average, parameters, 0.25)
    assert average.tolist() == [2.0, 3.0]
    move_average(average, parameters, 1.0)
    assert average.tolist() == [8.0, 0.0]


@pytest.mark.parameter("averaged_epochs")
def test_a_longer_average_stays_further_from_the_last_weights() -> None:
    """What is learned is the same; an average over ten epochs remembers more of the way than one over half an epoch."""
    random = np.random.default_rng(0)
    table = pd.DataFrame({"x": random.normal(size=300)})
    table["y"] = 2 * table["x"]
    distances, learned = [], []
    for epochs in (0.5, 10):
        estimator = DeepLearningEstimator(
            hidden=[8], epochs=40, adaptive_rate=False, rate=1e-4, rate_annealing=0, averaged_epochs=epochs, seed=1,
            stopping_rounds=0,
        )  # fmt: skip
        state = estimator.train(y="y", training_frame=table).trained.result.loop.state
        learned.append(state.parameters.tobytes())
        distances.append(float(np.linalg.norm(state.average - state.parameters)))
    assert learned[0] == learned[1]
    assert distances[1] > 5 * distances[0] > 0


@pytest.mark.parameter("average_weights")
@pytest.mark.parametrize("best", [True, False])
def test_the_average_is_returned_whatever_it_scores(best: bool) -> None:
    """It lags behind in a training that still improves, so that no score would choose it."""
    random = np.random.default_rng(0)
    table = pd.DataFrame({"x": random.normal(size=300)})
    table["y"] = 2 * table["x"]
    given = {"hidden": [8], "epochs": 20, "adaptive_rate": False, "rate": 1e-4, "stopping_rounds": 0, "seed": 1}
    plain = DeepLearningEstimator(**given, overwrite_with_best_model=best)
    average = DeepLearningEstimator(**given, overwrite_with_best_model=best, average_weights=True)
    for estimator in (plain, average):
        estimator.train(y="y", training_frame=table)
    result = average.trained.result
    assert result.parameters.tobytes() == result.loop.state.average.tobytes()
    assert plain.trained.result.parameters.tobytes() == result.loop.state.parameters.tobytes()
    assert "the model is the running average at epoch 20.00" in average.summary()
    assert average.model_performance().value("MSE") > plain.model_performance().value("MSE")

"""Maxout in training: two channels per unit, the winner learns, dropped units send nothing back."""

from typing import Any

import numpy as np
import pytest
from open_kernels import drop_units, mask_key, maxout

from triplicate.runtime import Activation, Scorer
from triplicate.runtime.errors import ParameterError
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator
from triplicate.trainer.batch_learner import BatchLearner
from triplicate.trainer.fast_scoring import network_outputs
from triplicate.trainer.initialization import start_weights
from triplicate.trainer.network import Network
from triplicate.trainer.optimizers import Optimizer
from triplicate.trainer.row_learner import RowLearner

from learning_cases import case_network, case_rows, naive_rows, rule_for, start_state, twin
from training_tables import classes_table, numbers_table

NETWORK = Network(4, (3, 2), (Activation.MAXOUT, Activation.LINEAR), (0.0, 0.0), softmax=True)


@pytest.mark.parametrize("loss", ["cross-entropy", "squared"])
@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize(
    ("optimizer", "dropout"),
    [
        (Optimizer(epsilon=1e-4), (0.0, 0.0, 0.0)),
        (Optimizer(adaptive=False, rate=0.05, l1=0.01, l2=0.02, fast_mode=False), (0.2, 0.5, 0.3)),
    ],
)
def test_both_modes_are_the_naive_twin(
    loss: str, batch: int, optimizer: Optimizer, dropout: tuple[float, float, float]
) -> None:
    """Weighted rows with categories leave the naive trainer's weights, row by row and in batches, with dropout."""
    network, rows = case_network(Activation.MAXOUT, loss, dropout), case_rows(loss, 10, weighted=True)
    state = start_state(network, optimizer)
    naive = twin(network, optimizer, state, seed=11, loss=loss)
    rule, order = rule_for(loss, optimizer, 11), np.arange(10)
    learner = RowLearner(network, rows, rule) if batch == 1 else BatchLearner(network, rows, rule, batch)
    learner.learn(state, order)
    plain = naive_rows(rows, loss)
    for start in range(0, 10, batch):
        naive.learn(plain[start : start + batch])
    for layer, matrix in enumerate(naive.matrices):
        np.testing.assert_allclose(network.matrix(state.parameters, layer), matrix, rtol=1e-9, atol=1e-12)


def test_the_larger_channel_wins() -> None:
    """A unit is the larger of its two sums and the derivative belongs to it; of equal sums, to the first."""
    sums, units, slopes = np.array([1.0, 2.0, 3.0, -1.0, 0.5, 0.5]), np.empty(3), np.empty(6)
    maxout(sums, units, slopes)
    assert units.tolist() == [2.0, 3.0, 0.5]
    assert slopes.tolist() == [0, 1, 1, 0, 1, 0]
    maxout(sums, units, sums)
    assert sums.tolist() == slopes.tolist()


def test_a_dropped_unit_teaches_neither_channel() -> None:
    """Dropout sets the activation and both derivatives of a unit to 0."""
    units, slopes = np.ones(50), np.tile([0.0, 1.0], 50)
    drop_units(np.uint64(mask_key(1, 2, 3)), 0.5, units, slopes)
    assert 10 < units.sum() < 40
    assert (slopes.reshape(50, 2) == units[:, np.newaxis] * [0.0, 1.0]).all()


def test_the_network_has_two_sums_per_unit() -> None:
    """Weights double where the layer is Maxout, inputs of the next layer do not; biases start at 0.5."""
    assert NETWORK.sums == (6, 2)
    assert NETWORK.parameters == 5 * 6 + 4 * 2
    state = NETWORK.start(1, distribution="UniformAdaptive", scale=1.0, stateful=False)
    assert NETWORK.weights(state.parameters, 0).shape == (4, 6)
    assert NETWORK.biases(state.parameters, 0).tolist() == [0.5] * 6
    assert NETWORK.layout().sums.tolist() == [0, 6, 8]


def test_start_weights_of_the_channels() -> None:
    """The stream of the layer fills both channels of a weight in turn, in the range of a single channel."""
    options: dict[str, Any] = {"distribution": "UniformAdaptive", "scale": 1.0, "softmax": False}
    plain = start_weights(1, 0, 4, 3, **options)
    double = start_weights(1, 0, 4, 3, **options, channels=2)
    assert double.shape == (4, 6)
    assert [double[0, 0], double[0, 1], double[1, 0], double[1, 1]] == plain[:, 0].tolist()
    assert np.abs(double).max() <= np.sqrt(6 / 7)


@pytest.mark.parametrize("activation", ["Maxout", "MaxoutWithDropout"])
@pytest.mark.parametrize("size", [1, 16])
def test_maxout_learns(activation: str, size: int) -> None:
    """A Maxout model tells unseen rows apart, and the ScoringModel computes what training scored."""
    table = classes_table(400)
    estimator = DeepLearningEstimator(
        hidden=[12, 8], epochs=20, seed=1, activation=activation, mini_batch_size=size
    ).train(y="kind", training_frame=table)
    assert estimator.model_performance(classes_table(400, seed=2)).value("AUC") > 0.9
    model, trained = estimator.scoring_model, estimator.trained
    assert [layer.channels for layer in model.layers] == [2, 2, 1]
    assert [layer.retain for layer in model.layers][:2] == ([0.5, 0.5] if "Dropout" in activation else [1.0, 1.0])
    fast = network_outputs(trained.result.network, trained.result.parameters, trained.plan.encode(table.dropna()))
    p = np.exp(fast.astype(np.float64))
    p /= p.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(Scorer(model).score(table.dropna()).outputs[:, 1:], p, atol=1e-4)


@pytest.mark.parameter("activation")
def test_maxout_bends() -> None:
    """Two channels make |x|, which no linear model can."""
    x = np.linspace(-1, 1, 200)
    table = numbers_table(200).assign(x=x, price=np.abs(x))[["x", "price"]]
    model = DeepLearningEstimator(hidden=[4], epochs=100, seed=1, activation="Maxout")
    assert model.train(y="price", training_frame=table).model_performance(table).value("r2") > 0.95


@pytest.mark.parametrize("activation", ["Maxout", "MaxoutWithDropout"])
def test_no_maxout_in_autoencoders(activation: str) -> None:
    """An autoencoder refuses both forms, by name."""
    with pytest.raises(ParameterError, match=f"cannot have activation='{activation}'"):
        AutoEncoderEstimator(activation=activation)

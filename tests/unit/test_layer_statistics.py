"""Learning rates after training, and the table of the layers."""

import numpy as np
import pytest

from triplicate.runtime.layers import Activation
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator
from triplicate.trainer.layer_statistics import layer_rates, momentum_after
from triplicate.trainer.network import Network
from triplicate.trainer.parameters import Parameters

from training_tables import classes_table, unlabelled_table

NETWORK = Network(2, (3, 1), (Activation.TANH, Activation.LINEAR), (0.0, 0.0), softmax=False)


def test_the_rates_of_sgd_follow_annealing_and_decay() -> None:
    """Rate times decay per layer over 1 + annealing times rows, the same for every weight."""
    p = Parameters.of(adaptive_rate=False, rate=0.01, rate_annealing=1e-3, rate_decay=0.5)
    state = NETWORK.start(1, distribution="Uniform", scale=1.0, stateful=False).advanced(1000)
    assert layer_rates(NETWORK, state, p) == ((0.005, 0.0), (0.0025, 0.0))


def test_the_rates_of_adadelta_come_from_its_memory() -> None:
    """The root of squared steps over squared gradients, weight by weight; biases do not count."""
    p = Parameters.of(epsilon=1e-6)
    state = NETWORK.start(1, distribution="Uniform", scale=1.0, stateful=True)
    NETWORK.weights(state.steps, 0)[:] = 3e-6
    NETWORK.weights(state.squares, 1)[:] = [[0.0], [3e-6], [0.0]]
    NETWORK.biases(state.steps, 0)[:] = 99.0
    (first, first_spread), (second, second_spread) = layer_rates(NETWORK, state, p)
    assert (first, first_spread) == pytest.approx((2.0, 0.0), abs=1e-6)
    assert (second, second_spread) == pytest.approx((2.5 / 3, np.std([1, 0.5, 1])))


def test_momentum_ramps() -> None:
    """From start to stable over the ramp, then stable; none with ADADELTA."""
    ramping = Parameters(adaptive_rate=False, momentum_start=0.5, momentum_stable=0.9, momentum_ramp=100.0)
    assert [momentum_after(ramping, n) for n in (0, 50, 100, 900)] == pytest.approx([0.5, 0.7, 0.9, 0.9])
    assert momentum_after(Parameters.of(), 50) == 0.0


def test_the_table_of_a_classifier() -> None:
    """Inputs, dropped hidden units, softmax; cells without a meaning are NaN, the others describe the weights."""
    model = DeepLearningEstimator(
        hidden=[6, 4], epochs=2, seed=1, activation="TanhWithDropout", hidden_dropout_ratios=[0.25, 0.5],
        input_dropout_ratio=0.1, l1=1e-5,
    ).train(y="kind", training_frame=classes_table())  # fmt: skip
    table = model.neuron_layers()
    assert table["units"].tolist() == [8, 6, 4, 2]
    assert table["type"].tolist() == ["Input", "TanhDropout", "TanhDropout", "Softmax"]
    assert table["dropout"].tolist()[:3] == pytest.approx([10.0, 25.0, 50.0])
    assert table["dropout"].isna().tolist() == [False, False, False, True]
    assert table["l1"].isna().tolist() == [True, False, False, False]
    weights = model.scoring_model.layers[1].weights.astype(float)
    assert table.loc[2, "mean_weight"] == pytest.approx(weights.mean())
    assert table.loc[2, "weight_rms"] == pytest.approx(weights.std())
    assert (table.loc[1:, "mean_rate"] > 0).all()
    assert (table.loc[1:, "momentum"] == 0).all()


@pytest.mark.parameter("diagnostics")
def test_diagnostics_off_leaves_the_statistics_out() -> None:
    """With diagnostics=False the table ends with l2."""
    model = AutoEncoderEstimator(hidden=[3], activation="Tanh", epochs=1, seed=1, diagnostics=False)
    table = model.train(training_frame=unlabelled_table()).neuron_layers()
    assert table.columns.tolist() == ["layer", "units", "type", "dropout", "l1", "l2"]
    assert table["type"].tolist() == ["Input", "Tanh", "Tanh"]

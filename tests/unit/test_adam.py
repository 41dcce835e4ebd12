"""Adam as a user meets it: it learns in both modes, goes on from checkpoints, and says what it does not use."""

import warnings
from pathlib import Path
from typing import Any

import pytest

from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator
from triplicate.trainer.parameters import Parameters

from training_tables import classes_table, numbers_table, unlabelled_table

ADAM: dict[str, Any] = {"hidden": [8], "epochs": 4, "seed": 1, "optimizer": "adam", "train_samples_per_iteration": -1}


@pytest.mark.parameter("optimizer")
@pytest.mark.parametrize("size", [1, 16])
def test_adam_learns(size: int) -> None:
    """Classes of unseen rows are told apart, and the model is another one than ADADELTA's."""
    options = ADAM | {"mini_batch_size": size, "epochs": 20}
    model = DeepLearningEstimator(**options).train(y="kind", training_frame=classes_table())
    assert model.model_performance(classes_table(400, seed=2)).value("AUC") > 0.9
    other = DeepLearningEstimator(**options | {"optimizer": "auto"}).train(y="kind", training_frame=classes_table())
    assert other.scoring_model != model.scoring_model


@pytest.mark.parameter("beta_1", "beta_2", "epsilon")
@pytest.mark.parametrize("changes", [{"beta_1": 0.5}, {"beta_2": 0.9}, {"epsilon": 1e-3}, {"rate": 0.01}])
def test_its_constants_act(changes: dict[str, Any]) -> None:
    """Each of them leads to another model."""
    usual = DeepLearningEstimator(**ADAM).train(y="price", training_frame=numbers_table())
    other = DeepLearningEstimator(**ADAM, **changes).train(y="price", training_frame=numbers_table())
    assert usual.scoring_model != other.scoring_model


def test_its_rate_is_its_own() -> None:
    """The rate is 0.001 unless it is given, whatever it is, and stays so in copies."""
    usual, given = Parameters.of(optimizer="adam"), Parameters.of(optimizer="adam", rate=0.005)
    assert (usual.rate, given.rate, Parameters.of().rate) == (0.001, 0.005, 0.005)
    assert (usual.replace(epochs=3).rate, given.replace(epochs=3).rate) == (0.001, 0.005)
    assert (usual.changed(), given.changed()) == ({"optimizer": "adam"}, {"optimizer": "adam", "rate": 0.005})


@pytest.mark.parametrize("changes", [{}, {"mini_batch_size": 16, "rate": 0.005}, {"fast_mode": False, "l2": 1e-3}])
def test_it_goes_on_from_a_checkpoint(tmp_path: Path, changes: dict[str, Any]) -> None:
    """Two epochs, saved, then two more give the bits of four at once."""
    table = numbers_table()
    first = DeepLearningEstimator(**ADAM | {"epochs": 2, "stopping_rounds": 0}, **changes)
    path = first.train(y="price", training_frame=table).save(tmp_path / "m.npz", training_state=True)
    on = DeepLearningEstimator(checkpoint=path, epochs=4).train(training_frame=table)
    once = DeepLearningEstimator(**ADAM | {"stopping_rounds": 0}, **changes).train(y="price", training_frame=table)
    assert on.scoring_model.fingerprint == once.scoring_model.fingerprint


def test_with_everything_that_regularises() -> None:
    """Dropout, penalties, max_w2 and sparse autoencoders go with it, and layers tell its rate."""
    model = DeepLearningEstimator(
        **ADAM, activation="TanhWithDropout", input_dropout_ratio=0.1, l1=1e-4, l2=1e-4, max_w2=1.0, rate_annealing=0.0
    ).train(y="kind", training_frame=classes_table())
    assert (model.scoring_model.layers[0].weights.astype(float) ** 2).sum(axis=1).max() <= 1.0 + 1e-5
    assert model.neuron_layers()["mean_rate"].tolist()[1:] == pytest.approx([0.001, 0.001])
    assert model.varimp()
    AutoEncoderEstimator(**ADAM, activation="Tanh", sparsity_beta=0.1).train(training_frame=unlabelled_table(200))


@pytest.mark.parametrize("name", ["rho", "momentum_start", "adaptive_rate"])
def test_what_it_does_not_use_is_told(name: str) -> None:
    """Parameters of other methods warn beside it, its own beside the others; its own set makes no noise."""
    value = {"rho": 0.9, "momentum_start": 0.5, "adaptive_rate": False}[name]
    with pytest.warns(UserWarning, match=f"{name}: no effect while optimizer is 'adam'"):
        Parameters.of(optimizer="adam", **{name: value})
    with pytest.warns(UserWarning, match="beta_1: no effect while optimizer is 'auto'"):
        Parameters.of(beta_1=0.8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Parameters.of(optimizer="adam", rate=0.002, rate_decay=0.9, rate_annealing=0, epsilon=1e-7, beta_2=0.99)

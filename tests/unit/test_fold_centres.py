"""Models on mostly empty numbers keep their zeros: the means are in the first bias, and nothing else changes."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate import verify
from triplicate.runtime import Numeric, Scorer, load_model
from triplicate.runtime.encoding import InputPlan
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator
from triplicate.trainer.fast_scoring import network_outputs

PARAMETERS: dict[str, Any] = {"hidden": [8, 4], "epochs": 4, "seed": 3}


def table(columns: int = 20, filled: float = 0.25, rows: int = 300) -> pd.DataFrame:
    """Return numbers that are mostly 0, one dense column, one with holes, and a kind that some of them decide."""
    rng = np.random.default_rng(5)
    x = np.where(rng.random((rows, columns)) < filled, rng.normal(3.0, 1.0, (rows, columns)), 0.0)
    frame = pd.DataFrame(x, columns=[f"x{i}" for i in range(columns)])
    frame["dense"] = rng.normal(5.0, 2.0, rows)
    frame.loc[::7, "x1"] = np.nan
    frame["kind"] = np.where(x[:, 0] + x[:, 2] > 2.0, "a", "b")
    return frame


@pytest.fixture(scope="module")
def trained() -> Any:
    """Return a trained classifier on the table."""
    return DeepLearningEstimator(**PARAMETERS).train(y="kind", training_frame=table())


def numbers(model: Any) -> dict[str, Numeric]:
    """Return the columns by name."""
    return {column.name: column for column in model.scoring_model.columns if isinstance(column, Numeric)}


def test_a_zero_is_an_input_of_zero(trained: Any) -> None:
    """Columns with many zeros are not centred, missing cells stay their mean; a dense column is centred as ever."""
    columns = numbers(trained)
    frame = table()
    for name in (f"x{i}" for i in range(20)):
        assert columns[name].subtract == 0.0
        assert columns[name].missing == pytest.approx(frame[name].mean() / frame[name].std())
        assert columns[name].multiply == pytest.approx(1.0 / frame[name].std())
    assert columns["dense"].subtract == pytest.approx(frame["dense"].mean())
    assert columns["dense"].missing == 0.0


def test_the_model_computes_what_training_learned(trained: Any) -> None:
    """Outputs before softmax agree with the network that was trained, missing cells included."""
    frame = table()
    inside = trained.trained
    fast = network_outputs(inside.result.network, inside.result.parameters, inside.plan.encode(frame))
    cells = frame[[column.name for column in inside.model.columns]].to_numpy(dtype=np.float64)
    exact = Scorer(inside.model).layer_outputs(cells, len(inside.model.layers) - 1)
    np.testing.assert_allclose(fast, exact, atol=1e-5)


def test_learned_numbers_are_shown_as_learned(trained: Any) -> None:
    """biases() and normsub() belong to the centred inputs of training, whatever the frozen model has made of them."""
    inside = trained.trained
    learned = inside.result.network.biases(inside.result.parameters, 0)
    assert trained.biases(0)["C1"].tolist() == learned.astype(np.float64).tolist()
    assert not np.array_equal(inside.model.layers[0].bias, learned)
    frame = table()
    np.testing.assert_allclose(trained.normsub(), [frame[column.name].mean() for column in inside.plan.numeric])


def test_training_goes_on_as_if_nothing_were_folded(tmp_path: Any) -> None:
    """A checkpoint's continuation ends in the bits of one long training."""
    steady = PARAMETERS | {"mini_batch_size": 1, "train_samples_per_iteration": 0, "stopping_rounds": 0}
    frame = table()
    long = DeepLearningEstimator(**steady).train(y="kind", training_frame=frame)
    DeepLearningEstimator(**(steady | {"epochs": 2})).train(y="kind", training_frame=frame).save(
        tmp_path / "short.npz", training_state=True
    )
    more = DeepLearningEstimator(**steady, checkpoint=tmp_path / "short.npz").train(y="kind", training_frame=frame)
    assert more.scoring_model.fingerprint == long.scoring_model.fingerprint
    long.save(tmp_path / "long.npz")
    assert load_model(tmp_path / "long.npz").fingerprint == long.scoring_model.fingerprint


@pytest.mark.parametrize(
    ("frame", "estimator"),
    [
        (table(filled=0.8), DeepLearningEstimator(**PARAMETERS)),
        (table(columns=10), DeepLearningEstimator(**PARAMETERS)),
        (table(), DeepLearningEstimator(**PARAMETERS, standardize=False)),
        (table().drop(columns="kind"), AutoEncoderEstimator(**PARAMETERS)),
    ],
    ids=["dense", "narrow", "not scaled", "autoencoder"],
)
def test_where_nothing_is_folded(frame: pd.DataFrame, estimator: Any) -> None:
    """Dense and narrow tables keep their centres, autoencoders too; without scaling there is none."""
    response = {"y": "kind"} if "kind" in frame else {}
    model = estimator.train(**response, training_frame=frame)
    assert list(numbers(model).values()) == list(model.trained.plan.numeric)
    assert np.array_equal(model.biases(0)["C1"], model.scoring_model.layers[0].bias)


def test_zeros_reach_no_input(trained: Any) -> None:
    """A row of zeros has one input that is not 0: the dense column's."""
    model = trained.scoring_model
    row = np.zeros((1, len(model.columns)))
    assert np.count_nonzero(InputPlan(model).encode(row).inputs) == 1


def test_all_forms_read_the_folded_numbers(trained: Any) -> None:
    """Java has Python's bits and the graphs keep their bounds, holes and far numbers included."""
    frame = table(rows=200)
    frame.loc[::11, "x3"] = 1e6
    assert verify(trained.scoring_model, frame).passed

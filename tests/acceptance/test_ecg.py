"""ECG discords: the three bad heart beats stand out by their reconstruction error."""

import numpy as np
import pandas as pd
import pytest

from triplicate import AutoEncoderEstimator, verify

pytestmark = pytest.mark.acceptance


def trained(train: pd.DataFrame, seed: int) -> AutoEncoderEstimator:
    """Return the autoencoder of the booklet's listing."""
    model = AutoEncoderEstimator(activation="Tanh", hidden=[50, 20, 50], l1=1e-4, epochs=100, seed=seed)
    model.train(training_frame=train)
    return model


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_the_bad_beats_have_the_largest_errors(ecg: tuple[pd.DataFrame, pd.DataFrame], seed: int) -> None:
    """The smallest error of the three bad beats is at least 200 times the largest of the 20 good ones."""
    train, test = ecg
    errors = trained(train, seed).anomaly(test)["Reconstruction.MSE"].to_numpy()
    separation = errors[20:].min() / errors[:20].max()
    print(f"ECG, seed {seed}: separation {separation:.0f}")  # noqa: T201 - the figure belongs in the log
    assert set(np.argsort(-errors)[:3]) == {20, 21, 22}
    assert separation >= 200


def test_the_autoencoder_is_the_same_in_all_forms(ecg: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """Verify passes over the test beats."""
    train, test = ecg
    assert verify(trained(train, 1).scoring_model, test).passed

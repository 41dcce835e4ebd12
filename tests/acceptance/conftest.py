"""The real data of the acceptance tests: the folder named by TRIPLICATE_DATA, never skipped."""

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

FILES = (
    "adult_train.csv.gz",
    "adult_test.csv.gz",
    "mnist.npz",
    "ecg_discord_train.csv",
    "ecg_discord_test.csv",
    "iris_wheader.csv",
)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder; fail, not skip, when it is not there."""
    name = os.environ.get("TRIPLICATE_DATA")
    if not name:
        pytest.fail("TRIPLICATE_DATA must name the folder of the real data sets")
    folder = Path(name)
    missing = [file for file in FILES if not (folder / file).is_file()]
    if missing:
        pytest.fail(f"{folder} lacks {missing}")
    return folder


@pytest.fixture(scope="session")
def mnist(data_folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return MNIST's training and test rows: 784 pixels and a text label `digit`."""
    with np.load(data_folder / "mnist.npz") as archive:
        return tuple(_digits(archive[f"{part}_x"], archive[f"{part}_y"]) for part in ("train", "test"))  # type: ignore[return-value]


def _digits(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8]) -> pd.DataFrame:
    pixels = images.reshape(len(images), -1)
    frame = pd.DataFrame(pixels, columns=[f"p{i}" for i in range(pixels.shape[1])])
    return frame.assign(digit=labels.astype(str))


@pytest.fixture(scope="session")
def ecg(data_folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the ECG beats: 20 good ones to train on; 23 to score, the last three of them bad."""
    train = pd.read_csv(data_folder / "ecg_discord_train.csv", header=None)
    test = pd.read_csv(data_folder / "ecg_discord_test.csv", header=None)
    return train, test

"""The files of the listings, in the folder that the environment variable BOOKLET_DATA names.

mnist_train.csv and mnist_test.csv have no header: 784 pixels, then the digit.
"""

import os
from pathlib import Path

FOLDER = Path(os.environ.get("BOOKLET_DATA", "."))
MNIST_TRAIN = FOLDER / "mnist_train.csv"
MNIST_TEST = FOLDER / "mnist_test.csv"
ECG_TRAIN = FOLDER / "ecg_discord_train.csv"
ECG_TEST = FOLDER / "ecg_discord_test.csv"
IRIS = FOLDER / "iris_wheader.csv"

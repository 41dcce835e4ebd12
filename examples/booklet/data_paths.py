"""The files of the listings, in the folder that the environment variable BOOKLET_DATA names.

MNIST has no header: 784 pixels, then the digit; a Parquet file names its columns C1 to C785.
"""

import os
from pathlib import Path

FOLDER = Path(os.environ.get("BOOKLET_DATA", "."))


def file_of(name: str) -> Path:
    """Return the file of this name, with the ending of the kind that is there."""
    kinds = [FOLDER / f"{name}.{ending}" for ending in ("csv", "csv.gz", "parquet")]
    return next((path for path in kinds if path.exists()), kinds[0])


MNIST_TRAIN = file_of("mnist_train")
MNIST_TEST = file_of("mnist_test")
ECG_TRAIN = file_of("ecg_discord_train")
ECG_TEST = file_of("ecg_discord_test")
IRIS = file_of("iris_wheader")

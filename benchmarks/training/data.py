"""The benchmark's two data sets, prepared alike for every peer; needs NumPy, pandas and scikit-learn only."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Split", "frames", "matrices"]


@dataclass(frozen=True)
class Split:
    """Rows to learn and rows to judge by, as dense float32 inputs and class codes."""

    x: npt.NDArray[np.float32]
    y: npt.NDArray[np.int64]
    test_x: npt.NDArray[np.float32]
    test_y: npt.NDArray[np.int64]


def frames(name: str, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Return the training and the test table, and the name of the response; its classes are text."""
    if name == "adult":
        tables = [pd.read_csv(folder / f"adult_{part}.csv.gz") for part in ("train", "test")]
        return tables[0], tables[1], "income"
    with np.load(folder / "mnist.npz") as archive:
        tables = []
        for part in ("train", "test"):
            pixels = archive[f"{part}_x"].reshape(-1, 784)
            table = pd.DataFrame(pixels, columns=[f"p{i}" for i in range(784)])
            tables.append(table.assign(digit=archive[f"{part}_y"].astype(str)))
    return tables[0], tables[1], "digit"


def matrices(name: str, folder: Path) -> Split:
    """Return what a library without preprocessing is given: pixels / 255, or one-hot levels and scaled numbers."""
    train, test, response = frames(name, folder)
    codes = {level: code for code, level in enumerate(sorted(train[response].unique()))}
    y, test_y = (table[response].map(codes).to_numpy(dtype=np.int64) for table in (train, test))
    x, test_x = train.drop(columns=response), test.drop(columns=response)
    if name == "mnist":
        return Split(*(part for pair in ((_scaled(x), y), (_scaled(test_x), test_y)) for part in pair))
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), make_column_selector(dtype_exclude="number")),
        (make_pipeline(SimpleImputer(), StandardScaler()), make_column_selector(dtype_include="number")),
    ).fit(x)
    return Split(columns.transform(x).astype(np.float32), y, columns.transform(test_x).astype(np.float32), test_y)


def _scaled(pixels: pd.DataFrame) -> npt.NDArray[np.float32]:
    return pixels.to_numpy(dtype=np.float32) / np.float32(255)

"""The nets of the Java benchmark: their tables, and ours trained and exported."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from triplicate import DeepLearningEstimator, export_java, export_onnx, load_model, save_model

__all__ = ["NETS", "Net", "prepare"]

ROWS = 1024
Tables = tuple[pd.DataFrame, pd.DataFrame, str]


def adult(folder: Path) -> Tables:
    """Return Adult's training and test rows, and the name of the response."""
    return pd.read_csv(folder / "adult_train.csv.gz"), pd.read_csv(folder / "adult_test.csv.gz"), "income"


def mnist(folder: Path) -> Tables:
    """Return MNIST's rows as 784 numbers from 0 to 255."""
    with np.load(folder / "mnist.npz") as archive:
        tables = []
        for part in ("train", "test"):
            pixels = archive[f"{part}_x"].reshape(-1, 784)
            table = pd.DataFrame(pixels, columns=[f"p{i}" for i in range(784)])
            tables.append(table.assign(digit=[f"d{digit}" for digit in archive[f"{part}_y"]]))
    return tables[0], tables[1], "digit"


def noisy(_: Path) -> Tables:
    """Return 20 normal numbers and two classes that some of them decide."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(10_000, 20))
    table = pd.DataFrame(x, columns=[f"x{i}" for i in range(20)])
    table["y"] = np.where(x[:, 0] * x[:, 1] + x[:, 2] > 0, "yes", "no")
    return table.iloc[:8_000], table.iloc[8_000:], "y"


@dataclass(frozen=True)
class Net:
    """A table, the sizes of the hidden layers, and how long both sides train."""

    tables: Callable[[Path], Tables]
    hidden: tuple[int, ...]
    epochs: float
    large: bool = False

    def weights(self, folder: Path) -> int:
        """Return how many weights our net has."""
        return sum(layer.weights.size for layer in load_model(folder / "model.npz").layers)


NETS = {
    "20-64-32-2": Net(noisy, (64, 32), 5),
    "Adult 200-200": Net(adult, (200, 200), 1),
    "MNIST 200-200": Net(mnist, (200, 200), 1),
    "MNIST 1024-1024-2048": Net(mnist, (1024, 1024, 2048), 0.05, large=True),
}


def prepare(net: Net, data: Path, folder: Path, most_rows: int) -> dict[str, Any]:
    """Write a net's folder (train.csv, rows.tsv, model.npz, Model.java, model.onnx); return what H2O is asked."""
    folder.mkdir()
    train, test, response = net.tables(data)
    train = train.iloc[:most_rows]
    train.to_csv(folder / "train.csv", index=False)
    rows = test.drop(columns=response).iloc[:ROWS]
    rows.to_csv(folder / "rows.tsv", sep="\t", index=False, quoting=csv.QUOTE_NONE)
    model = DeepLearningEstimator(hidden=list(net.hidden), epochs=net.epochs, seed=1, quiet_mode=True)
    model.train(y=response, training_frame=train)
    save_model(model.scoring_model, folder / "model.npz")
    export_java(model.scoring_model, folder / "Model.java", package="bench")
    export_onnx(model.scoring_model, folder / "model.onnx", input="matrix", dtype="float32")
    return {"folder": str(folder), "response": response, "hidden": net.hidden, "epochs": net.epochs}

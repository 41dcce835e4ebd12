"""The tables of benchmarks/anomalies.py: normal rows to learn from, rows of both kinds to score, for a seed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.datasets import load_breast_cancer

__all__ = ["TABLES", "Task", "corrupted_adult"]

DIGIT_ROWS = 2000
CORRUPTED_ROWS = 2000


@dataclass(frozen=True)
class Task:
    """Normal rows `train`, rows `test` with `labels` (1: anomaly)."""

    train: pd.DataFrame
    test: pd.DataFrame
    labels: npt.NDArray[np.int64]
    seed: int

    def numbers(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return both tables as numbers for methods that read nothing else.

        Categories become zeros and ones by the levels of the training rows, missing cells and unseen levels a level of
        their own each; missing numbers the mean of the training rows.
        """
        parts: list[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]] = []
        for name in self.train:
            train, test = self.train[name], self.test[name]
            if train.dtype.kind in "iuf":
                mean = train.mean()
                parts.append((train.fillna(mean).to_numpy(float)[:, None], test.fillna(mean).to_numpy(float)[:, None]))
                continue
            levels = [*sorted(train.dropna().unique()), "missing", "unseen"]
            known = test.where(test.isin(levels) | test.isna(), "unseen")
            parts.append(
                tuple(  # type: ignore[arg-type]
                    (cells.fillna("missing").to_numpy(object)[:, None] == np.array(levels, object)).astype(float)
                    for cells in (train, known)
                )
            )
        return np.hstack([part[0] for part in parts]), np.hstack([part[1] for part in parts])


def ecg(data: Path, seed: int) -> Iterator[Task]:
    """Yield the heart beats of H2O's booklet: 20 good ones; 23 to score, of which the last three are bad."""
    train, test = (pd.read_csv(data / f"ecg_discord_{part}.csv", header=None) for part in ("train", "test"))
    names = [f"t{position}" for position in train]
    yield Task(
        train.set_axis(names, axis=1), test.set_axis(names, axis=1), (np.arange(len(test)) >= 20).astype(int), seed
    )


def mnist(data: Path, seed: int) -> Iterator[Task]:
    """Yield a task per digit: 2,000 images of it to learn from; all test images, of which others are anomalies."""
    with np.load(data / "mnist.npz") as archive:
        parts = {name: archive[name] for name in archive.files}
    names = [f"p{k}" for k in range(784)]
    for digit in range(10):
        images = parts["train_x"][parts["train_y"] == digit].reshape(-1, 784)
        chosen = np.random.default_rng(seed).permutation(len(images))[:DIGIT_ROWS]
        train = pd.DataFrame(images[chosen].astype(float), columns=names)
        test = pd.DataFrame(parts["test_x"].reshape(-1, 784).astype(float), columns=names)
        yield Task(train, test, (parts["test_y"] != digit).astype(int), seed)


def cancer(data: Path, seed: int) -> Iterator[Task]:  # noqa: ARG001 - it comes with scikit-learn
    """Yield the breast cancer table: two thirds of the benign rows; the others, and all malignant rows."""
    features, kinds = load_breast_cancer(as_frame=True, return_X_y=True)
    benign = np.random.default_rng(seed).permutation(np.flatnonzero(kinds == 1))
    cut, malignant = 2 * len(benign) // 3, np.flatnonzero(kinds == 0)
    scored = np.concatenate([benign[cut:], malignant])
    train, test = features.iloc[benign[:cut]], features.iloc[scored]
    labels = (np.arange(len(scored)) >= len(benign) - cut).astype(int)
    yield Task(train.reset_index(drop=True), test.reset_index(drop=True), labels, seed)


def adult(data: Path, seed: int) -> Iterator[Task]:
    """Yield Adult: its training rows; rows of the test table, of which half have a typing error in one cell."""
    train, spoilt, _ = corrupted_adult(data, seed, "typing error")
    untouched = pd.read_csv(data / "adult_test.csv.gz").sample(CORRUPTED_ROWS, random_state=seed + 1000)
    test = pd.concat([untouched, spoilt], ignore_index=True)
    yield Task(train, test, np.repeat([0, 1], [len(untouched), len(spoilt)]), seed)


def corrupted_adult(data: Path, seed: int, kind: str) -> tuple[pd.DataFrame, pd.DataFrame, npt.NDArray[np.object_]]:
    """Return training rows, test rows with one corrupted cell each, and the column of that cell.

    Kind "typing error": a number with one zero too many, a text with two neighbouring letters exchanged; kind
    "another row's cell": any other value of the column, from a random row. The cell is chosen among those that are
    neither missing nor 0.
    """
    train, test = (pd.read_csv(data / f"adult_{part}.csv.gz") for part in ("train", "test"))
    rng = np.random.default_rng(seed)
    rows = test.sample(CORRUPTED_ROWS, random_state=seed).reset_index(drop=True)
    cells, columns = rows.astype(object), np.empty(len(rows), dtype=object)
    for row in range(len(rows)):
        fit = [name for name in rows if not pd.isna(cells.at[row, name]) and cells.at[row, name] != 0]
        columns[row] = name = fit[rng.integers(len(fit))]
        old = cells.at[row, name]
        if kind == "typing error":
            cells.at[row, name] = misspelt(old, rng) if isinstance(old, str) else old * 10
        else:
            others = test[name][test[name].notna() & (test[name] != old)]
            cells.at[row, name] = others.iloc[rng.integers(len(others))]
    return train, cells.astype({name: kind for name, kind in test.dtypes.items() if kind.kind in "iuf"}), columns


def misspelt(text: str, rng: np.random.Generator) -> str:
    """Return the text with two different neighbours exchanged."""
    places = [k for k in range(len(text) - 1) if text[k] != text[k + 1]]
    k = places[rng.integers(len(places))]
    return text[:k] + text[k + 1] + text[k] + text[k + 2 :]


TABLES: dict[str, Callable[[Path, int], Iterator[Task]]] = {
    "ECG": ecg,
    "Breast cancer": cancer,
    "MNIST": mnist,
    "Adult, corrupted": adult,
}

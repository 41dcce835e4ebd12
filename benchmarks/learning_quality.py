"""How well training learns on the three real data sets: Adult, MNIST, ECG discords, over several seeds.

    python benchmarks/learning_quality.py FOLDER [--seeds 5] [--sets adult,mnist,ecg]

FOLDER holds adult_train.csv.gz, adult_test.csv.gz, mnist.npz, ecg_discord_train.csv and ecg_discord_test.csv.
Prints one line per training: the figure, the wanted one, seconds, rows learned per second.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from triplicate import AutoEncoderEstimator, DeepLearningEstimator

Trained = tuple[str, DeepLearningEstimator]


def adult(folder: Path, seed: int) -> Trained:
    """AUC on the test file with 50,50 and 10 epochs, the test file as validation frame."""
    model = DeepLearningEstimator(hidden=[50, 50], epochs=10, seed=seed)
    train, test = (folder / f"adult_{part}.csv.gz" for part in ("train", "test"))
    model.train(y="income", training_frame=train, validation_frame=test)
    return f"AUC {model.model_performance(valid=True).value('AUC'):.4f} (at least 0.905)", model


def mnist(folder: Path, seed: int) -> Trained:
    """Test error with all defaults, 200,200 and 10 epochs, no validation frame."""
    tables = {}
    with np.load(folder / "mnist.npz") as archive:
        for part in ("train", "test"):
            pixels = archive[f"{part}_x"].reshape(-1, 784)
            frame = pd.DataFrame(pixels, columns=[f"p{i}" for i in range(784)])
            tables[part] = frame.assign(digit=archive[f"{part}_y"].astype(str))
    model = DeepLearningEstimator(hidden=[200, 200], epochs=10, seed=seed)
    model.train(y="digit", training_frame=tables["train"])
    error = model.model_performance(tables["test"]).value("misclassification")
    return f"test error {error:.4f} (at most 0.023)", model


def ecg(folder: Path, seed: int) -> Trained:
    """Smallest error of the three bad beats over the largest of the good ones."""
    train, test = (pd.read_csv(folder / f"ecg_discord_{part}.csv", header=None) for part in ("train", "test"))
    model = AutoEncoderEstimator(activation="Tanh", hidden=[50, 20, 50], l1=1e-4, epochs=100, seed=seed)
    model.train(training_frame=train)
    errors = model.anomaly(test)["Reconstruction.MSE"].to_numpy()
    return f"separation {errors[-3:].min() / errors[:-3].max():.0f} (at least 200)", model


SETS: dict[str, Callable[[Path, int], Trained]] = {"adult": adult, "mnist": mnist, "ecg": ecg}


def main() -> None:
    """Train every set with every seed."""
    parser = argparse.ArgumentParser(description="Figures of learning quality on real data.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sets", default="adult,mnist,ecg")
    options = parser.parse_args()
    for name in options.sets.split(","):
        for seed in range(1, options.seeds + 1):
            begun = time.perf_counter()
            figure, model = SETS[name](options.folder, seed)
            seconds = time.perf_counter() - begun
            speed = model.trained.result.history.rows[-1].training_speed
            print(f"{name}, seed {seed}: {figure}; {seconds:.1f} s in all, {speed:,.0f} rows/s", flush=True)


if __name__ == "__main__":
    main()

"""What mini_batch_size="auto" chooses, beside every fixed size, in held-out loss: nine sets, and four made ones.

    python benchmarks/batch_size.py FOLDER [--sets iris,adult] [--sizes 1,8,32,128] [--seeds 5]

FOLDER holds prostate.csv, beMTPL97.parquet, adult_train.csv.gz and mnist.npz; the other sets come with scikit-learn, or
are made by it: circles, moons, classes with wrong labels, a smooth regression. A set is split 75 to 25 by the seed; the
default network learns for ten epochs and sees no held-out row. Losses are means over the seeds, of which large sets get
fewer; +- is their standard error.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets

from triplicate import DeepLearningEstimator

SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


@dataclass(frozen=True)
class Problem:
    """A table, its response, what the estimator must be told, and how many seeds are worth the time."""

    frame: pd.DataFrame
    response: str
    metric: str
    seeds: int
    given: dict[str, Any]


def bundled(loader: Callable[..., Any], metric: str) -> Problem:
    """Return a set that comes with scikit-learn."""
    frame = loader(as_frame=True).frame
    if metric == "logloss":
        frame = frame.assign(target=frame["target"].astype(str))
    return Problem(frame, "target", metric, 100, {})


def prostate(folder: Path) -> Problem:
    """Return 380 patients, and whether the tumour has penetrated the capsule."""
    frame = pd.read_csv(folder / "prostate.csv").drop(columns="ID")
    return Problem(frame.assign(CAPSULE=frame["CAPSULE"].astype(str)), "CAPSULE", "logloss", 100, {})


def adult(folder: Path) -> Problem:
    """Return 32,561 people and their income."""
    return Problem(pd.read_csv(folder / "adult_train.csv.gz"), "income", "logloss", 3, {})


def claims(folder: Path) -> Problem:
    """Return 163,000 motor policies and their claims, with the exposure as offset."""
    frame = pd.read_parquet(folder / "beMTPL97.parquet")
    frame = frame.assign(exposure=np.log(frame["expo"]), fleet=frame["fleet"].astype(str))
    columns = ["coverage", "sex", "fuel", "use", "fleet", "ageph", "bm", "power", "agec", "long", "lat", "exposure"]
    given = {"distribution": "poisson", "offset_column": "exposure"}
    return Problem(frame[[*columns, "nclaims"]], "nclaims", "deviance", 1, given)


def mnist(folder: Path) -> Problem:
    """Return 60,000 handwritten digits."""
    with np.load(folder / "mnist.npz") as archive:
        pixels, digits = archive["train_x"].reshape(-1, 784), archive["train_y"].astype(str)
    frame = pd.DataFrame(pixels, columns=[f"p{i}" for i in range(784)])
    return Problem(frame.assign(digit=digits), "digit", "logloss", 2, {})


def made(numbers: Any, response: Any, metric: str) -> Problem:
    """Return a set of numbers that are made up."""
    frame = pd.DataFrame(numbers, columns=[f"x{k}" for k in range(numbers.shape[1])])
    return Problem(
        frame.assign(target=response.astype(str) if metric == "logloss" else response), "target", metric, 100, {}
    )


PROBLEMS: dict[str, Callable[[Path], Problem]] = {
    "iris": lambda _: bundled(datasets.load_iris, "logloss"),
    "wine": lambda _: bundled(datasets.load_wine, "logloss"),
    "prostate": prostate,
    "diabetes": lambda _: bundled(datasets.load_diabetes, "deviance"),
    "breast_cancer": lambda _: bundled(datasets.load_breast_cancer, "logloss"),
    "digits": lambda _: bundled(datasets.load_digits, "logloss"),
    "adult": adult,
    "mnist": mnist,
    "claims": claims,
    "circles": lambda _: made(*datasets.make_circles(500, noise=0.1, factor=0.5, random_state=1), "logloss"),
    "moons": lambda _: made(*datasets.make_moons(500, noise=0.2, random_state=1), "logloss"),
    "wrong_labels": lambda _: made(
        *datasets.make_classification(300, 10, n_informative=4, flip_y=0.3, random_state=1), "logloss"
    ),
    "friedman": lambda _: made(*datasets.make_friedman1(1000, noise=1.0, random_state=1), "deviance"),
}


def held_out_loss(problem: Problem, size: int | str, seed: int) -> tuple[float, float, int]:
    """Train with a mini-batch size; return the held-out loss, the seconds of training, and the size used."""
    held_out = np.random.default_rng(seed).random(len(problem.frame)) < 0.25
    estimator = DeepLearningEstimator(mini_batch_size=size, epochs=10, seed=seed, quiet_mode=True, **problem.given)
    begun = time.perf_counter()
    estimator.train(y=problem.response, training_frame=problem.frame[~held_out].reset_index(drop=True))
    seconds = time.perf_counter() - begun
    loss = estimator.model_performance(problem.frame[held_out].reset_index(drop=True)).value(problem.metric)
    return loss, seconds, estimator.trained.result.batch


def compare(name: str, problem: Problem, sizes: list[int], seeds: int) -> None:
    """Print a set's row for every size, and one for "auto"."""
    means: dict[int | str, float] = {}
    for size in (*sizes, "auto"):
        runs = [held_out_loss(problem, size, seed) for seed in range(1, min(seeds, problem.seeds) + 1)]
        means[size] = float(np.mean([loss for loss, _, _ in runs]))
        best = min(value for key, value in means.items() if key != "auto")
        used = f" (chose {runs[0][2]}, {means[size] / best:.3f} of the best fixed size)" if size == "auto" else ""
        spread = np.std([loss for loss, _, _ in runs]) / len(runs) ** 0.5
        seconds = np.mean([seconds for _, seconds, _ in runs])
        print(f"{name:14} {size!s:>5} {means[size]:.4f} +- {spread:.4f} {seconds:8.2f} s{used}", flush=True)


def main() -> None:
    """Compare the sizes on every set asked for."""
    parser = argparse.ArgumentParser(description="Mini-batch sizes in held-out loss.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", default=",".join(PROBLEMS))
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    for name in options.sets.split(","):
        compare(name, PROBLEMS[name](options.folder), sizes, options.seeds)


if __name__ == "__main__":
    main()

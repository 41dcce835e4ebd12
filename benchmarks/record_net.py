"""The booklet's record net on MNIST: 1024,1024,2048, dropout 0.2 and 0.5, l1 1e-5, max_w2 10.

    python benchmarks/record_net.py FOLDER --held-out        (fixes the settings: 55,000 rows to learn, 5,000 to judge)
    python benchmarks/record_net.py FOLDER                   (all 60,000 rows, then one look at the test rows)

The first form chooses epochs and batch size on held-out training rows; the second trains once with what it found and
judges each scored state on the test rows without choosing among them: the last one counts. Prints the curve.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

from triplicate import DeepLearningEstimator


def tables(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the 60,000 training and the 10,000 test digits."""
    with np.load(folder / "mnist.npz") as archive:
        both = []
        for part in ("train", "test"):
            pixels = archive[f"{part}_x"].reshape(-1, 784)
            both.append(pd.DataFrame(pixels, columns=[f"p{i}" for i in range(784)]))
            both[-1]["digit"] = archive[f"{part}_y"].astype(str)
    return both[0], both[1]


def main() -> None:
    """Train and print the curve."""
    parser = argparse.ArgumentParser(description="The booklet's record net.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--held-out", action="store_true", help="judge on 5,000 training rows that are not learned")
    parser.add_argument("--epochs", type=float, default=60)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--optimizer", default="auto")
    parser.add_argument("--rate", type=float)
    parser.add_argument("--annealing", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    learn, judge = tables(options.folder)
    if options.held_out:
        held_out = np.random.default_rng(0).permutation(len(learn)) < 5000
        learn, judge = learn[~held_out].reset_index(drop=True), learn[held_out].reset_index(drop=True)
    paced = {} if options.rate is None else {"rate": options.rate, "rate_annealing": options.annealing}
    model = DeepLearningEstimator(
        activation="RectifierWithDropout",
        hidden=[1024, 1024, 2048],
        input_dropout_ratio=0.2,
        hidden_dropout_ratios=[0.5, 0.5, 0.5],
        l1=1e-5,
        max_w2=10,
        epochs=options.epochs,
        mini_batch_size=options.batch,
        optimizer=options.optimizer,
        train_samples_per_iteration=0,
        score_each_iteration=True,
        stopping_rounds=0,
        classification_stop=-1,
        overwrite_with_best_model=False,
        seed=options.seed,
        quiet_mode=True,
        **paced,
    )
    begun = time.perf_counter()
    model.train(y="digit", training_frame=learn, validation_frame=judge)
    print("epoch   minutes   training   judged")
    for row in model.trained.result.history.rows:
        errors = [part.value("misclassification") for part in (row.training, row.validation)]
        print(f"{row.epochs:5.0f} {row.duration / 60:9.2f} {errors[0]:10.4f} {errors[1]:8.4f}")
    print(f"{(time.perf_counter() - begun) / 60:.1f} minutes; the last line is the result")


if __name__ == "__main__":
    main()

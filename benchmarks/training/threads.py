"""Rows a second with one thread and with more: alternating trainings in one process, medians.

    python benchmarks/training/threads.py FOLDER [--threads 2] [--batch 128] [--hidden 200,200] [--rounds 5]

FOLDER holds mnist.npz. The models are the same to the last bit, which is checked.
"""

import argparse
import statistics
from pathlib import Path

from data import frames

import triplicate as tp


def main() -> None:
    """Train in turn, print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--hidden", default="200,200")
    parser.add_argument("--optimizer", default="adam")
    parser.add_argument("--epochs", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    learn, _, response = frames("mnist", options.folder)
    speeds: dict[int, list[float]] = {1: [], options.threads: []}
    fingerprints = set()
    for _ in range(options.rounds + 1):  # the first one compiles
        for threads, found in speeds.items():
            tp.set_threads(threads)
            model = tp.DeepLearningEstimator(
                hidden=[int(width) for width in options.hidden.split(",")],
                epochs=options.epochs,
                mini_batch_size=options.batch,
                optimizer=options.optimizer,
                seed=1,
                stopping_rounds=0,
                quiet_mode=True,
            ).train(y=response, training_frame=learn)
            found.append(model.trained.result.history.rows[-1].training_speed)
            fingerprints.add(model.scoring_model.fingerprint)
    medians = {threads: statistics.median(found[1:]) for threads, found in speeds.items()}
    ratios = [many / one for one, many in zip(speeds[1][1:], speeds[options.threads][1:], strict=True)]
    print({threads: f"{speed:,.0f} rows/s" for threads, speed in medians.items()})
    print(f"{options.threads} threads beside one: {statistics.median(ratios):.2f} (from {min(ratios):.2f})")
    if len(fingerprints) > 1:
        raise SystemExit("the models differ")


if __name__ == "__main__":
    main()

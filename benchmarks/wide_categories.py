"""Memory and time of training on a column of very many levels, against what a dense one-hot table would take.

    python benchmarks/wide_categories.py [levels] [rows]

Each training runs in a process of its own, whose largest resident memory is compared with that of the same table of
20 levels. By default 70,000 levels and 200,000 rows, a hidden layer of 20 units, one epoch.
"""

import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd

from triplicate import DeepLearningEstimator

BASE_LEVELS = 20
DENSE_BYTES = 4


def train(levels: int, rows: int) -> None:
    """Train once; print the seconds and the largest resident memory in MB."""
    rng = np.random.default_rng(1)
    codes = rng.integers(0, levels, rows)
    postcode = pd.Categorical.from_codes(codes, categories=[f"{code:05d}" for code in range(levels)])
    table = pd.DataFrame({"postcode": postcode, "height": rng.normal(size=rows)})
    table["income"] = rng.normal(size=levels)[codes] + table["height"]
    begun = time.perf_counter()
    model = DeepLearningEstimator(hidden=[20], epochs=1, seed=1, quiet_mode=True, score_training_samples=1000)
    model.train(y="income", training_frame=table)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{time.perf_counter() - begun:.1f} {peak:.0f}")


def main(levels: int, rows: int) -> None:
    """Compare the two tables."""
    figures = {}
    for count in (BASE_LEVELS, levels):
        words = [sys.executable, __file__, "train", str(count), str(rows)]
        done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=3600)
        seconds, peak = map(float, done.stdout.split()[-2:])
        figures[count] = peak
        print(f"{count:>7,} levels, {rows:,} rows: {seconds:6.1f} s, {peak:6.0f} MB")
    more, dense = figures[levels] - figures[BASE_LEVELS], levels * rows * DENSE_BYTES / 2**20
    print(f"{more:.0f} MB more; a dense one-hot table takes {dense:,.0f} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["train"]:
        train(int(sys.argv[2]), int(sys.argv[3]))
    else:
        numbers = [int(word) for word in sys.argv[1:]] + [70_000, 200_000][len(sys.argv) - 1 :]
        main(*numbers)

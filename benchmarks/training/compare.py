"""Training speed beside H2O, scikit-learn and PyTorch: alternating runs, medians, ratios within one run.

    make bench-train                        (what the tables of docs/benchmarks.md show)
    python benchmarks/training/compare.py FOLDER --peers PYTHON [--contests batch_128,...] [--runs 5] [--epochs 10]

FOLDER holds mnist.npz and Adult. PYTHON is an interpreter with the packages of peers.txt. Every training is a process
of its own; peers alternate, run after run. Writes FILE (--out) with every answer as JSON, which plot.py draws, and
prints the tables. In "defaults" our curve is of whole trainings of 1, 2, 3, 5 and 10 epochs, each a call from start
to end; one more, of the fewest epochs that reached the target in every run, is in a fresh process with an empty cache.
There H2O's seconds are those of making its table of the data frame and of learning; scoring is not counted.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PEERS = {"h2o": "with_h2o.py", "scikit-learn": "with_sklearn.py", "pytorch": "with_torch.py"}


@dataclass(frozen=True)
class Contest:
    """Trainings that are compared: what all are asked, and who takes part; `ours` is asked of us alone."""

    title: str
    asked: tuple[str, ...]
    peers: tuple[str, ...]
    ours: tuple[str, ...] = ()
    weights: tuple[int, ...] = field(default=(784, 200, 200, 10))


BATCH = ("--data", "mnist")
RECORD = ("--data", "mnist", "--hidden", "1024,1024,2048")
WHOLE = (1, 2, 3, 5, 10)
EMPTY_CACHE = "triplicate, empty cache"
CONTESTS = {
    "rows_mnist": Contest("row by row, MNIST 200,200", BATCH, ("h2o",), ("--batch", "1")),
    "rows_mnist_sparse": Contest("row by row, MNIST 200,200, sparse", (*BATCH, "--sparse"), ("h2o",), ("--batch", "1")),
    "rows_adult": Contest("row by row, Adult 200,200", ("--data", "adult"), ("h2o",), ("--batch", "1")),
    **{
        f"batch_{size}": Contest(
            f"batches of {size}, Adam, MNIST 200,200",
            (*BATCH, "--batch", str(size)),
            ("scikit-learn", "pytorch"),
            ("--optimizer", "adam"),
        )
        for size in (32, 128, 200)
    },
    "defaults": Contest("all defaults, MNIST 200,200", (*BATCH, "--whole", ",".join(map(str, WHOLE))), ("h2o",)),
    **{
        "large" if size == 128 else f"large_{size}": Contest(
            f"batches of {size}, Adam, MNIST 1024,1024,2048",
            (*RECORD, "--batch", str(size)),
            ("pytorch",),
            ("--optimizer", "adam"),
            weights=(784, 1024, 1024, 2048, 10),
        )
        for size in (128, 256, 512)
    },
}


def answer(
    python: str, script: str, folder: Path, asked: tuple[str, ...], seed: int, cores: int, cache: str = ""
) -> dict[str, Any]:
    """Run one training in a process of its own, on so many processors (0: all of this process).

    `cache` is the folder of our compiled kernels, if not the usual one.
    """
    mine = sorted(os.sched_getaffinity(0))
    command = [python, "-P", str(HERE / script), str(folder), "--seed", str(seed), *asked]
    environment = {**os.environ, "PYTHONPATH": f"{HERE}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    if cache:
        environment["NUMBA_CACHE_DIR"] = cache
    if cores:
        command = ["taskset", "-c", ",".join(map(str, mine[:cores])), *command]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=3600)
    if done.returncode != 0:
        sys.exit(f"{script} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def operations(widths: tuple[int, ...]) -> int:
    """Return floating-point operations of a row: forward, gradients, and errors passed back but to the inputs."""
    layers = [before * after for before, after in pairwise(widths)]
    return 6 * sum(layers) - 2 * layers[0]


def run(name: str, options: argparse.Namespace, rate: float) -> dict[str, Any]:
    """Run one contest; print and return its answers."""
    contest = CONTESTS[name]
    extra = ("--epochs", str(options.epochs))
    answers: dict[str, list[dict[str, Any]]] = {"triplicate": []} | {peer: [] for peer in contest.peers}
    for seed in range(1, options.runs + 1):
        asked = (*contest.asked, *contest.ours, *extra)
        answers["triplicate"].append(answer(sys.executable, "ours.py", options.folder, asked, seed, options.cores))
        for peer in contest.peers:
            if peer != "h2o" or seed <= options.h2o_runs:
                asked = (*contest.asked, *extra)
                answers[peer].append(answer(options.peers, PEERS[peer], options.folder, asked, seed, options.cores))
    if "--whole" in contest.asked:
        answers[EMPTY_CACHE] = from_an_empty_cache(contest, options, answers["triplicate"])
    print(f"\n{contest.title}, {options.epochs} epochs, {options.runs} runs")
    print(f"| | rows/s | our ratio | of the matrix product | test error | {options.target:.1%} after | memory |")
    print("|---|---|---|---|---|---|---|")
    ours = statistics.median(found["rows_per_second"] for found in answers["triplicate"])
    for peer, given in answers.items():
        speed = statistics.median(found["rows_per_second"] for found in given)
        error = statistics.mean(found["error"] for found in given)
        reached = [next((s for s, e in found["curve"] if e <= options.target), float("inf")) for found in given]
        peak = statistics.median(found["peak"] for found in given)
        share = f"{speed * operations(contest.weights) / rate:.0%}" if "mnist" in contest.asked else ""
        print(
            f"| {peer} ({len(given)}) | {speed:,.0f} | {ours / speed:.2f} | {share} | {error:.2%} "
            f"| {statistics.median(reached):.1f} s | {peak:,.0f} MB |",
            flush=True,
        )
    return {"contest": name, "title": contest.title, "answers": answers}


def from_an_empty_cache(
    contest: Contest, options: argparse.Namespace, warm: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Train as `warm` did, each time in a process whose cache of kernels is empty, for as few epochs as were enough."""
    enough = [all(found["curve"][at][1] <= options.target for found in warm) for at in range(len(WHOLE))]
    epochs = WHOLE[enough.index(True)] if any(enough) else WHOLE[-1]
    given = []
    for seed in range(1, options.runs + 1):
        with tempfile.TemporaryDirectory() as cache:
            asked = (*contest.asked, "--whole", str(epochs))  # the last --whole counts
            given.append(answer(sys.executable, "ours.py", options.folder, asked, seed, options.cores, cache))
    return given


def main() -> None:
    """Run the contests asked for."""
    parser = argparse.ArgumentParser(description="Training speed beside peers.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peers", required=True, help="an interpreter with the packages of peers.txt")
    parser.add_argument("--contests", default=",".join(CONTESTS))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--h2o-runs", type=int, default=5, help="H2O takes minutes a run")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--cores", type=int, default=0)
    parser.add_argument("--target", type=float, default=0.031, help="the test error whose time is printed")
    parser.add_argument("--out", type=Path, default=Path("training.json"))
    options = parser.parse_args()
    product = subprocess.run([sys.executable, str(HERE / "machine.py")], capture_output=True, text=True, check=True)
    rate = float(product.stdout)
    print(f"matrix product, float32: {rate / 1e9:.0f} GFLOP/s")
    found = [run(name, options, rate) for name in options.contests.split(",")]
    options.out.write_text(json.dumps({"matrix_product": rate, "contests": found}, indent=1))


if __name__ == "__main__":
    main()

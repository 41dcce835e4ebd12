"""Anomaly detection beside PCA, IsolationForest and PyOD's AutoEncoder: ROC AUC on four tables, in one run.

    .venv/bin/python benchmarks/anomalies.py DATA --peers .venv-peers/bin/python

`make peers` sets up the environment of PyOD. `--settings` compares settings of ours by normal rows alone instead:
how well held-out normal rows are rebuilt where one cell in ten is blanked. No anomaly enters there, and the defaults of
AutoEncoderDetector, the same for every table, are judged by it.
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from anomaly_tables import TABLES, Task, corrupted_adult
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import triplicate as tp

PEER = Path(__file__).parent / "anomalies_with_pyod.py"
KEPT = 0.95  # of the variance, by PCA
SETTINGS = {
    "defaults": {},
    "hidden 50-20-50": {"hidden": (50, 20, 50)},
    "hidden 100-50-100": {"hidden": (100, 50, 100)},
    "hidden 50": {"hidden": (50,)},
    "dropout 0.1": {"input_dropout_ratio": 0.1},
    "dropout 0.4": {"input_dropout_ratio": 0.4},
    "no dropout": {"input_dropout_ratio": 0.0},
}
Scores = npt.NDArray[np.float64]


def ours(task: Task) -> Scores:
    """Return the scores of the test rows by the detector as it comes."""
    return -tp.AutoEncoderDetector(random_state=task.seed).fit(task.train).score_samples(task.test)


def pca(task: Task, scaler: StandardScaler | MinMaxScaler) -> Scores:
    """Return the squared errors of the projection on the leading components of the scaled training rows."""
    train, test = task.numbers()
    scaler.fit(train)
    model = PCA(KEPT, random_state=task.seed).fit(scaler.transform(train))
    scaled = scaler.transform(test)
    return np.asarray(np.square(model.inverse_transform(model.transform(scaled)) - scaled).mean(axis=1))


def forest(task: Task) -> Scores:
    """Return the scores of scikit-learn's IsolationForest as it comes."""
    train, test = task.numbers()
    return np.asarray(-IsolationForest(random_state=task.seed).fit(train).score_samples(test))


def pyod(task: Task, python: str) -> Scores:
    """Return the scores of PyOD's AutoEncoder as it comes, from its own environment."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "task.npz"
        train, test = task.numbers()
        np.savez(file, train=train, test=test, seed=task.seed)
        done = subprocess.run([python, PEER, file], check=True, capture_output=True, text=True, timeout=1800)
    return np.array(json.loads(done.stdout.splitlines()[-1]))


def filled_in(task: Task, **settings: object) -> float:
    """Return the mean squared error, in ranges, of cells of held-out normal rows that were blanked: one in ten.

    Only the training rows of a task take part: two thirds learn, the others are filled in.
    """
    cut = 2 * len(task.train) // 3
    rows = task.train.iloc[cut:]
    numeric = [name for name in rows if rows[name].dtype.kind in "iuf" and rows[name].nunique() > 1]
    detector = tp.AutoEncoderDetector(random_state=task.seed, **settings).fit(task.train.iloc[:cut])
    blank = np.random.default_rng(task.seed).random((len(rows), len(numeric))) < 0.1
    holes = rows.copy()
    holes[numeric] = rows[numeric].astype(float).mask(blank)
    rebuilt = detector.model_.predict(holes)
    known = [name for name in numeric if f"reconstr_{name}" in rebuilt]
    spread = np.array([task.train[name].max() - task.train[name].min() for name in known])
    errors = (rebuilt[[f"reconstr_{name}" for name in known]].to_numpy() - rows[known].to_numpy()) / spread
    return float(np.square(errors)[blank[:, [numeric.index(name) for name in known]]].mean())


def blamed(data: Path, seed: int) -> dict[str, float]:
    """Return how often the corrupted column of a row of Adult is the first reason, by kind of corruption."""
    shares = {}
    for kind in ("typing error", "another row's cell"):
        train, test, columns = corrupted_adult(data, seed, kind)
        detector = tp.AutoEncoderDetector(random_state=seed).fit(train)
        first = tp.scorer(detector.model_.scoring_model).score(test).reasons(1)[:, 0]
        shares[kind] = float(np.mean(first == columns))
    return shares


def compare_settings(data: Path, seeds: int, tables: list[str]) -> None:
    """Print the error of filled-in cells of normal rows, for each table and setting."""
    names = [name for name in tables if name != "ECG"]  # which has 20 rows to learn from
    rows = {}
    for label, settings in SETTINGS.items():
        rows[label] = [
            np.median(
                [filled_in(task, **settings) for seed in range(1, seeds + 1) for task in TABLES[name](data, seed)]
            )
            for name in names
        ]
        print(label, [f"{value:.5f}" for value in rows[label]], flush=True)
    print(pd.DataFrame(rows, index=names).T.to_string(float_format="{:.5f}".format))


def main() -> None:
    """Print a line per table: the median ROC AUC over seeds (and digits) of each method."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path, help="folder of the data sets")
    parser.add_argument("--peers", help="Python of the environment that has PyOD; without it PyOD is left out")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--tables", nargs="*", default=list(TABLES), choices=list(TABLES))
    parser.add_argument("--settings", action="store_true", help="compare settings of ours on normal rows instead")
    options = parser.parse_args()
    if options.settings:
        compare_settings(options.data, options.seeds, options.tables)
        return
    methods = {
        "Triplicate": ours,
        "PCA, standardised": lambda task: pca(task, StandardScaler()),
        "PCA, by range": lambda task: pca(task, MinMaxScaler()),
        "IsolationForest": forest,
    }
    if options.peers:
        methods["PyOD AutoEncoder"] = lambda task: pyod(task, options.peers)
    table = pd.DataFrame(index=list(methods))
    for name in options.tables:
        tasks = [task for seed in range(1, options.seeds + 1) for task in TABLES[name](options.data, seed)]
        started = time.monotonic()
        areas = {
            label: [roc_auc_score(task.labels, method(task)) for task in tasks] for label, method in methods.items()
        }
        table[name] = [np.median(areas[label]) for label in methods]
        spread = ", ".join(f"{label} {min(found):.4f} to {max(found):.4f}" for label, found in areas.items())
        print(f"{name}: {len(tasks)} runs in {time.monotonic() - started:.0f} s; {spread}", flush=True)
    print(table.to_string(float_format="{:.4f}".format))
    if "Adult, corrupted" in options.tables:
        found = [blamed(options.data, seed) for seed in range(1, options.seeds + 1)]
        for kind in found[0]:
            shares = [shares[kind] for shares in found]
            print(f"corrupted column named first, {kind}: median {np.median(shares):.1%}, from {min(shares):.1%}")


if __name__ == "__main__":
    main()

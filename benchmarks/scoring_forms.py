"""How long one row takes in each form, beside scikit-learn's pipeline, in one run.

    python benchmarks/scoring_forms.py DATA [rounds]

DATA is the folder that holds adult_train.csv.gz and adult_test.csv.gz. The net is the README's (50,50); the peer is a
Pipeline of imputers, OneHotEncoder, StandardScaler and MLPClassifier of the same sizes. Figures are medians over
alternating rounds, raw rows in and labels with probabilities out; Java is timed by RowTimer.java on row numbers.
"""

import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from triplicate import DeepLearningEstimator, export_java, scorer
from triplicate.exporters.onnx_graph import build_onnx
from triplicate.exporters.onnx_run import open_session
from triplicate.jdk import find_jdk
from triplicate.runtime import ScoringModel, encode_rows, raw_rows

BATCH = 1024


def peer(train: pd.DataFrame) -> Pipeline:
    """Fit the scikit-learn pipeline; one epoch is enough to time it."""
    x = train.drop(columns="income")
    texts = [name for name in x.columns if not pd.api.types.is_numeric_dtype(x[name])]
    numbers = [name for name in x.columns if name not in texts]
    fill = SimpleImputer(strategy="constant", fill_value="?")
    columns = ColumnTransformer([
        ("texts", make_pipeline(fill, OneHotEncoder(handle_unknown="ignore")), texts),
        ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
    ])  # fmt: skip
    return make_pipeline(columns, MLPClassifier((50, 50), max_iter=1)).fit(x, train["income"])


def java_nanoseconds(model: ScoringModel, numbers: np.ndarray) -> float:
    """Compile the class and return nanoseconds a row of RowTimer."""
    jdk = find_jdk()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export_java(model, folder / "Model.java")
        timer = Path(__file__).with_name("RowTimer.java")
        (folder / "rows.bin").write_bytes(struct.pack(">ii", *numbers.shape) + numbers.astype(">f8").tobytes())
        subprocess.run([jdk.javac, "-d", name, timer, folder / "Model.java"], check=True)
        done = subprocess.run([jdk.java, "-cp", name, "RowTimer", folder / "rows.bin"], check=True, capture_output=True)
        return float(done.stdout)


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Return the time of one call, averaged over a few."""
    begun = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - begun) / repeats


def main(folder: Path, rounds: int = 7) -> None:
    """Print the table."""
    train, test = (pd.read_csv(folder / f"adult_{part}.csv.gz") for part in ("train", "test"))
    model = (
        DeepLearningEstimator(hidden=[50, 50], epochs=1, seed=1).train(y="income", training_frame=train).scoring_model
    )
    ours, theirs = scorer(model), peer(train)
    forms: dict[str, Callable[[pd.DataFrame], Callable[[], object]]] = {
        "Python, exact": lambda rows: lambda: ours.score(rows),
        "Python, BLAS": lambda rows: lambda: ours.score(rows, fast=True),
        "scikit-learn pipeline": lambda rows: lambda: theirs.predict_proba(rows),
    }
    for form in ("columns", "matrix"):
        for dtype in ("float64", "float32"):
            session = open_session(build_onnx(model, form, dtype))
            forms[f"ONNX Runtime, {form}, {dtype}"] = lambda rows, s=session, f=form, t=dtype: onnx_call(
                s, model, rows, f, t
            )
    one, many = test.iloc[:1], test.iloc[:BATCH]
    times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in forms}
    for _ in range(rounds):
        for name, prepare in forms.items():
            single, batch = prepare(one), prepare(many)
            times[name][0].append(seconds(single, 20) * 1e6)
            times[name][1].append(seconds(batch, 3) / BATCH * 1e6)
    numbers, _ = encode_rows(model, raw_rows(model, many))
    java = java_nanoseconds(model, numbers) / 1000
    times["Java, score(row, out, scratch)"] = ([java], [java])
    base_one, base_many = (statistics.median(times["scikit-learn pipeline"][k]) for k in (0, 1))
    print(f"| form | one row, µs | ratio | a row of {BATCH}, µs | ratio |\n|---|---|---|---|---|")
    for name, (single, batch) in times.items():
        a, b = statistics.median(single), statistics.median(batch)
        print(f"| {name} | {a:.1f} | {base_one / a:.1f} × | {b:.2f} | {base_many / b:.1f} × |")


def onnx_call(session: object, model: ScoringModel, rows: pd.DataFrame, form: str, dtype: str) -> Callable[[], object]:
    """Return a call of the session whose inputs have been made ready, as a server would hold them."""
    raw = raw_rows(model, rows)
    if form == "matrix":
        feeds = {"input": encode_rows(model, raw)[0].astype(dtype)}
    else:
        cells = dict(zip(model.row_names, raw.cells, strict=True))
        feeds = {
            n: (c.astype(dtype) if c.dtype == float else np.array([t or "" for t in c], dtype=object)).reshape(-1, 1)
            for n, c in cells.items()
        }
    return lambda: session.run(None, feeds)  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(n) for n in sys.argv[2:3]))

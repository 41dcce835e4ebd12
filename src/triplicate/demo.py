"""The demonstration: train on real data, export, compile, score three ways, prove that the forms agree."""

from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from rich.console import Console

from triplicate.parity_report import ParityReport
from triplicate.report_table import print_report
from triplicate.runtime.atomic_file import write_atomically
from triplicate.runtime.errors import TriplicateError

__all__ = ["banded_breast_cancer", "run_demo"]

BANDED = ("mean texture", "worst concavity")
BANDS = ["low", "middle", "high"]
MISSING_SHARE = 0.05
TEST_ROWS = 169


def banded_breast_cancer() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return training and test rows of scikit-learn's breast cancer data (569 real tumours), made less tidy.

    The set holds no texts and no holes, so two of its columns are turned into named bands (terciles), 5 % of
    the cells of those and of one numeric column are emptied, and three test rows get a band that training
    never saw. Everything else is as measured.
    """
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer(as_frame=True)
    frame: pd.DataFrame = data.data.copy()
    rng = np.random.default_rng(1)
    for name in BANDED:
        frame[name] = pd.qcut(frame[name], 3, labels=BANDS).astype(object)
    for name in (*BANDED, "mean area"):
        frame.loc[rng.random(len(frame)) < MISSING_SHARE, name] = np.nan if name == "mean area" else None
    frame["diagnosis"] = np.where(data.target == 0, "malignant", "benign")
    frame = frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
    train, test = frame.iloc[TEST_ROWS:].copy(), frame.iloc[:TEST_ROWS].copy()
    test.loc[test.index[:3], BANDED[0]] = "off the chart"
    return train.reset_index(drop=True), test


def run_demo(folder: Path, console: Console) -> bool:
    """Run the whole way once, writing into `folder`; return whether the forms agree."""
    from triplicate import DeepLearningEstimator, export_java, export_onnx, verify

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as reason:
        raise TriplicateError(f"{folder}: the folder cannot be made ({reason.strerror})") from reason
    train, test = banded_breast_cancer()
    rows_path = folder / "rows.csv"
    write_atomically(rows_path, test.to_csv(index=False))
    _step(console, 1, f"train on {len(train)} real tumours, {train.shape[1] - 1} columns")
    console.print("   scikit-learn's breast cancer data has no texts and no holes, so two of its columns")
    console.print(f"   ({', '.join(BANDED)}) became named bands and {MISSING_SHARE:.0%} of three were emptied")
    started = perf_counter()
    model = DeepLearningEstimator(hidden=[30, 30], epochs=40, seed=1)
    model.train(y="diagnosis", training_frame=train)
    model.save(folder / "tumour.npz")
    accuracy = float((model.predict(test)["predict"] == test["diagnosis"]).mean())
    console.print(f"   {perf_counter() - started:.1f} s; {accuracy:.1%} of {len(test)} unseen rows right")
    _step(console, 2, "export one Java class and one ONNX graph")
    java = export_java(model.scoring_model, folder / "Tumour.java")
    onnx = folder / "tumour.onnx"
    export_onnx(model.scoring_model, onnx)
    for path in (java, onnx):
        console.print(f"   {path}: {path.stat().st_size:,} bytes")
    _step(console, 3, "compile, score the same rows in Python, Java and ONNX Runtime, compare")
    report: ParityReport = verify(folder / "tumour.npz", rows_path)
    print_report(report, console)
    _step(console, 4, "try it yourself")
    console.print(f"   java {java} {rows_path}", highlight=False)
    console.print(f"   triplicate inspect {onnx}", highlight=False)
    return report.passed


def _step(console: Console, number: int, text: str) -> None:
    console.print(f"[bold]{number}. {text}[/]", highlight=False)

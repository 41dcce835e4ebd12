"""A CSV file of any size through a generated class: made while it is read, never on disk, with a small heap.

    python benchmarks/java/stream.py [--gigabytes 10] [--heap 16m]

Trains a small net, compiles its class, and runs `java -Xmx16m Model FIFO`. Records have about 2 KB: two numbers, a
level, and a remark in quotes, with commas, doubled quotes and line ends, that the class reads over. Every byte of the
output is compared with what Python predicts. Prints seconds, MB a second, rows a second, and the memory that the
process holds after each tenth (`ps`). The heap would fill in seconds if anything piled up.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd

from triplicate import DeepLearningEstimator, export_java
from triplicate.jdk import find_jdk
from triplicate.prediction_files import predictions_as_csv
from triplicate.runtime import Scorer, ScoringModel

ROWS = 1_000  # in the block that is repeated
REMARK = 'said ""no"", then\nyes, then nothing; '
LEVELS = ("red", "green", "blue")


def table() -> pd.DataFrame:
    """Return two columns of numbers, one of levels, and classes that hang on them."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {"a": rng.normal(size=ROWS).round(3), "b": rng.normal(size=ROWS), "c": rng.choice(LEVELS, ROWS)}
    )
    return frame.assign(y=np.where(frame.a * frame.b + (frame.c == "red") > 0, "yes", "no"))


def block(frame: pd.DataFrame) -> bytes:
    """Return the records of the table, with long remarks, as CSV."""
    numbers = enumerate(zip(frame.a, frame.b, frame.c, strict=True))
    return "".join(f'{a},"{REMARK * (40 + n % 31)}",{c},{b!r}\n' for n, (a, b, c) in numbers).encode()


def write(path: Path, records: bytes, blocks: int, java: "subprocess.Popen[bytes]") -> None:
    """Write header and blocks to the FIFO; say after each tenth what memory the reader holds."""
    with path.open("wb", buffering=0) as file:
        file.write(b"a,remark,c,b\n")
        for number in range(1, blocks + 1):
            file.write(records)
            if number % max(1, blocks // 10) == 0:
                held = subprocess.run(
                    ["ps", "-o", "rss=", "-p", str(java.pid)], capture_output=True, text=True, check=True
                )
                print(f"{number * len(records) / 1e9:6.2f} GB read, {int(held.stdout) / 1024:.0f} MB held", flush=True)


def check(output: IO[bytes] | None, header: bytes, expected: bytes, blocks: int) -> None:
    """Compare the predictions, block by block, with Python's; exit when a byte differs."""
    if output is None or output.read(len(header)) != header:
        sys.exit("the header differs")
    for number in range(blocks):
        if output.read(len(expected)) != expected:
            sys.exit(f"block {number} of {blocks} differs from what Python predicts")
    if output.read(1):
        sys.exit("there are more predictions than records")


def compiled(folder: Path) -> ScoringModel:
    """Train the net and compile its class; return the model."""
    estimator = DeepLearningEstimator(hidden=[10], epochs=2, seed=1, quiet_mode=True)
    estimator.train(y="y", training_frame=table())
    model: ScoringModel = estimator.scoring_model
    find_jdk().compile([export_java(model, folder / "Model.java")], folder)
    return model


def main() -> None:
    """Stream, compare, print."""
    parser = argparse.ArgumentParser(description="A CSV file of any size in constant memory.")
    parser.add_argument("--gigabytes", type=float, default=10.0)
    parser.add_argument("--heap", default="16m")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame, fifo = table(), folder / "rows.csv"
        lines = predictions_as_csv(Scorer(compiled(folder)).score(frame.drop(columns="y"))).encode()
        header, expected = lines[: lines.index(b"\n") + 1], lines[lines.index(b"\n") + 1 :]
        records = block(frame)
        blocks = -(-int(options.gigabytes * 1e9) // len(records))
        os.mkfifo(fifo)
        begun = time.perf_counter()
        command = [find_jdk().java, f"-Xmx{options.heap}", "-cp", folder, "Model", fifo]
        with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE) as java:
            writer = threading.Thread(target=write, args=(fifo, records, blocks, java), daemon=True)
            writer.start()
            check(java.stdout, header, expected, blocks)
            if java.wait() != 0:
                sys.exit(f"java ended with exit code {java.returncode}")
        seconds, size = time.perf_counter() - begun, blocks * len(records)
        print(
            f"{size / 1e9:.2f} GB, {blocks * ROWS:,} rows through a heap of {options.heap} in {seconds:.0f} s: "
            f"{size / 1e6 / seconds:.0f} MB and {blocks * ROWS / seconds:,.0f} rows a second; every byte is Python's"
        )


if __name__ == "__main__":
    main()

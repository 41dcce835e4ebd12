"""MOJOs scored by H2O's own reader, h2o-genmodel: raw rows in, predictions out. TRIPLICATE_H2O_JAR names its jar."""

import io
import os
import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from triplicate.jdk import find_jdk
from triplicate.runtime import Classification, RawRows, Reconstruction, Scorer, ScoringModel

__all__ = ["H2OScores", "MojoJob", "our_numbers", "run_mojos"]

SOURCE = Path(__file__).parent / "interop" / "MojoScores.java"


@dataclass(frozen=True, slots=True)
class MojoJob:
    """A MOJO, and raw rows under the names of their columns."""

    path: Path
    names: tuple[str, ...]
    raw: RawRows


@dataclass(frozen=True, slots=True)
class H2OScores:
    """Per row: the label ("" without one), and probabilities, the number, or reconstruction and mean squared error.

    `numbers` (rows, n) is NaN where the reader refused a row; `refusals` holds its words by row.
    """

    labels: list[str]
    numbers: npt.NDArray[np.float64]
    refusals: dict[int, str]


@cache
def h2o_jar() -> Path:
    """Return the jar that holds h2o-genmodel."""
    return Path(os.environ["TRIPLICATE_H2O_JAR"])


def run_mojos(jobs: Sequence[MojoJob], folder: Path, timeout: float = 300.0) -> list[H2OScores]:
    """Score the rows of all jobs in one JVM; the program is compiled into `folder`."""
    kit = find_jdk()
    classes = folder / "MojoScores.class"
    if not classes.exists():
        command = [kit.javac, "-cp", h2o_jar(), "-d", folder, SOURCE]
        subprocess.run(command, check=True, timeout=timeout)
    paths = [folder / "jobs.bin", folder / "results.bin"]
    paths[0].write_bytes(_jobs_bytes(jobs))
    where = f"{h2o_jar()}{os.pathsep}{folder}"
    subprocess.run([kit.java, "-Xmx1g", "-cp", where, "MojoScores", *paths], check=True, timeout=timeout)
    with paths[1].open("rb") as results:
        return [_read_scores(results, job.raw.rows) for job in jobs]


def our_numbers(model: ScoringModel, raw: RawRows) -> tuple[list[str], npt.NDArray[np.float64]]:
    """Return labels and numbers of the same rows as ours, in the order of `H2OScores`."""
    outputs = Scorer(model).score(raw).outputs
    labels = [""] * raw.rows
    if isinstance(model.head, Classification):
        labels = [model.head.labels[int(label)] if label >= 0 else "" for label in outputs[:, 0]]
        return labels, outputs[:, 1:]
    if isinstance(model.head, Reconstruction):
        return labels, np.column_stack((outputs[:, 2 + len(model.columns) :], outputs[:, 0]))
    return labels, outputs


def _jobs_bytes(jobs: Sequence[MojoJob]) -> bytes:
    out = io.BytesIO()
    out.write(struct.pack(">i", len(jobs)))
    for job in jobs:
        _write_text(out, str(job.path))
        out.write(struct.pack(">i", len(job.names)))
        for name in job.names:
            _write_text(out, name)
        out.write(struct.pack(">i", job.raw.rows))
        for row in range(job.raw.rows):
            for cells in job.raw.cells:
                _write_cell(out, cells[row])
    return out.getvalue()


def _write_cell(out: io.BytesIO, cell: object) -> None:
    if isinstance(cell, str):
        out.write(b"\2")
        _write_text(out, cell)
    elif cell is None or np.isnan(cell):  # type: ignore[call-overload]
        out.write(b"\0")
    else:
        out.write(b"\1" + struct.pack(">d", cell))


def _write_text(out: io.BytesIO, text: str) -> None:
    data = text.encode("utf-8")
    out.write(struct.pack(">i", len(data)) + data)


def _read_scores(results: io.BufferedReader, rows: int) -> H2OScores:
    labels, found, refusals = [], [], {}
    for row in range(rows):
        label = results.read(_read_int(results)).decode("utf-8")
        width = _read_int(results)
        found.append(np.frombuffer(results.read(8 * width), dtype=">f8").astype(np.float64))
        labels.append(label)
        if not width:
            refusals[row] = label
    width = max((len(numbers) for numbers in found), default=0)
    numbers = np.array([given if len(given) == width else np.full(width, np.nan) for given in found])
    return H2OScores(labels, numbers.reshape(rows, width), refusals)


def _read_int(results: io.BufferedReader) -> int:
    return int(struct.unpack(">i", results.read(4))[0])

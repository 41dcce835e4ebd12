"""Scoring raw rows with generated Java classes: one javac call and one JVM for all models, bits out."""

import io
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt

from triplicate.deployed_files import DeployedClass
from triplicate.exporters.java_source import render_java
from triplicate.jdk import Jdk, find_jdk
from triplicate.runtime import RawRows, ScoringModel

__all__ = ["JavaJob", "JavaScores", "compile_jobs", "run_compiled", "run_java"]

HARNESS = "ParityHarness"


@dataclass(frozen=True, slots=True)
class JavaJob:
    """A model to export, and the raw rows that its class shall score.

    `deployed` is a class that was exported earlier and takes the place of a fresh one; its name is no other job's.
    """

    model: ScoringModel
    raw: RawRows
    deployed: DeployedClass | None = None


@dataclass(frozen=True, slots=True)
class JavaScores:
    """What a generated class gave.

    `outputs`: float64 (rows, model.output_names), NaN for a refused row. `unseen`, `replaced`: int32 per
    row. `errors`: the message for each refused row. `disagreements`: rows for which the class's own ways of
    scoring (Row, Map, numbers, batch) differ, or a failed selfTest; empty when all is well.
    """

    outputs: npt.NDArray[np.float64]
    unseen: npt.NDArray[np.int32]
    replaced: npt.NDArray[np.int32]
    errors: dict[int, str]
    disagreements: tuple[str, ...]


def run_java(
    jobs: Sequence[JavaJob], *, jdk: Jdk | None = None, options: Sequence[str] = (), timeout: float = 600.0
) -> list[JavaScores]:
    """Export every model as Java (or take its deployed class), compile all in one call, score all rows in one JVM.

    `options` go to the JVM, such as "-Xint". Raises ToolError when there is no JDK, when javac refuses a
    class, or when the JVM fails or takes longer than `timeout` seconds.
    """
    if not jobs:
        return []
    kit = jdk or find_jdk()
    with tempfile.TemporaryDirectory(prefix="triplicate-java-") as name:
        compile_jobs(jobs, Path(name), kit, timeout=timeout)
        return run_compiled(jobs, Path(name), kit, options=options, timeout=timeout)


def compile_jobs(jobs: Sequence[JavaJob], folder: Path, kit: Jdk, *, timeout: float = 600.0) -> None:
    """Compile the classes of the jobs, and the harness, into a folder; ToolError when javac refuses one."""
    harness = folder / f"{HARNESS}.java"
    harness.write_bytes((resources.files("triplicate.java_harness") / harness.name).read_bytes())
    sources = [harness]
    for position, job in enumerate(jobs):
        sources.append(_write_source(job, folder / str(position), position))
    kit.compile(sources, folder, timeout=timeout)


def run_compiled(
    jobs: Sequence[JavaJob], folder: Path, kit: Jdk, *, options: Sequence[str] = (), timeout: float = 600.0
) -> list[JavaScores]:
    """Score the rows of the jobs with the classes that compile_jobs left in the folder, in one JVM of any JDK."""
    paths = [folder / "jobs.bin", folder / "results.bin"]
    paths[0].write_bytes(_jobs_bytes(jobs))
    kit.run([*options, "-cp", folder, HARNESS, *paths], timeout=timeout)
    with paths[1].open("rb") as results:
        return [_read_scores(results, job) for job in jobs]


def _write_source(job: JavaJob, folder: Path, position: int) -> Path:
    folder.mkdir()
    name, text = f"Model{position}", None
    if job.deployed is not None:
        name, text = job.deployed.name, job.deployed.source
    source = folder / f"{name}.java"
    source.write_text(render_java(job.model, name) if text is None else text, encoding="ascii", newline="\n")
    if job.deployed is not None and job.deployed.weights is not None:
        package = folder.parent.joinpath(*(job.deployed.package or "").split("."))
        package.mkdir(parents=True, exist_ok=True)  # where javac will put the class
        (package / f"{name}.weights").write_bytes(job.deployed.weights)
    return source


def _class_name(job: JavaJob, position: int) -> str:
    if job.deployed is None:
        return f"Model{position}"
    return job.deployed.name if job.deployed.package is None else f"{job.deployed.package}.{job.deployed.name}"


def _jobs_bytes(jobs: Sequence[JavaJob]) -> bytes:
    """Return the input of the harness (java_harness/README.md)."""
    out = io.BytesIO()
    out.write(struct.pack(">i", len(jobs)))
    for position, job in enumerate(jobs):
        class_name = _class_name(job, position).encode("ascii")
        out.write(struct.pack(">H", len(class_name)) + class_name)
        out.write(struct.pack(">ii", job.raw.rows, len(job.raw.cells)))
        for cells in job.raw.cells:
            if cells.dtype == np.float64:
                out.write(b"\0" + cells.astype(">f8").tobytes())
                continue
            out.write(b"\1")
            for cell in cells:
                text = b"" if cell is None else cell.encode("utf-8")
                out.write(struct.pack(">i", -1 if cell is None else len(text)) + text)
    return out.getvalue()


def _read_scores(results: io.BufferedReader, job: JavaJob) -> JavaScores:
    """Read the results of one job."""
    rows = job.raw.rows
    width = _read_int(results)
    outputs = np.frombuffer(results.read(8 * rows * width), dtype=">f8").astype(np.float64).reshape(rows, width)
    counts = np.frombuffer(results.read(8 * rows), dtype=">i4").astype(np.int32).reshape(rows, 2)
    errors = {}
    for _ in range(_read_int(results)):
        row = _read_int(results)
        errors[row] = _read_text(results)
    disagreements = tuple(_read_text(results) for _ in range(_read_int(results)))
    return JavaScores(outputs, counts[:, 0].copy(), counts[:, 1].copy(), errors, disagreements)


def _read_int(results: io.BufferedReader) -> int:
    return int(struct.unpack(">i", results.read(4))[0])


def _read_text(results: io.BufferedReader) -> str:
    return results.read(_read_int(results)).decode("utf-8")

"""verify of an exported graph alone: its golden rows, scored by ONNX Runtime, beside the outputs it carries."""

import platform
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from triplicate.graph_information import GraphInformation
from triplicate.parity_report import DecisionDifference, Mismatch, PairResult, ParityReport
from triplicate.runtime.errors import ModelFileError

if TYPE_CHECKING:
    from triplicate.exporters.onnx_complete import BrokenPromises

__all__ = ["verify_graph"]

FloatMatrix = npt.NDArray[np.float64]


def verify_graph(path: str | Path) -> ParityReport:
    """Score the golden rows of a .onnx file with ONNX Runtime and compare with the outputs stored beside them.

    Each output may differ by what was allowed when the graph was exported; a label or flag only where its margin is
    inside that. The graph itself must have the SHA-256 that was stored: so an edit that no golden row
    reaches is found as well. Of a graph for complete tables, rows that lack a number must be NaN. ModelFileError when
    the file cannot be read or has no golden rows.
    """
    import onnxruntime

    from triplicate import __version__
    from triplicate.exporters.onnx_file import graph_digest

    graph = GraphInformation.open(path)
    cells, stored = graph.golden()
    broken = _broken_promises(graph, cells, len(stored["outputs"])) if graph.complete else None
    error, note = (None, None) if broken is None else (broken.error, broken.note)
    if graph_digest(graph.proto) != graph.properties["graph"]:
        error = f"{graph.path}: the graph is not the one that was exported: the file was changed"
    try:
        found, unseen = _run(graph, cells, len(stored["outputs"]))
    except Exception as reason:  # ONNX Runtime's errors have no common base
        raise ModelFileError(f"{graph.path}: cannot be run on its golden rows ({reason})") from reason
    pair = replace(_compare(graph, stored["outputs"], stored["allowed"], found, error), note=note)
    versions = {
        "triplicate": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "onnxruntime": onnxruntime.__version__,
    }
    return ParityReport(str(graph.properties["fingerprint"]), len(found), unseen, 0, (pair,), versions)


def _broken_promises(graph: GraphInformation, cells: list[list[Any]], rows: int) -> "BrokenPromises":
    from triplicate.exporters.onnx_complete import judged

    pairs = zip(graph.schema(), cells, strict=True)
    return judged(rows, [(np.array(c), *graph.scale(kind)) for kind, c in pairs if kind["type"] == "numeric"])


def _run(graph: GraphInformation, cells: list[list[Any]], rows: int) -> tuple[FloatMatrix, int]:
    """Return the flat outputs [rows, outputs] and the number of unseen levels."""
    from triplicate.exporters.onnx_columns import MATRIX_INPUT
    from triplicate.exporters.onnx_run import open_session

    session = open_session(graph.proto)
    dtype = np.dtype("float32" if graph.properties["arithmetic"] == "float32" else "float64")
    if graph.properties["input"] == "matrix":
        columns = [_indices(kind, column) for kind, column in zip(graph.schema(), cells, strict=True)]
        matrix = np.column_stack(columns) if columns else np.empty((rows, 0))
        feeds = {MATRIX_INPUT: _narrow(matrix, dtype)}
    else:
        feeds = {kind["name"]: _cells(kind, column, dtype) for kind, column in zip(graph.schema(), cells, strict=True)}
    *named, unseen = session.run(None, feeds)
    return _flat(graph, named), int(unseen.sum())


def _cells(kind: dict[str, Any], column: list[Any], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    if kind["type"] == "categorical":
        return np.array([cell or "" for cell in column], dtype=object).reshape(-1, 1)
    return _narrow(np.array(column, dtype=np.float64), dtype).reshape(-1, 1)


def _indices(kind: dict[str, Any], column: list[Any]) -> FloatMatrix:
    if kind["type"] != "categorical":
        return np.array(column, dtype=np.float64)
    index = {level: float(place) for place, level in enumerate(kind["levels"])}
    return np.array([np.nan if not cell else index.get(cell, -1.0) for cell in column], dtype=np.float64)


def _narrow(numbers: FloatMatrix, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    with np.errstate(over="ignore", under="ignore"):
        return numbers.astype(dtype)


def _flat(graph: GraphInformation, named: list[npt.NDArray[Any]]) -> FloatMatrix:
    """Arrange the graph's outputs in the order of `triplicate.outputs`."""
    labels = graph.properties.get("labels")
    if labels is not None:
        texts = [str(label) for label in named[0].tolist()]
        index = {str(labels["no_label"]): -1.0} | {text: float(k) for k, text in enumerate(labels["values"])}
        return np.column_stack(([index[text] for text in texts], named[1])).astype(np.float64)
    if len(named) == 1:
        return np.asarray(named[0], dtype=np.float64)
    rebuilt, score, per_column, is_anomaly, _ = named
    return np.column_stack((score, is_anomaly, per_column, rebuilt)).astype(np.float64)


def _compare(
    graph: GraphInformation, expected: FloatMatrix, allowed: FloatMatrix, found: FloatMatrix, error: str | None
) -> PairResult:
    outputs = [str(name) for name in graph.properties["outputs"]]
    promised = np.isfinite(allowed).all(axis=1)
    decision = _decision_column(graph)
    with np.errstate(all="ignore"):
        difference = np.abs(expected - found)
        difference[(expected == found) | (np.isnan(expected) & np.isnan(found))] = 0.0
        share = np.where(difference == 0.0, 0.0, difference / allowed)
    judged = np.nan_to_num(share, nan=np.inf, posinf=np.inf)
    judged[~promised] = 0.0
    decisions: tuple[DecisionDifference, ...] = ()
    if decision is not None:
        judged[:, decision] = 0.0
        other = np.flatnonzero((expected[:, decision] != found[:, decision]) & promised).tolist()
        decisions = tuple(
            DecisionDifference(
                row, *_texts(expected, found, row, decision), *_margin(graph, expected, found, allowed, row)
            )
            for row in other
        )
    row, output = (int(k) for k in np.unravel_index(int(judged.argmax()), judged.shape))
    mismatch = None
    if judged[row, output] > 1.0:
        values = float(expected[row, output]), float(found[row, output]), float(allowed[row, output])
        mismatch = Mismatch(row, output, outputs[output], *values, located=False)
    return PairResult(
        pair=f"onnx {graph.path.name}",
        demand="1e-05 A" if graph.properties["arithmetic"] == "float32" else "1e-14 A",
        rows=len(expected),
        promised_rows=int(promised.sum()),
        largest_difference=float(difference[row, output]),
        bound=float(allowed[row, output]),
        differing=int((judged > 0).sum()),
        largest_ulp=None,
        decisions=decisions,
        mismatch=mismatch,
        error=error,
    )


def _decision_column(graph: GraphInformation) -> int | None:
    if "labels" in graph.properties:
        return 0
    return 1 if "threshold" in graph.properties else None


def _texts(expected: FloatMatrix, found: FloatMatrix, row: int, column: int) -> tuple[str, str]:
    return str(int(expected[row, column])), str(int(found[row, column]))


def _margin(
    graph: GraphInformation, expected: FloatMatrix, found: FloatMatrix, allowed: FloatMatrix, row: int
) -> tuple[float, float]:
    """Return the distance of the stored outputs from the other decision, and what is allowed of it."""
    threshold = graph.number("threshold")
    if "labels" not in graph.properties:
        return abs(float(expected[row, 0]) - (threshold or 0.0)), float(allowed[row, 0])
    ours, theirs = int(expected[row, 0]), int(found[row, 0])
    if ours < 0 or theirs < 0:  # no label at all on one side: never inside a bound
        return float("inf"), 0.0
    if threshold is not None:
        return abs(float(expected[row, 2]) - threshold), float(allowed[row, 2])
    return float(expected[row, 1 + ours] - expected[row, 1 + theirs]), 2.0 * float(allowed[row, 1:].max())

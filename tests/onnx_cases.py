"""Small hand-made models and a way to run their graphs: shared by the ONNX unit tests."""

from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto

from triplicate.exporters.onnx_graph import build_onnx
from triplicate.exporters.onnx_run import open_session
from triplicate.runtime import Activation, Categorical, Column, Head, Layer, Numeric, Regression, ScoringModel

__all__ = ["adding_model", "one_hot", "run_graph", "score_columns", "small_model", "texts"]


def one_hot(name: str, levels: tuple[str, ...], start: int) -> Categorical:
    """Return a one-hot column from input `start` on; missing has an input of its own, unseen shares it."""
    rows = np.minimum(np.arange(len(levels) + 2), len(levels))
    return Categorical(name, levels, start + rows[:, np.newaxis], np.ones((len(rows), 1)))


def adding_model(columns: tuple[Column, ...], inputs: int, head: Head | None = None) -> ScoringModel:
    """Return a model of one linear unit whose weights are 1, 10, 100, …: digits show which inputs were set."""
    weights = 10.0 ** np.arange(inputs)[np.newaxis]
    return ScoringModel(columns, (Layer(weights, np.zeros(1)),), Regression() if head is None else head)


def small_model(head: Head, outputs: int, columns: tuple[Column, ...] | None = None) -> ScoringModel:
    """Return a model of a number `x`, a column `colour` and one hidden layer."""
    if columns is None:
        columns = (Numeric("x", 0, 1.0, 0.5), one_hot("colour", ("red", "green"), 1))
    rng = np.random.default_rng(3)
    hidden = Layer(rng.normal(size=(3, 4)).astype(np.float32), rng.normal(size=3), Activation.TANH)
    return ScoringModel(columns, (hidden, Layer(rng.normal(size=(outputs, 3)), rng.normal(size=outputs))), head)


def texts(*cells: str) -> npt.NDArray[Any]:
    """Return a column of texts for a graph input [N, 1]."""
    return np.array(cells, dtype=object).reshape(-1, 1)


def run_graph(proto: ModelProto, feeds: dict[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Run a graph in ONNX Runtime on one thread; returns its outputs by name."""
    values = open_session(proto, threads=1).run(None, feeds)
    return {output.name: value for output, value in zip(proto.graph.output, values, strict=True)}


def score_columns(model: ScoringModel, **cells: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
    """Run the column form of a model; numbers and texts by column name."""
    return run_graph(build_onnx(model), {name: np.reshape(column, (-1, 1)) for name, column in cells.items()})

"""A dense ONNX graph, as PyTorch and Keras export it, as a ScoringModel."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from triplicate.importers.classification_heads import binary_as_softmax, classification
from triplicate.importers.onnx_chain import Chain
from triplicate.importers.onnx_operators import OPERATORS, Walk
from triplicate.importers.onnx_reader import Graph, read_graph
from triplicate.runtime.columns import Categorical, Column, Numeric
from triplicate.runtime.errors import ForeignModelError
from triplicate.runtime.golden import golden_rows
from triplicate.runtime.heads import Head, Regression
from triplicate.runtime.layers import Activation, Layer
from triplicate.runtime.metadata import Metadata
from triplicate.runtime.scorer import Scorer
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["Task", "onnx_dense"]

Task = Literal["classification", "regression"]


def onnx_dense(
    path: str | Path,
    columns: Sequence[str | Column] | None = None,
    *,
    labels: Sequence[str | int | bool] | None = None,
    task: Task | None = None,
    output: str | None = None,
) -> ScoringModel:
    """Return the ScoringModel of a feed-forward ONNX graph with one input [rows, values].

    `columns`: the name of each value (`x0`, `x1` … by default), or columns of the model that produce the values.
    `labels` of a classifier are 0, 1 … by default. `task` is decided by the graph's end: softmax or one sigmoid is
    a classification, one number a regression; say "classification" where the graph ends in raw scores (logits).
    `output` names the output to take where the graph has several.

    ForeignModelError names the first node that does not fit, or what is damaged. The file is not trusted: sizes and
    counts are checked before anything is made of them, and no other file is read.
    """
    graph = read_graph(path)
    try:
        walk = _follow(graph, _output(graph, output))
        walk.chain.finish()
        layers, head = _head(walk.chain.layers, softmax=walk.softmax is not None, labels=labels, task=task)
        model_columns, first = _columns(walk.chain, layers[0], columns)
    except (ForeignModelError, UnicodeDecodeError) as reason:  # a tensor may have a name that is not UTF-8
        raise ForeignModelError(f"{path}: {reason}") from reason
    model = ScoringModel(model_columns, (first, *layers[1:]), head)
    source = {"format": "ONNX", "opset": graph.opset}
    return model.with_metadata(Metadata.of({"source": source}, golden_rows(Scorer(model))))


def _output(graph: Graph, wanted: str | None) -> str:
    if wanted is None and len(graph.outputs) == 1:
        return graph.outputs[0]
    if wanted is not None and wanted in graph.outputs:
        return wanted
    names = ", ".join(repr(name) for name in graph.outputs[:10])
    raise ForeignModelError(f"the graph has the outputs {names or 'none'}: name one by output=")


def _follow(graph: Graph, output: str) -> Walk:
    """Walk from the input to the output, node by node in the order of the file."""
    needed = _ancestors(graph, output)
    walk, edge = None, ""
    for node in (node for node in graph.nodes if node.outputs and node.outputs[0] in needed):
        live = [name for name in node.inputs if name and not graph.is_constant(name)]
        if node.op not in OPERATORS:
            raise node.refuse(f"this operator cannot be carried; those that can: {', '.join(sorted(OPERATORS))}")
        if len(live) != 1:
            raise node.refuse(f"reads {len(live)} computed values: a chain of layers is needed")
        if walk is None:
            if live[0] not in graph.inputs:
                raise node.refuse(f"reads {live[0]!r}, which is no input of the graph")
            walk = Walk(graph, live[0])
        elif live[0] != edge:
            raise node.refuse(f"reads {live[0]!r} beside the chain, which has come to {edge!r}")
        walk.take(node, live[0])
        edge = node.outputs[0]
    if walk is None or edge != output:
        raise ForeignModelError(f"output {output!r} is not computed from an input of the graph")
    if not walk.flat:
        raise ForeignModelError(f"output {output!r} has more than two axes")
    return walk


def _ancestors(graph: Graph, output: str) -> set[str]:
    """Return the computed edges that the output depends on, itself included."""
    found, waiting = {output}, [output]
    while waiting:
        node = graph.producers.get(waiting.pop())
        for edge in () if node is None else node.inputs:
            if edge and edge not in found and not graph.is_constant(edge):
                found.add(edge)
                waiting.append(edge)
    return found


def _head(
    layers: list[Layer], *, softmax: bool, labels: Sequence[Any] | None, task: Task | None
) -> tuple[list[Layer], Head]:
    """Return layers and head for what the graph ends in."""
    last, units = layers[-1], layers[-1].units
    sigmoid = last.activation is Activation.LOGISTIC and not softmax
    if task is None and units > 1 and not softmax:
        raise ForeignModelError(
            f"the graph ends in {units} numbers{' after a sigmoid' if sigmoid else ''}: one number is a regression, "
            'a softmax a classification; say task="classification" where they are raw scores of classes'
        )
    if task == "regression" or (task is None and labels is None and not softmax and not sigmoid):
        if softmax or units != 1:
            raise ForeignModelError(f"a regression ends in one number, the graph in {units}{' of a softmax' * softmax}")
        return layers, Regression()
    if softmax and units == 1:
        raise ForeignModelError("a softmax of one number is always 1: there is nothing to predict")
    if sigmoid and units > 1:
        raise ForeignModelError(f"{units} sigmoid outputs are several labels per row, which cannot be carried")
    if not softmax and not sigmoid and last.activation is not Activation.LINEAR:
        raise ForeignModelError(f"a classification ends in raw scores, a softmax or one sigmoid, not {last.activation}")
    if units == 1:
        last = binary_as_softmax(last)
    found = list(range(last.units)) if labels is None else list(labels)
    if len(found) != last.units:
        raise ForeignModelError(f"labels: {len(found)} given, but the graph tells {last.units} classes apart")
    return [*layers[:-1], last], classification(found, "labels")


def _columns(chain: Chain, first: Layer, columns: Sequence[str | Column] | None) -> tuple[tuple[Column, ...], Layer]:
    """Return the model's columns, and the first layer that reads them."""
    names = [f"x{index}" for index in range(first.inputs)] if columns is None else list(columns)
    if any(isinstance(column, Numeric | Categorical) for column in names):
        given = tuple(column for column in names if isinstance(column, Numeric | Categorical))
        if len(given) != len(names):
            raise ForeignModelError("columns: names or columns of a model, not both")
        if chain.leading is None:
            return given, first
        scale, shift = chain.leading
        bias = first.bias + first.weights @ shift + 0.0
        return given, Layer(first.weights * scale + 0.0, bias, first.activation, first.alpha)
    if len(names) != first.inputs:
        raise ForeignModelError(f"columns: {len(names)} names, but the graph reads {first.inputs} values")
    scale, shift = chain.leading or (np.ones(first.inputs), np.zeros(first.inputs))
    return tuple(
        Numeric(str(name), index, subtract=float(-shift[index] / scale[index]) + 0.0, multiply=float(scale[index]))
        for index, name in enumerate(names)
    ), first

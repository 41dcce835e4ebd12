"""From a ScoringModel to an ONNX model: raw columns in, label and probabilities out."""

from dataclasses import replace
from typing import assert_never, get_args

import numpy as np
from onnx import ModelProto, StringStringEntryProto, TensorProto

from triplicate.exporters.onnx_columns import InputForm, encode_columns
from triplicate.exporters.onnx_complete import PROMISE
from triplicate.exporters.onnx_file import graph_digest
from triplicate.exporters.onnx_first_layer import FirstLayer
from triplicate.exporters.onnx_float32 import LARGEST_NUMBER, always_labels, fold_scaling
from triplicate.exporters.onnx_heads import (
    add_classification,
    add_linear_classification,
    add_reconstruction,
    add_regression,
    is_linear_classification,
    log_odds_layer,
)
from triplicate.exporters.onnx_input_plan import plan_inputs
from triplicate.exporters.onnx_layers import add_layers
from triplicate.exporters.onnx_merged_tables import merge_tables
from triplicate.exporters.onnx_metadata import metadata_of, producer_version
from triplicate.exporters.onnx_nodes import FloatName, GraphBuilder
from triplicate.exporters.onnx_standard import Target, standard_of
from triplicate.runtime.columns import Categorical, UnseenPolicy
from triplicate.runtime.errors import ExportError, ParameterError
from triplicate.runtime.heads import Classification, Reconstruction, Regression
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["MANY_COLUMNS", "ExportWarning", "build_onnx", "export_notes"]

MANY_COLUMNS = 64  # above this many inputs, their bookkeeping (about 5 µs each) outweighs a small net


class ExportWarning(UserWarning):
    """Something that the exported form cannot do as the model does it, or does slowly."""


def build_onnx(
    model: ScoringModel,
    input: InputForm = "columns",  # noqa: A002 - the name users know from the graph
    dtype: FloatName = "float64",
    target: Target = "default",
    *,
    complete: bool = False,
) -> ModelProto:
    """Return the model as ONNX: opset 15, ai.onnx.ml 2, IR 7, or for target "modern" the newest (`standard_of`).

    `input="columns"`: one input [N, 1] per raw column under its own name, numbers of type `dtype` with NaN for
    missing, texts with "" for missing. `input="matrix"`: one input `input` [N, columns] of type `dtype` in the
    order of `row_names`: numbers, level indices, NaN for missing, any other number for an unseen level.

    `dtype` is the type of the arithmetic, of the inputs and of the outputs; what is subtracted from numbers costs
    no digits in float32 either. Outputs: `label`, `probabilities`; or `variable`; or `reconstruction`, `score`,
    `per_column`, `is_anomaly`, `reasons`; and always `unseen`. A name that is a column's becomes `<name>_out`.

    `complete=True`, for a matrix: the caller promises that every number is there and finite, and the graph looks for
    no other, which saves time. A row that lacks a number is NaN then (`onnx_complete.PROMISE`).

    Raises ExportError when ONNX, or float32, cannot carry the model, ParameterError for a complete table of columns.
    """
    for argument, value, allowed in (
        ("input", input, InputForm),
        ("dtype", dtype, FloatName),
        ("target", target, Target),
    ):
        if value not in get_args(allowed):
            raise ExportError(f"{argument} must be one of {', '.join(get_args(allowed))}, got {value!r}")
    if complete and input != "matrix":
        raise ParameterError("complete=True is a promise about a matrix of numbers: give input='matrix' as well")
    b = GraphBuilder(dtype)
    _add_net(b, fold_scaling(model, complete=complete) if dtype == "float32" else model, input, complete=complete)
    proto = b.model(producer_version(), standard_of(target))
    if complete:
        proto.doc_string = PROMISE
    properties = metadata_of(model, input, dtype, target, graph_digest(proto), complete=complete)
    proto.metadata_props.extend(StringStringEntryProto(key=key, value=text) for key, text in properties.items())
    return proto


def _add_net(b: GraphBuilder, model: ScoringModel, form: InputForm, *, complete: bool) -> None:
    """Add everything from the inputs to the outputs."""
    plan, head, float32 = plan_inputs(model), model.head, b.floats == np.float32
    always = complete or (float32 and always_labels(model))
    two_classes, linear = None, False
    if isinstance(head, Classification) and float32:
        linear = always and len(model.layers) > 1 and is_linear_classification(head, model.layers[-1])
        two_classes = log_odds_layer(head, model.layers[-1])
    if two_classes is not None:
        model = replace(model, layers=(*model.layers[:-1], two_classes))
    layers, merged = model.layers, merge_tables(model, plan) if float32 and form == "columns" else None
    encoded = encode_columns(b, model, plan, form, merged, LARGEST_NUMBER if always else np.inf, complete=complete)
    first, integers, targets = FirstLayer(b, model, plan, encoded, merged), None, ""
    if isinstance(head, Reconstruction):
        units, targets = first.units_and_targets(layers[0], head.targets)
    else:
        units = first.units(layers[0])
    units = add_layers(b, layers[1:-1] if linear else layers[1:], units)
    match head:
        case Classification() if linear:
            last, number = layers[-1], len(layers) - 1
            integers = add_linear_classification(b, head, last, number, units, log_odds=two_classes is not None)
        case Classification():
            integers = add_classification(b, head, units, log_odds=two_classes is not None, always=always)
        case Regression():
            add_regression(b, head, units, encoded.offset)
        case Reconstruction():
            add_reconstruction(b, head, model.columns, units, targets)
        case _:
            assert_never(head)
    unseen = encoded.unseen
    if unseen is None and integers is not None:  # a product takes less time than to ask for the number of rows
        unseen = b.node("Mul", [integers, b.scalar(0, TensorProto.INT64)], "unseen")
    b.output(unseen or b.zeros(None, TensorProto.INT64, "unseen"), "unseen", TensorProto.INT64, None)


def export_notes(model: ScoringModel, input: InputForm = "columns") -> list[str]:  # noqa: A002 - the name users know from the graph
    """Return what a user should know about this export, one sentence each."""
    notes = []
    refusing = [c.name for c in model.columns if isinstance(c, Categorical) and c.unseen is UnseenPolicy.ERROR]
    if refusing:
        notes.append(
            f"column {refusing[0]!r}{_others(refusing)}: the model refuses unseen levels, but an ONNX graph cannot "
            "raise an error; it scores them as unseen and counts them in the output 'unseen': check that it is 0"
        )
    if input == "matrix":
        return notes
    if len(model.row_names) > MANY_COLUMNS:
        notes.append(
            f"{len(model.row_names)} columns are {len(model.row_names)} inputs, each about 5 µs per call in ONNX "
            "Runtime; consider input='matrix'"
        )
    nul = [name for name in model.row_names if "\0" in name]
    if nul:
        notes.append(
            f"column {nul[0]!r}{_others(nul)}: the name holds a NUL, which ONNX Runtime's C, C# and Java interfaces "
            "cannot pass on; its Python interface can; consider input='matrix'"
        )
    return notes


def _others(names: list[str]) -> str:
    return "" if len(names) == 1 else f" and {len(names) - 1} more"

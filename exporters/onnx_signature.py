"""The tensors of an exported graph by name, type and shape, without making the graph."""

from dataclasses import dataclass
from typing import Literal

from triplicate.exporters.onnx_columns import MATRIX_INPUT, InputForm
from triplicate.runtime.columns import Categorical
from triplicate.runtime.heads import Classification, LabelType, Reconstruction
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["MOST_REASONS", "Datatype", "Tensor", "graph_inputs", "graph_outputs"]

Datatype = Literal["FP64", "FP32", "INT64", "BOOL", "BYTES"]
MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class Tensor:
    """A named tensor; `datatype` as the Open Inference Protocol names it, `shape` with -1 for the rows."""

    name: str
    datatype: Datatype
    shape: tuple[int, ...]


def graph_inputs(model: ScoringModel, floats: Datatype = "FP64", form: InputForm = "columns") -> tuple[Tensor, ...]:
    """Return the graph's inputs: one per raw column, the offset last; or the matrix of row numbers."""
    if form == "matrix":
        return (Tensor(MATRIX_INPUT, floats, (-1, len(model.row_names))),)
    return tuple(
        Tensor(name, "BYTES" if isinstance(column, Categorical) else floats, (-1, 1))
        for name, column in zip(model.row_names, (*model.columns, None), strict=False)
    )


def graph_outputs(model: ScoringModel, floats: Datatype = "FP64", form: InputForm = "columns") -> tuple[Tensor, ...]:
    """Return the graph's outputs in order; a name that is an input's too ends in `_out`."""
    head, parts = model.head, []
    if isinstance(head, Classification):
        labels: Datatype = "INT64" if head.label_type is LabelType.INTEGER else "BYTES"
        parts = [Tensor("label", labels, (-1,)), Tensor("probabilities", floats, (-1, len(head.labels)))]
    elif isinstance(head, Reconstruction):
        parts = [
            Tensor("reconstruction", floats, (-1, len(head.targets))),
            Tensor("score", floats, (-1, 1)),
            Tensor("per_column", floats, (-1, len(model.columns))),
            Tensor("is_anomaly", "BOOL", (-1,)),
            Tensor("reasons", "BYTES", (-1, min(MOST_REASONS, len(model.columns)))),
        ]
    else:
        parts = [Tensor("variable", floats, (-1, 1))]
    taken = {tensor.name for tensor in graph_inputs(model, floats, form)}
    named = []
    for tensor in (*parts, Tensor("unseen", "INT64", (-1,))):
        name = tensor.name
        while name in taken:
            name += "_out"
        taken.add(name)
        named.append(Tensor(name, tensor.datatype, tensor.shape))
    return tuple(named)

"""From raw columns, or from a matrix of row numbers, to scaled numbers and table rows inside a graph."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from onnx import TensorProto

from triplicate.exporters.onnx_input_plan import InputPlan
from triplicate.exporters.onnx_merged_tables import MergedTables
from triplicate.exporters.onnx_nodes import GraphBuilder
from triplicate.exporters.onnx_numbers import Numbers, scale_numbers
from triplicate.runtime.columns import Categorical, Numeric
from triplicate.runtime.errors import ExportError
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["MATRIX_INPUT", "EncodedColumns", "InputForm", "encode_columns"]

IntegerArray = npt.NDArray[np.int64]
InputForm = Literal["columns", "matrix"]
MATRIX_INPUT = "input"


@dataclass(frozen=True, slots=True)
class EncodedColumns:
    """Edges of the encoded row; None where the model has no such column.

    `numbers`: x' of the numeric columns. `codes`: int64 [categorical, N], the row of each cell in its group's
    stacked table, or [tables, N] where tables are merged. `offset`: [N, 1], NaN where missing. `unseen`: int64 [N],
    unseen levels per row, None where no column has levels.
    """

    numbers: Numbers | None
    codes: str | None
    offset: str | None
    unseen: str | None


def encode_columns(
    b: GraphBuilder,
    model: ScoringModel,
    plan: InputPlan,
    form: InputForm,
    merged: MergedTables | None = None,
    limit: float = np.inf,
    *,
    complete: bool = False,
) -> EncodedColumns:
    """Declare the graph's inputs and encode them; scaled numbers from `limit` on count as missing.

    Of a `complete` table, a matrix, every number is used as it is.

    The form "columns" has an input [N, 1] per raw column, under the column's own name: numbers in the graph's
    type with NaN for missing, texts with "" for missing; its tables may be merged. The form "matrix" has one input
    of row numbers.
    """
    if form == "columns":
        return _from_columns(b, model, plan, merged, limit)
    return _from_matrix(b, model, plan, limit, complete=complete)


def _from_columns(
    b: GraphBuilder, model: ScoringModel, plan: InputPlan, merged: MergedTables | None, limit: float
) -> EncodedColumns:
    if not model.row_names:
        raise ExportError("the model reads no columns, so a graph has nothing to count rows by; use input='matrix'")
    for column in model.columns:
        b.input(column.name, b.float_code if isinstance(column, Numeric) else TensorProto.STRING, 1)
    offset = None if model.offset is None else b.input(model.offset, b.float_code, 1)
    numeric = _numeric(model, plan)
    names = [column.name for column in numeric]
    encoders = {}
    for position, base in zip(plan.categorical, _bases(plan), strict=True):
        column = model.columns[position]
        if isinstance(column, Categorical):
            start, stride = (int(base), 1) if merged is None else merged.step(position)
            encoders[position] = _level_encoder(b, column, position, start, stride)
    numbers, codes, unseen = None, None, None
    if numeric:  # column below column, a constant beside each meets long rows; a single one is a matrix already
        several = len(numeric) > 1
        raw = b.stack(names, "numbers.raw") if several else names[0]
        numbers = scale_numbers(b, numeric, raw, columns_first=several, limit=limit)
    if encoders and merged is not None:
        codes, unseen = merged.look_up(b, encoders)
    elif encoders:
        codes = b.stack([*encoders.values()], "codes")
        unseen = _unseen(b, model, plan, codes)
    return EncodedColumns(numbers, codes, offset, unseen)


def _numeric(model: ScoringModel, plan: InputPlan) -> list[Numeric]:
    return [column for column in (model.columns[p] for p in plan.numeric) if isinstance(column, Numeric)]


def _level_encoder(b: GraphBuilder, column: Categorical, position: int, start: int, stride: int) -> str:
    """Map texts to start + row * stride: "" to the row of missing, any other unknown text to that of unseen."""
    rows = range(start, start + (column.missing_row + 1) * stride, stride)
    return b.node(
        "LabelEncoder",
        [column.name],
        f"columns.{position}.code",
        domain="ai.onnx.ml",
        keys_strings=[*column.levels, ""],
        values_int64s=list(rows),
        default_int64=start + column.unseen_row * stride,
    )


def _from_matrix(
    b: GraphBuilder, model: ScoringModel, plan: InputPlan, limit: float, *, complete: bool
) -> EncodedColumns:
    width = len(model.row_names)
    matrix = b.input(MATRIX_INPUT, b.float_code, width)
    numbers = None
    if plan.numeric:
        raw = b.columns_of(matrix, plan.numeric, width, "numbers.raw")
        numbers = scale_numbers(b, _numeric(model, plan), raw, columns_first=False, limit=limit, complete=complete)
    offset = b.columns_of(matrix, [width - 1], width, "offset") if model.offset is not None else None
    codes = None
    if plan.groups:
        given = b.columns_of(matrix, plan.categorical, width, "codes.given")
        codes = _checked_codes(b, model, plan, b.node("Transpose", [given], "codes.below", perm=[1, 0]))
    unseen = None if codes is None else _unseen(b, model, plan, codes)
    return EncodedColumns(numbers, codes, offset, unseen)


def _checked_codes(b: GraphBuilder, model: ScoringModel, plan: InputPlan, given: str) -> str:
    """Turn level indices [categorical, N] into stacked table rows; NaN is missing, what is no index is unseen."""
    levels = _levels(model, plan)[:, np.newaxis]
    bound = b.numbers(levels, "codes.levels")
    in_range = b.node(
        "And",
        [
            b.node("GreaterOrEqual", [given, b.scalar(0.0)], "codes.not_negative"),
            b.node("Less", [given, bound], "codes.below"),
        ],
        "codes.in_range",
    )
    whole = b.node("Equal", [given, b.node("Floor", [given], "codes.floor")], "codes.whole")
    known = b.node("And", [in_range, whole], "codes.known")
    missing = b.node("IsNaN", [given], "codes.missing")
    strange = b.node("Where", [missing, bound, b.numbers(levels + 1, "codes.unseen")], "codes.other")
    row = b.node("Where", [known, given, strange], "codes.row")
    row = b.node("Cast", [row], "codes.table_row", to=TensorProto.INT64)
    return b.node("Add", [row, b.integers(_bases(plan)[:, np.newaxis], "codes.bases")], "codes")


def _levels(model: ScoringModel, plan: InputPlan) -> IntegerArray:
    """Return the number of levels of each categorical column, in the order of the codes."""
    columns = [model.columns[position] for position in plan.categorical]
    return np.array([len(c.levels) for c in columns if isinstance(c, Categorical)], dtype=np.int64)


def _bases(plan: InputPlan) -> IntegerArray:
    """Return the first stacked row of each categorical column, in the order of the codes."""
    return np.concatenate([np.zeros(0, dtype=np.int64), *(group.bases for group in plan.groups)])


def _unseen(b: GraphBuilder, model: ScoringModel, plan: InputPlan, codes: str) -> str:
    """Count the cells whose code is the unseen row of their column."""
    unseen_rows = _bases(plan) + _levels(model, plan) + 1
    strange = b.node("Equal", [codes, b.integers(unseen_rows[:, np.newaxis], "unseen.rows")], "unseen.cells")
    counts = b.node("Cast", [strange], "unseen.ones", to=TensorProto.INT64)
    return b.sum_over(counts, [0], "unseen")

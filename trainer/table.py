"""A training table: predictors with their types, response, weights; everything checked and named."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from triplicate.runtime.errors import ParameterError, TrainingDataError
from triplicate.runtime.heads import LabelType
from triplicate.trainer.parameter_checks import Task
from triplicate.trainer.parameter_rules import did_you_mean
from triplicate.trainer.table_columns import (
    CategoricalColumn,
    NumericColumn,
    TableColumn,
    categorical_column,
    is_numeric,
    numeric_column,
)
from triplicate.trainer.table_response import response_column

if TYPE_CHECKING:
    from triplicate.trainer.parameters import Parameters

__all__ = ["Table", "named_frame", "read_offset", "read_weights", "text_names"]

FEW_LEVELS = 20  # a column of so few levels is no identifier, however short the table


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """n rows to learn from.

    `columns` are the predictors in the order of the frame. `response` is None for an autoencoder;
    `label_type` is None unless it is categorical. `weights`, `offset`: float64 (n,) or None. `kept` holds the
    positions in the frame of the rows that are left. `notes` says in sentences what was left out or converted.
    """

    columns: tuple[TableColumn, ...]
    response: TableColumn | None
    label_type: LabelType | None
    weights: npt.NDArray[np.float64] | None
    weights_column: str | None
    offset: npt.NDArray[np.float64] | None
    fold: TableColumn | None
    kept: npt.NDArray[np.intp]
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return int(self.kept.size)

    @property
    def task(self) -> Task:
        """What there is to learn."""
        match self.response:
            case None:
                return Task.AUTOENCODER
            case NumericColumn():
                return Task.REGRESSION
            case CategoricalColumn(levels=levels):
                return Task.BINOMIAL if len(levels) == 2 else Task.MULTINOMIAL

    def recoded(self, recode: Callable[[CategoricalColumn], CategoricalColumn]) -> Self:
        """Return the table with each categorical column, the response too, replaced by what `recode` makes of it."""
        columns = tuple(recode(column) if isinstance(column, CategoricalColumn) else column for column in self.columns)
        target = recode(self.response) if isinstance(self.response, CategoricalColumn) else self.response
        return replace(self, columns=columns, response=target)

    @classmethod
    def for_parameters(cls, frame: pd.DataFrame, parameters: "Parameters") -> Self:
        """Take from the frame what the parameters name; the response is `response_column`, or else `y`."""
        p = parameters
        response = p.response_column if p.response_column is not None else p.y
        return cls.of(
            frame,
            response=None if p.autoencoder else response,
            weights_column=p.weights_column,
            offset_column=p.offset_column,
            fold_column=p.fold_column,
            ignored_columns=p.ignored_columns,
            x=p.x,
            categorical=p.categorical,
            numeric=p.numeric,
            classification=p.wants_classes,
            ignore_const_cols=p.ignore_const_cols,
        )

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        *,
        response: str | int | None,
        weights_column: str | int | None = None,
        offset_column: str | int | None = None,
        fold_column: str | int | None = None,
        ignored_columns: Iterable[str | int] | None = None,
        x: Iterable[str | int] | None = None,
        categorical: Sequence[str] = (),
        numeric: Sequence[str] = (),
        classification: bool | None = None,
        ignore_const_cols: bool = True,
    ) -> Self:
        """Check the frame and take its columns apart.

        Columns are named, or numbered from 0. Predictors are `x`, or all columns but the special ones and
        `ignored_columns`. Text, categoricals and booleans are categories, integers and floats numbers, unless
        `categorical` or `numeric` names them. A text or boolean response is classified, a numeric one too when
        `classification` is True. Rows without a response or of weight 0 are left out. Raises TrainingDataError
        with the column, the rule and the value.
        """
        frame, notes = named_frame(frame)
        find = _Finder(frame)
        special = {
            role: find(name, role)
            for role, name in (
                ("response", response),
                ("weights_column", weights_column),
                ("offset_column", offset_column),
                ("fold_column", fold_column),
            )
            if name is not None
        }
        typed = _Types(frozenset(find.all(categorical, "categorical")), frozenset(find.all(numeric, "numeric")))
        predictors = _predictors(find, special, x, ignored_columns)
        kept, frame, weights = _kept_rows(frame, special, notes)
        columns = _usable(frame, predictors, typed, ignore_const_cols, notes)
        target, label_type = None, None
        if "response" in special:
            name = special["response"]
            numbers = typed.numeric_by(frame[name], name)
            wanted = True if name in typed.categorical else classification
            target, label_type = response_column(frame[name], name, numeric=numbers, classification=wanted)
        offset = None
        if "offset_column" in special:
            offset = read_offset(frame, special["offset_column"], kept)
        fold = _column(frame, special["fold_column"], typed) if "fold_column" in special else None
        weights_name = special.get("weights_column")
        return cls(columns, target, label_type, weights, weights_name, offset, fold, kept, tuple(notes))


def named_frame(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the frame with unique, non-empty text names, and a note when names had to become text."""
    if not isinstance(frame, pd.DataFrame):
        raise TrainingDataError(f"the training table must be a DataFrame, got {type(frame).__name__}")
    if len(frame) == 0 or len(frame.columns) == 0:
        raise TrainingDataError(f"the table is empty: {len(frame)} rows, {len(frame.columns)} columns")
    notes = []
    named = text_names(frame)
    if named is not frame:
        notes.append("column names that were not text became text: scoring names columns by text")
    frame, names = named, list(named.columns)
    for position, (name, count) in enumerate(Counter(names).items()):
        if name == "":
            raise TrainingDataError(f"column {position} has an empty name")
        if count > 1:
            raise TrainingDataError(f"column {name!r} comes {count} times; names must differ")
        try:
            name.encode("utf-8")
        except UnicodeEncodeError as reason:
            raise TrainingDataError(f"column name {name!r} holds a lone surrogate") from reason
    return frame, notes


def text_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with its column names as texts; the same object where they are."""
    if all(isinstance(column, str) for column in frame.columns):
        return frame
    return frame.set_axis([_name(column) for column in frame.columns], axis="columns")


def _name(column: Hashable) -> str:
    return column if isinstance(column, str) else str(column)


class _Finder:
    """Looks up columns by name or position."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.names = [str(name) for name in frame.columns]
        self.known = frozenset(self.names)

    def __call__(self, wanted: str | int, role: str) -> str:
        if isinstance(wanted, str):
            if wanted in self.known:
                return wanted
            found = ", ".join(repr(name) for name in self.names[:10]) + (", …" if len(self.names) > 10 else "")
            hint = did_you_mean(wanted, self.names)
            raise TrainingDataError(f"column {wanted!r} ({role}) is missing; the table has {found}{hint}")
        if isinstance(wanted, (int, np.integer)) and 0 <= wanted < len(self.names):
            return self.names[wanted]
        raise TrainingDataError(f"{role}: {wanted!r} is not the name or number of one of {len(self.names)} columns")

    def all(self, wanted: Iterable[str | int], role: str) -> list[str]:
        """Return the names of several columns, in the order given."""
        return [self(name, role) for name in wanted]


@dataclass(frozen=True, slots=True)
class _Types:
    categorical: frozenset[str]
    numeric: frozenset[str]

    def numeric_by(self, cells: "pd.Series[Any]", name: str) -> bool:
        """Tell whether a column is read as numbers: by declaration first, then by its type."""
        if name in self.categorical or name in self.numeric:
            return name in self.numeric
        return is_numeric(cells, name)


def _predictors(
    find: _Finder,
    special: dict[str, str],
    x: Iterable[str | int] | None,
    ignored: Iterable[str | int] | None,
) -> list[str]:
    """Return the names of the predictors in the order of the frame."""
    taken = list(special.values())
    for role, name in special.items():
        if taken.count(name) > 1:
            raise ParameterError(f"column {name!r} cannot be {role} and something else at once")
    if x is not None and ignored is not None:
        raise ParameterError("give x or ignored_columns, not both: either one decides which columns are left out")
    chosen = set(find.names) if x is None else set(find.all([x] if isinstance(x, (str, int, np.integer)) else x, "x"))
    left_out = set(find.all(ignored or (), "ignored_columns")) | set(taken)
    return [name for name in find.names if name in chosen and name not in left_out]


def read_weights(frame: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    """Return the row weights (float64): numbers, none missing, none negative, not all 0."""
    weights = numeric_column(frame[name], name).values
    for wrong, rule in ((np.isnan(weights), "is missing"), (weights < 0, "is negative")):
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise TrainingDataError(f"weights_column {name!r}, row {row}: the weight {rule} ({weights[row]})")
    if not (weights > 0).any():
        raise TrainingDataError(f"weights_column {name!r}: all weights are 0, so nothing can be learned")
    return weights


def read_offset(frame: pd.DataFrame, name: str, rows: npt.NDArray[np.intp] | None = None) -> npt.NDArray[np.float64]:
    """Return the offsets (float64): finite numbers of any sign, none missing.

    `rows` are the positions of the frame's rows in the user's table, where they differ.
    """
    offset = numeric_column(frame[name], name).values
    missing = np.flatnonzero(np.isnan(offset))
    if missing.size:
        row = missing[0] if rows is None else rows[missing[0]]
        raise TrainingDataError(f"offset_column {name!r}, row {row}: the offset is missing")
    return offset


def _kept_rows(
    frame: pd.DataFrame, special: dict[str, str], notes: list[str]
) -> tuple[npt.NDArray[np.intp], pd.DataFrame, npt.NDArray[np.float64] | None]:
    """Leave out rows without a response or of weight 0; return positions, the rest, and its weights."""
    keep = np.ones(len(frame), dtype=np.bool_)
    weights = None
    if "response" in special:
        cells = frame[special["response"]]
        absent = cells.isna().to_numpy() | (cells.astype(object) == "").to_numpy(dtype=np.bool_, na_value=False)
        if absent.all():
            raise TrainingDataError(f"response {special['response']!r}: all {len(frame)} cells are missing")
        if absent.any():
            notes.append(f"rows without a response, left out: {int(absent.sum())}")
            keep &= ~absent
    if "weights_column" in special:
        weights = read_weights(frame, special["weights_column"])
        if not (keep & (weights > 0)).any():
            raise TrainingDataError(f"weights_column {special['weights_column']!r}: no row with a response has weight")
        if (weights == 0).any():
            notes.append(f"rows of weight 0, left out: {int((keep & (weights == 0)).sum())}")
            keep &= weights > 0
    kept = np.flatnonzero(keep)
    if keep.all():
        return kept, frame, weights
    return kept, frame.iloc[kept], None if weights is None else weights[kept]


def _column(frame: pd.DataFrame, name: str, typed: _Types) -> TableColumn:
    cells = frame[name]
    return numeric_column(cells, name) if typed.numeric_by(cells, name) else categorical_column(cells, name)


def _usable(
    frame: pd.DataFrame, names: list[str], typed: _Types, ignore_const_cols: bool, notes: list[str]
) -> tuple[TableColumn, ...]:
    """Convert the predictors; leave out those that hold one value or none, or refuse the empty ones."""
    columns, constant = [], []
    for name in names:
        column = _column(frame, name, typed)
        distinct = column.distinct
        if distinct > 1 or (distinct == 1 and not ignore_const_cols):
            columns.append(column)
            if isinstance(column, CategoricalColumn) and distinct > max(FEW_LEVELS, (~column.missing).sum() // 2):
                notes.append(
                    f"column {name!r} has {distinct:,} levels in {len(frame):,} rows; if it holds identifiers, dates "
                    f"or free text, leave it out with ignored_columns=[{name!r}]"
                )
        elif ignore_const_cols:
            constant.append((name, distinct))
        else:
            raise TrainingDataError(f"column {name!r} has no values; leave it out with ignored_columns=[{name!r}]")
    for count, words in ((0, "without any value"), (1, "with one value only")):
        dropped = [name for name, distinct in constant if distinct == count]
        if dropped:
            shown = ", ".join(repr(name) for name in dropped[:10])
            more = f" and {len(dropped) - 10} more" if len(dropped) > 10 else ""
            notes.append(f"columns {words}, left out: {shown}{more}")
    if not columns:
        reason = f" ({'; '.join(notes)})" if notes else ""
        raise TrainingDataError(f"no column is left to learn from{reason}")
    return tuple(columns)

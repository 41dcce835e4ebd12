"""From a table to network inputs: which column feeds which input, scaled how. Made once, used everywhere.

The plan holds the very columns that the ScoringModel will carry, and encodes training and validation rows
by them, so that training sees what scoring computes (rounded to float32).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from triplicate.runtime.columns import Categorical, Numeric
from triplicate.runtime.errors import TrainingDataError
from triplicate.runtime.heads import LabelType, Link
from triplicate.trainer.column_statistics import Scaling, column_scaling, response_scaling
from triplicate.trainer.distributions import GAUSSIAN, Distribution
from triplicate.trainer.encoded_rows import EncodedRows
from triplicate.trainer.level_codes import CodedColumn
from triplicate.trainer.lower_categories import coded_columns, one_hot_columns
from triplicate.trainer.packed_numbers import LARGEST, PackedNumbers, byte_scaling
from triplicate.trainer.parameter_rules import did_you_mean
from triplicate.trainer.parameters import Parameters, Task
from triplicate.trainer.table import Table, named_frame, read_offset, read_weights
from triplicate.trainer.table_columns import CategoricalColumn, NumericColumn, as_numbers, categorical_column, integers

__all__ = ["EncodingPlan"]


@dataclass(frozen=True, slots=True, eq=False)
class EncodingPlan:
    """How raw cells become network inputs, and the response the network's target.

    `categorical` (one input per level), `numeric` and `coded` (levels as scaled numbers) are the columns of the
    ScoringModel, in this order, and so are their inputs. `response` is the name of the response or None; classes
    are `labels`, whose probabilities are multiplied by `correction` where it is not empty (class_balance.py); a
    numeric response y is (y - response_shift) / response_scale in network space, and so is the offset under the
    identity link. Under the log link both stay as they are.
    """

    categorical: tuple[Categorical, ...]
    numeric: tuple[Numeric, ...]
    coded: tuple[CodedColumn, ...]
    inputs: int
    task: Task
    response: str | None
    labels: tuple[str, ...]
    label_type: LabelType | None
    response_shift: float
    response_scale: float
    weights_column: str | None
    skip_missing: bool
    offset_column: str | None = None
    distribution: Distribution = GAUSSIAN
    correction: tuple[float, ...] = ()
    column_weighting: str = "unit"

    @classmethod
    def of(cls, table: Table, parameters: Parameters) -> Self:
        """Lay out the inputs and compute every constant from the table's rows.

        Categorical columns come first, most levels first; each has an input per level (but the first without
        use_all_factor_levels) and one for missing and unseen cells. Numeric columns follow in table order, and
        after them categorical columns whose encoding makes numbers of their levels.
        """
        autoencoder = table.response is None
        skip = parameters.missing_values_handling == "Skip"
        weights = table.weights
        if skip:
            complete = complete_rows(table)
            if not complete.any():
                raise TrainingDataError(
                    "no rows are left: every row has a missing cell; leave out columns with many missing cells "
                    "(ignored_columns), or use missing_values_handling='MeanImputation'"
                )
            weights = None if weights is None else np.where(complete, weights, 0.0)
        categorical, first = one_hot_columns(table, parameters, weights)
        numeric: list[Numeric] = []
        for number in (column for column in table.columns if isinstance(column, NumericColumn)):
            scaling = column_scaling(
                number, weights, standardize=parameters.standardize, autoencoder=autoencoder, sparse=parameters.sparse
            )
            position = first + len(numeric)
            numeric.append(Numeric(number.name, position, scaling.subtract, scaling.multiply, scaling.missing))
        coded = coded_columns(table, parameters, weights, first + len(numeric))
        response = table.response
        target, distribution = Scaling(0.0, 1.0, 0.0), Distribution.of(parameters)
        if isinstance(response, NumericColumn):
            distribution.check_response(response.values, response.name, table.kept)
            if parameters.standardize and distribution.link is Link.IDENTITY:
                target = response_scaling(response, weights)
        return cls(
            categorical,
            tuple(numeric),
            coded,
            first + len(numeric) + _width(coded),
            table.task,
            None if response is None else response.name,
            response.levels if isinstance(response, CategoricalColumn) else (),
            table.label_type,
            target.subtract,
            target.divide,
            table.weights_column,
            skip,
            parameters.offset_column,
            distribution,
            column_weighting=parameters.column_weighting,
        )

    @property
    def columns(self) -> tuple[Categorical | Numeric, ...]:
        """The ScoringModel's columns: one-hot ones, then numeric ones, then coded ones."""
        return (*self.categorical, *self.numeric, *(coded.table for coded in self.coded))

    @property
    def text_columns(self) -> tuple[str, ...]:
        """Names of the columns that hold levels."""
        return tuple(column.name for column in self.columns if isinstance(column, Categorical))

    @property
    def first_number(self) -> int:
        """Input of the first number; inputs that are 1 or 0 come before it."""
        return self.inputs - len(self.numeric) - _width(self.coded)

    @property
    def outputs(self) -> int:
        """Units of the network's last layer."""
        match self.task:
            case Task.AUTOENCODER:
                return self.inputs
            case Task.REGRESSION:
                return 1
            case _:
                return len(self.labels)

    @property
    def error_weights(self) -> npt.NDArray[np.float64]:
        """What each input's squared error counts in an autoencoder's score (inputs,): the mean of units or of columns.

        Of columns, the error of a number is its square, that of a category half the sum over its levels, which is 1
        where one level is wholly mistaken for another; of numbers made of levels the mean.
        """
        if self.column_weighting == "unit":
            return np.full(self.inputs, 1.0 / self.inputs)
        weights = np.ones(self.inputs)
        weights[: self.first_number] = 0.5
        for coded in self.coded:
            weights[coded.table.inputs[0]] = 1.0 / len(coded.scalings)
        return weights / len(self.columns)

    def encode(self, source: Table | pd.DataFrame, *, learning: bool = False) -> EncodedRows:
        """Encode a table, or a frame that has the same columns (a validation frame).

        With `learning`, rows with a missing predictor are left out when missing_values_handling is "Skip".
        Frames hold rows with a response and a weight above 0 (exact_metrics.scorable_rows); a missing column, text
        in a numeric column and a class that training did not have raise TrainingDataError; a frame without the
        weights column has weights 1. Unseen levels and overflowing numbers go the way of missing cells, as in
        scoring.
        """
        if isinstance(source, Table):
            kept = complete_rows(source) if learning and self.skip_missing else None
            return self._encode_table(source, kept)
        return self._encode_frame(source)

    def _encode_table(self, table: Table, kept: npt.NDArray[np.bool_] | None) -> EncodedRows:
        columns = {column.name: column for column in table.columns}

        def levels(plan: Categorical) -> npt.NDArray[np.int32]:
            column = columns[plan.name]
            if not isinstance(column, CategoricalColumn):
                raise TypeError(f"column {plan.name!r} of this table is not categorical")
            if column.levels != plan.levels:
                raise ValueError(f"column {plan.name!r} of this table has other levels than the plan's")
            return column.codes

        numeric = {name: column for name, column in columns.items() if isinstance(column, NumericColumn)}
        codes, numbers = self._inputs(
            len(table), levels, lambda name: numeric[name].integers, lambda name: numeric[name].values
        )
        response: npt.NDArray[Any] | None = None
        if isinstance(table.response, CategoricalColumn):
            response = table.response.codes
        elif table.response is not None:
            response = self._network_space(table.response.values)
        rows = slice(None) if kept is None else kept
        response, weights, offset = (
            None if values is None else values[rows] for values in (response, table.weights, table.offset)
        )
        return self._rows(
            codes[rows], numbers if kept is None else numbers.take(np.flatnonzero(kept)), response, weights, offset
        )

    def _encode_frame(self, frame: pd.DataFrame) -> EncodedRows:
        frame, _ = named_frame(frame)
        self._require_columns(frame)
        response, weights = self._frame_response(frame), None
        if self.weights_column is not None and self.weights_column in frame.columns:
            weights = read_weights(frame, self.weights_column)
        codes, numbers = self._inputs(
            len(frame),
            lambda plan: categorical_column(frame[plan.name], plan.name, plan.levels).codes,
            lambda name: integers(frame[name]),
            lambda name: as_numbers(frame[name], name),
        )
        offset = None if self.offset_column is None else read_offset(frame, self.offset_column)
        return self._rows(codes, numbers, response, weights, offset)

    def _inputs(
        self,
        rows: int,
        levels: Callable[[Categorical], npt.NDArray[np.int32]],
        whole: Callable[[str], npt.NDArray[np.integer[Any]] | None],
        values: Callable[[str], npt.NDArray[np.float64]],
    ) -> tuple[npt.NDArray[np.int32], PackedNumbers]:
        """Return active inputs and numbers of rows whose level codes, integers (if they are) and values are given."""
        codes = np.empty((rows, len(self.categorical)), dtype=np.int32)
        for position, column in enumerate(self.categorical):
            codes[:, position] = column.inputs[_table_rows(column, levels(column)), 0]
        integral = [whole(number.name) for number in self.numeric]
        scalings = [byte_scaling(number, cells) for number, cells in zip(self.numeric, integral, strict=True)]
        numbers = PackedNumbers.room(rows, [*scalings, *([None] * _width(self.coded))])

        def columns() -> Iterator[npt.NDArray[Any]]:
            for number, cells, scaling in zip(self.numeric, integral, scalings, strict=True):
                if scaling is None or cells is None:
                    yield _scaled(number, values(number.name))
                else:  # what does not fit the cells' own type wraps around, and fits a byte again
                    yield np.subtract(cells, int(scaling.lowest), dtype=cells.dtype)
            for coded in self.coded:
                table = np.clip(coded.table.values, -LARGEST, LARGEST)
                chosen = _table_rows(coded.table, levels(coded.table))
                for place in range(table.shape[1]):
                    yield table[chosen, place]

        numbers.fill(columns())
        return codes, numbers

    def _require_columns(self, frame: pd.DataFrame) -> None:
        special = [name for name in (self.response, self.offset_column) if name is not None]
        needed = [column.name for column in self.columns] + special
        present = frozenset(frame.columns)
        missing = [name for name in needed if name not in present]
        if missing:
            more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
            hint = did_you_mean(missing[0], [str(name) for name in frame.columns])
            raise TrainingDataError(f"column {missing[0]!r} is missing{more} in the validation frame{hint}")

    def _frame_response(self, frame: pd.DataFrame) -> npt.NDArray[Any] | None:
        if self.response is None:
            return None
        cells = frame[self.response]
        if self.task is Task.REGRESSION:
            values = as_numbers(cells, self.response)
            self.distribution.check_response(values, self.response)
            return self._network_space(values)
        codes = categorical_column(cells, self.response, self.labels).codes
        strange = np.flatnonzero(codes == len(self.labels))
        if strange.size:
            known = ", ".join(repr(label) for label in self.labels[:10])
            raise TrainingDataError(
                f"response {self.response!r}, row {strange[0]} of the validation frame: class "
                f"{cells.iloc[int(strange[0])]!r} does not occur in training, which has {known}"
            )
        return codes

    def _network_space(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return (values - self.response_shift) / self.response_scale

    def _rows(
        self,
        codes: npt.NDArray[np.int32],
        numbers: PackedNumbers,
        response: npt.NDArray[Any] | None,
        weights: npt.NDArray[np.float64] | None,
        offset: npt.NDArray[np.float64] | None,
    ) -> EncodedRows:
        scaled = None if weights is None else weights / weights.mean()
        added = None if offset is None else self._network_space(offset)
        return EncodedRows(codes, numbers, self.first_number, self.inputs, response, scaled, added)


def complete_rows(table: Table) -> npt.NDArray[np.bool_]:
    """Return which rows have no missing predictor."""
    complete = np.ones(len(table), dtype=np.bool_)
    for column in table.columns:
        complete &= ~column.missing
    return complete


def _width(coded: tuple[CodedColumn, ...]) -> int:
    return sum(len(column.scalings) for column in coded)


def _table_rows(plan: Categorical, codes: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Return the table row of each code; -1 is missing, and a code beyond the levels unseen."""
    return np.where(codes < 0, plan.missing_row, codes + (codes >= len(plan.levels)))


def _scaled(plan: Numeric, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Apply the column's transform as scoring does; results beyond float32 are cut to its range."""
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = values - plan.subtract
        scaled *= plan.multiply
    scaled[~np.isfinite(scaled)] = plan.missing
    return np.clip(scaled, -LARGEST, LARGEST, out=scaled)

"""From the categorical columns of a table to tables of contributions, by the encoding that was asked for."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from triplicate.runtime.columns import Categorical, UnseenPolicy
from triplicate.trainer.level_codes import CodedColumn, binary_codes, eigen_codes, label_codes
from triplicate.trainer.level_layouts import LevelLayout, limited_layout, plain_layout, sorted_layout
from triplicate.trainer.murmur_hash import hashed_inputs
from triplicate.trainer.parameters import Parameters
from triplicate.trainer.table import Table
from triplicate.trainer.table_columns import CategoricalColumn

__all__ = ["by_falling_cardinality", "coded_columns", "one_hot_columns"]

Weights = npt.NDArray[np.float64] | None

CODES: dict[str, Callable[[CategoricalColumn], npt.NDArray[np.float64]]] = {
    "Binary": binary_codes,
    "Eigen": eigen_codes,
    "LabelEncoder": label_codes,
}


def by_falling_cardinality(sizes: list[int]) -> list[int]:
    """Return the incumbent's order of categorical columns: an exchange sort, which is not stable."""
    order = list(range(len(sizes)))
    for i in range(len(order)):
        for j in range(i + 1, len(order)):
            if sizes[order[i]] < sizes[order[j]]:
                order[i], order[j] = order[j], order[i]
    return order


def one_hot_columns(table: Table, parameters: Parameters, weights: Weights) -> tuple[tuple[Categorical, ...], int]:
    """Return the columns that have an input per level or group of levels, and the number of their inputs.

    Most levels first. There are none when the encoding makes numbers of levels. More inputs than
    max_categorical_features are hashed into that many.
    """
    if parameters.categorical_encoding in CODES:
        return (), 0
    keep_first = parameters.use_all_factor_levels or table.response is None
    columns = _categorical(table)
    layouts = [_layout(column, table, parameters, weights) for column in columns]
    if parameters.unseen_levels == "anomaly":
        layouts = [layout.with_unseen_slot() for layout in layouts]
    first, lowered = 0, []
    for position in by_falling_cardinality([layout.count for layout in layouts]):
        policy = _policy(parameters)
        lowered.append(layouts[position].table(columns[position], first, keep_first=keep_first, policy=policy))
        first += layouts[position].width(keep_first=keep_first)
    most = parameters.max_categorical_features
    if first <= most:
        return tuple(lowered), first
    return tuple(hashed_inputs(column, most, parameters.seed) for column in lowered), most


def coded_columns(table: Table, parameters: Parameters, weights: Weights, first: int) -> tuple[CodedColumn, ...]:
    """Return the columns whose levels are numbers, in table order, on the inputs from `first` on."""
    encode = CODES.get(parameters.categorical_encoding)
    if encode is None:
        return ()
    lowered = []
    for column in _categorical(table):
        codes = encode(column)
        lowered.append(
            CodedColumn.of(
                column, codes, first, weights, _policy(parameters), standardize=parameters.standardize,
                autoencoder=table.response is None, sparse=parameters.sparse,
            )
        )  # fmt: skip
        first += codes.shape[1]
    return tuple(lowered)


def _categorical(table: Table) -> list[CategoricalColumn]:
    return [column for column in table.columns if isinstance(column, CategoricalColumn)]


def _policy(parameters: Parameters) -> UnseenPolicy:
    return UnseenPolicy.ERROR if parameters.unseen_levels == "error" else UnseenPolicy.ROW


def _layout(column: CategoricalColumn, table: Table, parameters: Parameters, weights: Weights) -> LevelLayout:
    match parameters.categorical_encoding:
        case "SortByResponse":
            return sorted_layout(column, table, weights)
        case "EnumLimited":
            return limited_layout(column)
        case _:
            return plain_layout(column)

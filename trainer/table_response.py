"""The response of a training table: numbers to regress on, or classes and what their labels are."""

import warnings
from typing import Any

import numpy as np
import pandas as pd

from triplicate.runtime.errors import TrainingDataError
from triplicate.runtime.heads import LabelType
from triplicate.trainer.table_columns import CategoricalColumn, TableColumn, categorical_column, numeric_column

__all__ = ["response_column"]

WHOLE_OR_OTHER_NUMBERS = ("integer", "floating", "mixed-integer-float", "decimal")


def response_column(
    cells: "pd.Series[Any]", name: str, *, numeric: bool, classification: bool | None
) -> tuple[TableColumn, LabelType | None]:
    """Return the response and, for classes, the type of their labels.

    Categories are classes; numbers are regressed on unless `classification` is True, with a warning
    (UserWarning) when there are only two of them and `classification` is None. Classes are those that occur, in
    lexicographic order.
    Raises TrainingDataError for a constant response, fractions as classes, and categories when
    `classification` is False.
    """
    if numeric and classification is not True:
        return _numbers(cells, name, chosen=classification is False), None
    if classification is False:
        raise TrainingDataError(
            f"response {name!r} holds categories, and regression needs numbers; leave classification=False and "
            f"distribution out to classify, or read its texts as numbers with numeric=[{name!r}]"
        )
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.cat.remove_unused_categories()
    classes = categorical_column(cells, name)
    label_type = _label_type(cells, classes, name)
    if len(classes.levels) < 2:
        raise TrainingDataError(
            f"response {name!r} has one class only, {classes.levels[0]!r}; there is nothing to learn"
        )
    return classes, label_type


def _numbers(cells: "pd.Series[Any]", name: str, *, chosen: bool) -> TableColumn:
    column = numeric_column(cells, name)
    values = np.unique(column.values)
    if values.size < 2:
        raise TrainingDataError(f"response {name!r} is constant ({values[0]:g}); there is nothing to learn")
    if values.size == 2 and not chosen:
        warnings.warn(
            f"response {name!r} holds only the numbers {values[0]:g} and {values[1]:g} and is regressed on; "
            "classification=True (command line: --classification) makes classes of them",
            UserWarning,
            stacklevel=8,  # the line that calls train()
        )
    return column


def _label_type(cells: "pd.Series[Any]", classes: CategoricalColumn, name: str) -> LabelType:
    dtype = cells.cat.categories.dtype if isinstance(cells.dtype, pd.CategoricalDtype) else cells.dtype
    kind = pd.api.types.infer_dtype(cells, skipna=True) if dtype == np.dtype(object) else ""
    if pd.api.types.is_bool_dtype(dtype) or kind == "boolean":
        return LabelType.BOOLEAN
    if not pd.api.types.is_numeric_dtype(dtype) and kind not in WHOLE_OR_OTHER_NUMBERS:
        return LabelType.STRING
    for level in classes.levels:
        if not level.removeprefix("-").isdigit() or not -(2**63) <= int(level) < 2**63:
            raise TrainingDataError(f"response {name!r}: {level} cannot name a class; use whole numbers or text")
    return LabelType.INTEGER

"""Zeros that cost nothing: the means of columns with many zeros move into the first bias of the frozen model.

Training centres a column, so that a raw 0 becomes -mean / deviation. Scoring skips inputs that are 0: with
w · (x - mean) · m + b written as w · (x · m) + (b - w · mean · m), a raw 0 is one. Every form of the model reads the
same folded numbers.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from triplicate.runtime.columns import Categorical, Numeric
from triplicate.runtime.layers import Layer
from triplicate.trainer.table import Table
from triplicate.trainer.table_columns import NumericColumn

__all__ = ["centred_bias", "columns_of_zeros", "folded"]

LEAST_COLUMNS = 16  # fewer are no work worth saving
LEAST_ZEROS = 0.25
"""Share of zeros from which a column is folded: its mean is then less than two deviations from 0, so that not
centring it loses no digits."""

Columns = tuple[Categorical | Numeric, ...]
Floats = npt.NDArray[np.float64]


def columns_of_zeros(table: Table) -> frozenset[str]:
    """Return the numeric columns with many zeros if most numbers of a wide table are zeros, else none.

    An autoencoder has none, because it compares what it rebuilds with the centred inputs.
    """
    numbers = [column for column in table.columns if isinstance(column, NumericColumn)]
    shares = [float(np.count_nonzero(column.cells == 0)) / max(len(column.cells), 1) for column in numbers]
    if table.response is None or len(numbers) < LEAST_COLUMNS or sum(shares) < len(numbers) / 2:
        return frozenset()
    return frozenset(column.name for column, share in zip(numbers, shares, strict=True) if share >= LEAST_ZEROS)


def folded(columns: Columns, first: Layer, names: Collection[str]) -> tuple[Columns, Layer]:
    """Return the columns without the centres of those named, and the first layer with what they add to its bias."""
    changed = tuple(
        replace(column, subtract=0.0, missing=column.missing + _centre(column) + 0.0)
        if isinstance(column, Numeric) and column.name in names and column.subtract != 0
        else column
        for column in columns
    )
    return changed, replace(first, bias=first.bias - _added(columns, changed, first))


def centred_bias(trained: Columns, frozen: Sequence[Categorical | Numeric], first: Layer) -> Floats:
    """Return the first bias as training had it, rounded to the float32 that it was."""
    return np.asarray((first.bias + _added(trained, frozen, first)).astype(np.float32).astype(np.float64))


def _centre(column: Numeric) -> float:
    return column.subtract * column.multiply


def _added(before: Columns, after: Sequence[Categorical | Numeric], first: Layer) -> Floats:
    """Return what the centres of the folded columns add to each sum, one after the other: the same bits everywhere."""
    total = np.zeros(len(first.bias))
    for old, new in zip(before, after, strict=True):
        if isinstance(old, Numeric) and isinstance(new, Numeric) and old.subtract != new.subtract:
            total += _centre(old) * first.weights[:, old.input].astype(np.float64)
    return total

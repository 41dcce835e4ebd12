"""Levels as numbers: binary digits, projections or labels, which are scaled like the numbers of a table.

A column becomes k numbers per row. They are lowered to a table of scaled contributions, so that scoring looks
them up and no form computes them again.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from triplicate.runtime.cells import parse_number
from triplicate.runtime.columns import Categorical, UnseenPolicy
from triplicate.trainer.column_statistics import Scaling, column_scaling
from triplicate.trainer.level_layouts import most_frequent
from triplicate.trainer.table_columns import CategoricalColumn, NumericColumn

__all__ = ["CodedColumn", "binary_codes", "eigen_codes", "label_codes"]

LEVELS_PROJECTED = 1024  # by Eigen, beside "other"

Codes = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CodedColumn:
    """A categorical column lowered to scaled numbers, and the scaling of each of its inputs."""

    table: Categorical
    scalings: tuple[Scaling, ...]

    @classmethod
    def of(
        cls,
        column: CategoricalColumn,
        codes: Codes,
        first: int,
        weights: npt.NDArray[np.float64] | None,
        policy: UnseenPolicy,
        *,
        standardize: bool,
        autoencoder: bool,
        sparse: bool = False,
    ) -> "CodedColumn":
        """Scale the codes (levels + 2, k) as a table's numbers are; NaN is a missing number.

        The statistics are those of the training rows. Inputs are `first` and those after it.
        """
        values = np.empty_like(codes)
        scalings = []
        for k in range(codes.shape[1]):
            cells = NumericColumn(column.name, codes[np.where(column.missing, len(column.levels), column.codes), k])
            scaling = column_scaling(cells, weights, standardize=standardize, autoencoder=autoencoder, sparse=sparse)
            scaled = (codes[:, k] - scaling.subtract) * scaling.multiply
            values[:, k] = np.where(np.isfinite(scaled), scaled, scaling.missing) + 0.0  # + 0.0 turns -0.0 into 0.0
            scalings.append(scaling)
        inputs = np.broadcast_to(np.arange(first, first + codes.shape[1], dtype=np.int32), codes.shape)
        return cls(Categorical(column.name, column.levels, inputs.copy(), values, policy), tuple(scalings))


def binary_codes(column: CategoricalColumn) -> Codes:
    """Return the binary digits of 1 + the level's position, lowest first; missing and unseen cells are 0."""
    levels = len(column.levels)
    numbers = np.concatenate((np.arange(1, levels + 1), [0, 0]))
    digits = numbers[:, np.newaxis] >> np.arange(levels.bit_length())
    return (digits & 1).astype(np.float64)


def label_codes(column: CategoricalColumn) -> Codes:
    """Return the level's position, or the number that it spells where all levels do; NaN for missing and unseen."""
    spelled = [parse_number(level) for level in column.levels]
    positions = np.arange(len(column.levels), dtype=np.float64)
    numbers = np.array([np.nan if number is None else number for number in spelled])
    labels = numbers if np.isfinite(numbers).all() else positions
    return np.concatenate((labels, [np.nan, np.nan]))[:, np.newaxis]


def eigen_codes(column: CategoricalColumn) -> Codes:
    """Return each level's entry in a leading eigenvector of the scaled covariance of the one-hot columns.

    With n_i rows of level i and N rows in all, the matrix (d_ij n_i - n_i n_j / N) / sqrt(n_i n_j) is the
    identity less the projection on s = sqrt(n / N): its leading eigenvalue is 1, and every unit vector at right
    angles to s belongs to it. Taken is the one nearest to the order of the levels, scaled to length 1, so that
    it is the same on every machine. Levels without a row, and missing cells, are NaN. Beyond 1024 levels, the
    rarer ones share one entry, and unseen levels have it too. Entries are float32 numbers, as those of a MOJO are.
    """
    levels = len(column.levels)
    groups, count = np.arange(levels), levels
    if levels > LEVELS_PROJECTED:
        groups, count = np.full(levels, LEVELS_PROJECTED), LEVELS_PROJECTED + 1
        groups[most_frequent(column, LEVELS_PROJECTED)] = np.arange(LEVELS_PROJECTED)
    rows = np.bincount(groups[column.codes[column.codes >= 0]], minlength=count)
    share = np.sqrt(rows / max(rows.sum(), 1))
    order = np.where(rows > 0, np.cumsum(rows > 0) - 1.0, 0.0)
    vector = order - (order * share).sum() * share
    length = np.sqrt(np.square(vector).sum())
    entries = np.where(rows > 0, vector / (length if length > 0 else 1.0), np.nan)
    entries = entries.astype(np.float32).astype(np.float64)
    other = entries[-1] if count != levels else np.nan
    return np.concatenate((entries[groups], [np.nan, other]))[:, np.newaxis]

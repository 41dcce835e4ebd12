"""What kernels are told: the rows to learn, and the rule to learn them by.

What a training does not use is None rather than an empty array: a kernel that asks `if x is None` of an argument is
compiled without the other branch, which makes the first training start sooner.
"""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from triplicate.trainer.addressed import Addressed
from triplicate.trainer.encoded_rows import EncodedRows
from triplicate.trainer.jit import kernel
from triplicate.trainer.losses import CROSS_ENTROPY, SQUARED
from triplicate.trainer.optimizers import Kinds, Optimizer
from triplicate.trainer.packed_numbers import PackedNumbers, read_numbers
from triplicate.trainer.views import row_view

__all__ = ["Rows", "Rule", "other_loss", "read_row", "used"]

Floats = npt.NDArray[np.floating[Any]]


def used(numbers: Floats) -> Floats | None:
    """Return an array as kernels want it: None when it is empty."""
    return numbers if numbers.size > 0 else None


@dataclass(frozen=True, eq=False)
class Rows(Addressed):
    """The training rows as kernels read them.

    `labels` (int32) serves classification, and is None otherwise; `targets` (n, outputs) serves regression; they
    have no rows for an autoencoder, whose target is the row itself, and are None in classification. `weights` has one
    number per row, or none at all; so has `offsets`, which is added to the output of a regression, in network space.
    """

    codes: npt.NDArray[np.int32]
    numbers: PackedNumbers
    first_number: int
    labels: npt.NDArray[np.int32] | None
    targets: Floats | None
    weights: npt.NDArray[np.float64]
    offsets: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def of(cls, encoded: EncodedRows) -> Self:
        """Arrange encoded rows: an integer response is a label, any other a target."""
        response, kind = encoded.response, encoded.numbers.floats.dtype
        labels: npt.NDArray[np.int32] | None = None
        targets: Floats | None = np.zeros((0, 1), dtype=kind)
        if response is not None and response.dtype.kind == "i":
            labels, targets = np.ascontiguousarray(response, dtype=np.int32), None
        elif response is not None:
            targets = np.ascontiguousarray(response, dtype=kind).reshape(-1, 1)
        weights, offsets = (
            np.zeros(0) if numbers is None else np.ascontiguousarray(numbers)
            for numbers in (encoded.weights, encoded.offset)
        )
        return cls(
            np.ascontiguousarray(encoded.codes),
            encoded.numbers,
            encoded.first_number,
            labels,
            targets,
            weights,
            offsets,
        )


@kernel(inner=True)
def read_row(rows: Rows, row: int, codes: npt.NDArray[np.int32], numbers: Floats) -> None:
    """Copy the active inputs of a row's categories, and its numbers, scaled."""
    given = row_view(rows.codes, row, 0, codes.size)
    for column in range(codes.size):
        codes[column] = given[column]
    read_numbers(rows.numbers, row, numbers)


@dataclass(frozen=True, eq=False)
class Rule(Addressed):
    """What is minimised, and how: codes of loss and optimiser, its constants, fast mode, seed of the masks.

    `shape` holds the loss's constant (see losses.slope_at) in an array of one, because huber's changes. `centre`
    holds the weights towards which elastic averaging pulls, or is None.
    """

    loss: int
    optimizer: int
    kinds: Kinds
    constants: npt.NDArray[np.float64]
    fast: bool
    seed: int
    shape: npt.NDArray[np.float64]
    centre: Floats | None = None

    @classmethod
    def of(cls, loss: int, optimizer: Optimizer, seed: int, shape: npt.NDArray[np.float64]) -> Self:
        """Return the rule of an optimiser."""
        return cls(loss, optimizer.code, optimizer.kinds, optimizer.constants(), optimizer.fast_mode, seed, shape)


def other_loss(rule: Rule, rows: Rows) -> bool | None:
    """Tell whether the loss is neither the cross-entropy of classes nor the squared error: None where it is."""
    usual = SQUARED if rows.labels is None else CROSS_ENTROPY
    return None if rule.loss == usual else True

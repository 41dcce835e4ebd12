"""What kernels are told: the rows to learn, and the rule to learn them by."""

from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from triplicate.trainer.encoded_rows import EncodedRows

__all__ = ["NOWHERE", "Rows", "Rule"]

Floats = npt.NDArray[np.floating[Any]]

NONE = np.zeros(0)
NOWHERE = np.zeros(0, dtype=np.float32)


class Rows(NamedTuple):
    """The training rows as kernels read them.

    `labels` (int32) serves classification, `targets` (n, outputs) regression; the other one has no rows. An
    autoencoder has neither: its target is the row itself. `weights` has one number per row, or none at all;
    so has `offsets`, which is added to the output of a regression, in network space.
    """

    codes: npt.NDArray[np.int32]
    numbers: Floats
    first_number: int
    labels: npt.NDArray[np.int32]
    targets: Floats
    weights: npt.NDArray[np.float64]
    offsets: npt.NDArray[np.float64] = NONE

    @classmethod
    def of(cls, encoded: EncodedRows) -> Self:
        """Arrange encoded rows: an integer response is a label, any other a target."""
        response, kind = encoded.response, encoded.numbers.dtype
        labels, targets = np.zeros(0, dtype=np.int32), np.zeros((0, 1), dtype=kind)
        if response is not None and response.dtype.kind == "i":
            labels = np.ascontiguousarray(response, dtype=np.int32)
        elif response is not None:
            targets = np.ascontiguousarray(response, dtype=kind).reshape(-1, 1)
        weights, offsets = (
            np.zeros(0) if numbers is None else np.ascontiguousarray(numbers)
            for numbers in (encoded.weights, encoded.offset)
        )
        return cls(
            np.ascontiguousarray(encoded.codes),
            np.ascontiguousarray(encoded.numbers),
            encoded.first_number,
            labels,
            targets,
            weights,
            offsets,
        )


class Rule(NamedTuple):
    """What is minimised, and how: codes of loss and optimiser, its constants, fast mode, seed of the masks.

    `shape` holds the loss's constant (see losses.slope_at) in an array of one, because huber's changes. `centre`
    holds the weights towards which elastic averaging pulls, or nothing.
    """

    loss: int
    optimizer: int
    constants: npt.NDArray[np.float64]
    fast: bool
    seed: int
    shape: npt.NDArray[np.float64]
    centre: Floats = NOWHERE

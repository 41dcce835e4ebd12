"""Rows as the kernels read them: active one-hot inputs, scaled numbers, response and weights."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from triplicate.trainer.packed_numbers import PackedNumbers

__all__ = ["EncodedRows", "dense"]


@dataclass(frozen=True, slots=True, eq=False)
class EncodedRows:
    """n rows of a table in network units. Inputs of categorical columns come before those of numeric ones.

    `codes` (int32, shape (n, categorical columns)) holds the input that is 1, or -1 where none is.
    `numbers` holds scaled values (packed_numbers.py); column k is input `first_number + k`. `inputs` is the width of
    the network. `response` is the class index (int32) in classification, the response in network space (float64,
    standardised where the plan says so) in regression, None for an autoencoder. `weights` (float64) have mean 1, or
    are None when all rows count alike. `offset` (float64) is what the rows add to the output of a regression, in
    network space, or None.
    """

    codes: npt.NDArray[np.int32]
    numbers: PackedNumbers
    first_number: int
    inputs: int
    response: npt.NDArray[np.int32] | npt.NDArray[np.float64] | None
    weights: npt.NDArray[np.float64] | None
    offset: npt.NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return int(self.codes.shape[0])

    def take(self, rows: npt.NDArray[np.intp] | slice) -> "EncodedRows":
        """Return the selected rows (indices or a slice) in that order; weights are not rescaled."""
        return EncodedRows(
            np.ascontiguousarray(self.codes[rows]),
            self.numbers.take(rows),
            self.first_number,
            self.inputs,
            None if self.response is None else self.response[rows],
            None if self.weights is None else self.weights[rows],
            None if self.offset is None else self.offset[rows],
        )


def dense(rows: EncodedRows) -> npt.NDArray[np.float32]:
    """Return the network's inputs as one matrix, float32, shape (n, inputs)."""
    matrix = np.zeros((len(rows), rows.inputs), dtype=np.float32)
    matrix[:, rows.first_number : rows.first_number + rows.numbers.columns] = rows.numbers.matrix()
    for column in range(rows.codes.shape[1]):
        codes = rows.codes[:, column]
        active = np.flatnonzero(codes >= 0)
        matrix[active, codes[active]] += 1.0
    return matrix

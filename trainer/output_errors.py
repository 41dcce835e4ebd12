"""The errors of the output layer: what back-propagation starts from, the same in row mode and in batches."""

from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.atomics import stay_apart
from triplicate.trainer.jit import kernel
from triplicate.trainer.losses import cross_entropy_gradient, loss_gradient, softmax_gradient, squared_gradient
from triplicate.trainer.packed_numbers import PackedNumbers, read_numbers
from triplicate.trainer.views import view

__all__ = ["row_errors", "set_target"]

Floats = npt.NDArray[np.floating[Any]]
Codes = npt.NDArray[np.int32]


@kernel(inner=True)
def set_target(
    targets: Floats, codes: Codes, numbers: PackedNumbers, first_number: int, row: int, target: Floats
) -> None:
    """Fill in the target of a row: the response, or an autoencoder's inputs."""
    if targets.shape[0] > 0:
        for output in range(target.size):
            target[output] = targets[row, output]
        return
    for output in range(target.size):
        target[output] = 0
    for column in range(codes.shape[1]):
        if codes[row, column] >= 0:
            target[codes[row, column]] = 1
    read_numbers(numbers, row, view(target, first_number, target.size))


@kernel(inner=True)
def row_errors(
    labels: npt.NDArray[np.int32] | None, targets: Floats | None, other: bool | None, loss: int,
    shape: npt.NDArray[np.float64], codes: Codes, numbers: PackedNumbers, first_number: int,
    offsets: npt.NDArray[np.float64], row: int, weight: float, outputs: Floats, target: Floats, errors: Floats,
) -> None:  # fmt: skip
    """Write the errors of one row's outputs, in place of the outputs' derivatives.

    Either the `labels` or the `targets` of the rows are None; `other` is None where the loss is cross-entropy, or of
    targets the squared error. With labels `outputs` are linear sums and become probabilities. `weight` multiplies the
    errors; `target` is work space as wide as the outputs.
    """
    stay_apart()
    if labels is not None:
        if other is None:
            cross_entropy_gradient(outputs, labels[row], weight, errors)
        else:
            softmax_gradient(loss, shape[0], outputs, labels[row], weight, errors)
    if targets is not None:
        if offsets.size > 0:
            outputs[0] += offsets[row]
        set_target(targets, codes, numbers, first_number, row, target)
        if other is None:
            squared_gradient(outputs, target, weight, errors)
        else:
            loss_gradient(loss, shape[0], outputs, target, weight, errors)

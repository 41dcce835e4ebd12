"""Updates of row mode: the listed rows of a thread's part of a layer, all by the same errors, in vector code.

The gradient of a row of weights is the input's value times the errors. In fast mode a weight whose input is 0 is
not listed, and one whose unit has no error stays as it is, its memory included: what depends on the unit alone is
worked out once per layer, so that the loops over weights are free of conditions.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.atomics import stay_apart
from triplicate.trainer.copy_averaging import add_pull
from triplicate.trainer.jit import FUSED, RECIPROCAL_ROOT, kernel
from triplicate.trainer.optimizers import (
    BETA_1,
    BETA_2,
    EPSILON,
    FRESH,
    L1,
    L2,
    PULL,
    RHO,
    Constants,
    penalty_of,
)
from triplicate.trainer.views import row_view, view

__all__ = ["update_listed", "update_pulled"]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]


@kernel(FUSED, inner=True)
def adadelta_listed(
    parameters: Floats, squares: Floats, steps: Floats, start: int, index: Indices, value: Floats, errors: Floats,
    constants: Constants, fast: bool, keep: Floats, energy: Floats,
) -> None:  # fmt: skip
    """Update by ADADELTA (Zeiler, 2012) without penalties; `keep` and `energy` are work space."""
    stay_apart()
    kind, width = parameters.dtype.type, errors.size
    fresh, epsilon = kind(constants[FRESH]), kind(constants[EPSILON])
    for j in range(width):
        keep[j] = kind(1) if fast and errors[j] == 0 else kind(constants[RHO])
        energy[j] = fresh * errors[j] * errors[j]
    for k in range(index.size):
        begin = start + index[k] * width
        row, square = view(parameters, begin, begin + width), view(squares, begin, begin + width)
        stride, factor = view(steps, begin, begin + width), value[k]
        power = factor * factor
        for j in range(width):
            new = keep[j] * square[j] + power * energy[j]
            square[j] = new
            step = math.sqrt((stride[j] + epsilon) / (new + epsilon)) * (factor * errors[j])
            stride[j] = keep[j] * stride[j] + fresh * step * step
            row[j] -= step


@kernel(FUSED, inner=True)
def adadelta_penalised(
    parameters: Floats, squares: Floats, steps: Floats, start: int, index: Indices, value: Floats, errors: Floats,
    constants: Constants, fast: bool, keep: Floats, live: Floats,
) -> None:  # fmt: skip
    """Update by ADADELTA with the penalties l1 and l2; `keep` and `live` are work space."""
    stay_apart()
    kind, width = parameters.dtype.type, errors.size
    fresh, epsilon = kind(constants[FRESH]), kind(constants[EPSILON])
    l1, l2 = kind(constants[L1]), kind(constants[L2])
    for j in range(width):
        live[j] = kind(0) if fast and errors[j] == 0 else kind(1)
        keep[j] = kind(1) if fast and errors[j] == 0 else kind(constants[RHO])
    for k in range(index.size):
        begin = start + index[k] * width
        row, square = view(parameters, begin, begin + width), view(squares, begin, begin + width)
        stride, factor = view(steps, begin, begin + width), value[k]
        for j in range(width):
            slope = factor * errors[j] + live[j] * penalty_of(row[j], l1, l2, kind(0))
            new = keep[j] * square[j] + fresh * slope * slope
            square[j] = new
            step = math.sqrt((stride[j] + epsilon) / (new + epsilon)) * slope
            stride[j] = keep[j] * stride[j] + fresh * step * step
            row[j] -= step


@kernel(FUSED, inner=True)
def descend_listed(
    parameters: Floats, start: int, index: Indices, value: Floats, errors: Floats, rate: float, constants: Constants,
    fast: bool, live: Floats,
) -> None:  # fmt: skip
    """Update by plain gradient descent; `live` is work space."""
    stay_apart()
    kind, width = parameters.dtype.type, errors.size
    pace, l1, l2 = kind(rate), kind(constants[L1]), kind(constants[L2])
    for j in range(width):
        live[j] = kind(0) if fast and errors[j] == 0 else kind(1)
    for k in range(index.size):
        begin = start + index[k] * width
        row, factor = view(parameters, begin, begin + width), value[k]
        for j in range(width):
            row[j] -= pace * (factor * errors[j] + live[j] * penalty_of(row[j], l1, l2, kind(0)))


@kernel(FUSED, inner=True)
def momentum_listed(
    nesterov: bool, parameters: Floats, steps: Floats, start: int, index: Indices, value: Floats, errors: Floats,
    rate: float, constants: Constants,
) -> None:  # fmt: skip
    """Update by gradient descent with momentum, whose last steps `advance` has shrunk."""
    stay_apart()
    kind, width = parameters.dtype.type, errors.size
    pace, l1, l2 = kind(rate), kind(constants[L1]), kind(constants[L2])
    for k in range(index.size):
        begin = start + index[k] * width
        row, factor, step = view(parameters, begin, begin + width), value[k], view(steps, begin, begin + width)
        for j in range(width):
            change = pace * (factor * errors[j] + penalty_of(row[j], l1, l2, kind(0)))
            step[j] -= change
            row[j] += -change if nesterov else step[j]


@kernel(RECIPROCAL_ROOT, inner=True)
def adam_listed(
    parameters: Floats, squares: Floats, steps: Floats, start: int, index: Indices, value: Floats, errors: Floats,
    rate: float, constants: Constants,
) -> None:  # fmt: skip
    """Update by Adam, whose `rate` is corrected for its means' start at 0 (see `step_size`)."""
    stay_apart()
    kind, width = parameters.dtype.type, errors.size
    pace, epsilon, l1, l2 = kind(rate), kind(constants[EPSILON]), kind(constants[L1]), kind(constants[L2])
    beta_1, beta_2 = kind(constants[BETA_1]), kind(constants[BETA_2])
    for k in range(index.size):
        begin = start + index[k] * width
        row, square = view(parameters, begin, begin + width), view(squares, begin, begin + width)
        mean, factor = view(steps, begin, begin + width), value[k]
        for j in range(width):
            slope = factor * errors[j] + penalty_of(row[j], l1, l2, kind(0))
            mean[j] = beta_1 * mean[j] + (kind(1) - beta_1) * slope
            square[j] = beta_2 * square[j] + (kind(1) - beta_2) * slope * slope
            row[j] -= pace * mean[j] / (math.sqrt(square[j]) + epsilon)


@kernel(inner=True)
def update_listed(
    by_adadelta: bool | None, by_penalised: bool | None, by_adam: bool | None, by_momentum: bool | None,
    by_descent: bool | None, parameters: Floats, squares: Any, steps: Any, start: int, index: Indices, value: Floats,
    errors: Floats, rate: float, constants: Constants, fast: bool, work: Floats,
) -> None:  # fmt: skip
    """Update the listed rows of a matrix that begins at `start` of the flat parameters, one column per error.

    Row `index[k]` has the loss gradient `value[k] * errors`. What is not None of `Kinds` is the rule. `squares` and
    `steps` are the optimiser's memory, laid out like the parameters, or None (see `update_rows`); `rate` is the step
    size of descent and Adam. `work` (4, at least as wide) is work space.
    """
    first, second = row_view(work, 0, 0, errors.size), row_view(work, 1, 0, errors.size)
    if by_adadelta is not None:
        adadelta_listed(parameters, squares, steps, start, index, value, errors, constants, fast, first, second)
    if by_penalised is not None:
        adadelta_penalised(parameters, squares, steps, start, index, value, errors, constants, fast, first, second)
    if by_adam is not None:
        adam_listed(parameters, squares, steps, start, index, value, errors, rate, constants)
    if by_momentum is not None:
        momentum_listed(by_momentum, parameters, steps, start, index, value, errors, rate, constants)
    if by_descent is not None:
        descend_listed(parameters, start, index, value, errors, rate, constants, fast, first)


@kernel(inner=True)
def update_pulled(
    by_adadelta: bool | None, by_penalised: bool | None, by_adam: bool | None, by_momentum: bool | None,
    by_descent: bool | None, parameters: Floats, squares: Any, steps: Any, start: int, index: Indices, value: Floats,
    errors: Floats, rate: float, constants: Constants, fast: bool, work: Floats, centre: Floats,
) -> None:  # fmt: skip
    """Update as `update_listed` does, with weights that `centre`, laid out like the parameters, pulls."""
    pulled, once, width = row_view(work, 2, 0, errors.size), row_view(work, 3, 0, 1), errors.size
    sparing = fast and by_adam is None and by_momentum is None
    once[0] = 1
    for k in range(index.size):
        begin = start + index[k] * width
        row, middle = view(parameters, begin, begin + width), view(centre, begin, begin + width)
        add_pull(row, middle, value[k], errors, constants[PULL], sparing, pulled)
        one = view(index, k, k + 1)
        update_listed(
            by_adadelta, by_penalised, by_adam, by_momentum, by_descent, parameters, squares, steps, start, one, once,
            pulled, rate, constants, fast, work,
        )  # fmt: skip

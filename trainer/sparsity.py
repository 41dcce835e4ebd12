"""Sparse autoencoders: biases are drawn so that hidden units are active on average as much as asked.

Each hidden unit has a running mean of its activation over the training rows, which starts at 0 and takes in a
thousandth of every row. In each update the bias moves by its step size times beta (mean - target) beside its own
step; ADADELTA's step size is sqrt((steps + epsilon) / (squares + epsilon)) after that step.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.atomics import stay_apart
from triplicate.trainer.jit import kernel
from triplicate.trainer.kernel_rows import Rule
from triplicate.trainer.optimizers import ADADELTA, AVERAGE_ACTIVATION, EPSILON, SPARSITY

__all__ = ["follow_activity", "pull"]

Floats = npt.NDArray[np.floating[Any]]

NEW_SHARE = 0.001


@kernel(inner=True)
def follow_activity(activity: Floats | None, first: int, units: Floats) -> None:
    """Move the running means, from number `first`, towards the activations of units in one row.

    Where nobody asks for an average activation, the means are None.
    """
    stay_apart()
    if activity is None:
        return
    fresh = activity.dtype.type(NEW_SHARE)
    for unit in range(units.size):
        activity[first + unit] += fresh * (units[unit] - activity[first + unit])


@kernel(inner=True)
def pull(
    activity: Floats | None, first: int, stop: int, begin: int, rule: Rule, parameters: Floats,
    squares: Floats | None, steps: Floats | None, rate: float,
) -> None:  # fmt: skip
    """Move biases, which begin at `begin` of the flat parameters, towards the average activation that is asked for.

    Their units have numbers `first` to `stop` among the mean activations, which are None where nobody asks for it;
    `rate` is the step size where the optimiser is not ADADELTA.
    """
    stay_apart()
    if activity is None:
        return
    strength, target = rule.constants[SPARSITY], rule.constants[AVERAGE_ACTIVATION]
    epsilon = rule.constants[EPSILON]
    for unit in range(stop - first):
        place = begin + unit
        pace = _pace_of(squares, steps, place, epsilon) if rule.optimizer == ADADELTA else rate
        parameters[place] -= pace * strength * (activity[first + unit] - target)


@kernel(inner=True)
def _pace_of(squares: Floats | None, steps: Floats | None, place: int, epsilon: float) -> float:
    """Return ADADELTA's step size of one parameter."""
    if squares is None or steps is None:
        return 0.0
    return math.sqrt((steps[place] + epsilon) / (squares[place] + epsilon))

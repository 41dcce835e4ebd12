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


@kernel()
def follow_activity(activity: Floats, units: Floats) -> None:
    """Move the running means of one layer's units towards their activations in one row."""
    stay_apart()
    fresh = activity.dtype.type(NEW_SHARE)
    for unit in range(activity.size):
        activity[unit] += fresh * (units[unit] - activity[unit])


@kernel()
def pull(
    means: Floats, begin: int, rule: Rule, parameters: Floats, squares: Floats, steps: Floats, rate: float
) -> None:
    """Move biases, which begin at `begin` of the flat parameters, towards the average activation that is asked for.

    `means` are the mean activations of their units; `rate` is the step size where the optimiser is not ADADELTA.
    """
    stay_apart()
    strength, target = rule.constants[SPARSITY], rule.constants[AVERAGE_ACTIVATION]
    epsilon = rule.constants[EPSILON]
    for unit in range(means.size):
        pace, place = rate, begin + unit
        if rule.optimizer == ADADELTA:
            pace = math.sqrt((steps[place] + epsilon) / (squares[place] + epsilon))
        parameters[place] -= pace * strength * (means[unit] - target)

"""Start weights and biases, equal to the incumbent's for equal seeds."""

import math

import numpy as np
import numpy.typing as npt

from triplicate.trainer.jit import kernel
from triplicate.trainer.pcg import State, next_float, next_gaussian, seeded

__all__ = ["LAYER_SEED", "adaptive_range", "input_reach", "normal_weights", "start_weights", "uniform_weights"]

LAYER_SEED = 0xBAD5EED
SOFTMAX_FACTOR = 4.0
USUAL_REACH = 5.0


def adaptive_range(inputs: int, units: int) -> float:
    """Return half the width of UniformAdaptive: sqrt(6 / (inputs + units)) (Glorot and Bengio, 2010)."""
    return math.sqrt(6.0 / (inputs + units))


def start_weights(
    seed: int, layer: int, inputs: int, units: int, *, distribution: str, scale: float, softmax: bool, channels: int = 1
) -> npt.NDArray[np.float32]:
    """Return the start weights of a layer (0 is the first), shape (inputs, units * channels), float32.

    `distribution` is UniformAdaptive (the range above, four times as wide before a softmax), Uniform
    (-scale to scale) or Normal (standard deviation `scale`). Each layer has a generator of its own.
    The channels of a unit stand side by side; the range does not depend on their number.
    """
    state = seeded(seed + LAYER_SEED + layer + 1)
    by_unit = np.empty((units, inputs * channels), dtype=np.float32)
    match distribution:
        case "UniformAdaptive":
            half_width = adaptive_range(inputs, units)
            uniform_weights(state, half_width, SOFTMAX_FACTOR if softmax else 1.0, by_unit)
        case "Uniform":
            uniform_weights(state, scale, 1.0, by_unit)
        case "Normal":
            normal_weights(state, scale, by_unit)
        case _:
            raise ValueError(f"unknown weight distribution {distribution!r}")
    drawn = by_unit.reshape(units, inputs, channels)  # the incumbent draws both channels of a weight in turn
    return np.ascontiguousarray(drawn.transpose(1, 0, 2)).reshape(inputs, units * channels)


def input_reach(largest: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return by how much UniformAdaptive shortens the start weights of each input: 1 for nearly all.

    `largest` holds the largest absolute value of each input over the training rows. UniformAdaptive is made for
    inputs of about unit size. An input that is nearly always the same, and far out in a few rows, learns little
    and keeps its random start weights, with which a single row can drown out everything else; so inputs that
    reach beyond 5 start shorter in proportion.
    """
    return np.asarray(np.maximum(largest / np.float32(USUAL_REACH), np.float32(1.0)))


@kernel()
def uniform_weights(state: State, half_width: float, factor: float, out: npt.NDArray[np.float32]) -> None:
    """Fill the matrix, row by row, with factor times uniform numbers in [-half_width, half_width)."""
    for unit in range(out.shape[0]):
        for index in range(out.shape[1]):
            drawn = -half_width + next_float(state) * 2.0 * half_width
            out[unit, index] = factor * drawn


@kernel()
def normal_weights(state: State, scale: float, out: npt.NDArray[np.float32]) -> None:
    """Fill the matrix, row by row, with normal numbers of mean 0 and standard deviation `scale`."""
    flat = out.reshape(-1)
    for index in range(0, flat.size, 2):
        first, second = next_gaussian(state)
        flat[index] = scale * first
        if index + 1 < flat.size:
            flat[index + 1] = scale * second

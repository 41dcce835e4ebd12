"""Unstable training is found and explained, never handed out as a model."""

from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.errors import UnstableTrainingError
from triplicate.trainer.network import Network

__all__ = ["require_stable"]

Floats = npt.NDArray[np.floating[Any]]

LARGEST_WEIGHT = 1e10
LARGEST_BIAS = 1e5


def require_stable(network: Network, parameters: Floats, samples: int) -> None:
    """Raise UnstableTrainingError when weights or biases are not finite, or too large to mean anything."""
    for layer in range(network.layers):
        for name, values, largest in (
            ("weights", network.weights(parameters, layer), LARGEST_WEIGHT),
            ("biases", network.biases(parameters, layer), LARGEST_BIAS),
        ):
            size = float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))
            if not size <= largest:
                raise UnstableTrainingError(
                    f"training became unstable after {samples} rows: the {name} of layer {layer + 1} have a root mean "
                    f"square of {size:g}, beyond {largest:g}; try a bounded activation (Tanh), a smaller rate or "
                    "adaptive_rate=True, regularisation (l1, l2, max_w2, dropout), or "
                    "initial_weight_distribution='UniformAdaptive'"
                )

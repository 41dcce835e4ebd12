"""A layer of a ScoringModel: weights, bias, activation."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from triplicate.runtime.checks import check_choice, check_number, frozen_floats, require

__all__ = ["Activation", "Layer"]


class Activation(StrEnum):
    """The function of a unit; docs/scoring-model.md gives each formula."""

    LINEAR = "linear"
    RECTIFIER = "rectifier"
    LEAKY_RECTIFIER = "leaky_rectifier"
    ELU = "elu"
    TANH = "tanh"
    LOGISTIC = "logistic"
    MAXOUT = "maxout"


SLOPED = frozenset({Activation.LEAKY_RECTIFIER, Activation.ELU})


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One fully connected layer.

    `weights` (float32 or float64) has shape (units * channels, inputs), `bias` (float64) units * channels
    values. Maxout has 2 channels, every other activation 1; row `unit * channels + channel` belongs to that
    unit and channel. `alpha` is the slope of leaky_rectifier and the scale of elu, 0 elsewhere. `retain`
    multiplies the activation (1 - p after training with dropout p).
    """

    weights: npt.NDArray[np.float32] | npt.NDArray[np.float64]
    bias: npt.NDArray[np.float64]
    activation: Activation = Activation.LINEAR
    alpha: float = 0.0
    retain: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "activation", check_choice(self.activation, Activation, "Layer.activation"))
        weights = frozen_floats(self.weights, "Layer.weights")
        require(weights.ndim == 2 and weights.size > 0, "Layer.weights", f"must be a matrix, got shape {weights.shape}")
        require(
            weights.shape[0] % self.channels == 0,
            "Layer.weights",
            f"{weights.shape[0]} rows do not divide into {self.channels} channels",
        )
        bias = frozen_floats(np.asarray(self.bias, dtype=np.float64), "Layer.bias", (weights.shape[0],))
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "bias", bias)
        object.__setattr__(self, "alpha", check_number(self.alpha, "Layer.alpha"))
        sloped = self.activation in SLOPED
        require(sloped or self.alpha == 0.0, "Layer.alpha", f"must be 0 for {self.activation}, got {self.alpha}")
        object.__setattr__(self, "retain", check_number(self.retain, "Layer.retain"))
        require(0.0 < self.retain <= 1.0, "Layer.retain", f"must be in (0, 1], got {self.retain}")

    @property
    def channels(self) -> int:
        """Linear sums per unit: 2 for maxout, else 1."""
        return 2 if self.activation is Activation.MAXOUT else 1

    @property
    def units(self) -> int:
        """Number of outputs of the layer."""
        return int(self.weights.shape[0]) // self.channels

    @property
    def inputs(self) -> int:
        """Number of inputs of the layer."""
        return int(self.weights.shape[1])

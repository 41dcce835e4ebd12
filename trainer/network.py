"""The network while it learns: all weights and biases in one flat array, seen layer by layer.

A layer is a matrix of shape (inputs + 1, sums), where a unit has one linear sum, or two side by side in Maxout:
one row per input, so that an input that is 0 costs nothing and a one-hot column touches a single row, then the
biases, as the row of an input that is always 1. The optimiser's state has the same layout.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from triplicate.runtime.layers import Activation
from triplicate.trainer.activations import CODES, channels_of, start_bias
from triplicate.trainer.addressed import Addressed
from triplicate.trainer.initialization import start_weights

__all__ = ["Layout", "Network", "State", "work_per_row"]

Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Layout(Addressed):
    """Where the parts of a network lie in the flat arrays, as kernels read it.

    `widths` counts inputs, then units per layer; `weights` holds the start of each layer's matrix, `units` the
    start of each layer in an array of all units, and its end, `sums` the same in an array of all linear sums;
    `activations` are codes.
    """

    widths: npt.NDArray[np.int64]
    weights: npt.NDArray[np.int64]
    units: npt.NDArray[np.int64]
    sums: npt.NDArray[np.int64]
    activations: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Network:
    """The shape of a network: inputs, units and activation per layer, dropout ratios, kind of output.

    `widths` and `activations` cover the hidden layers and the output; `dropout` has the ratio of the inputs
    first, then one per hidden layer.
    """

    inputs: int
    widths: tuple[int, ...]
    activations: tuple[Activation, ...]
    dropout: tuple[float, ...]
    softmax: bool

    @property
    def layers(self) -> int:
        """Number of layers, the output included."""
        return len(self.widths)

    @property
    def parameters(self) -> int:
        """Number of weights and biases."""
        return sum((inputs + 1) * sums for inputs, sums in zip(self._inputs(), self.sums, strict=True))

    @property
    def sums(self) -> tuple[int, ...]:
        """Number of linear sums per layer: units times channels."""
        pairs = zip(self.widths, self.activations, strict=True)
        return tuple(units * channels_of(activation) for units, activation in pairs)

    def _inputs(self) -> tuple[int, ...]:
        return (self.inputs, *self.widths[:-1])

    def layout(self) -> Layout:
        """Return the positions that the kernels work with."""
        sizes = [(inputs + 1) * sums for inputs, sums in zip(self._inputs(), self.sums, strict=True)]
        return Layout(
            np.array((self.inputs, *self.widths), dtype=np.int64),
            np.concatenate(([0], np.cumsum(sizes[:-1]))).astype(np.int64),
            np.concatenate(([0], np.cumsum(self.widths))).astype(np.int64),
            np.concatenate(([0], np.cumsum(self.sums))).astype(np.int64),
            np.array([CODES[activation] for activation in self.activations], dtype=np.int64),
        )

    @property
    def ratios(self) -> npt.NDArray[np.float64] | None:
        """The dropout ratios of the inputs, then of each layer (0 at the output); None where nothing is dropped."""
        return np.array((*self.dropout, 0.0)) if any(self.dropout) else None

    @property
    def two_channels(self) -> bool | None:
        """True where units have two linear sums, None where none has, as kernels ask it."""
        return True if self.sums != self.widths else None

    def matrix(self, flat: Floats, layer: int) -> Floats:
        """Return a view of a layer, shape (inputs + 1, sums): a row per input, then the biases."""
        before, after = self._inputs(), self.sums
        start = sum((before[k] + 1) * after[k] for k in range(layer))
        inputs, sums = before[layer], after[layer]
        return flat[start : start + (inputs + 1) * sums].reshape(inputs + 1, sums)

    def weights(self, flat: Floats, layer: int) -> Floats:
        """Return a view of a layer's weights, shape (inputs, sums)."""
        return self.matrix(flat, layer)[:-1]

    def biases(self, flat: Floats, layer: int) -> Floats:
        """Return a view of a layer's biases, one per linear sum."""
        biases: Floats = self.matrix(flat, layer)[-1]
        return biases

    def start(
        self, seed: int, *, distribution: str, scale: float, stateful: bool, reach: Floats | None = None,
        moving: bool = False, sparse: bool = False, output_bias: float = 0.0,
    ) -> "State":  # fmt: skip
        """Return the state before the first row; `stateful` when the optimiser remembers gradients.

        `moving` is for momentum, which remembers steps, `sparse` when the mean activations are followed.

        `output_bias` is the start bias of the outputs. `reach` divides the first layer's start weights, input by
        input (see `input_reach`).
        """
        flat = np.zeros(self.parameters, dtype=np.float32)
        for layer, (inputs, units) in enumerate(zip(self._inputs(), self.widths, strict=True)):
            last = layer == self.layers - 1
            self.weights(flat, layer)[:] = start_weights(
                seed, layer, inputs, units, distribution=distribution, scale=scale, softmax=last and self.softmax,
                channels=channels_of(self.activations[layer]),
            )  # fmt: skip
            if not last:
                self.biases(flat, layer)[:] = start_bias(self.activations[layer], first=layer == 0)
        self.biases(flat, self.layers - 1)[:] = output_bias
        if reach is not None:
            self.weights(flat, 0)[:] /= reach[:, np.newaxis]
        squares = np.zeros(self.parameters if stateful else 0, dtype=np.float32)
        steps = np.zeros(self.parameters if stateful or moving else 0, dtype=np.float32)
        activity = np.zeros(sum(self.widths[:-1]) if sparse else 0, dtype=np.float32)
        return State(flat, squares, steps, flat.copy(), 0, activity)


@dataclass(frozen=True, slots=True)
class State:
    """What learning changes: flat parameters, the optimiser's memory (empty for plain SGD), rows learned so far.

    `average` is the running average of the parameters (see averaging.py), `activity` that of the hidden units'
    activations (see sparsity.py; empty when nobody asks for it). `copies` are the states of the model's copies where
    they keep their own (elastic averaging), `drift` is the last move of the parameters as their mean.
    """

    parameters: Floats
    squares: Floats
    steps: Floats
    average: Floats
    samples: int
    activity: Floats = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    copies: "tuple[State, ...]" = ()
    drift: Floats = field(default_factory=lambda: np.zeros(0, dtype=np.float32))

    def advanced(self, rows: int) -> Self:
        """Return the state, on the same arrays, after so many more rows."""
        return replace(self, samples=self.samples + rows)


def work_per_row(network: Network, columns: int) -> int:
    """Return the weights that one row touches: a categorical column is one row of weights, whatever its levels."""
    before = (columns, *network.widths[:-1])
    return sum((inputs + 1) * sums for inputs, sums in zip(before, network.sums, strict=True))

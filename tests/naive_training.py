"""A slow, plain twin of the training kernels: float64, one number at a time, no BLAS, no numba.

It shares nothing with the trainer but the shape of a Network and the dropout masks, which have tests of their own.
"""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from naive_losses import class_loss, class_slopes, number_loss, number_slope
from open_kernels import is_kept, mask_key

from triplicate.runtime.layers import Activation
from triplicate.trainer.network import Network
from triplicate.trainer.optimizers import Optimizer

__all__ = ["NaiveTrainer"]

Matrix = npt.NDArray[np.float64]


@dataclass
class NaiveTrainer:
    """Weights per layer, shape (inputs + 1, linear sums) with the biases last, and what the optimiser remembers.

    With momentum the textbook is followed: a copy of the weights at w + m v gives Nesterov's gradient.
    """

    network: Network
    optimizer: Optimizer
    matrices: list[Matrix]
    seed: int = 1
    output_loss: str = "squared"
    samples: int = 0
    batch: int | None = None
    squares: list[Matrix] = field(default_factory=list)
    steps: list[Matrix] = field(default_factory=list)
    velocities: list[Matrix] = field(default_factory=list)
    activity: list[Matrix] = field(default_factory=list)
    touched: list[Matrix] = field(default_factory=list)  # in how many rows of a batch an input is not 0
    shares: list[Matrix] = field(default_factory=list)  # by which its penalties count
    centre: list[Matrix] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.squares = [np.zeros_like(matrix) for matrix in self.matrices]
        self.steps = [np.zeros_like(matrix) for matrix in self.matrices]
        self.velocities = [np.zeros_like(matrix) for matrix in self.matrices]
        self.activity = [np.zeros(width) for width in self.network.widths[:-1]]

    def loss(self, x: Matrix, label: int | None, target: Matrix | None) -> float:
        """Return the loss of one row without dropout."""
        outputs = self._forward(x, None)[0][-1]
        if label is not None:
            return class_loss(self.output_loss, outputs, label)
        assert target is not None
        return sum(number_loss(self.output_loss, f, t) for f, t in zip(outputs, target, strict=True))

    def learn(self, rows: list[tuple[Matrix, int | None, Matrix | None, float]]) -> None:
        """Update once, by the mean gradient of a batch of (inputs, label, target, weight)."""
        total = [np.zeros_like(matrix) for matrix in self.matrices]
        self.touched = [np.zeros(len(matrix)) for matrix in self.matrices]
        here, momentum = self.matrices, self._momentum()
        if self.optimizer.moves_on and self.optimizer.nesterov:
            self.matrices = [w + momentum * v for w, v in zip(here, self.velocities, strict=True)]
        there = self.matrices
        for position, (x, label, target, weight) in enumerate(rows):
            for layer, gradient in enumerate(self.gradient(x, label, target, self.samples + position)):
                total[layer] += gradient * weight / len(rows)
        self.matrices = here
        self.shares = [seen / len(rows) if self.optimizer.fast_mode else np.ones_like(seen) for seen in self.touched]
        for layer, gradient in enumerate(total):
            if self.optimizer.is_adam:
                self._adam(layer, gradient, len(rows) if self.batch is None else self.batch)
            elif self.optimizer.moves_on:
                self._move(layer, gradient, there[layer].copy(), momentum)
            else:
                self._update(layer, gradient)
            self._limit(layer)
            if self.optimizer.sparsity_beta and layer < self.network.layers - 1:
                self._pull(layer)
        self.samples += len(rows)

    def gradient(
        self, x: Matrix, label: int | None, target: Matrix | None, position: int | None = None
    ) -> list[Matrix]:
        """Return the gradient of one row's loss; with a position in the stream, under its dropout masks."""
        units, slopes = self._forward(x, position)
        if label is not None:
            errors = class_slopes(self.output_loss, units[-1], label)
        else:
            assert target is not None
            per_output = zip(units[-1], target, slopes[-1], strict=True)
            errors = np.array([number_slope(self.output_loss, f, t) * s for f, t, s in per_output])
        gradients: list[Matrix] = []
        for layer in reversed(range(self.network.layers)):
            before = np.append(units[layer], 1.0)
            if self.touched:
                self.touched[layer] += before != 0
            if self.touched and layer > 0:
                for unit in range(units[layer].size):
                    self.activity[layer - 1][unit] = 0.999 * self.activity[layer - 1][unit] + 0.001 * units[layer][unit]
            gradients.insert(0, np.array([[value * error for error in errors] for value in before]))
            if layer > 0:
                rows = self.matrices[layer][:-1]
                backed = [sum(w * e for w, e in zip(row, errors, strict=True)) for row in rows]
                channels = len(slopes[layer - 1]) // len(backed)
                errors = np.array([slope * backed[j // channels] for j, slope in enumerate(slopes[layer - 1])])
        return gradients

    def _forward(self, x: Matrix, position: int | None) -> tuple[list[Matrix], list[Matrix]]:
        """Return inputs and units of every layer, and the derivatives of the units by their linear sums."""
        units, slopes = [self._masked(x.copy(), None, 0, position)], []
        for layer, matrix in enumerate(self.matrices):
            before = np.append(units[-1], 1.0)
            z = np.array([sum(before[i] * matrix[i, j] for i in range(len(before))) for j in range(matrix.shape[1])])
            activation = self.network.activations[layer]
            if activation is Activation.RECTIFIER:
                a, s = np.where(z > 0, z, 0.0), np.where(z > 0, 1.0, 0.0)
            elif activation is Activation.TANH:
                a, s = np.tanh(z), 1 - np.tanh(z) ** 2
            elif activation is Activation.MAXOUT:
                a = np.array([max(z[j], z[j + 1]) for j in range(0, z.size, 2)])
                wins = np.array([float(z[j] >= z[j + 1]) for j in range(0, z.size, 2)])
                s = np.stack([wins, 1 - wins], axis=1).reshape(-1)
            elif layer == self.network.layers - 1 and self.network.softmax:
                a, s = np.exp(z - z.max()) / np.exp(z - z.max()).sum(), np.ones_like(z)
            else:
                a, s = z, np.ones_like(z)
            if layer < self.network.layers - 1:
                a = self._masked(a, s, layer + 1, position)
            units.append(a)
            slopes.append(s)
        return units, slopes

    def _masked(self, values: Matrix, slopes: Matrix | None, layer: int, position: int | None) -> Matrix:
        ratio = self.network.dropout[layer]
        if position is None or ratio == 0.0:
            return values
        key = np.uint64(mask_key(self.seed, position, layer))
        for unit in range(values.size):
            if not is_kept(key, unit, ratio):
                values[unit] = 0.0
                if slopes is not None:
                    slopes.reshape(values.size, -1)[unit] = 0.0
            elif layer == 0:
                values[unit] /= 1.0 - ratio
        return values

    def _momentum(self) -> float:
        o = self.optimizer
        share = min(self.samples / o.momentum_ramp, 1.0)
        return (1 - share) * o.momentum_start + share * o.momentum_stable

    def _move(self, layer: int, gradient: Matrix, there: Matrix, momentum: float) -> None:
        o, weights, velocities = self.optimizer, self.matrices[layer], self.velocities[layer]
        rate = o.rate * o.rate_decay**layer / (1 + o.rate_annealing * self.samples)
        for place in np.ndindex(*weights.shape):
            if o.fast_mode and not self.touched[layer][place[0]]:
                continue
            slope = gradient[place] + self._penalty(layer, place, there[place])
            slope += self._pull_to_centre(layer, place, there[place])
            velocities[place] = momentum * velocities[place] - rate * slope
            weights[place] += velocities[place]

    def _adam(self, layer: int, gradient: Matrix, batch: int) -> None:
        o, weights = self.optimizer, self.matrices[layer]
        updates = self.samples // batch + 1
        rate = o.rate * o.rate_decay**layer / (1 + o.rate_annealing * self.samples)
        for place in np.ndindex(*weights.shape):
            if o.fast_mode and not self.touched[layer][place[0]]:
                continue
            g = gradient[place] + self._penalty(layer, place, weights[place])
            self.steps[layer][place] = o.beta_1 * self.steps[layer][place] + (1 - o.beta_1) * g
            self.squares[layer][place] = o.beta_2 * self.squares[layer][place] + (1 - o.beta_2) * g * g
            mean, root = self.steps[layer][place] / (1 - o.beta_1**updates), math.sqrt(self.squares[layer][place])
            weights[place] -= rate * mean * math.sqrt(1 - o.beta_2**updates) / (root + o.epsilon)

    def _limit(self, layer: int) -> None:
        weights = self.matrices[layer]
        for column in range(weights.shape[1]):
            total = sum(w * w for w in weights[:-1, column])
            if total > self.optimizer.max_w2:
                weights[:-1, column] *= math.sqrt(self.optimizer.max_w2 / total)

    def _pull(self, layer: int) -> None:
        o = self.optimizer
        for unit, mean in enumerate(self.activity[layer]):
            rate = o.rate * o.rate_decay**layer / (1 + o.rate_annealing * self.samples)
            if o.adaptive:
                squares, steps = self.squares[layer][-1, unit], self.steps[layer][-1, unit]
                rate = math.sqrt((steps + o.epsilon) / (squares + o.epsilon))
            self.matrices[layer][-1, unit] -= rate * o.sparsity_beta * (mean - o.average_activation)

    def _update(self, layer: int, gradient: Matrix) -> None:
        o, weights = self.optimizer, self.matrices[layer]
        rate = o.rate * o.rate_decay**layer / (1 + o.rate_annealing * self.samples)
        for place in np.ndindex(*weights.shape):
            g, w = gradient[place], weights[place]
            if o.fast_mode and g == 0:
                continue
            g += self._penalty(layer, place, w) + self._pull_to_centre(layer, place, w)
            if o.adaptive:
                self.squares[layer][place] = o.rho * self.squares[layer][place] + (1 - o.rho) * g * g
                rate = math.sqrt((self.steps[layer][place] + o.epsilon) / (self.squares[layer][place] + o.epsilon))
                self.steps[layer][place] = o.rho * self.steps[layer][place] + (1 - o.rho) * (rate * g) ** 2
            weights[place] -= rate * g

    def _penalty(self, layer: int, place: tuple[int, ...], weight: float) -> float:
        return float(self.shares[layer][place[0]] * (self.optimizer.l1 * np.sign(weight) + self.optimizer.l2 * weight))

    def _pull_to_centre(self, layer: int, place: tuple[int, ...], weight: float) -> float:
        return self.optimizer.pull * (weight - float(self.centre[layer][place])) if self.centre else 0.0

"""Batch mode: one update per mini-batch, the products by BLAS, everything else in fused kernels.

The gradient is the mean over the batch. Rows of weights of categorical inputs are gathered and updated only
where the batch reaches them, so that memory depends on the batch, never on the number of levels times rows.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.activations import MAXOUT
from triplicate.trainer.batch_kernels import (
    activate_rows,
    add_code_rows,
    collect_code_gradients,
    gather_rows,
    output_errors,
)
from triplicate.trainer.kernel_rows import Rows, Rule
from triplicate.trainer.momentum import advance
from triplicate.trainer.network import Network, State
from triplicate.trainer.optimizers import MAX_W2, MOMENTUM, NESTEROV, momentum_of, rate_at, update_rows
from triplicate.trainer.sparsity import follow_rows, pull_biases
from triplicate.trainer.weight_limit import Norms, close_rows, measure, open_rows, settle

__all__ = ["BatchLearner"]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]


class BatchLearner:
    """Learns rows in mini-batches of `batch` rows; the last one of a call may be smaller."""

    def __init__(self, network: Network, rows: Rows, rule: Rule, batch: int) -> None:
        self.network, self.rows, self.rule, self.batch = network, rows, rule, batch
        self._layout = network.layout()
        kind, widths, sums = rows.numbers.dtype, network.widths, network.sums
        columns = rows.numbers.shape[1]
        self._codes = np.empty((batch, rows.codes.shape[1]), dtype=np.int32)
        before = (columns, *widths[:-1])
        self._units = [np.ones((batch, width + 1), dtype=kind) for width in before]
        self._sums = [np.empty((batch, width), dtype=kind) for width in sums]
        self._errors = [np.empty((batch, width), dtype=kind) for width in sums]
        self._backed = [np.empty((batch, width), dtype=kind) for width in widths]
        self._gradients = [
            np.empty((inputs + 1, width), dtype=kind) for inputs, width in zip(before, sums, strict=True)
        ]
        reachable = min(batch * rows.codes.shape[1], rows.first_number) if rule.fast else rows.first_number
        self._code_gradients = np.empty((reachable, sums[0]), dtype=kind)
        self._touched = np.empty(reachable, dtype=np.int64)
        self._slots = np.full(rows.first_number, -1, dtype=np.int64)
        self._whole, self._ones = (
            np.zeros(1, dtype=np.int64),
            np.ones(max(reachable, *(inputs + 1 for inputs in before)), dtype=kind),
        )

        self._moving, self._limited = rule.optimizer >= MOMENTUM, bool(rule.constants[MAX_W2] < np.inf)
        self._norms = Norms(np.empty(0), np.empty(0))

    def learn(self, state: State, order: Indices) -> None:
        """Learn the rows named by `order`, changing the state's arrays in place."""
        if self._limited:
            self._norms = measure(self._layout, state.parameters)
        for start in range(0, order.size, self.batch):
            self._step(state, order[start : start + self.batch], state.samples + start)
        if self._limited:
            settle(self.rows.first_number, state.parameters, self._norms)

    def _step(self, state: State, order: Indices, position: int) -> None:
        size, layers = order.size, self.network.layers
        first, dropout = self.rows.first_number, self.network.dropout
        one = 1.0 / (1.0 - dropout[0])
        codes = self._codes[:size]
        gather_rows(self.rows, order, dropout[0], self.rule.seed, position, codes, self._units[0])
        matrices = [self.network.matrix(state.parameters, layer) for layer in range(layers)]
        live: list[Indices] = []
        for layer, matrix in enumerate(matrices):
            if self._moving or self._limited:
                live.append(self._live_rows(layer, size, codes))
                self._prepare(state, layer, live[layer], position)
            sums = self._sums[layer][:size]
            np.dot(self._units[layer][:size], matrix[first:] if layer == 0 else matrix, out=sums)
            if layer == 0 and first > 0:
                add_code_rows(codes, one, matrix, sums)
            if layer < layers - 1:
                activate_rows(
                    self._layout.activations[layer], sums, dropout[layer + 1], self.rule.seed, position, layer + 1,
                    self._units[layer + 1], self._errors[layer],
                )  # fmt: skip
                if state.activity.size > 0:
                    means = state.activity[self._layout.units[layer] : self._layout.units[layer + 1]]
                    follow_rows(means, self._units[layer + 1][:size, :-1])
        output_errors(self.rule, self.rows, order, self._layout.activations[-1], self._sums[-1], self._errors[-1])
        for layer in reversed(range(layers)):
            errors = self._errors[layer][:size]
            if layer > 0:
                backed = self._backed[layer - 1][:size]
                np.dot(errors, matrices[layer][:-1].T, out=backed)
                if self._layout.activations[layer - 1] == MAXOUT:
                    backed = np.repeat(backed, 2, axis=1)
                self._errors[layer - 1][:size] *= backed
            gradients = self._gradients[layer]
            np.dot(self._units[layer][:size].T, errors, out=gradients)
            rate = rate_at(self.rule.constants, layer, position)
            start = self._layout.weights[layer] + (first * gradients.shape[1] if layer == 0 else 0)
            if self._moving:
                own = live[layer][live[layer] >= first] - first if layer == 0 else live[layer]
                self._update(state, start, gradients.shape[1], own, gradients[own], rate)
            else:
                self._update(state, start, gradients.size, self._whole, gradients, rate)
            if layer == 0 and first > 0:
                self._update_codes(state, codes, one, errors, rate)
            if self._limited:
                limit = self.rule.constants[MAX_W2]
                close_rows(self._layout, layer, first, state.parameters, self._norms, live[layer], limit)
            if state.activity.size > 0 and layer < layers - 1:
                pull_biases(
                    self._layout, layer, self.rule, state.parameters, state.squares, state.steps, state.activity, rate
                )

    def _live_rows(self, layer: int, size: int, codes: npt.NDArray[np.int32]) -> Indices:
        """Return the inputs of a layer whose weights this batch updates: in fast mode those not 0 in every row."""
        first = self.rows.first_number if layer == 0 else 0
        inputs = int(self._layout.widths[layer])
        if not self.rule.fast:
            return np.arange(inputs + 1)
        own = np.flatnonzero(self._units[layer][:size].any(axis=0))
        if layer == 0:
            return np.concatenate([np.unique(codes[codes >= 0]).astype(np.int64), own + first])
        return own

    def _prepare(self, state: State, layer: int, live: Indices, position: int) -> None:
        """Do what precedes the gradient: scales and sums of max_w2, then the first half of momentum."""
        if self._limited:
            open_rows(self._layout, layer, self.rows.first_number, state.parameters, self._norms, live)
        if self._moving:
            momentum, ahead = momentum_of(self.rule.constants, position), self.rule.optimizer == NESTEROV
            start, width = self._layout.weights[layer], self._sums[layer].shape[1]
            advance(state.parameters, state.steps, start, width, live, momentum, ahead)

    def _update_codes(
        self, state: State, codes: npt.NDArray[np.int32], one: float, errors: Floats, rate: float
    ) -> None:
        count = collect_code_gradients(codes, one, errors, self._slots, self._touched, self._code_gradients)
        if not self.rule.fast:
            rest = np.setdiff1d(np.arange(self._slots.size), self._touched[:count])
            self._touched[count:], self._code_gradients[count:] = rest, 0
            count = self._slots.size
        self._update(state, 0, errors.shape[1], self._touched[:count], self._code_gradients[:count], rate)

    def _update(self, state: State, start: int, width: int, index: Indices, gradients: Floats, rate: float) -> None:
        update_rows(
            self.rule.optimizer, state.parameters, state.squares, state.steps, start, width, index,
            self._ones[: index.size], gradients.reshape(-1), rate, self.rule.constants, self.rule.fast,
            self.rule.centre,
        )  # fmt: skip

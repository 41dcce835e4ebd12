"""Scoring while training: float32 products by BLAS, the metrics from them.

Final metrics are computed by the runtime, exactly; these steer training and fill the scoring history.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.heads import Link
from triplicate.trainer.apart import Job
from triplicate.trainer.custom_metric import CustomMetric, with_custom_metric
from triplicate.trainer.distributions import LARGEST_MEAN, weighted_quantile
from triplicate.trainer.encoded_rows import EncodedRows, dense
from triplicate.trainer.encoding_plan import EncodingPlan
from triplicate.trainer.forward_pass import ForwardPass
from triplicate.trainer.metrics import Metrics, metrics_of
from triplicate.trainer.network import Network, work_per_row
from triplicate.trainer.parameters import Task

__all__ = ["FastScorer", "network_outputs"]

Floats = npt.NDArray[np.floating[Any]]
BLOCK_NUMBERS = 2**20  # inputs or units held at once

QUANTILE_ROWS = 1000


def network_outputs(network: Network, parameters: Floats, rows: EncodedRows) -> Floats:
    """Return the outputs of the last layer, before softmax, shape (rows, outputs): activations times 1 - p."""
    return ForwardPass(network).outputs(parameters, rows)


class FastScorer:
    """Metrics of one set of rows, for any parameters of one network."""

    def __init__(
        self,
        network: Network,
        plan: EncodingPlan,
        rows: EncodedRows,
        threshold: float | str,
        custom: CustomMetric | None = None,
    ) -> None:
        self.network, self.plan, self.rows, self.threshold, self.custom = network, plan, rows, threshold, custom
        self._forward = ForwardPass(network)
        actual: npt.NDArray[Any] | None = rows.response
        if plan.task is Task.REGRESSION and actual is not None:
            actual = actual * plan.response_scale + plan.response_shift
        self._actual = actual
        widest = max(network.inputs if plan.task is Task.AUTOENCODER else 0, rows.numbers.columns, *network.widths)
        self._block = max(1, BLOCK_NUMBERS // widest)

    @property
    def work(self) -> int:
        """Multiplications that scoring takes, about: rows times weights a row touches."""
        return len(self.rows) * work_per_row(self.network, self.rows.codes.shape[1] + self.rows.numbers.columns)

    def metrics(self, parameters: Floats) -> Metrics:
        """Return the metrics of a network with these parameters."""
        with np.errstate(over="ignore", invalid="ignore"):  # weights may be on their way to explode
            predicted = np.concatenate([self._predicted(parameters, block) for block in self._blocks()])
        metrics = metrics_of(
            self.plan.task, self._actual, predicted, self.rows.weights, self.threshold, self.plan.distribution
        )
        return with_custom_metric(metrics, self.custom, self._actual, predicted, self.rows.weights, self.plan.labels)

    def jobs(self, parameters: Floats) -> list[Job]:
        """Return the kernels that scoring calls, and the types of their arguments."""
        return self._forward.jobs(parameters, next(self._blocks()))

    def error_quantile(self, parameters: Floats, share: float) -> float:
        """Return the quantile of the absolute errors of all outputs, in network space: huber's threshold.

        Of classes these are the errors of the probabilities. About a thousand rows decide, the same ones each time.
        """
        rows = self.rows.take(slice(None, None, max(1, len(self.rows) // QUANTILE_ROWS)))
        with np.errstate(over="ignore", invalid="ignore"):
            errors = self._errors(parameters, rows)
        weights = rows.weights
        if weights is not None:
            weights = np.repeat(weights, errors.size // weights.size)
        return weighted_quantile(errors, share, weights)

    def _errors(self, parameters: Floats, rows: EncodedRows) -> npt.NDArray[np.float64]:
        outputs = self._forward.outputs(parameters, rows).astype(np.float64)
        if self.plan.task is Task.AUTOENCODER:
            outputs -= dense(rows)
        elif self.plan.task.classifies:
            outputs = _softmax(outputs)
            outputs[np.arange(len(rows)), rows.response] -= 1.0
        elif rows.response is not None:
            outputs[:, 0] -= rows.response if rows.offset is None else rows.response - rows.offset
        return np.abs(outputs).reshape(-1)

    def _blocks(self) -> Iterator[EncodedRows]:
        for start in range(0, len(self.rows), self._block):
            yield self.rows.take(slice(start, start + self._block))

    def _predicted(self, parameters: Floats, rows: EncodedRows) -> npt.NDArray[np.float64]:
        outputs = self._forward.outputs(parameters, rows)
        if self.plan.task is Task.AUTOENCODER:
            error = outputs - dense(rows)
            squares = np.square(error, out=error)
            if self.plan.column_weighting == "column":
                return np.asarray(squares @ self.plan.error_weights)
            return np.asarray(squares.mean(axis=1, dtype=np.float64))
        predicted = outputs.astype(np.float64)
        if self.plan.task is not Task.REGRESSION:
            predicted = _softmax(predicted)
            if self.plan.correction:
                predicted *= np.array(self.plan.correction)
                predicted /= predicted.sum(axis=1, keepdims=True)
            return predicted
        linear = predicted[:, 0] if rows.offset is None else predicted[:, 0] + rows.offset
        if self.plan.distribution.link is Link.LOG:
            return np.asarray(np.minimum(np.exp(linear), LARGEST_MEAN))
        return np.asarray(linear * self.plan.response_scale + self.plan.response_shift)


def _softmax(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Turn linear sums into probabilities, in place."""
    sums -= sums.max(axis=1, keepdims=True)
    np.exp(sums, out=sums)
    sums /= sums.sum(axis=1, keepdims=True)
    return sums

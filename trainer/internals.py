"""What a trained estimator shows of its inside: importances, weights, scaling constants, layers."""

import numpy as np
import pandas as pd

from triplicate.runtime.columns import Categorical, Numeric
from triplicate.runtime.errors import ParameterError
from triplicate.runtime.heads import Link, Regression
from triplicate.trainer.build_model import TrainedModel
from triplicate.trainer.fold_centres import centred_bias
from triplicate.trainer.importances import importance_frame
from triplicate.trainer.layer_statistics import layer_rates, layer_table

__all__ = ["ModelInternals"]

Importance = tuple[str, float, float, float]


class ModelInternals:
    """Getters of the estimators, by the incumbent's names."""

    @property
    def trained(self) -> TrainedModel:
        """The trained model; the estimators provide it."""
        raise NotImplementedError

    def varimp(self, *, use_pandas: bool = False) -> list[Importance] | pd.DataFrame:
        """Return Gedeon's importance of every network input (docs/explain.md), the largest first.

        A list of (variable, relative, scaled, percentage), or a DataFrame of these. Computed when asked for.
        """
        frame = importance_frame(self.trained.model, self.trained.never_missing)
        if use_pandas:
            return frame
        return [(str(name), float(a), float(b), float(c)) for name, a, b, c in frame.itertuples(index=False)]

    def weights(self, matrix_id: int = 0) -> pd.DataFrame:
        """Return the weights into layer `matrix_id`: a row per unit (two per Maxout unit), a column per input.

        Columns of the first layer carry the names of the network's inputs, others are C1, C2, …
        """
        model = self.trained.model
        layer = model.layers[_layer_id(matrix_id, len(model.layers), "matrix_id", "weight matrix")]
        names = model.input_names if matrix_id == 0 else [f"C{unit + 1}" for unit in range(layer.inputs)]
        return pd.DataFrame(np.array(layer.weights), columns=list(names))

    def biases(self, vector_id: int = 0) -> pd.DataFrame:
        """Return the biases of layer `vector_id` as one column, C1, as they were learned: for centred inputs."""
        model = self.trained.model
        place = _layer_id(vector_id, len(model.layers), "vector_id", "bias vector")
        layer = model.layers[place]
        bias = layer.bias if place else centred_bias(self.trained.plan.columns, model.columns, layer)
        return pd.DataFrame({"C1": np.array(bias)})

    def normmul(self) -> list[float] | None:
        """Return the factor of every numeric column's scaling, or None when nothing is scaled."""
        return [column.multiply for column in self._numeric()] if self.trained.parameters.standardize else None

    def normsub(self) -> list[float] | None:
        """Return what is subtracted from every numeric column before its factor, or None when nothing is scaled."""
        return [column.subtract for column in self._numeric()] if self.trained.parameters.standardize else None

    def respmul(self) -> float | None:
        """Return the factor of the response's scaling, or None when it is not scaled."""
        head = self._scaled_response()
        return None if head is None else 1.0 / head.scale

    def respsub(self) -> float | None:
        """Return what is subtracted from the response before its factor, or None when it is not scaled."""
        head = self._scaled_response()
        return None if head is None else head.shift

    def catoffsets(self) -> list[int]:
        """Return the first input of every categorical column, then the first one behind them all.

        ParameterError where columns share inputs (hashing), so that there is no such thing.
        """
        columns = [column for column in self.trained.model.columns if isinstance(column, Categorical)]
        offsets = [0]
        for column in columns:
            used = column.inputs[column.inputs >= 0]
            if used.size and int(used.min()) != offsets[-1]:
                raise ParameterError(f"catoffsets() does not exist: column {column.name!r} shares inputs with others")
            offsets.append(int(used.max()) + 1 if used.size else offsets[-1])
        return offsets

    def neuron_layers(self) -> pd.DataFrame:
        """Return the status of the neuron layers, a row per layer (see `layer_table`)."""
        trained = self.trained
        state = trained.result.loop.state
        rates = layer_rates(trained.result.network, state, trained.parameters)
        return layer_table(trained.model, trained.parameters, rates, state.samples)

    def _numeric(self) -> list[Numeric]:
        return list(self.trained.plan.numeric)

    def _scaled_response(self) -> Regression | None:
        head = self.trained.model.head
        scaled = isinstance(head, Regression) and head.link is Link.IDENTITY and self.trained.parameters.standardize
        return head if scaled and isinstance(head, Regression) else None


def _layer_id(given: int, layers: int, name: str, thing: str) -> int:
    if not 0 <= given < layers:
        raise ParameterError(f"{name} must be in [0, {layers - 1}]: the model has no {thing} {given}")
    return given

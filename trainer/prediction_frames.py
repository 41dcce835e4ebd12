"""What a model says of rows, as DataFrames with the incumbent's column names."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from triplicate.runtime.encoding import encode_rows
from triplicate.runtime.errors import ParameterError
from triplicate.runtime.heads import Reconstruction
from triplicate.runtime.prediction_table import prediction_columns
from triplicate.runtime.raw_rows import raw_rows
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.trainer.exact_kernel import exact_scorer
from triplicate.trainer.read_table import rows_of

__all__ = ["anomaly_frame", "feature_frame", "prediction_frame"]


def _row_numbers(model: ScoringModel, source: Any) -> npt.NDArray[np.float64]:
    numbers, _ = encode_rows(model, raw_rows(model, source))
    return numbers


def _frame(columns: dict[str, npt.NDArray[Any]], source: Any) -> pd.DataFrame:
    return pd.DataFrame(columns, index=source.index if isinstance(source, pd.DataFrame) else None)


def prediction_frame(model: ScoringModel, source: Any) -> pd.DataFrame:
    """Return `predict` and a probability per label, or `predict`, or an autoencoder's `reconstr_<input>` columns."""
    source = rows_of(source)
    scores = exact_scorer(model).score(source)
    if isinstance(model.head, Reconstruction):
        targets = model.head.targets
        rebuilt = scores.outputs[:, -targets.size :]
        return _frame({f"reconstr_{model.input_names[t]}": rebuilt[:, j] for j, t in enumerate(targets)}, source)
    return _frame(dict(prediction_columns(scores)), source)


def anomaly_frame(model: ScoringModel, source: Any, *, per_feature: bool) -> pd.DataFrame:
    """Return `Reconstruction.MSE` per row, or the squared error of every input as `reconstr_<input>.SE`.

    Errors are in network units: numbers scaled, one input per level. ParameterError for other models.
    """
    head = model.head
    if not isinstance(head, Reconstruction):
        raise ParameterError("anomaly() needs an autoencoder; this model predicts a response")
    source, scorer = rows_of(source), exact_scorer(model)
    if not per_feature:
        return _frame({"Reconstruction.MSE": scorer.score(source).outputs[:, 0]}, source)
    numbers = _row_numbers(model, source)
    outputs = scorer.layer_outputs(numbers, len(model.layers) - 1)
    errors = np.square(outputs - scorer.inputs(numbers)[:, head.targets])
    return _frame({f"reconstr_{model.input_names[t]}.SE": errors[:, j] for j, t in enumerate(head.targets)}, source)


def feature_frame(model: ScoringModel, source: Any, layer: int) -> pd.DataFrame:
    """Return the outputs of hidden layer `layer` (0 is the first) as columns DF.L<layer + 1>.C<unit>."""
    hidden = len(model.layers) - 1
    if not 0 <= layer < hidden:
        raise ParameterError(f"layer must be in [0, {hidden - 1}]: the model has {hidden} hidden layers, got {layer}")
    source = rows_of(source)
    units = exact_scorer(model).layer_outputs(_row_numbers(model, source), layer)
    return _frame({f"DF.L{layer + 1}.C{unit + 1}": units[:, unit] for unit in range(units.shape[1])}, source)

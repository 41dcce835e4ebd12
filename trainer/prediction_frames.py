"""What a model says of rows, as DataFrames with the incumbent's column names."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from triplicate.runtime.errors import ParameterError
from triplicate.runtime.heads import Reconstruction
from triplicate.runtime.prediction_table import prediction_columns
from triplicate.runtime.reasons import Reasons
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.trainer.exact_kernel import exact_scorer
from triplicate.trainer.read_table import rows_of

__all__ = ["anomaly_frame", "feature_frame", "prediction_frame", "reason_frame"]

REASON_COLUMNS = ["rank", "score", "is_anomaly", "column", "value", "expected", "error", "share", "reason"]


def _frame(columns: dict[str, npt.NDArray[Any]], source: Any) -> pd.DataFrame:
    return pd.DataFrame(columns, index=source.index if isinstance(source, pd.DataFrame) else None)


def prediction_frame(model: ScoringModel, source: Any, *, per_input: bool = False) -> pd.DataFrame:
    """Return `predict` and a probability per label, or `predict`, or an autoencoder's reconstruction.

    That is a column `reconstr_<column>` for each column the model rebuilds, of numbers in raw units or of levels
    (the nearest ones; None for a missing cell); with `per_input` a number for each input, `reconstr_<input>`.
    """
    source = rows_of(source)
    scores = exact_scorer(model).score(source)
    if not isinstance(model.head, Reconstruction):
        return _frame(dict(prediction_columns(scores)), source)
    if per_input:
        targets = model.head.targets
        rebuilt = scores.outputs[:, -targets.size :]
        return _frame({f"reconstr_{model.input_names[t]}": rebuilt[:, j] for j, t in enumerate(targets)}, source)
    expected = Reasons(model).expected(scores.outputs)
    return _frame({f"reconstr_{name}": cells for name, cells in expected.items()}, source)


def reason_frame(model: ScoringModel, source: Any, top: int) -> pd.DataFrame:
    """Return a row for each of the `top` columns with the largest errors of each row, largest first.

    Columns: `rank` (from 1), `score`, `is_anomaly`, `column`, `value` and `expected` (numbers in raw units, levels,
    None for missing), `error` (the column's part of the score), `share` of it, `reason` in words. The index repeats
    that of the rows. ParameterError for other models.
    """
    if not isinstance(model.head, Reconstruction):
        raise ParameterError("anomaly_reasons() needs an autoencoder; this model predicts a response")
    source = rows_of(source)
    scorer, reasons = exact_scorer(model), Reasons(model)
    numbers = scorer.row_numbers(source)
    scores = scorer.score_numbers(numbers)
    records = [
        (rank, score, flag, r.column, r.value, r.expected, r.error, r.share, r.sentence)
        for row, (score, flag) in enumerate(zip(scores.anomaly_scores, scores.is_anomaly, strict=True))
        for rank, r in enumerate(reasons.of_row(numbers[row], scores.outputs[row], top), start=1)
    ]
    index = source.index if isinstance(source, pd.DataFrame) else pd.RangeIndex(len(scores))
    frame = pd.DataFrame.from_records(records, columns=REASON_COLUMNS)
    for name in ("value", "expected"):
        frame[name] = pd.Series([record[REASON_COLUMNS.index(name)] for record in records], dtype=object)
    return frame.set_index(index.repeat(len(records) // max(len(scores), 1)))


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
    numbers = scorer.row_numbers(source)
    outputs = scorer.layer_outputs(numbers, len(model.layers) - 1)
    errors = np.square(outputs - scorer.inputs(numbers)[:, head.targets])
    return _frame({f"reconstr_{model.input_names[t]}.SE": errors[:, j] for j, t in enumerate(head.targets)}, source)


def feature_frame(model: ScoringModel, source: Any, layer: int) -> pd.DataFrame:
    """Return the outputs of hidden layer `layer` (0 is the first) as columns DF.L<layer + 1>.C<unit>."""
    hidden = len(model.layers) - 1
    if not 0 <= layer < hidden:
        raise ParameterError(f"layer must be in [0, {hidden - 1}]: the model has {hidden} hidden layers, got {layer}")
    source = rows_of(source)
    scorer = exact_scorer(model)
    units = scorer.layer_outputs(scorer.row_numbers(source), layer)
    return _frame({f"DF.L{layer + 1}.C{unit + 1}": units[:, unit] for unit in range(units.shape[1])}, source)

"""The most anomalous rows as a table for the screen and as one for a file, with the reasons in words."""

from typing import Any

import numpy as np
import numpy.typing as npt
from rich.table import Table
from rich.text import Text

from triplicate.runtime import Reconstruction, Scores
from triplicate.runtime.errors import RowError
from triplicate.runtime.prediction_table import prediction_columns
from triplicate.runtime.reasons import Reasons

__all__ = ["anomaly_columns", "anomaly_table", "require_autoencoder", "strangest"]


def require_autoencoder(head: Any) -> Reconstruction:
    """Return the head of an autoencoder; RowError for any other."""
    if not isinstance(head, Reconstruction):
        raise RowError("this model is no autoencoder: train one with --autoencoder true, or use predict")
    return head


def strangest(scores: Scores, top: int) -> npt.NDArray[np.intp]:
    """Return the positions of the `top` rows by falling score; a score that is not a number comes first."""
    ranked = np.where(np.isnan(scores.anomaly_scores), np.inf, scores.anomaly_scores)
    return np.argsort(-ranked, kind="stable")[:top]


def anomaly_table(scores: Scores, numbers: npt.NDArray[np.float64], top: int, reasons: int) -> Table:
    """Return the `top` rows by falling score, a line for each of the `reasons` of a row."""
    head = require_autoencoder(scores.model.head)
    title = f"threshold {head.threshold:.6g}: {int(scores.is_anomaly.sum())} of {len(scores)} rows are anomalies"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name in ("row", "score", "anomaly"):
        table.add_column(name, justify="right")
    table.add_column("reasons", overflow="fold")
    of_model = Reasons(scores.model)
    for row in strangest(scores, top):
        flag = "yes" if scores.is_anomaly[row] else "no"
        cells = (str(row), f"{scores.anomaly_scores[row]:.6g}", flag)
        for reason in of_model.of_row(numbers[row], scores.outputs[row], reasons):
            table.add_row(*cells, Text(_printable(reason.sentence)))
            cells = ("", "", "")
    return table


def anomaly_columns(
    scores: Scores, numbers: npt.NDArray[np.float64], reasons: int
) -> list[tuple[str, npt.NDArray[Any]]]:
    """Return (name, values) per column of the file: score, flag, an error per column, `reason 1` and so on."""
    of_model = Reasons(scores.model)
    sentences = [
        [reason.sentence for reason in of_model.of_row(numbers[row], scores.outputs[row], reasons)]
        for row in range(len(scores))
    ]
    words = np.array(sentences, dtype=object).reshape(len(scores), -1)
    names = (f"reason {rank}" for rank in range(1, words.shape[1] + 1))
    return [*prediction_columns(scores), *((name, words[:, rank]) for rank, name in enumerate(names))]


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)

"""The most anomalous rows as a table, with the columns that contribute most to each score."""

import numpy as np
from rich.table import Table

from triplicate.runtime import Reconstruction, Scores
from triplicate.runtime.errors import RowError

__all__ = ["anomaly_table"]

REASONS = 3


def anomaly_table(scores: Scores, top: int) -> Table:
    """Return the `top` rows by falling score; RowError when the model is no autoencoder."""
    head = scores.model.head
    if not isinstance(head, Reconstruction):
        raise RowError("this model is no autoencoder: train one with --autoencoder true, or use predict")
    title = f"threshold {head.threshold:.6g}: {int(scores.outputs[:, 1].sum())} of {len(scores)} rows are anomalies"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name in ("row", "score", "anomaly", "columns that contribute most"):
        table.add_column(name, justify="left" if name.startswith("columns") else "right")
    names = [column.name for column in scores.model.columns]
    errors = scores.outputs[:, 2 : 2 + len(names)]
    for row in np.argsort(-scores.outputs[:, 0], kind="stable")[:top]:
        largest = np.argsort(-errors[row], kind="stable")[:REASONS]
        total = scores.outputs[row, 0] or 1.0
        reasons = ", ".join(f"{names[i]} {errors[row, i] / total:.0%}".replace("[", r"\[") for i in largest)
        flag = "yes" if scores.outputs[row, 1] else "no"
        table.add_row(str(row), f"{scores.outputs[row, 0]:.6g}", flag, reasons)
    return table

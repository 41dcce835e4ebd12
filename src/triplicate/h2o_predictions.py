"""Predictions that H2O's own reader made of the same rows, compared with ours.

The file is that of h2o-genmodel or of the cluster: `predict` and a probability per label; `predict`; or a column
`reconstr_…` per input of an autoencoder and `Reconstruction.MSE`. Other columns are ignored.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.parity_report import DecisionDifference, Mismatch, PairResult
from triplicate.runtime import Classification, Column, Numeric, RawRows, Reconstruction, Regression, ScoringModel
from triplicate.runtime.csv_rows import open_text, records
from triplicate.runtime.errors import RowError
from triplicate.runtime.prediction_table import prediction_names
from triplicate.scoring import scorer

__all__ = ["compare_with_h2o"]

FloatMatrix = npt.NDArray[np.float64]
DEMAND = 1e-10  # of the larger of 1 and the number itself
MEAN_ERROR = "Reconstruction.MSE"
REFUSED = "error:"  # how the row of a prediction begins that H2O's reader refused to make


@dataclass(frozen=True, slots=True)
class _Expected:
    """What the file says: numbers (rows, positions), texts of labels or None, and rows that H2O scored at all."""

    positions: list[int]
    numbers: FloatMatrix
    labels: list[str] | None
    scored: npt.NDArray[np.bool_]


def compare_with_h2o(
    model: ScoringModel, raw: RawRows, outputs: FloatMatrix, path: str | Path, *, like_h2o: bool
) -> PairResult:
    """Compare flat outputs (rows, model.output_names) with H2O's predictions of the same rows.

    Demand: 1e-10 of the larger of 1 and the number, and equal labels. `like_h2o`: what H2O's reader does wrong with
    this model (docs/migrate-from-h2o.md) is expected of the file, and not counted as a difference.
    """
    expected = _read(model, path)
    if len(expected.numbers) != raw.rows:
        raise RowError(f"{path}: {len(expected.numbers)} predictions for {raw.rows} rows")
    judged = np.repeat(expected.scored[:, None], len(expected.positions), axis=1)
    departures = _departures(model) if like_h2o else {}
    ours = outputs[:, expected.positions]
    labels_judged = expected.scored.copy()
    if like_h2o and model.offset is not None:
        ours = _without_offset(model, raw, departures)
    if "constant_probabilities" in departures:
        ours = np.repeat([[1.0 - 1.0 / (1.0 + np.e), 1.0 / (1.0 + np.e)]], raw.rows, axis=0)
        labels_judged[:] = False
    if "misplaced_bits" in departures:
        judged[:] = labels_judged[:] = False
    for index, column in enumerate(model.columns):
        levels = set(departures.get("misread_cells", {}).get(column.name, ()))
        strange = np.array([cell in levels for cell in raw.cells[index]], dtype=np.bool_) if levels else None
        if strange is not None:
            judged[strange] = labels_judged[strange] = False
        if like_h2o and isinstance(model.head, Reconstruction):
            judged[_without_input(column, raw.cells[index]), -1] = False
    return _result(model, expected, ours, outputs, judged, labels_judged, like_h2o=like_h2o)


def _without_input(column: Column, cells: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Return the cells that leave the column's inputs at 0, where H2O's reader compares with NaN."""
    if isinstance(column, Numeric):
        return np.isnan(cells.astype(np.float64))
    silent = (column.inputs == -1).all(axis=1)
    known = set(column.levels)
    missing, unseen = bool(silent[column.missing_row]), bool(silent[column.unseen_row])
    return np.array([missing if cell is None else unseen and cell not in known for cell in cells], dtype=np.bool_)


def _departures(model: ScoringModel) -> dict[str, Any]:
    """Return what the import noted about H2O's own scores of this model."""
    noted = model.metadata.training_summary().get("like_h2o", {})
    return noted if isinstance(noted, dict) else {}


def _without_offset(model: ScoringModel, raw: RawRows, departures: dict[str, Any]) -> FloatMatrix:
    """Return predictions that ignore the offset."""
    head = model.head
    assert isinstance(head, Regression)  # noqa: S101 - no other head has an offset
    shift = head.shift + float(departures.get("no_offset_but_add", 0.0))
    plain = replace(model, head=replace(head, offset=None, shift=shift), metadata=type(model.metadata)())
    return scorer(plain).score(RawRows(raw.cells[:-1], raw.rows)).outputs


def _read(model: ScoringModel, path: str | Path) -> _Expected:
    with open_text(path) as text:
        rows = records(text, str(path))
        _, header = next(rows, (0, []))
        table = [cells for _, cells in rows]
    columns = {name: position for position, name in enumerate(header)}
    if isinstance(model.head, Reconstruction):
        names = [name for name in header if name.startswith("reconstr_")] + [MEAN_ERROR]
        first = len(model.output_names) - len(model.head.targets)
        positions = [*range(first, len(model.output_names)), 0]
        if len(names) != len(positions) or MEAN_ERROR not in columns:
            raise RowError(f"{path}: must have {len(positions) - 1} columns reconstr_… and {MEAN_ERROR}")
    else:
        names = list(prediction_names(model))
        positions = list(range(len(names)))
        missing = [name for name in names if name not in columns]
        if missing:
            raise RowError(f"{path}: has no column {missing[0]!r}; H2O's predictions have {', '.join(names)}")
    labels = None
    if isinstance(model.head, Classification):
        labels = [cells[columns["predict"]] for cells in table]
        names, positions = names[1:], positions[1:]
    numbers = np.full((len(table), len(names)), np.nan)
    scored = np.ones(len(table), dtype=np.bool_)
    for row, cells in enumerate(table):
        scored[row] = not any(cell.startswith(REFUSED) for cell in cells)
        if scored[row]:
            try:
                numbers[row] = [float(cells[columns[name]] or "nan") for name in names]
            except ValueError as reason:
                raise RowError(f"{path}: prediction {row} holds something that is not a number ({reason})") from reason
    return _Expected(positions, numbers, labels, scored)


def _result(
    model: ScoringModel,
    expected: _Expected,
    ours: FloatMatrix,
    outputs: FloatMatrix,
    judged: npt.NDArray[np.bool_],
    labels_judged: npt.NDArray[np.bool_],
    *,
    like_h2o: bool,
) -> PairResult:
    theirs = expected.numbers
    with np.errstate(all="ignore"):
        difference = np.abs(ours - theirs)
        difference[(ours == theirs) | (np.isnan(ours) & np.isnan(theirs))] = 0.0
        allowed = DEMAND * np.maximum(1.0, np.abs(ours))
        share = np.nan_to_num(np.where(difference == 0.0, 0.0, difference / allowed), nan=np.inf)
    share[~judged] = 0.0
    mismatch, worst = None, (0, 0)
    if share.size:
        row, column = np.unravel_index(int(share.argmax()), share.shape)
        worst = int(row), int(column)
        if share[worst] > 1.0:
            name = model.output_names[expected.positions[worst[1]]]
            values = float(ours[worst]), float(theirs[worst])
            mismatch = Mismatch(
                worst[0], expected.positions[worst[1]], name, *values, float(allowed[worst]), located=False
            )
    return PairResult(
        pair="H2O",
        demand=f"{DEMAND:g}",
        rows=len(theirs),
        promised_rows=int(judged.any(axis=1).sum()),
        largest_difference=float(difference[worst]) if share.size else 0.0,
        bound=float(allowed[worst]) if share.size else 0.0,
        differing=int((share > 0.0).sum()),
        largest_ulp=None,
        decisions=_decisions(model, expected, outputs, labels_judged, like_h2o=like_h2o),
        mismatch=mismatch,
    )


def _decisions(
    model: ScoringModel, expected: _Expected, outputs: FloatMatrix, judged: npt.NDArray[np.bool_], *, like_h2o: bool
) -> tuple[DecisionDifference, ...]:
    """List the rows whose label differs; among equally probable classes H2O's reader draws one."""
    head = model.head
    if expected.labels is None or not isinstance(head, Classification):
        return ()
    found = []
    for row in np.flatnonzero(judged):
        theirs, label, p = expected.labels[row], int(outputs[row, 0]), outputs[row, 1:]
        ours = head.labels[label] if label >= 0 else ""
        if ours == theirs:
            continue
        margin = np.inf
        if len(p) == 2:
            margin = abs(float(p[1]) - head.threshold)
        elif theirs in head.labels and label >= 0:
            second = float(np.sort(p)[-2]) if like_h2o else float(p[head.labels.index(theirs)])
            margin = float(p[label]) - second
        found.append(DecisionDifference(int(row), ours, theirs, margin, DEMAND))
    return tuple(found)

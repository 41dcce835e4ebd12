"""Why a row is predicted as it is: one column at a time is replaced by what is usual, and the row scored again.

An autoencoder names its reasons itself (the columns it could not rebuild). For the other models the effect of a
column is the prediction minus the mean prediction of the same row with that column's cell replaced: a number by
the one that the model takes for a missing number (after a standardising training the mean of the training rows), a
level by every level of the column in turn, an offset by 0. Interactions are not shared out: effects do not add
up to the prediction.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.columns import Categorical, Column, Numeric
from triplicate.runtime.heads import Classification, Reconstruction
from triplicate.runtime.scores import Scores
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.serving.answers import plain, record_answers
from triplicate.serving.columns_of_cells import CellColumns
from triplicate.serving.engines import Engine
from triplicate.serving.scored import score_cells

__all__ = ["explain", "shown_number", "usual_number"]

MOST_ROWS = 4096  # scored for one explanation; above it, levels are taken at even distances
SHOWN = 60  # characters of a level in a sentence


@dataclass(frozen=True, slots=True)
class _Replacement:
    """The cells that take a column's place, and how a sentence names them."""

    cells: list[Any]
    named: str


def usual_number(column: Numeric) -> float | None:
    """Return the number whose effect is that of a missing one, in the column's own unit; None where there is none."""
    if column.multiply == 0.0:
        return None
    number = column.subtract + column.missing / column.multiply
    return number if math.isfinite(number) else None


def shown_number(number: float) -> str:
    """Return a number for people: four digits, or all before the point where there are more."""
    return f"{number:.0f}" if 1e4 <= abs(number) < 1e15 else f"{number:.4g}"


def explain(engine: Engine, cells: CellColumns) -> dict[str, Any]:
    """Return the answer for one row (as record_answers) and its reasons, weightiest first, as numbers and sentences."""
    model = engine.model
    if isinstance(model.head, Reconstruction):
        answer = record_answers(score_cells(engine, [cells], 1))[0]
        return {"prediction": answer, "of": "score", "reasons": answer["reasons"]}
    replacements = _replacements(model)
    columns: CellColumns = [list(column) for column in cells]
    for position, replacement in enumerate(replacements):
        for other, column in enumerate(columns):
            column.extend(replacement.cells if other == position else [column[0]] * len(replacement.cells))
    scored = score_cells(engine, [columns], len(columns[0]) if columns else 1)
    answer = record_answers(scored.part(0, 1))[0]
    of, values = _explained(scored.scores)
    reasons, start = [], 1
    for position, replacement in enumerate(replacements):
        end = start + len(replacement.cells)
        if end > start:
            with np.errstate(all="ignore"):
                effect = float((values[0] - values[start:end]).mean())  # exactly 0 where nothing changes
            reasons.append(_reason(model, position, cells[position][0], effect, replacement.named, of))
        start = end
    reasons.sort(key=lambda reason: -abs(reason["effect"] or 0.0))
    return {"prediction": answer, "of": of, "reasons": reasons}


def _replacements(model: ScoringModel) -> list[_Replacement]:
    most = max(1, MOST_ROWS // max(1, len(model.columns)))
    found = [_replacement(column, most) for column in model.columns]
    return found if model.offset is None else [*found, _Replacement([0.0], "0")]


def _replacement(column: Column, most: int) -> _Replacement:
    if isinstance(column, Categorical):
        levels = column.levels[:: max(1, math.ceil(len(column.levels) / most))]
        named = (
            f"the mean over {len(levels)} of its levels"
            if len(levels) < len(column.levels)
            else "the mean over its levels"
        )
        return _Replacement(list(levels), named)
    usual = usual_number(column)
    return _Replacement([math.nan], "a missing number" if usual is None else f"its usual {shown_number(usual)}")


def _explained(scores: Scores) -> tuple[str | None, npt.NDArray[np.float64]]:
    """Return the class whose probability is explained (None: the predicted number), and that number per row.

    Of two classes it is the second; of more, the predicted one.
    """
    head = scores.model.head
    if not isinstance(head, Classification):
        return None, scores.outputs[:, 0]
    position = 1 if len(head.labels) == 2 else max(0, int(scores.outputs[0, 0]))
    return head.labels[position], scores.outputs[:, 1 + position]


def _reason(
    model: ScoringModel, position: int, cell: Any, effect: float, against: str, of: str | None
) -> dict[str, Any]:
    name = model.row_names[position]
    missing = cell is None or cell != cell
    given = "is missing" if missing else f"is {_short(cell)}"
    if not math.isfinite(effect):
        change = "has an effect that cannot be computed"
    elif effect == 0.0:
        change = "changes nothing"
    else:
        amount = f"{abs(effect):.4g}" if of is None else f"{100 * abs(effect):.3g} points"
        target = "the prediction" if of is None else f"the probability of {_short(of)}"
        change = f"{'raises' if effect > 0 else 'lowers'} {target} by {amount}"
    return {
        "column": name,
        "cell": None if missing else cell,
        "effect": plain(effect),
        "against": against,
        "text": f"{name} {given}: {change}, compared with {against}",
    }


def _short(cell: Any) -> str:
    text = f"{cell:.6g}" if isinstance(cell, float) else repr(str(cell))
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"

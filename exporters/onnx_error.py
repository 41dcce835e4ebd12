"""How far a float32 graph is from exact Python, measured when it is exported."""

from dataclasses import dataclass

import numpy as np
from onnx import ModelProto

from triplicate.exporters.onnx_columns import InputForm
from triplicate.exporters.onnx_complete import broken_promises
from triplicate.exporters.onnx_metadata import golden_cells, lenient
from triplicate.exporters.onnx_run import run_onnx
from triplicate.runtime.encoding import encode_rows
from triplicate.runtime.heads import Classification, Reconstruction
from triplicate.runtime.raw_rows import RawRows
from triplicate.runtime.scorer import Scorer
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.runtime.yardstick import output_bounds

__all__ = ["MeasuredError", "float32_errors"]


@dataclass(frozen=True, slots=True)
class MeasuredError:
    """The largest difference over some rows: `largest` as it is, `relative` as a multiple of the row's yardstick A.

    `decisions` counts the rows with another label or flag, `unusable` those where only one of the two has numbers
    (float32 ends at 3e38). Both leave the other figures alone.
    """

    rows: int
    largest: float
    relative: float
    decisions: int
    unusable: int

    def __str__(self) -> str:
        text = f"largest difference {self.largest:.2g} ({self.relative:.2g} A) over {self.rows} rows"
        text += f", another decision in {self.decisions}" if self.decisions else ", no other decision"
        return text + (f", no number in {self.unusable}" if self.unusable else "")


def float32_errors(
    model: ScoringModel, proto: ModelProto, form: InputForm, rows: RawRows | None, *, complete: bool = False
) -> dict[str, MeasuredError]:
    """Run the float32 graph over the model's golden rows, and over `rows`, and compare with exact Python.

    Returns "golden" and "rows", each where there is such a set. One for `complete` tables is run over complete rows.
    """
    sets = {}
    if model.metadata.golden is not None:
        sets["golden"] = golden_cells(model, model.metadata.golden)
    if rows is not None and rows.rows:
        sets["rows"] = rows
    return {name: _measure(model, proto, form, raw, complete=complete) for name, raw in sets.items()}


def _measure(model: ScoringModel, proto: ModelProto, form: InputForm, raw: RawRows, *, complete: bool) -> MeasuredError:
    scorer = Scorer(lenient(model))
    numbers, _ = encode_rows(scorer.model, raw)
    exact = scorer.score_numbers(numbers).outputs
    if complete:
        kept = np.flatnonzero(broken_promises(model, numbers).kept)
        raw, numbers, exact = raw.take(kept), numbers[kept], exact[kept]
    found = run_onnx(model, raw, input=form, dtype="float32", proto=proto).outputs
    decision = {Classification: 0, Reconstruction: 1}.get(type(model.head))
    judged = [column for column in range(exact.shape[1]) if column != decision]
    usable = (np.isfinite(exact) & np.isfinite(found)).all(axis=1)
    lost = ~usable & ~((exact == found) | (np.isnan(exact) & np.isnan(found))).all(axis=1)
    scale = output_bounds(scorer, numbers, exact, rounded_cells=True).scale
    with np.errstate(all="ignore"):
        difference = np.abs(exact - found)[usable][:, judged]
        relative = np.nan_to_num(difference / scale[usable][:, judged], nan=0.0, posinf=0.0)
    changed = 0 if decision is None else int((exact[usable, decision] != found[usable, decision]).sum())
    return MeasuredError(
        raw.rows,
        float(difference.max(initial=0.0)),
        float(relative.max(initial=0.0)),
        changed,
        int(lost.sum()),
    )

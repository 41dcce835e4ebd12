"""Comparing the flat outputs of two forms: by bits, or within the bounds of the contract."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from triplicate.parity_report import DecisionDifference, Mismatch, PairResult
from triplicate.runtime import Classification, LabelRule, Reconstruction, ScoringModel
from triplicate.runtime.yardstick import Bounds

__all__ = ["Demand", "compare_bits", "compare_within", "ulp_distance"]

FloatMatrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Demand:
    """A demand of the contract: |difference| <= relative * A-scale, plus absolute for probabilities."""

    relative: float
    absolute: float

    def __str__(self) -> str:
        return f"{self.relative:g} A"


def ulp_distance(left: FloatMatrix, right: FloatMatrix) -> npt.NDArray[np.uint64]:
    """Return how many float64 values lie between the two, element by element; NaN equals NaN, -0 is one below 0."""
    a, b = _rank(left), _rank(right)
    distance = np.where(a > b, a - b, b - a)
    distance[np.isnan(left) & np.isnan(right)] = 0
    return distance


def _rank(values: FloatMatrix) -> npt.NDArray[np.uint64]:
    """Map floats to integers that keep their order, one apart for neighbours."""
    bits = np.ascontiguousarray(values).view(np.uint64)
    sign = np.uint64(2**63)
    return np.where(bits < sign, bits | sign, ~bits)


def compare_bits(pair: str, model: ScoringModel, expected: FloatMatrix, found: FloatMatrix) -> PairResult:
    """Demand the same bits of every number (every NaN equals every NaN)."""
    same = (expected.view(np.int64) == found.view(np.int64)) | (np.isnan(expected) & np.isnan(found))
    distance = np.where(same, np.uint64(0), ulp_distance(expected, found))
    mismatch = None
    if not same.all():
        row, output = (int(i) for i in np.argwhere(~same)[0])
        values = float(expected[row, output]), float(found[row, output])
        mismatch = Mismatch(row, output, model.output_names[output], *values, allowed=0.0)
    with np.errstate(invalid="ignore"):
        difference = np.where(same, 0.0, np.abs(expected - found))
    return PairResult(
        pair=pair,
        demand="same bits",
        rows=len(expected),
        promised_rows=len(expected),
        largest_difference=float(np.nan_to_num(difference, nan=np.inf).max(initial=0.0)),
        bound=0.0,
        differing=int((~same).sum()),
        largest_ulp=int(distance.max(initial=0)),
        mismatch=mismatch,
    )


def compare_within(
    pair: str, model: ScoringModel, expected: FloatMatrix, found: FloatMatrix, bounds: Bounds, demand: Demand
) -> PairResult:
    """Demand every number within its bound, and every decision equal unless its margin is inside the bound."""
    allowed = bounds.allowed(demand.relative, demand.absolute)
    with np.errstate(all="ignore"):
        difference = np.abs(expected - found)
        difference[(expected == found) | (np.isnan(expected) & np.isnan(found))] = 0.0
        share = np.where(difference == 0.0, 0.0, difference / allowed)
    judged = np.nan_to_num(share, nan=np.inf)
    judged[~bounds.promised] = 0.0
    judged[:, bounds.decision] = 0.0
    mismatch, worst = None, (0, 0)
    if judged.size:
        row, output = np.unravel_index(int(judged.argmax()), judged.shape)
        worst = int(row), int(output)
    if judged.size and judged[worst] > 1.0:
        values = float(expected[worst]), float(found[worst])
        mismatch = Mismatch(*worst, model.output_names[worst[1]], *values, float(allowed[worst]))
    return PairResult(
        pair=pair,
        demand=str(demand),
        rows=len(expected),
        promised_rows=int(bounds.promised.sum()),
        largest_difference=float(difference[worst]) if judged.size else 0.0,
        bound=float(allowed[worst]) if judged.size else 0.0,
        differing=int((judged > 0).sum()),
        largest_ulp=None,
        decisions=_decisions(model, expected, found, allowed, bounds),
        mismatch=mismatch,
    )


def _decisions(
    model: ScoringModel, expected: FloatMatrix, found: FloatMatrix, allowed: FloatMatrix, bounds: Bounds
) -> tuple[DecisionDifference, ...]:
    """List the promised rows whose label or anomaly flag differs, with the exact margin of each."""
    if not bounds.decision.any():
        return ()
    column = int(np.flatnonzero(bounds.decision)[0])
    rows = np.flatnonzero((expected[:, column] != found[:, column]) & bounds.promised)
    differences = []
    for row in rows:
        margin, bound = _margin(model, expected[row], found[row], allowed[row])
        ours, theirs = (_decision_text(model, values[row, column]) for values in (expected, found))
        differences.append(DecisionDifference(int(row), ours, theirs, margin, bound))
    return tuple(differences)


def _margin(
    model: ScoringModel, expected: FloatMatrix, found: FloatMatrix, allowed: FloatMatrix
) -> tuple[float, float]:
    """Return the distance of the exact outputs from the other decision, and what the bound allows it to be."""
    head = model.head
    if isinstance(head, Reconstruction):
        return abs(float(expected[0]) - head.threshold), float(allowed[0])
    if found[0] < 0 or expected[0] < 0:  # one form found no label at all: never inside a bound
        return float("inf"), float(allowed[1])
    if isinstance(head, Classification) and head.rule is LabelRule.THRESHOLD:
        return abs(float(expected[2]) - head.threshold), float(allowed[2])
    margin = float(expected[1 + int(expected[0])] - expected[1 + int(found[0])])
    return margin, 2.0 * float(allowed[1:].max())


def _decision_text(model: ScoringModel, value: float) -> str:
    head = model.head
    if isinstance(head, Classification):
        return head.labels[int(value)] if value >= 0 else "(none)"
    return "anomaly" if value else "normal"

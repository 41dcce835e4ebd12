"""What `verify` found, as data: a row per pair of forms, the mismatches, a verdict."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["DecisionDifference", "Mismatch", "PairResult", "ParityReport"]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One number that breaks its demand: where it stands, both values, and where the forms first part.

    `row` counts from 0 among the verified rows, `position` among the flat outputs; `layer` and `unit` count
    from 0, None when no cut shows a difference (the head or the encoding of the row then differs). `located` is
    False for a file given, which cannot be cut.
    """

    row: int
    position: int
    output: str
    expected: float
    found: float
    allowed: float
    layer: int | None = None
    unit: int | None = None
    located: bool = True


@dataclass(frozen=True, slots=True)
class DecisionDifference:
    """A label or anomaly flag that differs in a row, and whether its margin is inside the bound."""

    row: int
    expected: str
    found: str
    margin: float
    allowed: float

    @property
    def excused(self) -> bool:
        """True when the exact margin is inside the bound of the pair."""
        return self.margin <= self.allowed


@dataclass(frozen=True, slots=True)
class PairResult:
    """A form compared with exact Python over all rows; `pair` is the form's name.

    `largest_difference` is the difference that uses most of its bound, `bound` that bound (0: same bits
    demanded), `differing` the number of outputs that are not equal. `largest_ulp` is given for pairs that must
    have the same bits. `promised_rows` are the rows the demand covers; the others (A not below 1e308) are
    counted but not judged. `note` says what else a reader should know of the rows.
    """

    pair: str
    demand: str
    rows: int
    promised_rows: int
    largest_difference: float
    bound: float
    differing: int
    largest_ulp: int | None
    decisions: tuple[DecisionDifference, ...] = ()
    mismatch: Mismatch | None = None
    error: str | None = None
    note: str | None = None

    @property
    def passed(self) -> bool:
        """True when no number and no decision breaks the demand."""
        return self.mismatch is None and self.error is None and all(d.excused for d in self.decisions)


@dataclass(frozen=True, slots=True)
class ParityReport:
    """The verdict over all pairs, with the fingerprint of the model and the state of the rows."""

    fingerprint: str
    rows: int
    unseen: int
    replaced: int
    pairs: tuple[PairResult, ...]
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """True when every pair passed."""
        return all(pair.passed for pair in self.pairs)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain dicts, lists, strings, numbers and booleans."""
        result = {"passed": self.passed, **asdict(self)}
        for entry, pair in zip(result["pairs"], self.pairs, strict=True):
            entry["passed"] = pair.passed
        return result

    def to_json(self) -> str:
        """Return the report as JSON text; numbers that JSON lacks (NaN, infinity) are written as text."""
        return json.dumps(_without_nonfinite(self.to_dict()), indent=2, ensure_ascii=False) + "\n"


def _without_nonfinite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nonfinite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nonfinite(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return value

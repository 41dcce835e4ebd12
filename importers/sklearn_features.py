"""What a feature of a scikit-learn pipeline is: a function of one raw column, followed through the steps."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final

from triplicate.runtime.cells import is_missing, level_text
from triplicate.runtime.errors import ForeignModelError

__all__ = ["UNKNOWN", "ColumnCode", "Feature", "Levels", "Number", "Raw", "as_number", "encoded", "key_of"]

UNKNOWN: Final = object()  # a level that the encoder does not list
NAN_KEY: Final = object()
MARKS: Final = (math.nan, None, "")  # what a ScoringModel counts as missing


@dataclass(frozen=True, slots=True)
class Raw:
    """The raw cell after imputers: for each (mark, value) in turn, a cell equal to the mark becomes the value."""

    column: str
    fills: tuple[tuple[Any, Any], ...] = ()

    def value(self, cell: Any) -> Any:
        """Return what the imputers make of a cell."""
        for mark, fill in self.fills:
            if key_of(cell) == key_of(mark):
                cell = fill
        return cell


@dataclass(frozen=True, slots=True)
class Number:
    """(x - subtract) * multiply of a raw number, then clipped; `missing` is NaN where no imputer fills it.

    `subtract` is exact: of a column with a mean of a million and a spread of 1, two scalers in a row would lose six
    more digits by rounding it.
    """

    column: str
    subtract: Fraction = Fraction(0)
    multiply: float = 1.0
    missing: float = math.nan
    low: float = -math.inf
    high: float = math.inf

    def scaled(self, subtract: Fraction, multiply: float) -> "Number":
        """Return (y - subtract) * multiply of this number y; multiply is positive."""
        missing, low, high = (
            float((Fraction(value) - subtract) * Fraction(multiply)) if math.isfinite(value) else value
            for value in (self.missing, self.low, self.high)
        )
        further = self.subtract + subtract / Fraction(self.multiply)
        return Number(self.column, further, self.multiply * multiply, missing, low, high)

    @property
    def default(self) -> float:
        """What is left to add to the feature when `subtract` is rounded to a float."""
        rounded = Fraction(float(self.subtract))
        return float((rounded - self.subtract) * Fraction(self.multiply)) + 0.0

    def clipped(self, low: float, high: float) -> "Number":
        """Return this number clipped to [low, high]."""
        low, high = (min(max(bound, low), high) for bound in (self.low, self.high))
        return replace(self, low=low, high=high)


@dataclass(frozen=True, slots=True)
class Levels:
    """A number per row of a category's table: `others` where a row is listed there, else `default`.

    Rows as in runtime.columns.Categorical: one per level, then missing, then unseen. NaN: the pipeline ends in an
    error for this row. `refuses`: it does for an unseen level.
    """

    column: str
    levels: tuple[str, ...]
    default: float = 0.0
    others: Mapping[int, float] = field(default_factory=dict)
    refuses: bool = False

    def mapped(self, function: Callable[[float], float]) -> "Levels":
        """Return the function of each number."""
        others = {row: function(value) for row, value in self.others.items()}
        return replace(self, default=function(self.default), others=others)


Feature = Raw | Number | Levels


@dataclass(frozen=True, slots=True)
class ColumnCode:
    """What a fitted encoder does with one column: `width` features; `outputs` of a value lists those that are not 0.

    `outputs` takes a value of the column or UNKNOWN, and returns None where the encoder raises an error.
    """

    categories: tuple[Any, ...]
    width: int
    outputs: Callable[[Any], Mapping[int, float] | None]


def key_of(value: Any) -> Any:
    """Return what tells values apart as scikit-learn does: NaN and NA equal themselves, None is another value."""
    if value is None or isinstance(value, str):
        return value
    return NAN_KEY if is_missing(value) else value


def as_number(raw: Raw, where: str) -> Number:
    """Return a raw column as a number, with what its imputers put for a missing cell."""
    missing = math.nan
    for mark, fill in raw.fills:
        if not is_missing(mark):
            raise ForeignModelError(
                f"{where}: column {raw.column!r} takes {mark!r} for a missing number; a model knows empty cells and "
                "NaN only: replace it in the table, and fit the imputer with missing_values=nan"
            )
        if math.isnan(missing):
            try:
                missing = float(fill)
            except (TypeError, ValueError) as reason:
                raise ForeignModelError(
                    f"{where}: column {raw.column!r} is a number here, but missing cells become {fill!r}"
                ) from reason
    return Number(raw.column, missing=missing)


def encoded(feature: Feature, code: ColumnCode, where: str) -> list[Levels]:
    """Return the features that an encoder makes of one."""
    match feature:
        case Raw():
            return _encoded_raw(feature, code, where)
        case Levels():
            return _encoded_levels(feature, code, where)
        case Number():
            raise ForeignModelError(
                f"{where}: column {feature.column!r} is encoded after it was scaled as a number; "
                "encode the raw column, or leave it a number"
            )


def _encoded_raw(raw: Raw, code: ColumnCode, where: str) -> list[Levels]:
    values = [*code.categories, *(mark for mark, _ in raw.fills)]
    cells = {key_of(value): value for value in values if not is_missing(value)}
    texts = tuple(str(level_text(cell)) for cell in cells.values())
    if len(set(texts)) < len(texts):
        twice = next(text for text in texts if texts.count(text) > 1)
        raise ForeignModelError(f"{where}: two levels of column {raw.column!r} have the text {twice!r}")
    unseen = code.outputs(UNKNOWN)
    rows: list[Mapping[int, float]] = []
    for cell in cells.values():
        found = code.outputs(raw.value(cell))
        if found is None:
            raise ForeignModelError(f"{where}: column {raw.column!r}: the encoder does not know {raw.value(cell)!r}")
        rows.append(found)
    missing = _missing(raw, code, values, where)
    rows.append(dict.fromkeys(range(code.width), math.nan) if missing is None else missing)
    rows.append(unseen or {})
    others: list[dict[int, float]] = [{} for _ in range(code.width)]
    for row, found in enumerate(rows):
        for output, value in found.items():
            others[output][row] = value
    return [Levels(raw.column, texts, 0.0, other, unseen is None) for other in others]


def _missing(raw: Raw, code: ColumnCode, values: list[Any], where: str) -> Mapping[int, float] | None:
    """Return the outputs of a missing cell, of whichever kind the pipeline knows: NaN, None or the empty text."""
    known = {key_of(value) for value in values}
    cells: list[object] = [mark for mark in MARKS if key_of(mark) in known]
    cells = cells or [UNKNOWN]
    first, *more = (code.outputs(UNKNOWN if cell is UNKNOWN else raw.value(cell)) for cell in cells)
    if any(outputs != first for outputs in more):
        kinds = " and ".join("NaN" if key_of(cell) is NAN_KEY else repr(cell) for cell in cells)
        raise ForeignModelError(
            f"{where}: column {raw.column!r} tells {kinds} apart; in a model they are all a missing cell: "
            "use one of them in the table"
        )
    return first


def _encoded_levels(feature: Levels, code: ColumnCode, where: str) -> list[Levels]:
    unseen = len(feature.levels) + 1
    usual = code.outputs(feature.default)
    found = {row: code.outputs(value) for row, value in feature.others.items()}
    failing = [row for row in range(unseen + 1) if found.get(row, usual) is None]
    if failing and failing[0] < len(feature.levels):
        raise ForeignModelError(
            f"{where}: column {feature.column!r}: the encoder does not know what level "
            f"{feature.levels[failing[0]]!r} was turned into"
        )
    base = usual or {}
    others: list[dict[int, float]] = [{} for _ in range(code.width)]
    for row, outputs in found.items():
        for output in {*base, *(outputs or {})}:
            others[output][row] = (outputs or {}).get(output, 0.0)
    for other in others:
        other.update(dict.fromkeys(failing, math.nan))
    refuses = feature.refuses or unseen in failing
    return [
        Levels(feature.column, feature.levels, base.get(output, 0.0), other, refuses)
        for output, other in enumerate(others)
    ]

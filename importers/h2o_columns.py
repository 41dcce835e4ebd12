"""H2O's columns lowered: one-hot blocks with a place for missing cells, and the encodings that rewrite a table.

One-hot: category i owns the inputs from offsets[i] to offsets[i + 1], the last of which is that of missing and
unseen levels; with use_all_factor_levels off the first level has none. Numbers follow: x' = (x - sub) * mul, 0 when
missing. The other encodings replace a category by columns of numbers, which are scaled like numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from triplicate.runtime.columns import Categorical, Column, Numeric
from triplicate.runtime.errors import ForeignModelError

__all__ = ["BLANKS", "Encoding", "InputColumns", "Scaling", "encoded_columns", "one_hot_columns"]

Floats = npt.NDArray[np.float64]
BLANKS = "".join(map(chr, range(33)))  # what Java trims


class Encoding(StrEnum):
    """How a category became columns of numbers before the net saw it."""

    BINARY = "Binary"  # the bits of level + 1
    EIGEN = "Eigen"  # a projection, as float32
    LABEL = "LabelEncoder"  # the level's place, or the number that the level spells


SUFFIXES = {Encoding.BINARY: ":0", Encoding.EIGEN: ".Eigen", Encoding.LABEL: ""}  # of a column's first input


@dataclass(frozen=True, slots=True)
class Scaling:
    """x' = (x - subtract) * multiply for each column of numbers."""

    subtract: Floats
    multiply: Floats

    def __post_init__(self) -> None:
        for name, values in (("norm_sub", self.subtract), ("norm_mul", self.multiply)):
            if not np.isfinite(values).all():
                raise ForeignModelError(f"{name} holds a number that is not finite")
        if (self.multiply == 0).any():
            raise ForeignModelError("norm_mul holds a 0: the column cannot be scaled back")


@dataclass(frozen=True, slots=True)
class InputColumns:
    """Columns, and per input: whose it is, and how its reconstruction is scaled back (x = out * scale + shift)."""

    columns: tuple[Column, ...]
    groups: npt.NDArray[np.int32]
    scale: Floats
    shift: Floats
    notes: tuple[str, ...] = ()
    misread: tuple[tuple[str, tuple[str, ...]], ...] = ()  # cells that H2O's reader encodes as training did not
    scalings: tuple[tuple[str, list[list[float]]], ...] = ()  # subtract and multiply of each input of encoded columns
    misplaced: bool = False  # H2O's reader puts the bits of binary codes on wrong inputs


def one_hot_columns(
    names: Sequence[str], levels: Sequence[Sequence[str]], offsets: Sequence[int], use_all: bool, scaling: Scaling
) -> InputColumns:
    """Return categories, then numbers: `names` of both, `levels` per category, `offsets` one more than categories."""
    columns: list[Column] = []
    notes: list[str] = []
    groups: list[int] = []
    for index, column_levels in enumerate(levels):
        first, end = offsets[index], offsets[index + 1]
        if end <= first or end > offsets[-1]:
            raise ForeignModelError(f"cat_offsets: {first} to {end} has no input for column {names[index]!r}")
        if len(column_levels) > end - first:
            raise ForeignModelError(
                f"column {names[index]!r} has {len(column_levels)} levels, but cat_offsets leave {end - first} inputs"
            )
        places = np.arange(len(column_levels) + 2, dtype=np.int64) + first - (0 if use_all else 1)
        if not use_all:
            places[0] = -1 if column_levels else end - 1
        places[-2:] = end - 1
        places = np.minimum(places, end - 1).astype(np.int32)
        columns.append(
            _table(names[index], column_levels, places[:, None], (places >= 0)[:, None].astype(np.float64), notes)
        )
        groups.extend([index] * (end - first))
    blocks = len(groups)
    for position, name in enumerate(names[len(levels) :]):
        columns.append(_number(name, blocks + position, scaling, position))
        groups.append(len(levels) + position)
    scale = np.concatenate([np.ones(blocks), 1.0 / scaling.multiply])
    shift = np.concatenate([np.zeros(blocks), scaling.subtract])
    return InputColumns(tuple(columns), np.array(groups, dtype=np.int32), scale, shift, tuple(notes))


def encoded_columns(
    encoding: Encoding,
    inputs: Sequence[str],
    scaling: Scaling,
    names: Sequence[str],
    levels: Sequence[Sequence[str] | None],
    projection: Floats | None,
) -> InputColumns:
    """Return the columns of the table as it was before an encoding rewrote it.

    `inputs` are the names of the net's columns, all numbers; `names` and `levels` (None: a number) those of the
    original table, special columns and response among them, which are left out since the net has no such column.
    `projection`: eigen values of all categories, one after the other.
    """
    place_of = {name: place for place, name in enumerate(inputs)}
    columns: list[Column] = []
    notes: list[str] = []
    misread: list[tuple[str, tuple[str, ...]]] = []
    scalings: list[tuple[str, list[list[float]]]] = []
    groups = np.full(len(inputs), -1, dtype=np.int32)
    used, misplaced = 0, False
    for position, (name, column_levels) in enumerate(zip(names, levels, strict=True)):
        own = None
        if encoding is Encoding.EIGEN and column_levels is not None:
            if projection is None or used + len(column_levels) > len(projection):
                raise ForeignModelError(f"_orig_projection_array has no values for column {name!r}")
            own = projection[used : used + len(column_levels)]
            used += len(column_levels)
        if column_levels is None:
            place, width = place_of.get(name.strip(BLANKS)), 1
            if place is not None:
                columns.append(_number(name.strip(BLANKS), place, scaling, place))
            elif encoding is Encoding.BINARY and position < len(names) - 1:  # the last one may be the response
                misplaced = True
        else:
            place = place_of.get((name + SUFFIXES[encoding]).strip(BLANKS))
            width = max(len(column_levels), 1).bit_length() if encoding is Encoding.BINARY else 1
            if place is not None:
                values = _codes(encoding, name, column_levels, width, own)
                table = _scaled_table(name.strip(BLANKS), column_levels, place, values, scaling, notes)
                columns.append(table)
                own_inputs = slice(place, place + width)
                pairs = np.stack((scaling.subtract[own_inputs], scaling.multiply[own_inputs]), axis=1)
                scalings.append((table.name, pairs.tolist()))
                wrong = _misread(encoding, column_levels)
                misread.extend([(table.name, wrong)] if wrong else [])
        if place is not None:
            if place + width > len(inputs) or (groups[place : place + width] != -1).any():
                raise ForeignModelError(f"column {name!r} shares an input with another column")
            groups[place : place + width] = len(columns) - 1
    if (groups == -1).any():
        raise ForeignModelError(f"column {inputs[int(np.argmin(groups))]!r} comes from no column of _orig_names")
    scale, shift = 1.0 / scaling.multiply, scaling.subtract
    return InputColumns(tuple(columns), groups, scale, shift, tuple(notes), tuple(misread), tuple(scalings), misplaced)


def _codes(encoding: Encoding, name: str, levels: Sequence[str], width: int, projection: Floats | None) -> Floats:
    """Return the numbers (levels + 2, width) of each level, of a missing and of an unseen one; NaN is missing."""
    count = len(levels)
    values = np.full((count + 2, width), np.nan)
    match encoding:
        case Encoding.BINARY:
            values[:count] = (np.arange(1, count + 1)[:, None] >> np.arange(width)) & 1
            values[-1] = 0.0
        case Encoding.EIGEN:
            assert projection is not None  # noqa: S101 - the caller's condition, restated for the type checker
            with np.errstate(over="ignore"):
                values[:count, 0] = projection.astype(np.float32)
        case Encoding.LABEL:
            numbers = [_java_integer(level) for level in levels]
            values[:count, 0] = range(count) if None in numbers else numbers
    if not np.isfinite(values[:count]).all():
        raise ForeignModelError(f"column {name!r}: the number of a level is not finite")
    return values


def _misread(encoding: Encoding, levels: Sequence[str]) -> tuple[str, ...]:
    """Return the cells that H2O's reader encodes otherwise than training did.

    It trims the levels of encoded columns, and label-encodes each level that spells a number as that number, where
    training did so only if all levels spell numbers.
    """
    wrong = [cell for level in levels if level != level.strip(BLANKS) for cell in (level, level.strip(BLANKS))]
    numbers = [_java_integer(level) for level in levels]
    if encoding is Encoding.LABEL and None in numbers:
        wrong += [levels[k] for k, number in enumerate(numbers) if number not in (None, k)]
    return tuple(dict.fromkeys(wrong))


def _java_integer(text: str) -> int | None:
    """Return the 32-bit integer that a text spells in Java, None where it spells none."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not (digits.isdecimal() and len(digits) <= 4000):
        return None
    number = int(text)
    return number if -(2**31) <= number < 2**31 else None


def _scaled_table(
    name: str, levels: Sequence[str], place: int, values: Floats, scaling: Scaling, notes: list[str]
) -> Categorical:
    """Return the table of a category whose numbers are scaled; NaN, and what overflows, contributes nothing."""
    width = values.shape[1]
    if place + width > len(scaling.subtract):
        raise ForeignModelError(f"column {name!r} needs {width} inputs from the place {place} on; there are too few")
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = (values - scaling.subtract[place : place + width]) * scaling.multiply[place : place + width]
    usable = np.isfinite(scaled)
    places = np.where(usable, np.arange(place, place + width), -1)
    return _table(name, levels, places, np.where(usable, scaled, 0.0), notes)


def _table(
    name: str, levels: Sequence[str], places: npt.NDArray[np.integer], values: Floats, notes: list[str]
) -> Categorical:
    """Return a category; an empty level has no row, since an empty cell is a missing one."""
    rows = np.ones(len(levels) + 2, dtype=np.bool_)
    if "" in levels:
        rows[list(levels).index("")] = False
        notes.append(f"column {name!r}: its level '' is left out, since empty cells count as missing")
    kept = tuple(level for level in levels if level)
    return Categorical(name, kept, places[rows].astype(np.int32), values[rows] + 0.0)


def _number(name: str, place: int, scaling: Scaling, position: int) -> Numeric:
    return Numeric(name, place, float(scaling.subtract[position]) + 0.0, float(scaling.multiply[position]))

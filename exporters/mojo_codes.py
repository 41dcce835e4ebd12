"""Categories that became numbers (bits, a projection, a place): the encodings a MOJO names, found in the tables again.

A table of contributions holds (code - subtract) * multiply per level. Places and bits are known codes, from which
both follow. An eigen projection is any number, as float32. The scaling is kept in the metadata (`code_scaling`), and
believed only where it leads back to the table. One encoding must fit all categories of the model.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.columns import Categorical, Column, UnseenPolicy
from triplicate.runtime.errors import ExportError
from triplicate.runtime.layers import Layer

__all__ = ["CODE_SCALING", "CodedInputs", "NumberInput", "coded_inputs"]

Floats = npt.NDArray[np.float64]
Scaling = tuple[float, float]  # subtract, multiply
CODE_SCALING = "code_scaling"  # in the metadata: column to [subtract, multiply] of each of its inputs
BINARY, EIGEN, LABEL = "Binary", "Eigen", "LabelEncoder"
CLOSE = 1e-14  # of the largest number of the table
INTEGER = re.compile(r"[+-]?\d{1,4000}")


@dataclass(frozen=True, slots=True)
class NumberInput:
    """A column of numbers of the file: its name there, the model's input, and its scaling."""

    name: str
    place: int
    subtract: float
    multiply: float


@dataclass(frozen=True, slots=True)
class CodedInputs:
    """The encoding, and the net's columns in the order in which H2O's reader expects them.

    `original`: the table before the encoding, column by column; levels, None for numbers. `projection`: eigen
    values of all levels, category by category.
    """

    encoding: str
    inputs: tuple[NumberInput, ...]
    original: tuple[tuple[str, tuple[str, ...] | None], ...]
    projection: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Fit:
    """Where a category's codes go, how they are scaled, and what a missing cell counts beside a 0 in scaled units."""

    inputs: list[int]
    subtract: Floats
    multiply: Floats
    missing: Floats
    codes: Floats


def coded_inputs(
    columns: Sequence[Column],
    numbers: Mapping[str, NumberInput],
    first: Layer,
    bias: Floats,
    training: Mapping[str, Any],
) -> CodedInputs:
    """Return the one encoding that all tables follow; what a missing cell counts is added to `bias`.

    `numbers` are the inputs of numeric columns, by name.
    """
    categories = [column for column in columns if isinstance(column, Categorical)]
    for encoding in (LABEL, BINARY, EIGEN):
        fits = [_fit(encoding, column, _known(training.get(CODE_SCALING), column.name)) for column in categories]
        found = [fit for fit in fits if fit is not None]
        if len(found) == len(categories):
            break
    else:
        raise ExportError(
            f"columns {', '.join(repr(column.name) for column in categories[:3])}: their levels count as numbers that"
            " no encoding of H2O makes of all of them; train with categorical_encoding='AUTO', or export Java or ONNX"
        )
    coded = {}
    for column, fit in zip(categories, found, strict=True):
        bias += first.weights[:, fit.inputs].astype(np.float64) @ fit.missing
        coded[column.name] = [
            NumberInput(f"{column.name}{_suffix(encoding, k)}", place, float(fit.subtract[k]), float(fit.multiply[k]))
            for k, place in enumerate(fit.inputs)
        ]
    inputs = []  # bits come after all numbers, other codes take the place of their column
    for one in sorted(columns, key=lambda column: encoding == BINARY and isinstance(column, Categorical)):
        inputs += coded[one.name] if isinstance(one, Categorical) else [numbers[one.name]]
    return CodedInputs(
        encoding,
        tuple(inputs),
        tuple((column.name, column.levels if isinstance(column, Categorical) else None) for column in columns),
        tuple(float(code) for fit in found for code in fit.codes[:, 0]) if encoding == EIGEN else (),
    )


def _suffix(encoding: str, bit: int) -> str:
    return {BINARY: f":{bit}", EIGEN: ".Eigen"}.get(encoding, "")


def _known(scalings: Any, name: str) -> list[Scaling]:
    """Return subtract and multiply of a column's inputs from the metadata; none where nothing there can be used."""
    found = scalings.get(name) if isinstance(scalings, dict) else None
    pairs = []
    for pair in found if isinstance(found, list) else []:
        match pair:
            case [int() | float() as subtract, int() | float() as multiply] if multiply:
                pairs.append((float(subtract), float(multiply)))
    return pairs


def _fit(encoding: str, column: Categorical, known: Sequence[Scaling]) -> _Fit | None:
    """Return how the table follows from the codes of an encoding, None where it does not."""
    codes = _codes(encoding, column)
    inputs = sorted({int(place) for place in column.inputs.ravel() if place >= 0})
    width = len(column.levels).bit_length() if encoding == BINARY else 1
    if len(inputs) != width or not column.levels:
        return None
    table = _dense(column, inputs)
    missing, unseen = table[column.missing_row], table[column.unseen_row]
    if encoding == EIGEN:
        codes = _projection(table[:-2, 0], known)
    if codes is None:
        return None
    given, counts = codes, table[:-2] - missing
    if encoding == BINARY:  # an unseen level has the code 0
        given, counts = np.vstack((codes, np.zeros(width))), np.vstack((counts, unseen - missing))
    elif column.unseen is UnseenPolicy.ROW and (unseen != missing).any():
        return None
    known = [(subtract + lost / multiply, multiply) for (subtract, multiply), lost in zip(known, missing, strict=False)]
    lines = [_line(given[:, k], counts[:, k], known[k : k + 1]) for k in range(width)]
    found = [line for line in lines if line is not None]
    if len(found) != width:
        return None
    return _Fit(inputs, np.array([s for s, _ in found]), np.array([m for _, m in found]), missing, codes)


def _dense(column: Categorical, inputs: Sequence[int]) -> Floats:
    """Return what each row of the table adds to each of these inputs: (levels + 2, inputs)."""
    return np.stack([(column.values * (column.inputs == place)).sum(axis=1) for place in inputs], axis=1)


def _codes(encoding: str, column: Categorical) -> Floats | None:
    """Return the codes (levels, width) that h2o-genmodel gives the levels; None where they depend on the reader."""
    count = len(column.levels)
    if encoding == BINARY:
        return ((np.arange(1, count + 1)[:, None] >> np.arange(count.bit_length())) & 1).astype(np.float64)
    spelled = [int(level) if INTEGER.fullmatch(level) else None for level in column.levels]
    numbers = [number for number in spelled if number is not None and -(2**31) <= number < 2**31]
    if len(numbers) == count:
        return np.array(numbers, dtype=np.float64)[:, None]
    return None if numbers else np.arange(count, dtype=np.float64)[:, None]


def _projection(counts: Floats, known: Sequence[Scaling]) -> Floats | None:
    """Return the eigen values (levels, 1), which are float32 numbers."""
    if not known:
        return None
    subtract, multiply = known[0]
    with np.errstate(all="ignore"):
        codes = (counts / multiply + subtract).astype(np.float32).astype(np.float64)
    return codes[:, None] if np.isfinite(codes).all() else None


def _line(codes: Floats, counts: Floats, known: Sequence[Scaling]) -> Scaling | None:
    """Return subtract and multiply with (code - subtract) * multiply = count for all; None where there are none.

    Those that are known come first: the file then has the bits of the one that the model came from.
    """
    low, high = int(codes.argmin()), int(codes.argmax())
    with np.errstate(all="ignore"):
        spread = codes[high] - codes[low]
        multiply = float((counts[high] - counts[low]) / spread) if spread else 1.0
        for pair in (*known, (float(codes[low] - counts[low] / multiply), multiply)):
            apart = np.abs((codes - pair[0]) * pair[1] - counts)
            if pair[1] != 0.0 and np.isfinite(pair).all() and (apart <= CLOSE * np.abs(counts).max()).all():
                return pair
    return None

"""Raw columns as H2O's one-hot blocks and scaled numbers; what else a table of contributions may be, mojo_codes holds.

The MOJO's inputs are not the model's: each column gets inputs of its own, and what a level adds to the first layer
becomes the weights of its input. That carries every table whose sums are float32, hashed ones and shared inputs too.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.exporters.mojo_codes import CodedInputs, NumberInput, coded_inputs
from triplicate.runtime.columns import Categorical, Numeric, UnseenPolicy
from triplicate.runtime.errors import ExportError
from triplicate.runtime.layers import Layer
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["MojoColumns", "mojo_columns"]

Floats = npt.NDArray[np.float64]
Weights = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class MojoColumns:
    """The columns of the file, and the first layer on its inputs.

    `levels`: per category, which come first in `names`. `offsets`: where the inputs of each category begin, and where
    numbers do. `coded`: the table before an encoding made numbers of its categories, or None. `places`: the model's
    input behind each of the file's where there is exactly one, else -1 (autoencoders rebuild inputs).
    """

    names: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    offsets: tuple[int, ...]
    use_all: bool
    subtract: Floats
    multiply: Floats
    weights: Weights
    bias: Floats
    places: npt.NDArray[np.int64]
    coded: CodedInputs | None = None


@dataclass(slots=True)
class _Block:
    """What the rows of a category's table add to the units: (units, levels), (units,) when missing."""

    column: Categorical
    levels: tuple[str, ...]
    of_levels: Floats
    of_missing: Floats
    places: list[int]
    place_missing: int

    @property
    def first_is_nothing(self) -> bool:
        """Whether the first level adds nothing, as with use_all_factor_levels off."""
        return self.places[:1] == [-1] and not self.of_levels[:, 0].any()


def mojo_columns(model: ScoringModel) -> MojoColumns:
    """Return the columns for a MOJO; ExportError names the column that the format cannot hold, and why."""
    _require_one_policy(model)
    first = model.layers[0]
    categories = [column for column in model.columns if isinstance(column, Categorical)]
    bias = first.bias.copy()
    numbers = [_number(column, first, bias) for column in model.columns if isinstance(column, Numeric)]
    coded = None
    if not all(_is_one_hot(column, first) for column in categories):
        named = {number.name: number for number in numbers}
        coded = coded_inputs(model.columns, named, first, bias, model.metadata.training_summary())
        numbers, categories = list(coded.inputs), []
    blocks = [_block(column, first) for column in categories]
    use_all = not (blocks and all(block.first_is_nothing for block in blocks))
    offsets, columns, places_of = [0], [], []
    for block in blocks:
        skipped = 0 if use_all else 1
        columns += [block.of_levels[:, skipped:], block.of_missing[:, None]]
        places_of += [*block.places[skipped:], block.place_missing]
        offsets.append(len(places_of))
    columns += [first.weights[:, [number.place for number in numbers]].astype(np.float64)]
    places_of += [number.place for number in numbers]
    return MojoColumns(
        (*(block.column.name for block in blocks), *(number.name for number in numbers)),
        tuple(block.levels for block in blocks),
        tuple(offsets),
        use_all,
        np.array([number.subtract for number in numbers]),
        np.array([number.multiply for number in numbers]),
        np.concatenate(columns, axis=1),
        bias,
        np.array(places_of, dtype=np.int64),
        coded,
    )


def _require_one_policy(model: ScoringModel) -> None:
    policies = {column.unseen: column.name for column in model.columns if isinstance(column, Categorical)}
    if len(policies) > 1:
        raise ExportError(
            f"columns {policies[UnseenPolicy.ERROR]!r} and {policies[UnseenPolicy.ROW]!r}: one refuses unseen levels,"
            " the other does not, but h2o-genmodel has one setting for all columns; give all columns the same policy"
        )


def _number(column: Numeric, first: Layer, bias: Floats) -> NumberInput:
    """Return the input of a number; what a missing one counts goes into the bias, so that it can count as 0."""
    if column.low != -np.inf or column.high != np.inf:
        raise ExportError(
            f"column {column.name!r}: its numbers are clipped to [{column.low:g}, {column.high:g}], which a MOJO"
            " cannot do; clip them in the table instead"
        )
    if column.multiply == 0.0:
        raise ExportError(f"column {column.name!r}: is multiplied by 0, so that it counts nothing; leave it out")
    bias += first.weights[:, column.input].astype(np.float64) * column.missing
    return NumberInput(column.name, column.input, column.subtract + column.missing / column.multiply, column.multiply)


def _is_one_hot(column: Categorical, first: Layer) -> bool:
    """Tell whether each level, and a missing cell, adds float32 numbers to the units: then weights can hold them."""
    effects = _effects(column, first)
    with np.errstate(over="ignore"):
        return bool((effects.astype(np.float32) == effects).all())


def _effects(column: Categorical, first: Layer) -> Floats:
    """Return what each row of the table adds to the sums of the first layer: (units, levels + 2)."""
    effects = np.zeros((len(first.weights), len(column.inputs)))
    for k in range(column.inputs.shape[1]):
        used = column.inputs[:, k] >= 0
        effects[:, used] += first.weights[:, column.inputs[used, k]].astype(np.float64) * column.values[used, k]
    return effects


def _block(column: Categorical, first: Layer) -> _Block:
    effects, places = _effects(column, first), _places(column)
    count = len(column.levels)
    if column.unseen is UnseenPolicy.ROW and (effects[:, count] != effects[:, count + 1]).any():
        raise ExportError(
            f"column {column.name!r}: an unseen level scores unlike a missing cell, but h2o-genmodel takes one for the"
            " other; train with another categorical_encoding"
        )
    kept = [index for index, level in enumerate(column.levels) if level]  # an empty cell is a missing one
    levels = tuple(column.levels[index] for index in kept)
    return _Block(column, levels, effects[:, kept], effects[:, count], [places[i] for i in kept], places[count])


def _places(column: Categorical) -> list[int]:
    """Return the input of each row that is one-hot, -1 for others."""
    used = column.inputs >= 0
    single = used.sum(axis=1) == 1
    return [
        int(row[marks][0]) if one and values[marks][0] == 1.0 else -1
        for row, values, marks, one in zip(column.inputs, column.values, used, single, strict=True)
    ]

"""The columns of a ScoringModel: how one raw cell becomes contributions to the network's inputs."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from triplicate.runtime.checks import check_choice, check_number, check_text, frozen_floats, frozen_integers, require

__all__ = ["Categorical", "Column", "Numeric", "UnseenPolicy"]


class UnseenPolicy(StrEnum):
    """What happens to a level that the column does not list."""

    ROW = "row"  # the table's last row is used, and the cell is counted
    ERROR = "error"  # scoring refuses the row


@dataclass(frozen=True, slots=True, eq=False)
class Numeric:
    """A number x that adds x' = (x - subtract) * multiply to one input.

    A missing x, or an x' that is not finite, becomes `missing`; the result is then clipped to
    [low, high]. `missing`, `low` and `high` are in scaled units.
    """

    name: str
    input: int
    subtract: float = 0.0
    multiply: float = 1.0
    missing: float = 0.0
    low: float = -np.inf
    high: float = np.inf

    def __post_init__(self) -> None:
        check_text(self.name, "Numeric.name")
        path = f"Numeric({self.name!r})"
        require(isinstance(self.input, (int, np.integer)), f"{path}.input", f"must be an integer, got {self.input!r}")
        require(self.input >= 0, f"{path}.input", f"must not be negative, got {self.input}")
        object.__setattr__(self, "input", int(self.input))
        for field in ("subtract", "multiply", "missing"):
            object.__setattr__(self, field, check_number(getattr(self, field), f"{path}.{field}"))
        for field in ("low", "high"):
            value = check_number(getattr(self, field), f"{path}.{field}", infinite_allowed=True)
            object.__setattr__(self, field, value)
        require(self.low <= self.high, f"{path}.low", f"{self.low} is above high, {self.high}")


@dataclass(frozen=True, slots=True, eq=False)
class Categorical:
    """A level that adds its table row to the inputs.

    For L levels, `inputs` (int32) and `values` (float64) have shape (L + 2, k): one row per level, then
    the row of a missing cell, then the row of an unseen level. Input -1 stands for "nothing", with value 0.
    One-hot is k = 1 with value 1; every other encoding is lowered to this table.
    """

    name: str
    levels: tuple[str, ...]
    inputs: npt.NDArray[np.int32]
    values: npt.NDArray[np.float64]
    unseen: UnseenPolicy = UnseenPolicy.ROW

    def __post_init__(self) -> None:
        check_text(self.name, "Categorical.name")
        path = f"Categorical({self.name!r})"
        object.__setattr__(self, "levels", tuple(self.levels))
        for position, level in enumerate(self.levels):
            check_text(level, f"{path}.levels[{position}]")
        require(len(set(self.levels)) == len(self.levels), f"{path}.levels", "must not repeat a level")
        inputs = frozen_integers(self.inputs, f"{path}.inputs")
        require(
            inputs.ndim == 2 and inputs.shape[0] == len(self.levels) + 2,
            f"{path}.inputs",
            f"must have {len(self.levels)} + 2 rows, got shape {inputs.shape}",
        )
        require(bool((inputs >= -1).all()), f"{path}.inputs", "must be -1 (nothing) or the index of an input")
        values = frozen_floats(np.asarray(self.values, dtype=np.float64), f"{path}.values", inputs.shape)
        require(bool((values[inputs == -1] == 0).all()), f"{path}.values", "must be 0 where the input is -1")
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "unseen", check_choice(self.unseen, UnseenPolicy, f"{path}.unseen"))

    @property
    def missing_row(self) -> int:
        """Index of the table row of a missing cell."""
        return len(self.levels)

    @property
    def unseen_row(self) -> int:
        """Index of the table row of a level that is not listed."""
        return len(self.levels) + 1


Column = Numeric | Categorical

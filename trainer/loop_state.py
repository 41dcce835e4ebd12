"""Where a training stands between two iterations: all that is needed to go on as if it had never stopped."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.history import ScoringRow
from triplicate.trainer.network import State

__all__ = ["BestModel", "LoopState"]

Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class BestModel:
    """The best scored parameters so far, and the number of rows learned when they were reached."""

    parameters: Floats
    samples: int


@dataclass(frozen=True, slots=True, eq=False)
class LoopState:
    """The training loop after an iteration.

    The scorings that only close a training (of its last weights when none was due, of their average) are not in
    `history` nor in `best`: a training that had gone on would not have made them. `work` and `scorings` are
    those of the ScoringSchedule; `seconds` of training, `learning` of them without scoring.
    """

    state: State
    batch: int
    iterations: int
    history: tuple[ScoringRow, ...]
    best: BestModel | None
    work: float
    scorings: int
    learning: float
    seconds: float
    reproducible: bool

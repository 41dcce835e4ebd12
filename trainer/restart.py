"""What continues a training: its plan, the parameters it was given, and where it stands; as arrays for a file."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.errors import ModelFileError
from triplicate.runtime.model_file import load_training_state
from triplicate.trainer.encoding_plan import EncodingPlan
from triplicate.trainer.history import ScoringRow
from triplicate.trainer.loop_state import LoopState
from triplicate.trainer.metrics import Metrics
from triplicate.trainer.plain_data import as_plain, from_plain, types_within

__all__ = ["Restart"]

FACTS = "facts"
DAMAGE = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError)


@dataclass(frozen=True, slots=True, eq=False)
class Restart:
    """A training that can go on.

    `given` holds the parameters that differ from their defaults as the user gave them, without tables and models,
    and the seed that was drawn; `validated` tells whether there was a validation frame, `never_missing` names the
    categorical columns that had no missing cell.
    """

    plan: EncodingPlan
    given: dict[str, Any]
    validated: bool
    never_missing: tuple[str, ...]
    loop: LoopState

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the whole as named arrays, for save_model's training_state."""
        arrays: dict[str, npt.NDArray[Any]] = {}
        parts = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        parts["loop"] = dataclasses.replace(self.loop, history=())
        parts["history"] = [_row_facts(row) for row in self.loop.history]
        facts = json.dumps(as_plain(parts, arrays, "restart"), ensure_ascii=False)
        return {FACTS: np.frombuffer(facts.encode("utf-8"), dtype=np.uint8), **arrays}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> "Restart":
        """Return what `arrays` was called on; KeyError, TypeError or ValueError for other arrays."""
        facts = json.loads(arrays[FACTS].tobytes().decode("utf-8"))
        parts = from_plain(facts, arrays, types_within(cls))
        history = tuple(_row(facts) for facts in parts.pop("history"))
        return cls(**(parts | {"loop": dataclasses.replace(parts["loop"], history=history)}))

    @classmethod
    def read(cls, path: str | Path) -> "Restart":
        """Open a model file that was saved with its training state; ModelFileError for any other file."""
        arrays = load_training_state(path)
        try:
            return cls.of_arrays(arrays)
        except DAMAGE as reason:
            raise ModelFileError(
                f"{path}: its training state is damaged ({type(reason).__name__}: {reason})"
            ) from reason


def _row_facts(row: ScoringRow) -> dict[str, Any]:
    facts = {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    return facts | {name: _metric_facts(facts[name]) for name in ("training", "validation")}


def _metric_facts(metrics: Metrics | None) -> dict[str, Any] | None:
    """Return the numbers of a scoring; they are all that a history shows and that stopping reads."""
    if metrics is None:
        return None
    values = {name: float(value) for name, value in metrics.values.items()}
    return {"task": metrics.task, "rows": metrics.rows, "values": values, "threshold": metrics.threshold}


def _row(facts: dict[str, Any]) -> ScoringRow:
    sets = {name: facts[name] and Metrics(**facts[name]) for name in ("training", "validation")}
    return ScoringRow(**(facts | sets))

"""What a grid search leaves in recovery_dir, so that one that was killed goes on without its finished models."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from triplicate.runtime.atomic_file import write_atomically
from triplicate.runtime.errors import ModelFileError, ParameterError

__all__ = ["Recovery"]

FILE = "grid.json"


def _in_words(value: Any) -> str:
    """Return a text for what JSON cannot hold: the same in every process for a function or a trained model."""
    if hasattr(value, "scoring_model"):
        return f"model {value.scoring_model.fingerprint}"
    return f"{value.__module__}.{value.__qualname__}" if callable(value) else str(value)


@dataclass(slots=True)
class Recovery:
    """The folder of one search: grid.json, and a model file with training state per finished model.

    `question` is what was asked; `done` maps the key of a combination to its model's id and number, or to the
    message of its failure.
    """

    folder: Path
    grid_id: str
    seed: int
    question: dict[str, Any]
    done: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: str | Path, grid_id: str | None, fresh_id: str, seed: int, question: Any) -> "Recovery":
        """Return the search that the folder holds, or a new one; ParameterError when it is another search's."""
        path, question = Path(folder) / FILE, json.loads(json.dumps(question, sort_keys=True, default=_in_words))
        if not path.exists():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as reason:
                raise ParameterError(f"recovery_dir {str(folder)!r} cannot be made ({reason.strerror})") from reason
            return cls(path.parent, grid_id or fresh_id, seed, question)
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            found = cls(path.parent, stored["grid_id"], stored["seed"], stored["question"], stored["done"])
        except (OSError, ValueError, KeyError, TypeError) as reason:
            raise ModelFileError(f"{path}: is not the file of a grid search, or is damaged ({reason})") from reason
        if grid_id not in (None, found.grid_id):
            raise ParameterError(f"recovery_dir {str(folder)!r} holds the grid {found.grid_id!r}, not {grid_id!r}")
        if found.question != question:
            changed = [name for name in question if question[name] != found.question.get(name)]
            raise ParameterError(
                f"recovery_dir {str(folder)!r} holds a search with other {', '.join(changed)}; use another folder"
            )
        return found

    def model_file(self, model_id: str) -> Path:
        """Return the path of a finished model."""
        return self.folder / f"{model_id}.npz"

    def record(self, key: str, outcome: dict[str, Any]) -> None:
        """Note, durably, what became of a combination; its model file must stand already."""
        self.done[key] = outcome
        facts = {"grid_id": self.grid_id, "seed": self.seed, "question": self.question, "done": self.done}
        write_atomically(self.folder / FILE, json.dumps(facts, indent=1), ModelFileError)

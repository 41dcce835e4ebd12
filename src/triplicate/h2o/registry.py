"""The models and grids of this process by their names, as long as nobody removes them."""

import itertools
import time
from typing import Any

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.checkpoint import remember

__all__ = ["get_grid", "get_model", "new_model_id", "register", "register_grid", "remove", "remove_all"]

MODELS: dict[str, Any] = {}
GRIDS: dict[str, Any] = {}
NUMBERS = itertools.count(1)


def new_model_id() -> str:
    """Return a name that no other model of this process has."""
    return f"DeepLearning_model_python_{time.time_ns() // 1_000_000}_{next(NUMBERS)}"


def register(model_id: str, model: Any) -> None:
    """Let `get_model` and `checkpoint=model_id` find a model; one of the same name is replaced."""
    MODELS[model_id] = model
    remember(model_id, model)


def register_grid(grid_id: str, grid: Any) -> None:
    """Let `get_grid` find a grid; one of the same name is replaced."""
    GRIDS[grid_id] = grid


def get_model(model_id: str) -> Any:
    """Return the trained or loaded model of that name; ParameterError when there is none."""
    return _found("model_id", model_id, "model", MODELS)


def get_grid(grid_id: str) -> Any:
    """Return the trained grid of that name; ParameterError when there is none."""
    return _found("grid_id", grid_id, "grid", GRIDS)


def _found(parameter: str, name: str, kind: str, things: dict[str, Any]) -> Any:
    if name not in things:
        known = ", ".join(repr(one) for one in sorted(things)) or "none"
        raise ParameterError(f"{parameter} {name!r} is not the name of a {kind} of this process (known: {known})")
    return things[name]


def remove(thing: Any) -> None:
    """Forget a model, or a grid with its models, given itself or by name."""
    grid = GRIDS.pop(getattr(thing, "grid_id", thing), None)
    for name in (getattr(thing, "model_id", thing),) if grid is None else grid.model_ids:
        MODELS.pop(name, None)


def remove_all() -> None:
    """Forget every model and grid; those that a variable still holds go on working."""
    MODELS.clear()
    GRIDS.clear()

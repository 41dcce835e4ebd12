"""The models of this process by their model_id, as long as nobody removes them."""

import itertools
import time
from typing import Any

from triplicate.runtime.errors import ParameterError

__all__ = ["get_model", "new_model_id", "register", "remove", "remove_all"]

MODELS: dict[str, Any] = {}
NUMBERS = itertools.count(1)


def new_model_id() -> str:
    """Return a name that no other model of this process has."""
    return f"DeepLearning_model_python_{time.time_ns() // 1_000_000}_{next(NUMBERS)}"


def register(model_id: str, model: Any) -> None:
    """Let `get_model` find a model; one of the same name is replaced."""
    MODELS[model_id] = model


def get_model(model_id: str) -> Any:
    """Return the trained or loaded model of that name; ParameterError when there is none."""
    if model_id not in MODELS:
        known = ", ".join(repr(name) for name in sorted(MODELS)) or "none"
        raise ParameterError(f"model_id {model_id!r} is not the name of a model of this process (known: {known})")
    return MODELS[model_id]


def remove(model: Any) -> None:
    """Forget a model, given itself or by its model_id."""
    MODELS.pop(getattr(model, "model_id", model), None)


def remove_all() -> None:
    """Forget every model; those that a variable still holds go on working."""
    MODELS.clear()

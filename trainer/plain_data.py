"""Dataclasses as JSON and arrays, and back: what a file can hold without executing anything when it is opened."""

import dataclasses
import typing
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["as_plain", "from_plain", "types_within"]

Arrays = dict[str, npt.NDArray[Any]]


def as_plain(value: Any, arrays: Arrays, path: str) -> Any:
    """Return the value as JSON; arrays go to `arrays` under their path. TypeError for what cannot be stored."""
    match value:
        case Enum():
            return {"enum": type(value).__name__, "value": value.value}
        case None | bool() | int() | str():
            return value
        case float():
            return {"float": float(value).hex()}  # exact, and NaN and infinities have a text too
        case datetime():
            return {"time": value.isoformat()}
        case np.ndarray():
            arrays[path] = value
            return {"array": path}
        case tuple():
            return {"tuple": [as_plain(item, arrays, f"{path}.{k}") for k, item in enumerate(value)]}
        case list():
            return [as_plain(item, arrays, f"{path}.{k}") for k, item in enumerate(value)]
        case Mapping():
            return {"map": {key: as_plain(item, arrays, f"{path}.{key}") for key, item in value.items()}}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            field.name: as_plain(getattr(value, field.name), arrays, f"{path}.{field.name}")
            for field in dataclasses.fields(value)
            if field.init
        }
        return {"class": type(value).__name__, "fields": fields}
    raise TypeError(f"{path}: {type(value).__name__} cannot be stored")


def from_plain(plain: Any, arrays: Mapping[str, npt.NDArray[Any]], types: Mapping[str, type]) -> Any:
    """Return the value that `as_plain` was given; `types` are the classes that may be made.

    KeyError, TypeError or ValueError for anything that `as_plain` did not write.
    """
    if isinstance(plain, list):
        return [from_plain(item, arrays, types) for item in plain]
    if not isinstance(plain, dict):
        return plain
    match plain:
        case {"enum": name, "value": value}:
            return types[name](value)
        case {"float": text}:
            return float.fromhex(text)
        case {"time": text}:
            return datetime.fromisoformat(text)
        case {"array": path}:
            return arrays[path]
        case {"tuple": items}:
            return tuple(from_plain(item, arrays, types) for item in items)
        case {"map": items}:
            return {key: from_plain(item, arrays, types) for key, item in items.items()}
        case {"class": name, "fields": fields}:
            return types[name](**{key: from_plain(item, arrays, types) for key, item in fields.items()})
    raise ValueError(f"unknown entry with the keys {sorted(plain)}")


def types_within(root: type) -> dict[str, type]:
    """Return, by name, the dataclass itself and every dataclass and enum that its fields can hold."""
    found: dict[str, type] = {}
    waiting: list[Any] = [root]
    while waiting:
        hint = waiting.pop()
        waiting.extend(typing.get_args(hint))
        if not isinstance(hint, type) or hint.__name__ in found:
            continue
        if dataclasses.is_dataclass(hint):
            found[hint.__name__] = hint
            hints = typing.get_type_hints(hint)
            waiting.extend(hints[field.name] for field in dataclasses.fields(hint))
        elif issubclass(hint, Enum):
            found[hint.__name__] = hint
    return found

"""Checks that every part of a ScoringModel passes once, in its constructor."""

from enum import StrEnum
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from triplicate.runtime.errors import InvalidModelError

__all__ = ["check_choice", "check_number", "check_text", "frozen_floats", "frozen_integers", "require"]

Choice = TypeVar("Choice", bound=StrEnum)


def require(condition: bool, path: str, rule: str) -> None:
    """Raise InvalidModelError("<path>: <rule>") unless the condition holds."""
    if not condition:
        raise InvalidModelError(f"{path}: {rule}")


def check_text(value: str, path: str, *, empty_allowed: bool = False) -> str:
    """Return the text if it can be written as UTF-8 (no lone surrogates) and is not empty."""
    require(isinstance(value, str), path, f"must be a string, got {type(value).__name__}")
    require(empty_allowed or value != "", path, "must not be empty")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        require(False, path, f"{value!r} holds a lone surrogate, which no text format can carry")
    return value


def check_choice(value: str, choices: type[Choice], path: str) -> Choice:
    """Return the member of the enumeration that the value names."""
    known = [str(choice) for choice in choices]
    require(value in known, path, f"must be one of {', '.join(known)}, got {value!r}")
    return choices(value)


def check_number(value: float, path: str, *, infinite_allowed: bool = False) -> float:
    """Return the value as a Python float if it is finite and not -0."""
    require(isinstance(value, (int, float, np.integer, np.floating)), path, f"must be a number, got {value!r}")
    try:
        number = float(value)
    except OverflowError:  # an integer beyond 1e308
        number = np.inf if value > 0 else -np.inf
    require(not np.isnan(number), path, "must not be NaN")
    require(infinite_allowed or not np.isinf(number), path, f"must be finite, got {number}")
    require(number != 0.0 or not np.signbit(number), path, "must not be -0")
    return number


def frozen_floats(value: npt.ArrayLike, path: str, shape: tuple[int, ...] | None = None) -> npt.NDArray[Any]:
    """Return a read-only float32 or float64 copy in C order; all values finite and none -0."""
    array = np.asarray(value)
    require(array.dtype in (np.float32, np.float64), path, f"must be float32 or float64, got {array.dtype}")
    require(shape is None or array.shape == shape, path, f"must have shape {shape}, got {array.shape}")
    copy = np.array(array, dtype=array.dtype.newbyteorder("<"), order="C")
    require(bool(np.isfinite(copy).all()), path, "must hold finite numbers only")
    require(not bool((np.signbit(copy) & (copy == 0)).any()), path, "must not hold -0")
    copy.setflags(write=False)
    return copy


def frozen_integers(value: npt.ArrayLike, path: str, shape: tuple[int, ...] | None = None) -> npt.NDArray[np.int32]:
    """Return a read-only int32 copy in C order."""
    array = np.asarray(value)
    require(array.dtype.kind in "iu" or array.size == 0, path, f"must hold integers, got {array.dtype}")
    require(shape is None or array.shape == shape, path, f"must have shape {shape}, got {array.shape}")
    limits = np.iinfo(np.int32)
    require(bool(((array >= limits.min) & (array <= limits.max)).all()), path, "must fit in 32 bits")
    copy = np.array(array, dtype="<i4", order="C")
    copy.setflags(write=False)
    return copy

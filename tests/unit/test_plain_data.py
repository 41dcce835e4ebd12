"""Dataclasses as JSON and arrays: exact round trips, and nothing made that was not named."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from triplicate.trainer.plain_data import as_plain, from_plain, types_within


class Colour(StrEnum):
    """An enum."""

    RED = "red"


@dataclass(frozen=True)
class Inner:
    """A part."""

    colour: Colour
    numbers: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Outer:
    """A whole."""

    parts: tuple[Inner, ...]
    facts: dict[str, Any]


def test_values_come_back_exactly() -> None:
    """Nested dataclasses, enums, arrays, tuples, times and every kind of float survive JSON."""
    facts = {"zero": -0.0, "tiny": 5e-324, "inf": float("inf"), "pair": (1, None), "list": [True, "ü\x00"],
             "when": datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=UTC)}  # fmt: skip
    arrays: dict[str, Any] = {}
    plain = as_plain(Outer((Inner(Colour.RED, np.array([1.5, np.nan])),), facts), arrays, "o")
    back = from_plain(json.loads(json.dumps(plain)), arrays, types_within(Outer))
    assert back.facts == facts
    assert str(back.facts["zero"]) == "-0.0"
    assert back.parts[0].colour is Colour.RED
    assert np.array_equal(back.parts[0].numbers, [1.5, np.nan], equal_nan=True)


def test_only_named_classes_are_made() -> None:
    """The classes within a dataclass are found by its types; others cannot be made, and strangers not stored."""
    assert types_within(Outer).keys() == {"Outer", "Inner", "Colour"}
    with pytest.raises(KeyError):
        from_plain({"class": "Popen", "fields": {}}, {}, types_within(Outer))
    with pytest.raises(ValueError, match="unknown entry"):
        from_plain({"other": 1}, {}, {})
    with pytest.raises(TypeError, match=r"o\.x: object cannot be stored"):
        as_plain({"x": object()}, {}, "o")

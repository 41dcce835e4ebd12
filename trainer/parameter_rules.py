"""What one training parameter may be: kind, range and choices.

A declaration is a dataclass field made by one of the functions at the end of this file, so that name, type,
default, range and documentation stand in one place and everything else is derived from it.
"""

import dataclasses
import math
import numbers
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from triplicate.runtime.errors import ParameterError

__all__ = [
    "Kind",
    "Rule",
    "choice",
    "did_you_mean",
    "flag",
    "integer",
    "integers",
    "number",
    "numbers_list",
    "table_or_model",
    "text",
    "texts",
]


class Kind(StrEnum):
    """The type of a parameter's value."""

    FLAG = "bool"
    INTEGER = "int"
    NUMBER = "float"
    CHOICE = "enum"
    TEXT = "str"
    TEXTS = "list[str]"
    INTEGERS = "list[int]"
    NUMBERS = "list[float]"
    OBJECT = "object"


LISTS = frozenset({Kind.TEXTS, Kind.INTEGERS, Kind.NUMBERS})


@dataclass(frozen=True, slots=True)
class Rule:
    """One parameter as data.

    `low` and `high` bound numbers, which are finite, and the members of lists, inclusively unless `open_low`,
    `open_high`; values in `also` are allowed besides the range. `refused` names other systems' choices that are
    none here, and why. `optional` allows None.
    """

    kind: Kind
    default: Any
    doc: str
    source: str
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    also: tuple[Any, ...] = ()
    choices: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    optional: bool = False

    @property
    def range_text(self) -> str:
        """The allowed values in words: "in (0, 1)", "at least 0", "one of …", or "" when anything goes."""
        if self.kind is Kind.CHOICE:
            return f"one of {', '.join(self.choices)}"
        below, above = self.low == -math.inf, self.high == math.inf
        if below and above:
            words = ""
        elif above:
            words = f"{'greater than' if self.open_low else 'at least'} {_plain(self.low)}"
        elif below:
            words = f"{'less than' if self.open_high else 'at most'} {_plain(self.high)}"
        else:
            left, right = "(" if self.open_low else "[", ")" if self.open_high else "]"
            words = f"in {left}{_plain(self.low)}, {_plain(self.high)}{right}"
        return " or ".join([words] * bool(words) + [repr(value) for value in self.also])

    def checked(self, name: str, value: Any) -> Any:
        """Return the value in its own type and spelling, or raise ParameterError."""
        if value is None and self.optional:
            return None
        if self.kind in LISTS:
            return self._checked_list(name, value)
        match self.kind:
            case Kind.FLAG:
                if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
                    return bool(value)
                raise ParameterError(f"{name} must be True or False, got {value!r}")
            case Kind.INTEGER | Kind.NUMBER:
                return self._checked_number(name, value)
            case Kind.CHOICE:
                return self._checked_choice(name, value)
            case Kind.TEXT:
                if isinstance(value, str) and value:
                    return value
                raise ParameterError(f"{name} must be a text of at least one character, got {value!r}")
        return value

    def _checked_number(self, name: str, value: Any) -> Any:
        if isinstance(value, str):
            for special in self.also:
                if isinstance(special, str) and plain_word(special) == plain_word(value):
                    return special
        whole = self.kind in (Kind.INTEGER, Kind.INTEGERS)
        noun = "an integer" if whole else "a number"
        words = self.range_text
        suffix = f" of {words}" if words.startswith("at ") else f" {words}" if words else ""
        given = _as_float(value)
        if math.isinf(given) and given not in self.also and not whole:
            raise ParameterError(f"{name} must be a finite number{suffix}, got {value!r}")
        if math.isnan(given) or (whole and not given.is_integer()):
            raise ParameterError(f"{name} must be {noun}{suffix}, got {value!r}")
        typed: int | float = int(value) if whole else given
        above = typed > self.low if self.open_low else typed >= self.low
        below = typed < self.high if self.open_high else typed <= self.high
        if (above and below) or any(not isinstance(v, str) and typed == v for v in self.also):
            return typed
        raise ParameterError(f"{name} must be {self.range_text}, got {value!r}")

    def _checked_choice(self, name: str, value: Any) -> str:
        spellings = {plain_word(option): option for option in self.choices}
        spellings |= {plain_word(alias): option for alias, option in self.aliases}
        if isinstance(value, str) and plain_word(value) in spellings:
            return spellings[plain_word(value)]
        for option, reason in self.refused:
            if isinstance(value, str) and plain_word(value) == plain_word(option):
                raise ParameterError(f"{name}={option!r} is refused: {reason}; use one of {', '.join(self.choices)}")
        hint = did_you_mean(value, self.choices) if isinstance(value, str) else ""
        raise ParameterError(f"{name} must be {self.range_text}, got {value!r}{hint}")

    def _checked_list(self, name: str, value: Any) -> tuple[Any, ...]:
        if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
            raise ParameterError(f"{name} must be a list, got {value!r}; write [{value!r}] for a single value")
        if self.kind is Kind.TEXTS:
            for item in value:
                if not isinstance(item, str):
                    raise ParameterError(f"{name} must be a list of texts, got {item!r} in it")
            return tuple(value)
        return tuple(self._checked_number(f"{name}[{i}]", item) for i, item in enumerate(value))


def plain_word(word: str) -> str:
    """Return the word as spellings are compared: letters and digits only, lower case."""
    return "".join(sign for sign in word.lower() if sign.isalnum())


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the closest known word, or "" when none is close."""
    candidates = {plain_word(name): name for name in known}
    close = get_close_matches(plain_word(word), candidates, n=1, cutoff=0.6)
    return f"; did you mean {candidates[close[0]]!r}?" if close else ""


def _as_float(value: Any) -> float:
    """Return a real number as a float, infinite where it is beyond all floats; NaN for anything else."""
    if type(value) is bool or not isinstance(value, numbers.Real):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _plain(bound: float) -> str:
    return str(int(bound)) if bound == int(bound) else repr(bound)


def _declare(kind: Kind) -> Callable[..., Any]:
    def declare(default: Any, doc: str, source: str, **limits: Any) -> Any:
        rule = Rule(kind, default, doc, source, **limits)
        plain = kind is not Kind.OBJECT
        return dataclasses.field(default=default, metadata={"rule": rule}, compare=plain, repr=plain)

    declare.__doc__ = f"Declare a parameter of type {kind}: default, doc, source, then limits as in Rule."
    return declare


flag = _declare(Kind.FLAG)
integer = _declare(Kind.INTEGER)
number = _declare(Kind.NUMBER)
choice = _declare(Kind.CHOICE)
text = _declare(Kind.TEXT)
texts = _declare(Kind.TEXTS)
integers = _declare(Kind.INTEGERS)
numbers_list = _declare(Kind.NUMBERS)
table_or_model = _declare(Kind.OBJECT)

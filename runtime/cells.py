"""One raw cell, however it arrives: the text of a level, the value of a number, or missing."""

import math
import re
from typing import Any

__all__ = ["NUMBER", "is_missing", "level_text", "parse_number"]

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
MISSING_TYPES = ("NAType", "NaTType")  # pandas' own marks, named so that pandas is not imported
SELF_UNEQUAL_TYPES = ("float32", "float16", "longdouble", "datetime64", "timedelta64", "Decimal")  # NaN, NaT


def is_missing(value: Any) -> bool:
    """Tell whether a cell is missing: None, NaN, pandas' NA and NaT, or the empty text."""
    if value is None or (isinstance(value, str) and value == ""):
        return True
    if isinstance(value, float):
        return math.isnan(value)
    kind = type(value).__name__
    return kind in MISSING_TYPES or (kind in SELF_UNEQUAL_TYPES and bool(value != value))


def level_text(value: Any) -> str | None:
    """Return the level that a cell of a categorical column stands for, None when it is missing.

    Texts stand for themselves, booleans for "True" and "False", whole numbers for their digits (3 and 3.0
    are the level "3", since a column of integers becomes floats as soon as one is missing).
    """
    if isinstance(value, str):
        return value or None
    if is_missing(value):
        return None
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return "True" if value else "False"
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return str(value)
    if math.isfinite(number) and number == int(number):
        return str(int(value))
    return repr(number)


def parse_number(text: str) -> float | None:
    """Return the number a text spells, None where it spells none; blanks around it do not count.

    Grammar: [+-]? (digits [. digits*] | . digits) ([eE] [+-]? digits)?, rounded to the nearest float64.
    """
    trimmed = text.strip(" \t")
    return float(trimmed) if NUMBER.fullmatch(trimmed) else None

"""triplicate.runtime.cells: the number grammar, and what counts as missing or as a level."""

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate.runtime.cells import is_missing, level_text, parse_number

NUMBERS = {
    "0": 0.0, "7": 7.0, "+7": 7.0, "-7": -7.0, "007": 7.0, "1.": 1.0, ".5": 0.5, "-.5": -0.5, "1.50": 1.5,
    "1e3": 1000.0, "1E3": 1000.0, "1e+3": 1000.0, "1e-3": 0.001, "1.e2": 100.0, ".1e1": 1.0, " 12": 12.0, "12\t": 12.0,
    " \t-1 \t": -1.0, "1e400": np.inf, "-1e400": -np.inf, "1e-400": 0.0, "5e-324": 5e-324, "2.4703282292062328e-324":
    5e-324, "2.4703282292062327e-324": 0.0, "9007199254740993": 9007199254740992.0, "0.1": 0.1,
    "1.7976931348623158e308": 1.7976931348623157e308, "1.7976931348623159e308": np.inf, "1" + "0" * 308: 1e308,
    "0." + "0" * 400 + "1": 0.0, "1" * 5000: np.inf,
}  # fmt: skip
NO_NUMBERS = (
    "", " ", "\t", "abc", "1a", "a1", "1 2", "1,5", "1_000", "1e", "e5", ".", "+", "-", "+-1", "--1", "1e+", "1e1.5",
    "0x10", "0x1p3", "1f", "1d", "1L", "nan", "NaN", "inf", "-inf", "Infinity", "NA", "١", "１", "²", "½", "1\n", "\n1",
    "1\r", "\x0b1", "1\x0c", "1\xa0", "\u20031", "\ufeff1", "1\0", "\0", "$1", "1%", "1e1e1", "1..2", ".e1", "−1",
)  # fmt: skip


@pytest.mark.parametrize(("text", "number"), NUMBERS.items(), ids=[repr(t)[:30] for t in NUMBERS])
def test_a_text_of_the_grammar_is_the_nearest_float64(text: str, number: float) -> None:
    """Digits, point and exponent, blanks around them ignored; too large is infinite, too small is 0."""
    assert parse_number(text) == number


def test_minus_zero_keeps_its_sign() -> None:
    """The text -0 is the number -0."""
    assert np.signbit(parse_number("-0"))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", NO_NUMBERS, ids=ascii)
def test_any_other_text_is_no_number(text: str) -> None:
    """Words, hexadecimal, separators, other scripts' digits and other blanks are all refused."""
    assert parse_number(text) is None


@pytest.mark.parametrize(
    "value",
    [
        None, "", float("nan"), np.float64("nan"), np.float32("nan"), np.float16("nan"), np.longdouble("nan"),
        Decimal("NaN"), pd.NA, pd.NaT, np.datetime64("NaT"), np.timedelta64("NaT"),
    ],
    ids=repr,
)  # fmt: skip
def test_every_mark_of_a_missing_cell_is_known(value: Any) -> None:
    """None, the empty text, NaN of any width, pandas' NA and NaT, NumPy's NaT."""
    assert is_missing(value)
    assert level_text(value) is None


@pytest.mark.parametrize("value", [0, 0.0, False, " ", "NA", "nan", np.inf, np.float32(0), Decimal(0), b""], ids=repr)
def test_nothing_else_is_missing(value: Any) -> None:
    """Zero, False, blanks and words are cells like any other."""
    assert not is_missing(value)


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("a", "a"), (" a ", " a "), (np.str_("a"), "a"), (True, "True"), (False, "False"), (np.True_, "True"),
        (3, "3"), (-3, "-3"), (3.0, "3"), (-0.0, "0"), (np.int8(3), "3"), (np.float32(3), "3"),
        (2**63 + 1, "9223372036854775809"),
        (0.5, "0.5"), (np.float32(0.1), "0.10000000149011612"), (1e22, "10000000000000000000000"), (np.inf, "inf"),
        (10**400, "1" + "0" * 400), (Decimal("2.0"), "2"), (datetime.date(2020, 1, 2), "2020-01-02"),
        (pd.Timestamp("2020-01-02"), "2020-01-02 00:00:00"),
    ],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_a_cell_of_a_categorical_column_has_one_text(value: Any, level: str) -> None:
    """Texts stand for themselves, booleans for True and False, whole numbers for their digits."""
    assert level_text(value) == level

"""Java literals: nothing but ASCII, the same text and the same bits when Java reads them."""

import math
import re
import struct

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicate.exporters.java_literals import (
    CONSTANT_LIMIT,
    java_comment,
    java_double,
    java_hexadecimal,
    java_identifier,
    java_long,
    java_package,
    java_string,
    packed_numbers,
    packed_texts,
)
from triplicate.runtime.errors import ExportError

SHORT = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
texts = st.text(st.characters(codec="utf-8"))


def as_java_reads(source: str) -> str:
    """Return the value of a constant expression of literals, as a Java compiler would."""
    units = re.sub(r"(?<!\\)((?:\\\\)*)\\u([0-9a-f]{4})", lambda m: m[1] + chr(int(m[2], 16)), source)
    pieces = re.findall(r'"((?:[^"\\]|\\.)*)"', units, re.DOTALL)
    assert '"' + '"\n+"'.join(pieces) + '"' == units
    value = re.sub(r"\\(.)", lambda m: SHORT[m[1]], "".join(pieces))
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def numbers_in(constants: tuple[str, ...]) -> npt.NDArray[np.uint32]:
    """Decode packed numbers as the class comment describes them."""
    text = "".join(as_java_reads(constant) for constant in constants)
    digits = np.array([92 if char == "x" else ord(char) for char in text], dtype=np.uint64) - np.uint64(35)
    return (digits.reshape(-1, 5) @ (np.uint64(85) ** np.arange(4, -1, -1, dtype=np.uint64))).astype(np.uint32)


def texts_in(constants: tuple[str, ...]) -> list[str]:
    """Decode packed texts as the class comment describes them."""
    text = "".join(as_java_reads(constant) for constant in constants)
    ended = re.findall(r"((?:[^\n\\]|\\.)*)\n", text)
    return [re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], one) for one in ended]


@given(texts)
def test_a_string_literal_reads_back(text: str) -> None:
    """Any text survives, in a literal that holds printable ASCII only."""
    literal = java_string(text)
    assert re.fullmatch(r"[ -~]*", literal)
    assert as_java_reads(literal) == text


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ('a"b', '"a\\"b"'),
        ("C:\\users", '"C:\\\\users"'),
        ("\\u0022", '"\\\\u0022"'),
        ("a\nb\r\t", '"a\\nb\\r\\t"'),
        ("\0\x7fé", '"\\u0000\\u007f\\u00e9"'),
        ("😀", '"\\ud83d\\ude00"'),
    ],
)
def test_string_literals(text: str, literal: str) -> None:
    """Quotes, backslashes, line ends and everything beyond ASCII are escaped; line ends never as backslash-u."""
    assert java_string(text) == literal


@given(st.floats(allow_nan=False))
def test_a_double_literal_reads_back(value: float) -> None:
    """A double literal has the same bits, infinities as Java names them."""
    literal = java_double(value)
    named = {"Double.POSITIVE_INFINITY": math.inf, "Double.NEGATIVE_INFINITY": -math.inf}
    read = named[literal] if literal in named else float(literal)
    assert struct.pack(">d", read) == struct.pack(">d", value)


def test_nan_is_no_literal() -> None:
    """NaN never belongs in generated code."""
    with pytest.raises(ExportError, match="got NaN"):
        java_double(math.nan)


def test_long_literals() -> None:
    """A long is written as its 64 bits."""
    assert java_long(255) == "0x00000000000000ffL"


@pytest.mark.parametrize("name", ["", "9a", "a-b", "a b", "é", "a\n", "a;"])
def test_what_is_no_identifier_is_refused(name: str) -> None:
    """Only ASCII letters, digits and underscores pass as an identifier."""
    with pytest.raises(ExportError, match="not a Java identifier"):
        java_identifier(name)


def test_identifiers_and_packages_pass_unchanged() -> None:
    """A good name is printed as it is."""
    assert java_identifier("_Income2") == "_Income2"
    assert java_package("com.bank.risk") == "com.bank.risk"


def test_a_package_of_other_characters_is_refused() -> None:
    """Every part of a package must be an identifier."""
    with pytest.raises(ExportError):
        java_package("com.b-nk")


def test_only_hexadecimal_digits_pass_as_such() -> None:
    """A fingerprint cannot smuggle anything else into a comment."""
    assert java_hexadecimal("0af9") == "0af9"
    with pytest.raises(ExportError):
        java_hexadecimal("*/")


@given(texts)
def test_comments_hold_nothing_that_java_or_html_reads(text: str) -> None:
    """Whatever the name, a comment gets letters, digits, ` _.,-` and character references."""
    assert re.fullmatch(r"(?:[A-Za-z0-9 _.,-]|&#[0-9]+;)*", java_comment(text))


def test_comments_are_short() -> None:
    """At most 60 characters of a name enter a comment."""
    assert java_comment("a" * 60) == "a" * 60
    assert java_comment("a" * 61) == "a" * 57 + "..."
    assert java_comment("a*/\\u002f") == "a&#42;&#47;&#92;u002f"


@given(st.lists(st.integers(0, 2**32 - 1)))
def test_packed_words_read_back(words: list[int]) -> None:
    """Five digits of base 85 hold any 32 bits."""
    array = np.array(words, dtype=np.uint32).view(np.int32)
    assert numbers_in(packed_numbers([array])).tolist() == words


def test_arrays_are_packed_one_after_the_other() -> None:
    """An int32 or float32 takes one word, a float64 two, the high one first."""
    arrays = [np.array([-1], np.int32), np.array([[1.5]], np.float32), np.array([2.0]), np.zeros(0)]
    assert numbers_in(packed_numbers(arrays)).tolist() == [0xFFFFFFFF, 0x3FC00000, 0x40000000, 0]


def test_no_arrays_make_no_constants() -> None:
    """A model without columns needs no packed schema."""
    assert packed_numbers([]) == ()
    assert packed_texts([]) == ()


def test_number_constants_keep_to_the_limit() -> None:
    """A constant holds at most 65,000 characters, its lines 100."""
    constants = packed_numbers([np.arange(20_000, dtype=np.int32)])
    assert [len(as_java_reads(constant)) for constant in constants] == [CONSTANT_LIMIT, 35_000]
    assert max(len(line) for line in constants[0].split("\n")) == len('+"') + 100 + len('"')
    assert numbers_in(constants).tolist() == list(range(20_000))


@given(st.lists(st.lists(texts)))
def test_packed_texts_read_back(groups: list[list[str]]) -> None:
    """Texts survive, newlines, backslashes and emptiness included."""
    assert texts_in(packed_texts(groups)) == [text for group in groups for text in group]


@pytest.mark.parametrize("char", ["a", "\0", "é", "€", "😀", "\\", "\n", '"'])
def test_long_texts_are_cut_into_constants_that_a_class_file_can_hold(char: str) -> None:
    """No constant exceeds 65,535 bytes of modified UTF-8, where NUL takes two and each surrogate three."""
    text = char * 70_000
    constants = packed_texts([[text, "end"]])
    assert texts_in(constants) == [text, "end"]
    for constant in constants:
        units = np.frombuffer(as_java_reads(constant).encode("utf-16-le"), "<u2")
        assert int((1 + ((units == 0) | (units >= 0x80)) + (units >= 0x800)).sum()) <= 65_535


def test_each_group_begins_a_line() -> None:
    """The levels of a column stand together in the source."""
    assert packed_texts([["age", "sex"], [], ["f", "m"]]) == ('"age\\nsex\\n"\n+"f\\nm\\n"',)

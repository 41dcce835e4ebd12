"""The only code that prints Java literals: texts, numbers, identifiers, comments and packed data.

Everything returned is `Markup`: text that the template engine accepts. All output is ASCII. Java translates
backslash-u escapes before it reads tokens, comments included, so nothing here ever lets a name through that
could begin one.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from triplicate.runtime.errors import ExportError

__all__ = [
    "CONSTANT_LIMIT",
    "java_comment",
    "java_double",
    "java_hexadecimal",
    "java_identifier",
    "java_long",
    "java_package",
    "java_string",
    "packed_numbers",
    "packed_texts",
    "words_of",
]

CONSTANT_LIMIT = 65_000
"""Bytes of modified UTF-8 per string constant; the class file format ends at 65,535."""

COMMENT_LIMIT = 60
LINE_LIMIT = 100
BASE = 85
DIGITS = np.frombuffer(bytes(range(ord("#"), ord("x"))).replace(b"\\", b"x"), dtype=np.uint8)
"""The 85 digits of packed numbers: from '#' to 'w', with 'x' in the place of the backslash."""

SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
PLAIN_COMMENT = re.compile(r"[A-Za-z0-9 _.,-]")
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Markup(...) below marks text that was escaped for Java, not for HTML: that is this module's whole purpose.


def java_string(text: str) -> Markup:
    """Return the text as a Java string literal, quotes included."""
    return Markup(f'"{_escaped(text)}"')  # noqa: S704


def java_double(value: float) -> Markup:
    """Return the number as a Java double expression that has the same bits; NaN is refused."""
    if math.isnan(value):
        raise ExportError("a Java literal must be a number, got NaN")
    if math.isinf(value):
        return Markup("Double.POSITIVE_INFINITY") if value > 0 else Markup("Double.NEGATIVE_INFINITY")
    return Markup(repr(float(value)))  # noqa: S704


def java_long(value: int) -> Markup:
    """Return the 64 bits of an unsigned integer as a Java long literal."""
    return Markup(f"0x{value:016x}L")  # noqa: S704


def java_identifier(name: str) -> Markup:
    """Return the name if it is made of ASCII letters, digits and underscores and begins with no digit."""
    if IDENTIFIER.fullmatch(name) is None:
        raise ExportError(f"{name!r} is not a Java identifier of ASCII letters, digits and underscores")
    return Markup(name)  # noqa: S704


def java_package(name: str) -> Markup:
    """Return a package name, each part of which must be an identifier."""
    return Markup(".").join(java_identifier(part) for part in name.split("."))


def java_hexadecimal(digits: str) -> Markup:
    """Return hexadecimal digits, such as a fingerprint, for a comment."""
    if re.fullmatch(r"[0-9a-f]+", digits) is None:
        raise ExportError(f"{digits!r} is not made of hexadecimal digits")
    return Markup(digits)  # noqa: S704


def java_comment(text: str) -> Markup:
    """Return the text for a comment: at most 60 characters, all but [A-Za-z0-9 _.,-] as `&#N;`.

    Control characters, which no HTML entity may name, become U+FFFD.
    """
    short = text if len(text) <= COMMENT_LIMIT else text[: COMMENT_LIMIT - 3] + "..."
    safe = (
        char if PLAIN_COMMENT.match(char) else f"&#{0xFFFD if not char.isprintable() else ord(char)};" for char in short
    )
    return Markup("".join(safe))  # noqa: S704


def words_of(array: npt.NDArray[np.generic]) -> npt.NDArray[np.uint32]:
    """Return the bits of an int32, float32 or float64 array as 32-bit words; a float64's high word first."""
    flat = np.ascontiguousarray(array).reshape(-1)
    if flat.dtype == np.float64:
        return flat.astype(">f8").view(">u4").astype(np.uint32)
    return flat.view(np.uint32)


def packed_numbers(arrays: Sequence[npt.NDArray[np.generic]], line: int = LINE_LIMIT) -> tuple[Markup, ...]:
    """Return the arrays, one after the other, as string constants: five base-85 digits per 32-bit word.

    A line of source holds `line` digits.
    """
    words = np.concatenate([words_of(array) for array in arrays]) if arrays else np.zeros(0, dtype=np.uint32)
    digits = np.empty((len(words), 5), dtype=np.uint8)
    for position in range(4, -1, -1):
        words, rest = np.divmod(words, np.uint32(BASE))
        digits[:, position] = DIGITS[rest]
    text = digits.tobytes().decode("ascii")
    parts = (text[start : start + CONSTANT_LIMIT] for start in range(0, len(text), CONSTANT_LIMIT))
    return tuple(_constant(_slices(part, line)) for part in parts)


def packed_texts(groups: Iterable[Iterable[str]]) -> tuple[Markup, ...]:
    """Return the texts as string constants: each ends with a newline; newline and backslash are escaped.

    Each group begins on a line of its own, for those who read the source.
    """
    parts: list[Markup] = []
    lines: list[str] = []
    size = 0
    for line in _text_lines(groups):
        line_size = _constant_size(line)
        if size + line_size > CONSTANT_LIMIT:
            parts.append(_constant(map(_escaped, lines)))
            lines, size = [], 0
        lines.append(line)
        size += line_size
    if lines:
        parts.append(_constant(map(_escaped, lines)))
    return tuple(parts)


def _text_lines(groups: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield the packed texts in pieces of at most 100 characters, several short texts of a group to a piece."""
    for group in groups:
        line = ""
        for text in group:
            packed = text.replace("\\", "\\\\").replace("\n", "\\n") + "\n"
            if line and len(line) + len(packed) > LINE_LIMIT:
                yield line
                line = ""
            *full, line = _slices(line + packed)
            yield from full
        if line:
            yield line


def _slices(text: str, length: int = LINE_LIMIT) -> list[str]:
    """Return the text cut into pieces of one length."""
    return [text[start : start + length] for start in range(0, len(text), length)]


def _constant(escaped_lines: Iterable[str]) -> Markup:
    """Return one constant expression, a line of source per piece; not indented, for its size."""
    return Markup('"' + '"\n+"'.join(escaped_lines) + '"')  # noqa: S704


def _constant_size(text: str) -> int:
    """Return the number of bytes of the text in modified UTF-8 (NUL takes two, a surrogate three)."""
    if text.isascii():
        return len(text) + text.count("\0")
    units = np.frombuffer(text.encode("utf-16-le"), dtype="<u2")
    return int((1 + ((units == 0) | (units >= 0x80)) + (units >= 0x800)).sum())


def _escaped(text: str) -> str:
    """Return the text with everything but printable ASCII escaped, one backslash-u per UTF-16 unit."""
    if text.isascii() and text.isprintable():
        return text.replace("\\", "\\\\").replace('"', '\\"')
    return "".join(_escaped_char(char) for char in text)


def _escaped_char(char: str) -> str:
    """Return one character as it stands in a Java literal."""
    if char in SHORT_ESCAPES:
        return SHORT_ESCAPES[char]
    if " " <= char <= "~":
        return char
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))

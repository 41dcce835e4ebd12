"""model.ini, the heart of a MOJO: keys with values, names of columns, and where the levels of each stand.

The values are text that looks like Java's: true, 1.5E-4, [0, 4, 7], null. Nothing is evaluated.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from triplicate.importers.h2o_columns import BLANKS
from triplicate.importers.text_archive import TextArchive
from triplicate.runtime.errors import ForeignModelError

__all__ = ["MojoInfo", "read_info", "unescaped"]

WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
REAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
NUMBER_LIST = re.compile(r"[0-9eE.+\-, \t]*")
ITEM = re.compile("[^,]+")
MOST_LINES = 1_000_000  # keys, columns and levels of a model that a net could be trained on
ESCAPES = {"n": "\n", "r": "\r"}


@dataclass(frozen=True, slots=True)
class MojoInfo:
    """The three sections of model.ini. `domains`: column index to (number of levels, name of the text)."""

    path: Path
    values: dict[str, str]
    columns: tuple[str, ...]
    domains: dict[int, tuple[int, str]]

    def error(self, message: str) -> ForeignModelError:
        """Return a ForeignModelError that begins with the path."""
        return ForeignModelError(f"{self.path}: {message}")

    def text(self, key: str) -> str | None:
        """Return the value of a key, None where it is absent or null."""
        value = self.values.get(key)
        return None if value is None or value == "null" else value

    def required(self, key: str) -> str:
        """Return the value of a key that every model has."""
        value = self.text(key)
        if value is None:
            raise self.error(f"model.ini has no {key}")
        return value

    def flag(self, key: str, default: bool | None = None) -> bool:
        """Return true or false."""
        value = self.text(key)
        if value is None and default is not None:
            return default
        if value not in ("true", "false"):
            raise self.error(f"model.ini: {key} must be true or false, got {_shown(value)}")
        return value == "true"

    def whole(self, key: str, default: int | None = None) -> int:
        """Return a number that is not negative."""
        value = self.text(key)
        if value is None and default is not None:
            return default
        if value is None or not WHOLE.fullmatch(value) or int(value) < 0:
            raise self.error(f"model.ini: {key} must be a whole number, got {_shown(value)}")
        return int(value)

    def real(self, key: str, default: float | None = None) -> float:
        """Return a number."""
        value = self.text(key)
        if value is None and default is not None:
            return default
        if value is None or not REAL.fullmatch(value):
            raise self.error(f"model.ini: {key} must be a number, got {_shown(value)}")
        return float(value)

    def wholes(self, key: str) -> list[int]:
        """Return a list of whole numbers that are not negative; absent: empty."""
        inner = self._inner(key)
        if inner is not None and inner.count(",") > MOST_LINES:
            raise self.error(f"model.ini: {key} has more than {MOST_LINES} numbers")
        items = [item.strip() for item in inner.split(",")] if inner else []
        if not all(WHOLE.fullmatch(item) and int(item) >= 0 for item in items):
            raise self.error(f"model.ini: {key} must be a list of whole numbers, got {_shown(self.text(key))}")
        return [int(item) for item in items]

    def reals(self, key: str, count: int) -> npt.NDArray[np.float64] | None:
        """Return a list of `count` finite numbers (float64), None where it is absent, null or empty."""
        inner = self._inner(key)
        if not inner:
            return None
        found = inner.count(",") + 1
        if found != count:
            raise self.error(f"model.ini: {key} has {found} numbers, but {count} are needed")
        items = (float(item.group()) for item in ITEM.finditer(inner))  # one at a time: texts take room
        try:
            numbers = np.fromiter(items, dtype=np.float64, count=count)
        except ValueError as reason:
            raise self.error(f"model.ini: {key} holds something that is not a number") from reason
        if not np.isfinite(numbers).all():
            raise self.error(f"model.ini: {key} holds a number beyond 1e308")
        return numbers + 0.0  # -0 becomes 0

    def _inner(self, key: str) -> str | None:
        """Return what stands between the brackets of a list of numbers, None where it is absent or null."""
        value = self.text(key)
        if value is None:
            return None
        if not (value.startswith("[") and value.endswith("]")):
            raise self.error(f"model.ini: {key} must be a list, got {_shown(value)}")
        inner = value[1:-1].strip()
        if not NUMBER_LIST.fullmatch(inner):
            unstable = "; the training of the model was unstable" if re.search("NaN|Infinity", inner) else ""
            raise self.error(f"model.ini: {key} holds something that is no finite number{unstable}")
        return inner


def _shown(value: str | None) -> str:
    return "nothing" if value is None else repr(value if len(value) <= 60 else value[:60] + "…")


def read_info(archive: TextArchive) -> MojoInfo:
    """Read model.ini: sections [info], [columns], [domains]; blank lines and lines that begin with # do not count."""
    values: dict[str, str] = {}
    columns: list[str] = []
    domains: dict[int, tuple[int, str]] = {}
    section, count = "", 0
    for raw in archive.lines("model.ini"):
        line = raw.strip(BLANKS)
        if not line or line.startswith("#"):
            continue
        count += 1
        if count > MOST_LINES:
            raise archive.error(f"model.ini has more than {MOST_LINES} lines")
        if line in ("[info]", "[columns]", "[domains]"):
            section = line
        elif section == "[info]":
            key, equals, value = line.partition("=")
            if not equals:
                raise archive.error(f"model.ini: {_shown(line)} is no line of the form key = value")
            values[key.strip(BLANKS)] = value.strip(BLANKS)
        elif section == "[columns]":
            columns.append(line)
        elif section == "[domains]":
            index, levels, name = _domain(archive, line)
            domains[index] = levels, name
        else:
            raise archive.error("model.ini does not begin with [info]: this is no MOJO")
    info = MojoInfo(archive.path, values, tuple(columns), domains)
    expected = info.whole("n_columns")
    if len(columns) != expected:
        raise info.error(
            f"model.ini names {len(columns)} columns instead of {expected}"
            " (the format loses names that are blank or begin with #)"
        )
    return info


def _domain(archive: TextArchive, line: str) -> tuple[int, int, str]:
    found = re.fullmatch(r"([0-9]{1,9}):\s*([0-9]{1,9}) ([^/]+)", line)
    if found is None:
        raise archive.error(f"model.ini: {_shown(line)} does not say where a column's levels stand")
    return int(found[1]), int(found[2]), found[3]


def unescaped(line: str) -> str:
    r"""Return a line of levels or names as it was: \n and \r are line ends, \\ is a backslash."""
    return re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[1]), line, flags=re.DOTALL)

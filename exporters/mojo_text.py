"""How a MOJO writes numbers, names and levels: text that H2O's reader takes for what it is.

A list of numbers that all look whole becomes a list of integers there, so that each number has a point or an exponent.
Lines of model.ini are trimmed, and lost when they are blank or begin with #.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.errors import ExportError

__all__ = ["BLANKS", "level_lines", "real", "reals", "require_line", "single_reals", "wholes"]

BLANKS = "".join(map(chr, range(33)))  # what Java trims
SECTIONS = ("[info]", "[columns]", "[domains]")
ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r"})
AT_ONCE = 100_000  # weights turned into text together


def real(number: float) -> str:
    """Return a float64 number."""
    return repr(float(number))


def reals(numbers: Iterable[float]) -> str:
    """Return a list of float64 numbers."""
    return f"[{', '.join(map(real, numbers))}]"


def wholes(numbers: Iterable[int]) -> str:
    """Return a list of whole numbers."""
    return f"[{', '.join(map(str, numbers))}]"


def single_reals(numbers: npt.NDArray[np.floating[Any]]) -> Iterator[str]:
    """Yield the parts of a list of float32 numbers, with the fewest digits that mean them."""
    yield "["
    for start in range(0, len(numbers), AT_ONCE):
        part = numbers[start : start + AT_ONCE].astype(np.float32)
        yield (", " if start else "") + ", ".join(part.astype(str).tolist())
    yield "]"


def require_line(name: str, what: str) -> None:
    """Raise ExportError for a name that does not stand on a line of its own."""
    reason = None
    if not name.strip(BLANKS):
        reason = "is blank, and blank lines do not count there"
    elif name != name.strip(BLANKS):
        reason = "begins or ends with a blank, which is trimmed there"
    elif name.startswith("#"):
        reason = "begins with #, and such lines do not count there"
    elif name in SECTIONS:
        reason = "is the title of a section there"
    elif "\n" in name or "\r" in name:
        reason = "holds the end of a line"
    if reason is not None:
        raise ExportError(f"{what} {name[:60]!r}: {reason}: a MOJO cannot hold this name; rename it in the table")


def level_lines(levels: Sequence[str]) -> str:
    """Return levels, one per line, line ends and backslashes escaped."""
    return "".join(f"{level.translate(ESCAPES)}\n" for level in levels)

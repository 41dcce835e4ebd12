"""The scoring history on the screen while it grows: a line per scoring, as soon as it is made."""

import sys
from datetime import datetime
from typing import Any

from triplicate.trainer.history import ScoringHistory

__all__ = ["LiveHistory"]

NARROWEST = 12


class LiveHistory:
    """Prints the newest row of a history to standard output, with the column names above the first one."""

    def __init__(self) -> None:
        self._begun = False

    def show(self, history: ScoringHistory) -> None:
        """Print the newest scoring, in the columns of scoring_history()."""
        row = ScoringHistory(history.task, history.rows[-1:]).to_frame().iloc[0]
        cells = {str(name): _text(value) for name, value in row.items()}
        if not self._begun:
            sys.stdout.write(_line({name: name for name in cells}))
            self._begun = True
        sys.stdout.write(_line(cells))
        sys.stdout.flush()


def _line(cells: dict[str, str]) -> str:
    return "  ".join(text.rjust(max(NARROWEST, len(name))) for name, text in cells.items()) + "\n"


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%H:%M:%S}"
    return f"{value:.6g}" if isinstance(value, float) else str(value)

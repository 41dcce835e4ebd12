"""What a server allows: sizes, times, and what a record may lack."""

from dataclasses import dataclass
from typing import Literal

from triplicate.runtime.errors import ParameterError

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits of a server and its rules for records.

    `max_body`: bytes of a request's body; `max_rows`: rows of one request; `body_seconds`: time for a body to
    arrive; `stop_seconds`: time for requests under way to finish when the server is told to stop;
    `max_connections`: clients at once, the next one is answered 503. `missing_columns`: what a record without
    one of the model's columns is, an "error" or a "missing" cell. `unknown_columns`: whether other columns are
    left aside ("ignore") or an "error".
    """

    max_body: int = 8 * 2**20
    max_rows: int = 10_000
    body_seconds: float = 30.0
    stop_seconds: float = 10.0
    max_connections: int = 1000
    missing_columns: Literal["error", "missing"] = "error"
    unknown_columns: Literal["ignore", "error"] = "ignore"

    def __post_init__(self) -> None:
        for name in ("max_body", "max_rows", "body_seconds", "stop_seconds", "max_connections"):
            if not getattr(self, name) > 0:
                raise ParameterError(f"{name} must be above 0, got {getattr(self, name)!r}")
        for name, known in (("missing_columns", ("error", "missing")), ("unknown_columns", ("ignore", "error"))):
            if getattr(self, name) not in known:
                raise ParameterError(f"{name} must be one of {', '.join(known)}, got {getattr(self, name)!r}")

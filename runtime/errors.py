"""Every error this package raises on purpose, in one small tree.

TriplicateError
├── InvalidModelError      a ScoringModel that breaks a rule of docs/scoring-model.md
├── ModelFileError         a model file that is damaged, foreign or too new
├── RowError               raw rows that the model cannot score
│   ├── MissingColumnError     a column of the model is not among the rows' columns
│   ├── BadNumberError         text that is not a number in a numeric column
│   ├── UnseenLevelError       a level that training did not see, where the model's policy is "error"
│   └── MissingOffsetError     a row without the offset that the model needs
├── ParameterError         a training parameter outside its range, or parameters that contradict each other
├── TrainingDataError      a table that nothing can be learned from
├── UnstableTrainingError  weights that grew beyond all bounds
├── ForeignModelError      a model of another system that is damaged, or that a ScoringModel cannot carry
├── ExportError            a model or a name that a target format cannot carry
├── RequestError           an HTTP request that the server refuses
└── ToolError              a program this package needs (javac, java) is missing or failed
"""

__all__ = [
    "BadNumberError",
    "ExportError",
    "ForeignModelError",
    "InvalidModelError",
    "MissingColumnError",
    "MissingOffsetError",
    "ModelFileError",
    "ParameterError",
    "RequestError",
    "RowError",
    "ToolError",
    "TrainingDataError",
    "TriplicateError",
    "UnseenLevelError",
    "UnstableTrainingError",
]


class TriplicateError(Exception):
    """Base of all errors raised on purpose; catching it catches them all."""


class InvalidModelError(TriplicateError, ValueError):
    """A ScoringModel breaks a rule; the message begins with the path of the part that does."""


class ModelFileError(TriplicateError, ValueError):
    """A model file is damaged, foreign or too new; the message begins with the file's path."""


class RowError(TriplicateError, ValueError):
    """Raw rows cannot be scored; the message names row and column."""


class MissingColumnError(RowError):
    """A column that the model reads is not among the columns of the rows."""


class BadNumberError(RowError):
    """A cell of a numeric column holds text that is not a number."""


class UnseenLevelError(RowError):
    """A cell holds a level that training did not see, and the column's policy is to refuse it."""


class MissingOffsetError(RowError):
    """A row has no offset, and the model's prediction depends on one."""


class ParameterError(TriplicateError, ValueError):
    """A training parameter is unknown, outside its range, or contradicts another one."""


class TrainingDataError(TriplicateError, ValueError):
    """The training table cannot be learned from; the message names the column."""


class UnstableTrainingError(TriplicateError, ArithmeticError):
    """Training diverged; the message says what usually helps."""


class ForeignModelError(TriplicateError, ValueError):
    """A model of another system is damaged or cannot be carried; the message names the file or part, and the reason."""


class ExportError(TriplicateError, ValueError):
    """The target format cannot carry this model or this name."""


class RequestError(TriplicateError, ValueError):
    """The server refuses a request: `status` is the HTTP code; `row` (from 0) and `column` say where, if known."""

    def __init__(self, message: str, status: int, row: int | None = None, column: str | None = None) -> None:
        super().__init__(message)
        self.status, self.row, self.column = status, row, column


class ToolError(TriplicateError, RuntimeError):
    """A program that this package runs (javac, java) is missing or failed; the message holds its output."""

"""triplicate.runtime.errors: one small tree, as its docstring draws it."""

import pytest

from triplicate.runtime import errors
from triplicate.runtime.errors import TriplicateError

PARENTS = {
    "InvalidModelError": ("TriplicateError", ValueError),
    "ModelFileError": ("TriplicateError", ValueError),
    "RowError": ("TriplicateError", ValueError),
    "MissingColumnError": ("RowError", ValueError),
    "BadNumberError": ("RowError", ValueError),
    "UnseenLevelError": ("RowError", ValueError),
    "MissingOffsetError": ("RowError", ValueError),
    "ParameterError": ("TriplicateError", ValueError),
    "RequestError": ("TriplicateError", ValueError),
    "TrainingDataError": ("TriplicateError", ValueError),
    "UnstableTrainingError": ("TriplicateError", ArithmeticError),
    "ExportError": ("TriplicateError", ValueError),
    "ForeignModelError": ("TriplicateError", ValueError),
    "ToolError": ("TriplicateError", RuntimeError),
}


@pytest.mark.parametrize("name", PARENTS)
def test_every_error_is_caught_as_its_parent_and_as_a_built_in_kind(name: str) -> None:
    """`except TriplicateError` and `except ValueError` both work."""
    error = getattr(errors, name)
    parent, kind = PARENTS[name]
    assert error.__mro__[1] is getattr(errors, parent)
    assert issubclass(error, kind)
    assert issubclass(error, TriplicateError)


def test_the_list_of_names_is_complete_and_drawn_in_the_docstring() -> None:
    """A new error enters __all__, the drawing and this test."""
    assert set(errors.__all__) == {"TriplicateError", *PARENTS}
    drawn = (errors.__doc__ or "").split()
    assert all(name in drawn for name in errors.__all__)

"""The template engine refuses text that did not pass a filter."""

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from triplicate.exporters.template_engine import java_engine, only_marked
from triplicate.runtime.errors import ExportError


def test_unfiltered_text_cannot_be_printed() -> None:
    """A template that forgets a filter fails instead of letting a name into the source."""
    with pytest.raises(ExportError, match="without a filter"):
        java_engine().from_string("{{ name }}").render(name="x; System.exit(0)")


@pytest.mark.parametrize("value", ["text", 1.5, True, None, ["a"]])
def test_only_marked_text_and_integers_pass(value: object) -> None:
    """Floats, booleans and everything else must be turned into literals first."""
    with pytest.raises(ExportError):
        only_marked(value)


def test_marked_text_and_integers_are_printed() -> None:
    """What a filter returned is printed as it is, an integer in digits."""
    template = java_engine().from_string("{{ name | java_string }} {{ count }}")
    assert template.render(name="<a & b>", count=3) == '"<a & b>" 3'
    assert only_marked(Markup("<")) == "<"


def test_unknown_names_are_errors() -> None:
    """A misspelt name in a template is an error, never an empty text."""
    with pytest.raises(UndefinedError):
        java_engine().from_string("{% if missing %}x{% endif %}").render()

"""The Jinja2 environments: they refuse every text that has not passed a filter of java_literals."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from triplicate.exporters.java_literals import (
    java_comment,
    java_double,
    java_hexadecimal,
    java_identifier,
    java_long,
    java_package,
    java_string,
)
from triplicate.runtime.errors import ExportError

__all__ = ["java_engine", "maven_engine", "only_marked"]

FILTERS = (java_comment, java_double, java_hexadecimal, java_identifier, java_long, java_package, java_string)


def only_marked(value: Any) -> Any:
    """Return a value that a template may print: text marked by a filter, or an integer."""
    if isinstance(value, Markup) or type(value) is int:
        return value
    raise ExportError(f"text without a filter in a template: {value!r}")


@cache
def java_engine() -> Environment:
    """Return the environment of templates/java: autoescape, strict undefined names, Java's filters.

    One per process, because compiling the templates takes longer than rendering them.
    """
    return _engine("java")


@cache
def maven_engine() -> Environment:
    """Return the environment of templates/maven, alike in everything else."""
    return _engine("maven")


def _engine(folder: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("triplicate.templates", folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=only_marked,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update({function.__name__: function for function in FILTERS})
    return environment

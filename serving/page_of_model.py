"""The page on which a person fills in a row: a form made from the model's columns."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from triplicate.runtime.columns import Categorical, Column
from triplicate.runtime.heads import Classification, Reconstruction
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.serving.explanation import shown_number, usual_number

__all__ = ["PAGE_HEADERS", "page_file", "page_html"]

MOST_LEVELS = 1000  # of a select box; a column with more is typed
MOST_LABELS = 6
PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


@cache
def page_file(name: str) -> str:
    """Return the text of a file of the page: page.html (a template), page.css, page.js."""
    return files("triplicate.serving").joinpath("page", name).read_text(encoding="utf-8")


def page_html(model: ScoringModel, name: str, engine: str) -> str:
    """Return the page of a model; every name and level in it is escaped."""
    fields = [_field(column) for column in model.columns]
    if model.offset is not None:
        fields.append(
            {"name": model.offset, "number": True, "levels": None, "usual": 0.0, "placeholder": "needed, 0 for none"}
        )
    response = model.metadata.training_summary().get("response")
    schema = {"columns": fields, "response": response if isinstance(response, str) else None}
    engines = {"numpy": "Triplicate's exact arithmetic", "onnx": "ONNX Runtime"}
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string(page_file("page.html")).render(
        name=name,
        predicts=_predicts(model),
        fields=fields,
        engine=engines[engine],
        fingerprint=model.fingerprint,
        schema=_json_for_html(schema),
    )


def _field(column: Column) -> dict[str, Any]:
    if isinstance(column, Categorical):
        levels = list(column.levels) if len(column.levels) <= MOST_LEVELS else None
        typed = f"one of {len(column.levels)} levels" if column.levels else "any text"
        return {"name": column.name, "number": False, "levels": levels or None, "usual": None, "placeholder": typed}
    usual = usual_number(column)
    placeholder = "missing" if usual is None else shown_number(usual)
    return {"name": column.name, "number": True, "levels": None, "usual": usual, "placeholder": placeholder}


def _predicts(model: ScoringModel) -> str:
    reads = f"from {len(model.row_names)} columns"
    head = model.head
    if isinstance(head, Classification):
        shown = ", ".join(head.labels[:MOST_LABELS]) + (", …" if len(head.labels) > MOST_LABELS else "")
        return f"One of {len(head.labels)} labels ({shown}) {reads}"
    return f"An anomaly score {reads}" if isinstance(head, Reconstruction) else f"A number {reads}"


def _json_for_html(value: Any) -> Markup:
    """Return JSON that a script element can hold: no character in it ends or opens an element."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - nothing in it has a meaning in HTML any more

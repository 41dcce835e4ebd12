"""What /openapi.json says of the bodies that the model's routes read."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI

from triplicate.runtime.columns import Categorical
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.serving.explanation import usual_number

__all__ = ["describe_posts"]

MOST_EXAMPLES = 20


def describe_posts(app: FastAPI, model: ScoringModel, posts: Mapping[str, Callable[..., Any]]) -> None:
    """Add the routes that read a body, plain ones that FastAPI does not describe itself, to the app's /openapi.json."""
    described, schemas = app.openapi(), _request_schemas(model)
    answers = {"200": {"description": "The answer"}, "4XX": {"description": 'The reason, as {"error": text}'}}
    for path, answer in posts.items():
        content = {"application/json": {"schema": schemas[path]}}
        described["paths"][path] = {
            "post": {
                "summary": (answer.__doc__ or "").partition("\n")[0],
                "requestBody": {"required": True, "content": content},
                "responses": answers,
            }
        }
        if "{model}" in path:
            name = {"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}
            described["paths"][path]["post"]["parameters"] = [name]


def _request_schemas(model: ScoringModel) -> dict[str, dict[str, Any]]:
    """Return the schema of the body by path, in the terms of OpenAPI 3.1."""
    record = _record(model)
    tensor = {
        "type": "object",
        "required": ["name", "shape", "datatype", "data"],
        "properties": {
            "name": {"enum": list(model.row_names)},
            "shape": {"type": "array", "items": {"type": "integer"}},
            "datatype": {"type": "string"},
            "data": {"type": "array", "items": {}},
        },
    }
    inference = {"type": "object", "required": ["inputs"], "properties": {"inputs": {"type": "array", "items": tensor}}}
    return {
        "/predict": {"oneOf": [record, {"type": "array", "items": record}]},
        "/explain": record,
        "/v2/models/{model}/infer": inference,
    }


def _record(model: ScoringModel) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for column in model.columns:
        if isinstance(column, Categorical):
            properties[column.name] = {"type": ["string", "null"], "examples": list(column.levels[:MOST_EXAMPLES])}
        else:
            usual = usual_number(column)
            properties[column.name] = {"type": ["number", "null"], "examples": [] if usual is None else [usual]}
    if model.offset is not None:
        properties[model.offset] = {"type": "number"}
    return {"type": "object", "required": list(model.row_names), "properties": properties}

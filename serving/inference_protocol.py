"""The Open Inference Protocol v2 in JSON: tensors in, tensors out, under the names of the exported graph."""

import math
from collections.abc import Callable
from typing import Any

from triplicate.exporters.onnx_heads import no_label
from triplicate.exporters.onnx_signature import MOST_REASONS, Tensor, graph_inputs, graph_outputs
from triplicate.runtime.errors import RequestError
from triplicate.runtime.heads import Classification, LabelType, Reconstruction
from triplicate.runtime.scores import Scores
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.serving.answers import plain
from triplicate.serving.columns_of_cells import CellColumns, level_cell, number_cell
from triplicate.serving.settings import Settings

__all__ = ["InferenceProtocol"]

BAD_REQUEST, TOO_LARGE = 400, 413
NUMBERS = ("FP64", "FP32", "FP16", "INT64", "INT32", "INT16", "INT8", "UINT64", "UINT32", "UINT16", "UINT8", "BOOL")
LEVELS = ("BYTES", "BOOL", "INT64", "INT32", "INT16", "INT8", "UINT64", "UINT32", "UINT16", "UINT8")
LONGEST_NAME = 100  # letters of a strange name that a message repeats


class InferenceProtocol:
    """Reads inference requests for a model, and writes the responses."""

    def __init__(self, model: ScoringModel, name: str, settings: Settings) -> None:
        self._model, self._name, self._settings = model, name, settings
        self._inputs, self._outputs = graph_inputs(model), graph_outputs(model)

    def metadata(self, platform: str) -> dict[str, Any]:
        """Return the model's metadata object: name, platform, and the tensors it reads and gives."""
        return {
            "name": self._name,
            "versions": [],
            "platform": platform,
            "inputs": [_described(tensor) for tensor in self._inputs],
            "outputs": [_described(tensor) for tensor in self._outputs],
        }

    def read(self, request: Any) -> tuple[CellColumns, int]:
        """Return the cells by column, and the number of rows; RequestError says which tensor is wrong, and how."""
        if not isinstance(request, dict) or not isinstance(request.get("inputs"), list):
            raise RequestError('an inference request is an object with a list "inputs"', BAD_REQUEST)
        if not isinstance(request.get("id", ""), str):
            raise RequestError('"id" must be a text', BAD_REQUEST)
        self._wanted(request.get("outputs"))
        given = self._given(request["inputs"])
        rows = self._rows(given)
        return [self._cells(tensor, given.get(tensor.name), rows) for tensor in self._inputs], rows

    def _given(self, inputs: list[Any]) -> dict[str, dict[str, Any]]:
        """Return the input tensors by name, each one of the model's, none twice."""
        known = {tensor.name for tensor in self._inputs}
        given: dict[str, dict[str, Any]] = {}
        for position, tensor in enumerate(inputs):
            if not isinstance(tensor, dict) or not isinstance(tensor.get("name"), str):
                raise RequestError(f'inputs[{position}] must be an object with a text "name"', BAD_REQUEST)
            name = tensor["name"]
            if name not in known:
                raise RequestError(f"input {name[:LONGEST_NAME]!r} is not one of the model's", BAD_REQUEST)
            if name in given:
                raise RequestError(f"input {name!r} comes twice", BAD_REQUEST, column=name)
            given[name] = tensor
        for tensor in self._inputs:
            if tensor.name not in given and self._settings.missing_columns == "error":
                message = f"input {tensor.name!r} is missing; the model reads all of its columns"
                raise RequestError(message, BAD_REQUEST, column=tensor.name)
        return given

    def _rows(self, given: dict[str, dict[str, Any]]) -> int:
        """Return the number of rows that all shapes agree on."""
        rows: int | None = None
        for name, tensor in given.items():
            shape: Any = tensor.get("shape")
            if not _is_column(shape):
                shown = str(shape)[:LONGEST_NAME]
                raise RequestError(f"input {name!r}: shape must be [rows, 1], got {shown}", BAD_REQUEST, column=name)
            if shape[0] > self._settings.max_rows:
                limit = self._settings.max_rows
                raise RequestError(f"input {name!r}: shape {shape}; the limit is {limit} rows", TOO_LARGE)
            if rows is not None and shape[0] != rows:
                raise RequestError(
                    f"input {name!r}: {shape[0]} rows, but the inputs before have {rows}", BAD_REQUEST, column=name
                )
            rows = int(shape[0])
        if rows is None:
            raise RequestError("there are no input tensors", BAD_REQUEST)
        return rows

    def _cells(self, tensor: Tensor, given: dict[str, Any] | None, rows: int) -> list[Any]:
        """Return the cells of one column; a tensor that may be left out is a column of missing cells."""
        name, is_text = tensor.name, tensor.datatype == "BYTES"
        if given is None:
            return [None if is_text else math.nan] * rows
        datatype, data, allowed = given.get("datatype"), given.get("data"), LEVELS if is_text else NUMBERS
        if datatype not in allowed:
            shown = str(datatype)[:LONGEST_NAME]
            message = f"input {name!r}: datatype must be {allowed[0]}, got {shown}"
            raise RequestError(message, BAD_REQUEST, column=name)
        if not isinstance(data, list):
            raise RequestError(f'input {name!r}: "data" must be a list', BAD_REQUEST, column=name)
        if data and all(isinstance(cell, list) and len(cell) == 1 for cell in data):
            data = [cell[0] for cell in data]
        if len(data) != rows:
            raise RequestError(
                f"input {name!r}: {len(data)} values for a shape of {rows} rows", BAD_REQUEST, column=name
            )
        convert = level_cell if is_text else number_cell
        return [convert(cell, row, name) for row, cell in enumerate(data)]

    def response(self, request: dict[str, Any], scores: Scores) -> dict[str, Any]:
        """Return the inference response: the outputs that the request names, or all of them."""
        wanted = self._wanted(request.get("outputs"))
        data = _output_data(scores)
        outputs = [
            {
                "name": tensor.name,
                "shape": [len(scores), *tensor.shape[1:]],
                "datatype": tensor.datatype,
                "data": values(),
            }
            for tensor, values in zip(self._outputs, data, strict=True)
            if wanted is None or tensor.name in wanted
        ]
        named = {"model_name": self._name}
        return named | ({"id": request["id"]} if "id" in request else {}) | {"outputs": outputs}

    def _wanted(self, asked: Any) -> set[str] | None:
        if asked is None:
            return None
        known = {tensor.name for tensor in self._outputs}
        asked = asked if isinstance(asked, list) else [asked]
        names: list[Any] = [output.get("name") if isinstance(output, dict) else output for output in asked]
        for name in names:
            if not isinstance(name, str) or name not in known:
                shown = ", ".join(sorted(known))
                raise RequestError(f'"outputs" must name some of {shown}, got {str(name)[:LONGEST_NAME]}', BAD_REQUEST)
        return set(names)


def _is_column(shape: Any) -> bool:
    """Tell whether a shape is [rows] or [rows, 1], with at least one row."""
    if not isinstance(shape, list) or not all(type(size) is int for size in shape):
        return False
    return len(shape) in (1, 2) and shape[0] >= 1 and shape[1:] in ([], [1])


def _described(tensor: Tensor) -> dict[str, Any]:
    return {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)}


def _output_data(scores: Scores) -> list[Callable[[], list[Any]]]:
    """Return, per output of the graph, a function that gives its values row by row."""
    head, outputs = scores.model.head, scores.outputs

    def numbers(first: int, last: int | None) -> Callable[[], list[Any]]:
        return lambda: [plain(number) for number in outputs[:, first:last].reshape(-1).tolist()]

    def unseen() -> list[Any]:
        return list(scores.unseen.tolist())

    if isinstance(head, Classification):
        return [lambda: _labels(head, scores), numbers(1, None), unseen]
    if isinstance(head, Reconstruction):
        columns = scores.model.columns
        return [
            numbers(2 + len(columns), None),
            numbers(0, 1),
            numbers(2, 2 + len(columns)),
            lambda: list(scores.is_anomaly.tolist()),
            lambda: list(scores.reasons(MOST_REASONS).reshape(-1)),
            unseen,
        ]
    return [numbers(0, 1), unseen]


def _labels(head: Classification, scores: Scores) -> list[Any]:
    """Return labels as the graph gives them: integers, or texts; its own mark for a row without a label."""
    none = no_label(head)
    texts = head.label_type is not LabelType.INTEGER
    return [none if label is None else str(label) if texts else label for label in scores.labels.tolist()]

"""The application: answers equal to the scorer's, refusals with a reason, limits, counters, health."""

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from triplicate.exporters.onnx_signature import graph_inputs, graph_outputs
from triplicate.runtime import Classification, RawRows, Reconstruction, Regression, Scorer, ScoringModel
from triplicate.runtime.reasons import largest_errors
from triplicate.serving import Engine, NumpyEngine, OnnxEngine, Settings, create_app

from random_models import random_model, random_rows
from servers import Client

Start = Callable[..., Client]
HEADS = 7  # random models walk through seven kinds of heads


@pytest.fixture
def start() -> Iterator[Start]:
    """Return a function that makes a client of an application for an engine or a model."""
    clients = []

    def begin(served: Engine | ScoringModel, **settings: Any) -> Client:
        engine = NumpyEngine(Scorer(served)) if isinstance(served, ScoringModel) else served
        clients.append(Client(create_app(engine, "m", Settings(**settings))))
        return clients[-1]

    yield begin
    for client in clients:
        client.close()


def json_cell(cell: Any) -> Any:
    """Return a raw cell as JSON can carry it: missing and infinite numbers as null."""
    return cell if cell is None or isinstance(cell, str) or np.isfinite(cell) else None


def records_of(model: ScoringModel, raw: RawRows) -> list[dict[str, Any]]:
    """Return raw rows as JSON records; no offset is missing."""
    rows = [dict(zip(model.row_names, map(json_cell, cells), strict=True)) for cells in zip(*raw.cells, strict=True)]
    if model.offset is not None:
        rows = [row | {model.offset: row[model.offset] or 0.0} for row in rows]
    return rows


def nulls(values: Any) -> Any:
    """Return numbers as JSON carries them."""
    return [float(value) if np.isfinite(value) else None for value in np.asarray(values, dtype=float).reshape(-1)]


@pytest.mark.parametrize("seed", range(2 * HEADS))
def test_records_are_scored_to_the_bit(start: Start, seed: int) -> None:
    """/predict gives the scorer's numbers for hostile rows of every kind of model, names kept."""
    model = random_model(seed)
    rows = records_of(model, random_rows(model, 40, seed))
    answers = start(model).post("/predict", rows)
    assert answers.status == 200, answers.body
    scores = Scorer(model).score(rows)
    head = model.head
    assert [answer["unseen"] for answer in answers.json] == scores.unseen.tolist()
    if isinstance(head, Classification):
        assert [answer["label"] for answer in answers.json] == scores.labels.tolist()
        assert all(list(answer["probabilities"]) == list(head.labels) for answer in answers.json)
        given = [number for answer in answers.json for number in answer["probabilities"].values()]
        assert given == nulls(scores.probabilities)
    elif isinstance(head, Regression):
        assert [answer["prediction"] for answer in answers.json] == nulls(scores.values)
    else:
        assert [answer["score"] for answer in answers.json] == nulls(scores.anomaly_scores)
        assert [answer["is_anomaly"] for answer in answers.json] == scores.is_anomaly.tolist()
        for answer, errors in zip(answers.json, scores.column_errors, strict=True):
            largest = largest_errors(errors[np.newaxis], 3)[0]
            assert [reason["column"] for reason in answer["reasons"]] == [model.columns[i].name for i in largest]


@pytest.mark.parametrize("seed", range(HEADS))
def test_the_onnx_engine_answers_alike(start: Start, seed: int) -> None:
    """With ONNX Runtime the same rows have the same unseen counts, and numbers close to the exact ones."""
    model = random_model(seed)
    rows = records_of(model, random_rows(model, 20, seed))
    exact, graph = (start(engine).post("/predict", rows).json for engine in (model, OnnxEngine(Scorer(model))))
    assert [answer["unseen"] for answer in exact] == [answer["unseen"] for answer in graph]
    field = {Classification: "probabilities", Regression: "prediction", Reconstruction: "score"}[type(model.head)]
    for ours, theirs in zip(exact, graph, strict=True):
        one, two = (answer[field] for answer in (ours, theirs))
        for a, b in zip(*(list(v.values()) if isinstance(v, dict) else [v] for v in (one, two)), strict=True):
            assert (a is None) == (b is None)
            assert a is None or abs(a - b) <= 1e-9 * (1 + abs(a))


def test_one_record_gets_one_answer(start: Start) -> None:
    """An object is answered by an object, a list by a list."""
    model = random_model(0)
    (row,) = records_of(model, random_rows(model, 1, 0))
    client = start(model)
    assert client.post("/predict", row).json == client.post("/predict", [row]).json[0]


def test_requests_of_one_turn_do_not_mix(start: Start) -> None:
    """Requests that are scored together get their own rows' answers, and only the refused one is refused."""
    model = random_model(4)
    assert model.offset is not None
    rows = records_of(model, random_rows(model, 30, 4))
    parts = [rows[:1], rows[1:4], [rows[4] | {model.offset: None}], rows[5:30]]
    client = start(model)
    answers = client.together([("/predict", part) for part in parts])
    assert [answer.status for answer in answers] == [200, 200, 422, 200]
    assert answers[2].json["error"].startswith("row 0, column")
    for part, answer in zip(parts, answers, strict=True):
        if answer.status == 200:
            assert answer.json == client.post("/predict", part).json


def test_large_requests_give_the_same(start: Start) -> None:
    """A body that is parsed and scored beside the event loop is answered as its rows are alone."""
    model = random_model(1)
    rows = records_of(model, random_rows(model, 5, 1)) * 1000
    client = start(model)
    assert client.post("/predict", rows).json == client.post("/predict", rows[:5]).json * 1000


@pytest.mark.parametrize("seed", range(2 * HEADS))
def test_inference_requests_give_the_graph_s_outputs(start: Start, seed: int) -> None:
    """/infer takes the graph's inputs and gives its outputs: names, types, shapes, values row by row."""
    model = random_model(seed)
    rows = records_of(model, random_rows(model, 7, seed))
    inputs = [
        {"name": t.name, "shape": [7, 1], "datatype": t.datatype, "data": [row[t.name] for row in rows]}
        for t in graph_inputs(model)
    ]
    client = start(model)
    answer = client.post("/v2/models/m/infer", {"id": "a", "inputs": inputs})
    assert answer.status == 200, answer.body
    assert (answer.json["model_name"], answer.json["id"]) == ("m", "a")
    outputs = answer.json["outputs"]
    wanted = [(t.name, t.datatype, [7, *t.shape[1:]]) for t in graph_outputs(model)]
    assert [(o["name"], o["datatype"], o["shape"]) for o in outputs] == wanted
    assert all(len(o["data"]) == np.prod(o["shape"]) for o in outputs)
    scores = Scorer(model).score(rows)
    flat = {
        Classification: lambda: (1, scores.probabilities),
        Regression: lambda: (0, scores.values),
        Reconstruction: lambda: (1, scores.anomaly_scores),
    }
    position, numbers = flat[type(model.head)]()
    assert outputs[position]["data"] == nulls(numbers)
    assert outputs[-1]["data"] == scores.unseen.tolist()
    only = client.post("/v2/models/m/infer", {"inputs": inputs, "outputs": [{"name": outputs[-1]["name"]}]}).json
    assert only == {"model_name": "m", "outputs": outputs[-1:]}
    nested = [{**t, "shape": [7], "data": [[cell] for cell in t["data"]]} for t in inputs]
    assert client.post("/v2/models/m/infer", {"id": "a", "inputs": nested}).json == answer.json


def tensor(**changes: Any) -> dict[str, Any]:
    """Return the input tensor of column `number` with some fields changed."""
    return {"name": "number", "shape": [2, 1], "datatype": "FP64", "data": [1, 2]} | changes


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ([], 'a list "inputs"'),
        ({"inputs": 3}, 'a list "inputs"'),
        ({"inputs": [3]}, "inputs[0] must be an object"),
        ({"inputs": [tensor(name="other")]}, "input 'other' is not one of the model's"),
        ({"inputs": [tensor(), tensor()]}, "input 'number' comes twice"),
        ({"inputs": []}, "input 'number' is missing"),
        ({"inputs": [tensor(shape=[2, 2])]}, "shape must be [rows, 1]"),
        ({"inputs": [tensor(shape=[True])]}, "shape must be [rows, 1]"),
        ({"inputs": [tensor(shape=[-1, 1])]}, "shape must be [rows, 1]"),
        ({"inputs": [tensor(shape=None)]}, "shape must be [rows, 1]"),
        ({"inputs": [tensor(shape=[10**9, 1])]}, "the limit is 10000 rows"),
        ({"inputs": [tensor(datatype="BYTES")]}, "datatype must be FP64, got BYTES"),
        ({"inputs": [tensor(data=None)]}, '"data" must be a list'),
        ({"inputs": [tensor(data=[1])]}, "1 values for a shape of 2 rows"),
        ({"inputs": [tensor(data=[1, "x"])]}, "row 1, column 'number': 'x' is not a number"),
        ({"inputs": [tensor()], "outputs": [{"name": "nothing"}]}, '"outputs" must name some of'),
        ({"inputs": [tensor()], "outputs": 3}, '"outputs" must name some of'),
        ({"inputs": [tensor()], "id": 3}, '"id" must be a text'),
    ],
)
def test_wrong_inference_requests_are_refused(start: Start, small: ScoringModel, body: Any, reason: str) -> None:
    """Each mistake in a request's tensors has a reason that names the tensor."""
    answer = start(small).post("/v2/models/m/infer", body)
    assert answer.status in (400, 413, 422)
    assert reason in answer.json["error"]


@pytest.fixture(scope="module")
def small() -> ScoringModel:
    """Return a model of one number."""
    from triplicate.runtime import Activation, Layer, Numeric

    layer = Layer(np.array([[2.0]]), np.array([1.0]), Activation.LINEAR)
    return ScoringModel((Numeric("number", 0),), (layer,), Regression())


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"", 400, "the body is not JSON"),
        (b'{"number": 1', 400, "line 1, column 13"),
        (b'{"number": NaN}', 400, "NaN is not JSON; null stands for a missing number"),
        (b'{"number": -Infinity}', 400, "-Infinity is not JSON"),
        (b'{"number": "\xff"}', 400, "not UTF-8 text (byte 12)"),
        ("\ufeff{}".encode(), 400, "the body is not JSON"),
        (b"[" * 100_000, 400, "nested too deeply"),
        (b'{"number": ' + b"9" * 5000 + b"}", 400, "too many digits"),
        (b'{"number": 1e999}', 422, "beyond the largest number"),
        (b"3", 400, "the body must be a record"),
        (b"null", 400, "the body must be a record"),
        (b'{"other": 1}', 422, "column 'number' is missing"),
        (b'[{"number": 1}, {"number": {}}]', 422, "row 1, column 'number': {} is not a number"),
        (b'{"\\ud800": 1}', 422, "column 'number' is missing"),
        (b'{"number": "\\ud800"}', 422, "is not a number"),
    ],
)
def test_bad_bodies_are_refused_with_a_reason(
    start: Start, small: ScoringModel, body: bytes, status: int, reason: str
) -> None:
    """What is not JSON, or not a record of the model, gets a 4xx that says what and where."""
    answer = start(small).post("/predict", body)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/json")
    assert reason in answer.json["error"]


def test_a_refusal_names_row_and_column_for_programs(start: Start, small: ScoringModel) -> None:
    """Row and column of a bad cell stand in fields of their own."""
    answer = start(small).post("/predict", [{"number": 1}, {"number": "x"}]).json
    assert (answer["row"], answer["column"]) == (1, "number")


def test_sizes_have_limits(start: Start, small: ScoringModel) -> None:
    """A body or a list beyond the limits is answered 413, announced or not, and the connection is closed."""
    client = start(small, max_body=1000, max_rows=10)
    assert client.post("/predict", [{"number": 1}] * 11).status == 413
    for headers in ({}, {"content-length": ""}):
        answer = client.post("/predict", b" " * 1001, headers)
        assert (answer.status, answer.headers["connection"]) == (413, "close")
        assert "larger than 1000 bytes" in answer.json["error"]


def test_a_compressed_body_is_refused_as_such(start: Start, small: ScoringModel) -> None:
    """Gzip is not guessed at: 415."""
    packed = gzip.compress(b'{"number": 1}')
    assert start(small).post("/predict", packed, {"content-encoding": "gzip"}).status == 415


def test_unknown_paths_models_and_methods_are_refused(start: Start, small: ScoringModel) -> None:
    """404 and 405 carry a reason too."""
    client = start(small)
    assert client.get("/nothing").json == {"error": "Not Found; /openapi.json lists paths and methods"}
    assert client.get("/predict").status == 405
    for answer in (client.get("/v2/models/other"), client.post("/v2/models/other/infer", {"inputs": []})):
        assert (answer.status, answer.json["error"]) == (404, "there is no model 'other' here; this server has 'm'")


def test_health_and_metadata_follow_the_protocol(start: Start, small: ScoringModel) -> None:
    """Live, ready, server and model metadata are the protocol's objects."""
    client = start(small)
    assert client.get("/v2/health/live").json == {"live": True}
    assert client.get("/v2/health/ready").status == 200
    assert set(client.get("/v2").json) == {"name", "version", "extensions"}
    assert client.get("/v2/models/m/ready").json == {"name": "m", "ready": True}
    metadata = client.get("/v2/models/m").json
    assert metadata["inputs"] == [{"name": "number", "datatype": "FP64", "shape": [-1, 1]}]
    assert [output["name"] for output in metadata["outputs"]] == ["variable", "unseen"]


def test_the_counters_count(start: Start) -> None:
    """/metrics has requests by route and status, times, rows, and the fingerprint, as Prometheus reads them."""
    model = random_model(0)
    row = records_of(model, random_rows(model, 1, 0))[0]
    client = start(model)
    client.post("/predict", [row] * 5)
    client.post("/predict", b"x")
    client.get("/v2/models/m")
    client.get("/nothing/at/all")
    page = client.get("/metrics")
    assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(page.body.decode())
        for sample in family.samples
    }
    assert found["triplicate_requests_total", "/predict", "200"] == 1
    assert found["triplicate_requests_total", "/predict", "400"] == 1
    assert found["triplicate_requests_total", "/v2/models/{model}", "200"] == 1
    assert found["triplicate_requests_total", "404", "other"] == 1
    assert found["triplicate_rows_scored_total",] == 5
    assert found["triplicate_request_seconds_count", "/predict"] == 2
    assert found["triplicate_requests_running",] == 1  # the one that reads this
    assert found["triplicate_model_info", *sorted((model.fingerprint, "m", "numpy"))] == 1


def test_the_description_has_the_model_s_columns(start: Start) -> None:
    """/openapi.json names every column of a record, and the routes that score."""
    model = random_model(3)
    described = start(model).get("/openapi.json").json
    record, _ = described["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
    assert record["required"] == list(model.row_names)
    assert {"/explain", "/v2/models/{model}/infer", "/metrics"} <= set(described["paths"])


def test_a_failure_of_ours_is_500_without_details(start: Start, small: ScoringModel) -> None:
    """An error that nobody expected is the server's fault, and its text stays in the log."""

    class Broken(NumpyEngine):
        broken = False

        def score(self, numbers: Any) -> Any:
            if self.broken:
                raise MemoryError("secret")
            return super().score(numbers)

    engine = Broken(Scorer(small))
    client = start(engine)
    engine.broken = True
    with pytest.raises(MemoryError):
        client.post("/predict", {"number": 1})
    engine.broken = False
    assert client.post("/predict", {"number": 1}).json["prediction"] == 3.0


def test_digits_survive(start: Start, small: ScoringModel) -> None:
    """A number's shortest digits that read back as itself are what the answer holds."""
    answer = start(small).post("/predict", b'{"number": 0.1}').body
    assert json.loads(answer)["prediction"] == 0.1 * 2.0 + 1.0

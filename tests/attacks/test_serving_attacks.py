"""Two hundred malformed bodies, and broken HTTP, against a server process: a reason each time, and it serves on."""

import json
import random
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from triplicate.runtime import RawRows, ScoringModel, save_model

from random_models import random_model, random_rows
from servers import served

ROUTES = ("/predict", "/explain", "/v2/models/m/infer")
BODIES = 200
SHORT = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{}"


@pytest.fixture(scope="module")
def model() -> ScoringModel:
    """Return a classifier with numbers and levels."""
    return random_model(0)


@pytest.fixture(scope="module")
def port(model: ScoringModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Return the port of a server that accepts small bodies."""
    path = tmp_path_factory.mktemp("serving") / "m.npz"
    save_model(model, path)
    with served(path, "--max-body", "200000", "--max-rows", "50") as (process, listening):
        yield listening
        assert process.poll() is None


def exchange(port: int, data: bytes, *, hang_up: bool = False) -> bytes:
    """Send bytes, and return everything that comes back until the server closes; `hang_up` ends our side first."""
    parts = []
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection, suppress(ConnectionError):
        connection.sendall(data)
        if hang_up:
            connection.shutdown(socket.SHUT_WR)
        while part := connection.recv(2**16):
            parts.append(part)
    return b"".join(parts)


def post(port: int, path: str, body: bytes) -> tuple[int, Any]:
    """Return status and JSON of a POST."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    answer = exchange(port, head.encode() + body)
    start, _, content = answer.partition(b"\r\n\r\n")
    return int(start.split(b" ", 2)[1]), json.loads(content)


def good_record(model: ScoringModel, seed: int = 0) -> dict[str, Any]:
    """Return a record that the model scores."""
    raw: RawRows = random_rows(model, 1, seed)
    cells = [column[0] for column in raw.cells]
    return {
        name: cell if isinstance(cell, str) or cell is None else (float(cell) if abs(cell) < 1e300 else None)
        for name, cell in zip(model.row_names, cells, strict=True)
    }


def mutated(draw: random.Random, good: bytes) -> bytes:
    """Return a body that is broken in one of many ways."""
    kind = draw.randrange(10)
    position = draw.randrange(len(good))
    match kind:
        case 0:
            return good[:position]
        case 1:
            return good[:position] + bytes([draw.randrange(256)]) + good[position + 1 :]
        case 2:
            return good[:position] + draw.randbytes(draw.randrange(1, 40)) + good[position:]
        case 3:
            return draw.randbytes(draw.randrange(200))
        case 4:
            return draw.choice([b"[", b"{", b'{"a":', b"[[", b'"']) * draw.randrange(1, 30_000)
        case 5:
            return good.replace(b"null", draw.choice([b"NaN", b"Infinity", b"-Infinity", b"1e999", b"{}", b"[]"]))
        case 6:
            return good.decode().encode(draw.choice(["utf-16", "utf-32"]))
        case 7:
            return b"[" + b",".join([good] * 60) + b"]"
        case 8:
            return json.dumps(
                draw.choice([None, 0, "", [], [[]], [None], {}, {"inputs": None}, {"inputs": {}}])
            ).encode()
        case _:
            value = draw.choice(["9" * 4000, '"\\ud800"', '"\\u0000"', "1" * 6000, "-0.0e-999", "true", '[{"a":1}]'])
            return good.replace(b":", b": " + value.encode() + b', "x":', draw.randrange(1, 3))


def test_two_hundred_malformed_bodies(port: int, model: ScoringModel) -> None:
    """Each is answered: 200 where it happens to be right, else 4xx with a reason; the server then scores as before."""
    draw = random.Random(1)  # noqa: S311 - repeatable, not secret
    good = good_record(model)
    inputs = [{"name": name, "shape": [1, 1], "datatype": "FP64", "data": [cell]} for name, cell in good.items()]
    bodies = {path: json.dumps({"inputs": inputs} if "infer" in path else good).encode() for path in ROUTES}
    before = post(port, "/predict", bodies["/predict"])
    assert before[0] == 200
    statuses = []
    for number in range(BODIES):
        path = ROUTES[number % len(ROUTES)]
        status, answer = post(port, path, mutated(draw, bodies[path]))
        assert status == 200 or (400 <= status < 500 and len(answer["error"]) > 10), (path, status, answer)
        assert len(json.dumps(answer)) < 5000 or status == 200
        statuses.append(status)
    assert statuses.count(200) < BODIES / 4
    assert post(port, "/predict", bodies["/predict"]) == before


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\xff\xfe garbage\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n{}",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n{}",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n{}",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b" " * 300_000,
        SHORT,
    ],
)
def test_broken_http_harms_nobody(port: int, model: ScoringModel, data: bytes) -> None:
    """A request that is no HTTP, announces a wrong length or ends early is refused; others are served meanwhile."""
    answer = exchange(port, data, hang_up=data is SHORT)
    assert answer == b"" or answer.split(b" ", 2)[1].startswith(b"4")
    assert post(port, "/predict", json.dumps(good_record(model)).encode())[0] == 200

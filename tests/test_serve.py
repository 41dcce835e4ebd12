"""`triplicate serve` as a process: it starts, says where, stops without losing an answer, and says what is wrong."""

import http.client
import json
import signal
import socket
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from triplicate import cli, load_scorer, save_model

from random_models import random_model
from servers import served


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a regression on numbers and levels."""
    path = tmp_path_factory.mktemp("serve") / "price.npz"
    save_model(random_model(2), path)
    return path


def record(model: Path) -> dict[str, None]:
    """Return a record of missing cells."""
    return dict.fromkeys(load_scorer(model).model.row_names)


class Caller(threading.Thread):
    """Sends one record after the other on a connection of its own until the server is gone."""

    def __init__(self, port: int, body: str) -> None:
        super().__init__()
        self.port, self.body = port, body
        self.answers: set[bytes] = set()
        self.count = self.broken = 0

    def run(self) -> None:
        """Call; an answer that ends in the middle is broken, a connection that ends before it is not."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            while True:
                try:
                    connection.request("POST", "/predict", self.body)
                    response = connection.getresponse()
                except (OSError, http.client.BadStatusLine):
                    return
                with response:
                    try:
                        self.answers.add(response.read())
                    except (OSError, http.client.HTTPException):
                        self.broken += 1
                        return
                self.count += 1


def test_it_stops_under_load_with_whole_answers(model: Path) -> None:
    """It has the file's name; after SIGTERM in the middle of a load no answer is broken, and the exit code is 0."""
    with served(model) as (process, port):
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as metadata:
            metadata.request("GET", "/v2/models/price")
            assert json.loads(metadata.getresponse().read())["name"] == "price"
        callers = [Caller(port, json.dumps(record(model))) for _ in range(8)]
        for caller in callers:
            caller.start()
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        for caller in callers:
            caller.join(timeout=20)
        assert process.stdout is not None
        assert process.stdout.read() == "stopped\n"
    assert sum(caller.broken for caller in callers) == 0
    assert min(caller.count for caller in callers) > 0
    (answer,) = set().union(*(caller.answers for caller in callers))
    assert json.loads(answer)["prediction"] == load_scorer(model).score([record(model)]).values[0]


def begin(port: int, body: bytes) -> socket.socket:
    """Send a request but for the end of its body."""
    client = socket.create_connection(("127.0.0.1", port), timeout=20)
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    client.sendall(head + body[:-5])
    return client


def test_what_is_under_way_is_answered_after_the_signal(model: Path) -> None:
    """After SIGINT connections are refused, a body that comes to its end is scored, one that does not is given up."""
    body = json.dumps(record(model)).encode()
    onnx = ("--engine", "onnx", "--stop-seconds", "3")
    with served(model, *onnx) as (process, port), begin(port, body) as slow, begin(port, body) as hanging:
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
            except ConnectionError:
                break
            time.sleep(0.02)
        else:
            pytest.fail("the server went on to accept connections")
        slow.sendall(body[-5:])
        response = http.client.HTTPResponse(slow)
        response.begin()
        answer = json.loads(response.read())
        assert process.wait(timeout=20) == 0
        assert not hanging.recv(2**16).startswith(b"HTTP/1.1 2")
    wanted = load_scorer(model).score([record(model)]).values[0]
    assert answer["prediction"] == pytest.approx(wanted, rel=1e-12)


def run(monkeypatch: pytest.MonkeyPatch, *words: str | Path) -> int:
    """Return the exit code of the command line in this process."""
    monkeypatch.setattr(sys, "argv", ["triplicate", "serve", *map(str, words)])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    return int(stopped.value.code or 0)


def test_a_taken_port_is_said(model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An address that is in use is one line that names it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run(monkeypatch, model, "--port", str(port)) == 2
    assert f"cannot listen on 127.0.0.1, port {port} (Address already in use)" in capsys.readouterr().err


def test_a_missing_extra_is_named(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without FastAPI the command says what to install."""
    monkeypatch.setattr("triplicate.cli_serve.find_spec", lambda name: None if name == "fastapi" else name)
    assert run(monkeypatch, model) == 2
    assert capsys.readouterr().err == "error: serve needs fastapi: pip install 'triplicate[serve]'\n"


def test_a_missing_file_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A model file that is not there is one line."""
    assert run(monkeypatch, "nowhere.npz") == 2
    assert capsys.readouterr().err.startswith("error: nowhere.npz")

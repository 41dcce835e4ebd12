"""Servers for tests: an application called without a network, and a process that listens on 127.0.0.1."""

import asyncio
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Scope

__all__ = ["Answer", "Client", "served"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: its status, headers (lower case) and body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Client:
    """Calls an ASGI application in an event loop of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._runner = asyncio.Runner()

    def close(self) -> None:
        """End the event loop."""
        self._runner.close()

    def get(self, path: str) -> Answer:
        """Send a GET."""
        return self._runner.run(self._ask("GET", path, b"", {}))

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Answer:
        """Send a POST of bytes as they are, or of a value as JSON."""
        return self.together([(path, body)], headers)[0]

    def together(self, requests: list[tuple[str, Any]], headers: dict[str, str] | None = None) -> list[Answer]:
        """Send several POSTs that are ready in the same turn of the event loop."""

        async def all_of_them() -> list[Answer]:
            return list(await asyncio.gather(*(self._post(path, body, headers or {}) for path, body in requests)))

        return self._runner.run(all_of_them())

    async def _post(self, path: str, body: Any, headers: dict[str, str]) -> Answer:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self._ask("POST", path, content, {"content-length": str(len(content)), **headers})

    async def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        sent: list[Message] = []
        unread = [body]

        async def receive() -> Message:
            if not unread:
                await asyncio.sleep(3600)
            return {"type": "http.request", "body": unread.pop(), "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        named = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], named, b"".join(message.get("body", b"") for message in sent[1:]))


@contextmanager
def served(model: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run `triplicate serve` on a free port of 127.0.0.1; give the process and the port once it listens."""
    command = [sys.executable, "-m", "triplicate", "serve", str(model), "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", process.stdout.readline())
            assert found is not None, "the server did not start"
            yield process, int(found[1])
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()

"""A server process: uvicorn around the application, stopped by a signal without losing an answer."""

import asyncio
import gc
import logging
import os
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from triplicate.runtime.errors import ToolError
from triplicate.serving.app import create_app
from triplicate.serving.engines import Engine
from triplicate.serving.settings import Settings

__all__ = ["run_server"]

BACKLOG = 2048


class _Server(uvicorn.Server):
    """Ends with exit code 0 after a signal: uvicorn would raise it again once everything is answered."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop accepting connections; a second signal ends what is still under way."""
        del sig, frame
        self.force_exit, self.should_exit = self.should_exit, True


def run_server(
    engine: Engine,
    name: str,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    settings: Settings | None = None,
    started: Callable[[str], None] | None = None,
) -> None:
    """Serve the engine's model until SIGTERM or SIGINT, then answer what is under way, and return.

    `port` 0 takes a free one. `started` is called with the address once the server listens. ToolError when the
    address cannot be used.
    """
    settings = settings or Settings()
    app = create_app(engine, name, settings)
    listening = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    config = uvicorn.Config(
        app,
        access_log=False,
        log_level=logging.WARNING,
        lifespan="off",
        server_header=False,
        limit_concurrency=settings.max_connections,
        timeout_graceful_shutdown=max(1, round(settings.stop_seconds)),
        ws="none",
        proxy_headers=False,
    )
    gc.collect()
    gc.freeze()  # what is loaded now stays: later collections, which stop everything, leave it alone
    with listening:
        if started is not None:
            started(f"http://{shown}:{listening.getsockname()[1]}")
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(_Server(config).serve([listening]))


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; connections wait in it from here on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as reason:
        number = getattr(reason, "errno", None)
        problem = os.strerror(number) if number and number > 0 else reason  # its own text repeats the address
        raise ToolError(
            f"cannot listen on {host}, port {port} ({problem}); choose another with --host, --port"
        ) from reason

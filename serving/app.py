"""The application: routes, and what becomes of a request."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any, TypeVar

import anyio.to_thread
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp

from triplicate.runtime.errors import RequestError, RowError
from triplicate.serving.answers import record_answers
from triplicate.serving.batcher import THREADS, Batcher
from triplicate.serving.body import LARGE_BODY, announced_length, parse_json, read_body
from triplicate.serving.columns_of_cells import UNPROCESSABLE, CellColumns
from triplicate.serving.engines import Engine
from triplicate.serving.explanation import explain
from triplicate.serving.inference_protocol import InferenceProtocol
from triplicate.serving.measures import CONTENT_TYPE, Measures, MeasuringApp
from triplicate.serving.openapi import describe_posts
from triplicate.serving.page_of_model import PAGE_HEADERS, page_file, page_html
from triplicate.serving.record_reader import RecordReader
from triplicate.serving.settings import Settings

__all__ = ["create_app"]

BAD_REQUEST, NOT_FOUND, TOO_LARGE, TIMED_OUT = 400, 404, 413, 408
LARGEST_UNDER_WAY = 2  # large requests that are read and answered at once: their parsed rows take memory
Result = TypeVar("Result")


def create_app(engine: Engine, name: str, settings: Settings | None = None) -> ASGIApp:
    """Return an ASGI application that serves the engine's model under this name.

    It scores once before it returns, so that the first request finds everything compiled and loaded.
    """
    service = _Service(engine, name, settings or Settings())
    service.warm_up()
    app = FastAPI(title=name, version=version("triplicate"), docs_url=None, redoc_url=None)
    posts = service.posts()
    # Plain routes, and first: what FastAPI does to find a handler's arguments takes longer than scoring a row.
    app.router.routes[:0] = [Route(path, answer, methods=["POST"]) for path, answer in posts.items()]
    gets = service.gets()
    for path, answer in gets.items():
        app.add_api_route(path, answer, methods=["GET"], response_class=Response)
    describe_posts(app, engine.model, posts)
    app.add_exception_handler(RequestError, _refused)
    app.add_exception_handler(RowError, _refused)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _failed)
    return MeasuringApp(app, service.measures, {answer: path for path, answer in (*gets.items(), *posts.items())})


class _Service:
    """One model, its engine and counters, and the answers to all routes."""

    def __init__(self, engine: Engine, name: str, settings: Settings) -> None:
        self._engine, self._name, self._settings = engine, name, settings
        self._records = RecordReader(engine.model, settings)
        self._protocol = InferenceProtocol(engine.model, name, settings)
        self._batcher = Batcher(engine)
        self._threads = anyio.CapacityLimiter(THREADS)
        self._turns = asyncio.Semaphore(LARGEST_UNDER_WAY)
        self._page = page_html(engine.model, name, engine.name)
        self.measures = Measures(name, engine.model.fingerprint, engine.name)

    def warm_up(self) -> None:
        """Score a row of missing cells, with an offset of 0 where there is one."""
        model = self._engine.model
        row = dict.fromkeys(model.row_names) | ({} if model.offset is None else {model.offset: 0.0})
        explain(self._engine, self._records.read([row]))

    def gets(self) -> dict[str, Callable[..., Any]]:
        """Return the answers to GET by path."""
        model, health = "/v2/models/{model}", "/v2/health"
        return {
            "/": self.page,
            "/page.css": self.style,
            "/page.js": self.script,
            "/metrics": self.metrics,
            "/v2": self.server_metadata,
            f"{health}/live": self.live,
            f"{health}/ready": self.ready,
            model: self.model_metadata,
            f"{model}/ready": self.model_ready,
        }

    def posts(self) -> dict[str, Callable[..., Any]]:
        """Return the answers to POST by path, those asked most often first."""
        return {"/predict": self.predict, "/v2/models/{model}/infer": self.infer, "/explain": self.explain}

    async def predict(self, request: Request) -> Response:
        """Score one record (an object) or several (a list of objects); the answer has the same shape."""
        async with self._turn(request):
            body = await read_body(request, self._settings)
            large = len(body) > LARGE_BODY

            def read() -> tuple[bool, int, CellColumns]:
                value = parse_json(body)
                if not isinstance(value, list | dict):
                    raise RequestError("the body must be a record (an object) or a list of records", BAD_REQUEST)
                records = value if isinstance(value, list) else [value]
                return isinstance(value, dict), len(records), self._records.read(records)

            single, rows, cells = await self._run(large, read)
            scored = await self._batcher.score(cells, rows)
            self.measures.scored(scored.scores)

            def write() -> bytes:
                answers = record_answers(scored)
                return _json(answers[0] if single else answers)

            return _json_response(await self._run(large, write))

    async def infer(self, request: Request) -> Response:
        """Score input tensors; the outputs are those of the exported ONNX graph."""
        self._check_name(request.path_params["model"])
        async with self._turn(request):
            body = await read_body(request, self._settings)
            large = len(body) > LARGE_BODY

            def read() -> tuple[dict[str, Any], CellColumns, int]:
                asked = parse_json(body)
                cells, rows = self._protocol.read(asked)
                return asked, cells, rows

            asked, cells, rows = await self._run(large, read)
            scored = await self._batcher.score(cells, rows)
            self.measures.scored(scored.scores)
            content = await self._run(large, lambda: _json(self._protocol.response(asked, scored.scores)))
            return _json_response(content)

    async def explain(self, request: Request) -> Response:
        """Score one record, and say what each of its columns does to the prediction."""
        body = await read_body(request, self._settings)
        record = parse_json(body)
        if not isinstance(record, dict):
            raise RequestError("the body must be one record, an object", BAD_REQUEST)
        cells = self._records.read([record])
        answer = await self._run(True, lambda: explain(self._engine, cells))
        return _json_response(_json(answer))

    async def page(self) -> Response:
        """Return the page."""
        return Response(self._page, media_type="text/html; charset=utf-8", headers=PAGE_HEADERS)

    async def style(self) -> Response:
        """Return the page's style sheet."""
        return Response(page_file("page.css"), media_type="text/css; charset=utf-8", headers=PAGE_HEADERS)

    async def script(self) -> Response:
        """Return the page's script."""
        return Response(page_file("page.js"), media_type="text/javascript; charset=utf-8", headers=PAGE_HEADERS)

    async def metrics(self) -> Response:
        """Return the counters for Prometheus."""
        return Response(self.measures.text(), headers={"content-type": CONTENT_TYPE})

    async def server_metadata(self) -> Response:
        """Say what server this is."""
        return _json_response(_json({"name": "triplicate", "version": version("triplicate"), "extensions": []}))

    async def live(self) -> Response:
        """Say that the server runs."""
        return _json_response(_json({"live": True}))

    async def ready(self) -> Response:
        """Say that the model is loaded: the server listens only once it has scored."""
        return _json_response(_json({"live": True, "ready": True}))

    async def model_metadata(self, model: str) -> Response:
        """Return the model's tensors."""
        self._check_name(model)
        platform = {"numpy": "triplicate", "onnx": "onnxruntime_onnx"}[self._engine.name]
        return _json_response(_json(self._protocol.metadata(platform)))

    async def model_ready(self, model: str) -> Response:
        """Say that the model is loaded."""
        self._check_name(model)
        return _json_response(_json({"name": self._name, "ready": True}))

    def _check_name(self, model: str) -> None:
        if model != self._name:
            raise RequestError(f"there is no model {model[:100]!r} here; this server has {self._name!r}", NOT_FOUND)

    @asynccontextmanager
    async def _turn(self, request: Request) -> AsyncIterator[None]:
        """Let a large request wait until few others are under way; small ones go through."""
        length = announced_length(request)
        if length is not None and length <= LARGE_BODY:
            yield
            return
        async with self._turns:
            yield

    async def _run(self, beside: bool, work: Callable[[], Result]) -> Result:
        """Do the work now, or beside the event loop where it takes long."""
        return await anyio.to_thread.run_sync(work, limiter=self._threads) if beside else work()


def _json(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii")


def _json_response(content: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(content, status_code=status, media_type="application/json", headers=headers)


async def _refused(_: Request, reason: Exception) -> Response:
    """Answer with the reason, and with row and column where they are known."""
    status = UNPROCESSABLE
    headers: dict[str, str] = {}
    answer: dict[str, Any] = {"error": str(reason)}
    if isinstance(reason, RequestError):
        status = reason.status
        where = {"row": reason.row, "column": reason.column}
        answer |= {name: value for name, value in where.items() if value is not None}
        if status in (TOO_LARGE, TIMED_OUT):
            headers["connection"] = "close"  # the rest of the body is not worth reading
    elif isinstance(reason, HTTPException):
        status, answer = reason.status_code, {"error": f"{reason.detail}; /openapi.json lists paths and methods"}
        headers |= reason.headers or {}
    return _json_response(_json(answer), status, headers)


async def _failed(_: Request, reason: Exception) -> Response:
    """Answer that the fault is the server's; the log has the traceback."""
    return _json_response(_json({"error": f"the server failed ({type(reason).__name__}); its log says why"}), 500)

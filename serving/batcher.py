"""Requests that arrive together are scored together: the fixed cost of a call is shared, and nobody waits for others.

Small requests that became ready in one turn of the event loop are one call of the engine at the end of that turn.
Large ones go to a thread, two at a time.
"""

import asyncio

import anyio
import anyio.to_thread

from triplicate.runtime.errors import RowError
from triplicate.serving.columns_of_cells import CellColumns
from triplicate.serving.engines import Engine
from triplicate.serving.scored import Scored, score_cells

__all__ = ["THREADS", "Batcher"]

SMALL_WORK = 2_000_000  # products of a row and a weight: about a millisecond of exact arithmetic
THREADS = 2
Waiting = tuple[CellColumns, int, "asyncio.Future[Scored]"]


class Batcher:
    """Scores the rows of many requests with one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        model = engine.model
        weights = sum(layer.weights.size for layer in model.layers)
        self._small_rows = max(1, min(256, SMALL_WORK // max(1, weights)))
        self._waiting: list[Waiting] = []
        self._threads = anyio.CapacityLimiter(THREADS)

    async def score(self, cells: CellColumns, rows: int) -> Scored:
        """Return the scores of one request's rows; RowError when one of them cannot be scored."""
        if rows > self._small_rows:
            return await anyio.to_thread.run_sync(self._score, [cells], rows, limiter=self._threads)
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._score_waiting)
        future: asyncio.Future[Scored] = loop.create_future()
        self._waiting.append((cells, rows, future))
        return await future

    def _score(self, parts: list[CellColumns], rows: int) -> Scored:
        return score_cells(self._engine, parts, rows)

    def _score_waiting(self) -> None:
        """Score everything that waits; where one request's row is refused, the others are scored without it."""
        waiting, self._waiting = self._waiting, []
        try:
            scored = self._score([cells for cells, _, _ in waiting], sum(rows for _, rows, _ in waiting))
        except Exception as reason:  # noqa: BLE001 - whatever it is belongs to those who wait
            if len(waiting) > 1 and isinstance(reason, RowError):
                for one in waiting:
                    self._score_alone(one)
            else:
                for _, _, future in waiting:
                    _fail(future, reason)
            return
        start = 0
        for _, rows, future in waiting:
            if not future.done():
                future.set_result(scored.part(start, start + rows))
            start += rows

    def _score_alone(self, one: Waiting) -> None:
        cells, rows, future = one
        try:
            scored = self._score([cells], rows)
        except Exception as reason:  # noqa: BLE001 - handed to the one who waits
            _fail(future, reason)
        else:
            if not future.done():
                future.set_result(scored)


def _fail(future: "asyncio.Future[Scored]", reason: Exception) -> None:
    if not future.done():  # a client that went away has cancelled it
        future.set_exception(reason)

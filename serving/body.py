"""The body of a request: read within limits, and as JSON that means one thing."""

import asyncio
import json
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request

from triplicate.runtime.errors import RequestError
from triplicate.serving.settings import Settings

__all__ = ["LARGE_BODY", "announced_length", "parse_json", "read_body"]

BAD_REQUEST, TIMED_OUT, TOO_LARGE, UNSUPPORTED = 400, 408, 413, 415
LARGE_BODY = 2**16  # bytes; a larger one is parsed and scored beside the event loop, and waits for its turn


def announced_length(request: Request) -> int | None:
    """Return the length that the request's header announces, None where it comes in chunks."""
    text = request.headers.get("content-length")
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 20 else None


async def read_body(request: Request, settings: Settings) -> bytes:
    """Return the body; RequestError when it is too large, too slow, compressed, or does not come whole."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise RequestError("a compressed body is not read: send it as it is", UNSUPPORTED)
    if "inference-header-content-length" in request.headers:
        raise RequestError("binary tensors are not read: send the data as JSON", UNSUPPORTED)
    _check_length(announced_length(request) or 0, settings)
    parts: list[bytes] = []
    length = 0
    try:
        async with asyncio.timeout(settings.body_seconds):
            async for part in request.stream():
                length += len(part)
                _check_length(length, settings)
                parts.append(part)
    except TimeoutError:
        raise RequestError(f"the body did not come within {settings.body_seconds:g} s", TIMED_OUT) from None
    except ClientDisconnect:
        raise RequestError("the connection ended before the body did", BAD_REQUEST) from None
    return b"".join(parts)


def _check_length(length: int, settings: Settings) -> None:
    if length > settings.max_body:
        raise RequestError(f"the body is larger than {settings.max_body} bytes; send fewer rows", TOO_LARGE)


def parse_json(body: bytes) -> Any:
    """Return the value of a JSON text in UTF-8; RequestError says where it goes wrong."""
    try:
        return DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError as reason:
        raise RequestError(f"the body is not UTF-8 text (byte {reason.start})", BAD_REQUEST) from reason
    except json.JSONDecodeError as reason:
        where = f"line {reason.lineno}, column {reason.colno}"
        raise RequestError(f"the body is not JSON: {reason.msg} ({where})", BAD_REQUEST) from reason
    except RecursionError as reason:
        raise RequestError("the body's JSON is nested too deeply", BAD_REQUEST) from reason
    except RequestError:
        raise
    except ValueError as reason:  # Python converts no integer of more than 4300 digits
        raise RequestError("the body holds an integer of too many digits", BAD_REQUEST) from reason


def _no_constant(name: str) -> NoReturn:
    raise RequestError(f"{name} is not JSON; null stands for a missing number", BAD_REQUEST)


DECODER = json.JSONDecoder(parse_constant=_no_constant)

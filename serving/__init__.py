"""A model behind HTTP: the Open Inference Protocol, plain JSON records, metrics, and a page to try it.

Needs the extra [serve] (FastAPI, uvicorn, prometheus-client). Names are loaded when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from triplicate.serving.app import create_app
    from triplicate.serving.engines import Engine, NumpyEngine, OnnxEngine
    from triplicate.serving.server import run_server
    from triplicate.serving.settings import Settings

__all__ = ["Engine", "NumpyEngine", "OnnxEngine", "Settings", "create_app", "run_server"]

HOMES = {
    "Engine": "triplicate.serving.engines",
    "NumpyEngine": "triplicate.serving.engines",
    "OnnxEngine": "triplicate.serving.engines",
    "Settings": "triplicate.serving.settings",
    "create_app": "triplicate.serving.app",
    "run_server": "triplicate.serving.server",
}


def __getattr__(name: str) -> Any:
    """Import the module that holds the name, on first use."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)

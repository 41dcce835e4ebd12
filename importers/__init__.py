"""From other systems' models to a ScoringModel, which then has everything: Java, ONNX, verify.

The names are loaded when they are first used, so that reading one kind of file imports no other kind's library.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from triplicate.importers.mojo_reader import mojo
    from triplicate.importers.onnx_model import onnx_dense
    from triplicate.importers.sklearn_model import sklearn_pipeline
    from triplicate.importers.weight_frames import h2o_weights

__all__ = ["h2o_weights", "mojo", "onnx_dense", "sklearn_pipeline"]

HOMES = {
    "h2o_weights": "triplicate.importers.weight_frames",
    "mojo": "triplicate.importers.mojo_reader",
    "onnx_dense": "triplicate.importers.onnx_model",
    "sklearn_pipeline": "triplicate.importers.sklearn_model",
}


def __getattr__(name: str) -> Any:
    """Import the module that holds the name, on first use."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)

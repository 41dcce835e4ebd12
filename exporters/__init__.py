"""From a ScoringModel to the files of other worlds: Java source, Maven projects, ONNX graphs, H2O's MOJOs.

The names are loaded when they are first used, so that writing Java does not import onnx.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from triplicate.exporters.java_source import export_java
    from triplicate.exporters.maven_project import export_maven
    from triplicate.exporters.mojo_file import export_mojo
    from triplicate.exporters.onnx_export import export_onnx

__all__ = ["export_java", "export_maven", "export_mojo", "export_onnx"]

HOMES = {
    "export_java": "triplicate.exporters.java_source",
    "export_maven": "triplicate.exporters.maven_project",
    "export_mojo": "triplicate.exporters.mojo_file",
    "export_onnx": "triplicate.exporters.onnx_export",
}


def __getattr__(name: str) -> Any:
    """Import the module that holds the name, on first use."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)

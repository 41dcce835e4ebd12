"""From a ScoringModel to the files of other worlds: Java, Maven projects, ONNX, MOJOs, folders for Triton and MLflow.

The names are loaded when they are first used, so that writing Java does not import onnx.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from triplicate.exporters.java_source import export_java
    from triplicate.exporters.maven_project import export_maven
    from triplicate.exporters.mlflow_model import export_mlflow
    from triplicate.exporters.mojo_file import export_mojo
    from triplicate.exporters.onnx_export import export_onnx
    from triplicate.exporters.triton_repository import export_triton

__all__ = ["export_java", "export_maven", "export_mlflow", "export_mojo", "export_onnx", "export_triton"]

HOMES = {
    "export_java": "triplicate.exporters.java_source",
    "export_maven": "triplicate.exporters.maven_project",
    "export_mlflow": "triplicate.exporters.mlflow_model",
    "export_mojo": "triplicate.exporters.mojo_file",
    "export_onnx": "triplicate.exporters.onnx_export",
    "export_triton": "triplicate.exporters.triton_repository",
}


def __getattr__(name: str) -> Any:
    """Import the module that holds the name, on first use."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)

"""An MLflow model: a folder that mlflow.pyfunc loads, with a signature; written without MLflow, and without pickles."""

import json
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from triplicate.runtime.atomic_folder import write_folder
from triplicate.runtime.columns import Categorical
from triplicate.runtime.errors import ExportError
from triplicate.runtime.heads import Classification, LabelType, Reconstruction
from triplicate.runtime.model_file import save_model
from triplicate.runtime.prediction_table import prediction_names
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["LOADER", "export_mlflow", "mlflow_signature"]

LOADER = "triplicate.mlflow_flavour"
MODEL_FILE = "model.npz"
LABELS = {LabelType.STRING: "string", LabelType.INTEGER: "long", LabelType.BOOLEAN: "boolean"}


def export_mlflow(model: ScoringModel, folder: str | Path) -> Path:
    """Write an MLflow model into a new or empty folder; return the folder.

    It holds the model file, MLmodel with the signature, and the requirements (this package, in this version). MLflow
    calls the module `triplicate.mlflow_flavour` to load it: nothing in the folder is executed. Raises ExportError when
    the folder holds something already or cannot be written.
    """
    python, package = platform.python_version(), f"triplicate=={version('triplicate')}"
    files: dict[str, bytes | Callable[[Path], object]] = {
        "MLmodel": _mlmodel(model, python).encode("ascii"),
        "requirements.txt": f"{package}\n".encode("ascii"),
        "python_env.yaml": f"python: {python}\ndependencies:\n- -r requirements.txt\n".encode("ascii"),
        "conda.yaml": (
            f"name: mlflow-env\nchannels:\n- conda-forge\ndependencies:\n- python={python}\n- pip\n- pip:\n"
            f"  - {package}\n"
        ).encode("ascii"),
        MODEL_FILE: lambda path: save_model(model, path),
    }
    return write_folder(folder, files, ExportError)


def mlflow_signature(model: ScoringModel) -> dict[str, str]:
    """Return inputs and outputs as MLflow writes them: JSON texts of columns with their types."""
    inputs = [
        {"type": "string" if isinstance(column, Categorical) else "double", "name": name, "required": True}
        for name, column in zip(model.row_names, (*model.columns, None), strict=False)
    ]
    outputs: list[dict[str, Any]] = [
        {"type": "double", "name": name, "required": True} for name in prediction_names(model)
    ]
    if isinstance(model.head, Classification):
        outputs[0]["type"] = LABELS[model.head.label_type]
    if isinstance(model.head, Reconstruction):
        outputs[1]["type"] = "boolean"
    return {"inputs": json.dumps(inputs), "outputs": json.dumps(outputs)}


def _mlmodel(model: ScoringModel, python: str) -> str:
    """Return the file MLmodel: YAML, its texts in JSON's quotes, of which YAML has the same."""
    signature = mlflow_signature(model)
    return (
        "flavors:\n"
        "  python_function:\n"
        f"    data: {MODEL_FILE}\n"
        "    env:\n"
        "      conda: conda.yaml\n"
        "      virtualenv: python_env.yaml\n"
        f"    loader_module: {LOADER}\n"
        f"    python_version: {python}\n"
        "metadata:\n"
        f"  triplicate_fingerprint: {json.dumps(model.fingerprint)}\n"
        f"model_uuid: {json.dumps(model.fingerprint[:32])}\n"
        "signature:\n"
        f"  inputs: {json.dumps(signature['inputs'])}\n"
        f"  outputs: {json.dumps(signature['outputs'])}\n"
        "  params: null\n"
    )

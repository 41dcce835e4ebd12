"""Train a neural net on a table once; carry it as Python, one plain Java class and ONNX that agree.

Names are loaded when they are first used, so that `import triplicate` is quick and scoring never pulls in
what only training or exporting needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from triplicate import importers
    from triplicate.estimators import AutoEncoderEstimator, DeepLearningEstimator
    from triplicate.exporters import (
        export_java,
        export_maven,
        export_mlflow,
        export_mojo,
        export_onnx,
        export_triton,
    )
    from triplicate.parity_report import ParityReport
    from triplicate.runtime import Scorer, Scores, ScoringModel, save_model
    from triplicate.runtime.errors import TriplicateError
    from triplicate.runtime.model_file import load_model
    from triplicate.scoring import load_scorer, scorer
    from triplicate.sklearn_estimators import AutoEncoderDetector, DeepLearningClassifier, DeepLearningRegressor
    from triplicate.trainer import GridSearch
    from triplicate.trainer.team import set_threads
    from triplicate.verification import verify

_HOMES = {
    "AutoEncoderDetector": "triplicate.sklearn_estimators",
    "AutoEncoderEstimator": "triplicate.estimators",
    "DeepLearningClassifier": "triplicate.sklearn_estimators",
    "DeepLearningEstimator": "triplicate.estimators",
    "DeepLearningRegressor": "triplicate.sklearn_estimators",
    "GridSearch": "triplicate.trainer",
    "ParityReport": "triplicate.parity_report",
    "Scorer": "triplicate.runtime",
    "Scores": "triplicate.runtime",
    "ScoringModel": "triplicate.runtime",
    "TriplicateError": "triplicate.runtime.errors",
    "export_java": "triplicate.exporters",
    "export_maven": "triplicate.exporters",
    "export_mlflow": "triplicate.exporters",
    "export_mojo": "triplicate.exporters",
    "export_onnx": "triplicate.exporters",
    "export_triton": "triplicate.exporters",
    "load_model": "triplicate.runtime.model_file",
    "load_scorer": "triplicate.scoring",
    "save_model": "triplicate.runtime",
    "scorer": "triplicate.scoring",
    "set_threads": "triplicate.trainer.team",
    "verify": "triplicate.verification",
}

__all__ = [
    "AutoEncoderDetector",
    "AutoEncoderEstimator",
    "DeepLearningClassifier",
    "DeepLearningEstimator",
    "DeepLearningRegressor",
    "GridSearch",
    "ParityReport",
    "Scorer",
    "Scores",
    "ScoringModel",
    "TriplicateError",
    "__version__",
    "export_java",
    "export_maven",
    "export_mlflow",
    "export_mojo",
    "export_onnx",
    "export_triton",
    "importers",
    "load_model",
    "load_scorer",
    "save_model",
    "scorer",
    "set_threads",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name == "importers":
        return import_module("triplicate.importers")
    raise AttributeError(f"module 'triplicate' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

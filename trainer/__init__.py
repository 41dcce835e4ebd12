"""Everything that learns: from a table and parameters to a ScoringModel.

The names are loaded when they are first used, so that a command that does not train loads no table library.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from triplicate.trainer.estimator import AutoEncoderEstimator, DeepLearningEstimator
    from triplicate.trainer.grid_search import GridSearch

__all__ = ["AutoEncoderEstimator", "DeepLearningEstimator", "GridSearch"]

HOMES = {
    "AutoEncoderEstimator": "triplicate.trainer.estimator",
    "DeepLearningEstimator": "triplicate.trainer.estimator",
    "GridSearch": "triplicate.trainer.grid_search",
}


def __getattr__(name: str) -> Any:
    """Import the module that holds the name, on first use."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)

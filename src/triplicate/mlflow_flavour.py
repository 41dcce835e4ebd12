"""What MLflow calls to load and score a model that `triplicate export --mlflow` wrote."""

from pathlib import Path
from typing import Any

import pandas as pd

from triplicate.runtime import Scorer
from triplicate.runtime.prediction_table import prediction_columns
from triplicate.scoring import load_scorer

__all__ = ["PyfuncModel"]


class PyfuncModel:
    """The predictions of a model as MLflow's pyfunc models give them."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return the columns of `triplicate predict` for a DataFrame (or other rows); there are no parameters."""
        del params
        scores = self.scorer.score(model_input)
        index = model_input.index if isinstance(model_input, pd.DataFrame) else None
        return pd.DataFrame(dict(prediction_columns(scores)), index=index)


def _load_pyfunc(path: str | Path) -> PyfuncModel:
    """Open the model file at this path: MLflow's entry into a loader module."""
    return PyfuncModel(load_scorer(path))

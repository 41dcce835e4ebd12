"""H2OGridSearch: Triplicate's grid search behind H2O's names and order of arguments."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from triplicate.h2o.registry import register_grid
from triplicate.trainer.estimator import DeepLearningEstimator
from triplicate.trainer.grid_search import GridSearch

__all__ = ["H2OGridSearch"]


class H2OGridSearch(GridSearch):
    """A search over lists of parameters; iterating over it gives the models, best first (docs/grid-search.md).

    `parallelism` has no effect: models are trained one after the other.
    """

    def __init__(
        self,
        model: type[DeepLearningEstimator] | DeepLearningEstimator,
        hyper_params: Mapping[str, Any],
        grid_id: str | None = None,
        search_criteria: Mapping[str, Any] | None = None,
        export_checkpoints_dir: str | None = None,
        recovery_dir: str | Path | None = None,
        parallelism: int = 1,
    ) -> None:
        del parallelism
        super().__init__(model, hyper_params, search_criteria, grid_id, recovery_dir, export_checkpoints_dir)

    def train(self, x: Any = None, y: Any = None, training_frame: Any = None, **more: Any) -> Self:
        """Train the models with the arguments that they share; `h2o.get_grid(grid_id)` finds the grid then."""
        super().train(x, y, training_frame, **more)
        register_grid(self.grid_id, self)
        return self

    def show(self) -> None:
        """Print the models, best first."""
        sys.stdout.write(f"{self!r}\n")

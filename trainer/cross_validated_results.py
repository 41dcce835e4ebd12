"""What an estimator says about its cross-validation; each getter names the parameter that keeps what it returns."""

import copy
from typing import Self

import pandas as pd

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.build_model import TrainedModel
from triplicate.trainer.cross_validation import CrossValidation, require_kept

__all__ = ["CrossValidatedResults"]


class CrossValidatedResults:
    """The getters of cross-validation, for estimators."""

    _trained: TrainedModel | None
    _cross_validation: CrossValidation | None

    def is_cross_validated(self) -> bool:
        """Tell whether the model was trained with folds."""
        return self._cross_validation is not None

    @property
    def cross_validation(self) -> CrossValidation:
        """Everything the folds gave; ParameterError when there were none."""
        if self._cross_validation is None:
            raise ParameterError("there was no cross-validation: train with nfolds or fold_column")
        return self._cross_validation

    def cross_validation_models(self) -> list[Self]:
        """Return the folds' models as estimators; their validation metrics are those of the held out rows."""
        models = []
        for trained in require_kept(self.cross_validation.models, "keep_cross_validation_models"):
            one = copy.copy(self)
            vars(one).update(_trained=trained, _cross_validation=None)
            models.append(one)
        return models

    def cross_validation_predictions(self) -> list[pd.DataFrame]:
        """Return, fold by fold, what its model predicts for the rows it did not see, with their index."""
        return list(require_kept(self.cross_validation.predictions, "keep_cross_validation_predictions"))

    def cross_validation_holdout_predictions(self) -> pd.DataFrame:
        """Return for each row of the training frame what the model that did not see it predicts."""
        kept: pd.DataFrame = require_kept(self.cross_validation.held_out, "keep_cross_validation_predictions")
        return kept

    def cross_validation_fold_assignment(self) -> pd.DataFrame:
        """Return each row's fold, from 0, in the column `fold_assignment`."""
        kept: pd.DataFrame = require_kept(self.cross_validation.assignment, "keep_cross_validation_fold_assignment")
        return kept

    def cross_validation_metrics_summary(self) -> pd.DataFrame:
        """Return a row per metric: mean, sd, and each fold's value on the rows it held out (cv_1_valid …)."""
        return self.cross_validation.summary()

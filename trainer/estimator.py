"""The estimators: parameters in, `train`, then predictions, metrics and the ScoringModel out."""

from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from triplicate.runtime.errors import ParameterError
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.trainer.build_model import TrainedModel, build_model, label_rule, with_anomaly_share
from triplicate.trainer.checkpoint import continued_parameters, find_restart, remember
from triplicate.trainer.compile_aside import compile_ahead
from triplicate.trainer.compile_notice import is_first_training
from triplicate.trainer.cross_validated_results import CrossValidatedResults
from triplicate.trainer.cross_validation import CrossValidation, cross_validate, wants_cross_validation
from triplicate.trainer.exact_kernel import EXACT_JOBS
from triplicate.trainer.exact_metrics import exact_metrics, read_like, scorable_rows
from triplicate.trainer.gemm import product_for
from triplicate.trainer.internals import ModelInternals
from triplicate.trainer.parameters import Parameters
from triplicate.trainer.performance import Performance, Report
from triplicate.trainer.performance_getters import PerformanceGetters
from triplicate.trainer.prediction_frames import anomaly_frame, feature_frame, prediction_frame, reason_frame
from triplicate.trainer.read_table import read_table
from triplicate.trainer.reopen import reopen
from triplicate.trainer.row_order import SHUFFLE_JOB
from triplicate.trainer.summary import summary_text

__all__ = ["AutoEncoderEstimator", "DeepLearningEstimator"]

DEFAULT_RESPONSE = "response"
COLUMN_NAMES = (str, int, np.integer)  # by name or by position


class DeepLearningEstimator(ModelInternals, PerformanceGetters, CrossValidatedResults):
    """A feed-forward network that predicts a response.

    Every parameter of docs/parameters.md is a keyword; ParameterError names the rule and the value that breaks it.
    """

    def __init__(self, **parameters: Any) -> None:
        self.parameters = Parameters.of(**parameters)
        self._given = parameters
        self._trained: TrainedModel | None = None
        self._cross_validation: CrossValidation | None = None

    def train(
        self,
        x: Any = None,
        y: str | int | None = None,
        training_frame: Any = None,
        validation_frame: Any = None,
        **more: Any,
    ) -> Self:
        """Learn from a table and return the estimator itself.

        Tables are DataFrames (pandas, polars, Arrow) or paths of .csv, .csv.gz and .parquet files. `x` names the
        predictors (all columns but the special ones by default), `y` the response. Further parameters
        (weights_column, ignored_columns, max_runtime_secs, verbose …) may be given here instead of in the
        constructor.
        """
        arguments = {"x": x, "y": y, "training_frame": training_frame, "validation_frame": validation_frame}
        given = self._given | {name: value for name, value in (arguments | more).items() if value is not None}
        source, validation = given.pop("training_frame", None), given.pop("validation_frame", None)
        if source is None:
            raise ParameterError("training_frame is missing: the table to learn from")
        checkpoint = given.pop("checkpoint", None)
        self._cross_validation = None
        if checkpoint is None:
            p = Parameters.of(**given)
            needed_anyway = [product_for(np.float32).job, SHUFFLE_JOB, *EXACT_JOBS]
            with compile_ahead(needed_anyway, wanted=is_first_training()):
                p = self._train_anew(p, source, validation)
        else:
            earlier = find_restart(checkpoint)
            frame = read_like(earlier.plan, source, tuple(earlier.given.get("na_values", ())))
            p = continued_parameters(earlier, given, frame)
            self._trained = build_model(p, frame, validation, earlier)
        remember(p.model_id, self)
        return self

    def _train_anew(self, p: Parameters, source: Any, validation: Any) -> Parameters:
        """Read the table and train on it; return the parameters, which now name the response."""
        wanted, ignored = _wanted(p), p.ignored_columns or ()
        frame = read_table(source, categorical=p.categorical, na_values=p.na_values, wanted=wanted, ignored=ignored)
        p = _with_response(p, frame)
        if wants_cross_validation(p):
            self._trained, self._cross_validation = cross_validate(p, frame, validation)
        else:
            self._trained = build_model(p, frame, validation)
        return p

    @property
    def given(self) -> dict[str, Any]:
        """The parameters as they were given to the constructor."""
        return dict(self._given)

    @classmethod
    def reopen(cls, path: str | Path) -> Self:
        """Return the trained estimator of a file that was saved with its training state, in any process.

        It predicts, continues and exports; metrics are the numbers stored, results of folds are not.
        """
        trained = reopen(path)
        estimator = cls(**trained.restart.given)
        estimator._trained = trained
        return estimator

    @property
    def trained(self) -> TrainedModel:
        """The trained model with its plan, metrics and history; ParameterError before `train`."""
        if self._trained is None:
            raise ParameterError(f"this {type(self).__name__} is not trained yet: call train() first")
        return self._trained

    @property
    def scoring_model(self) -> ScoringModel:
        """The model that exporters, `verify` and model files work with."""
        return self.trained.model

    def predict(self, frame: Any, *, per_input: bool = False) -> pd.DataFrame:
        """Return `predict`, then one probability column per label; exact, with the index of a pandas frame.

        An autoencoder returns its reconstruction: `reconstr_<column>` in raw units, levels for categories, None for
        a missing cell; with `per_input` a number for each input of the network, `reconstr_<input>`, as H2O has it.
        """
        return prediction_frame(self.scoring_model, frame, per_input=per_input)

    def model_performance(
        self, test_data: Any = None, *, train: bool = False, valid: bool = False, xval: bool = False
    ) -> Performance:
        """Return exact metrics and their tables: of a table, of training (the default), validation or held out rows."""
        trained = self.trained
        if test_data is None:
            if xval:
                return self.cross_validation.metrics
            if not valid:
                return trained.training
            if trained.validation is None:
                raise ParameterError("valid=True needs a model that was trained with a validation_frame")
            return trained.validation
        if train or valid or xval:
            raise ParameterError("give a table, or one of train=True, valid=True and xval=True, not both")
        frame = scorable_rows(trained.plan, read_like(trained.plan, test_data, trained.parameters.na_values))
        rule, report = label_rule(trained.model), Report.of(trained.parameters)
        words = "on the table given"
        return exact_metrics(
            trained.model, trained.plan, frame, rule, report=report, description=words, source=test_data
        )

    def scoring_history(self) -> pd.DataFrame:
        """Return one row per scoring: time, epochs, and metrics on training and validation rows."""
        return self.trained.result.history.to_frame()

    def summary(self) -> str:
        """Return what was trained, from what, and how well, in a few lines."""
        return summary_text(self.scoring_model.metadata.training_summary())

    def anomaly(self, frame: Any, *, per_feature: bool = False) -> pd.DataFrame:
        """Return an autoencoder's reconstruction error per row, or per row and input."""
        return anomaly_frame(self.scoring_model, frame, per_feature=per_feature)

    def anomaly_reasons(self, frame: Any, *, top: int = 3) -> pd.DataFrame:
        """Return why rows are anomalies: the `top` columns with the largest errors of each, the largest first.

        A row each: rank, score, is_anomaly, column, value, expected, error, share, reason (a sentence).
        """
        return reason_frame(self.scoring_model, frame, top)

    def deepfeatures(self, frame: Any, layer: int) -> pd.DataFrame:
        """Return the outputs of a hidden layer, 0 being the first."""
        return feature_frame(self.scoring_model, frame, layer)

    def save(self, path: str | Path, *, training_state: bool = False) -> Path:
        """Write the model file and return its path; with `training_state` it can be given as `checkpoint`."""
        self.trained.save(path, training_state=training_state)
        return Path(path)


class AutoEncoderEstimator(DeepLearningEstimator):
    """A network that learns to rebuild its inputs; rows it rebuilds badly are anomalies."""

    def __init__(self, **parameters: Any) -> None:
        if parameters.setdefault("autoencoder", True) is not True:
            raise ParameterError("autoencoder must be True here; use DeepLearningEstimator to predict a response")
        super().__init__(**parameters)

    def set_anomaly_share(self, frame: Any, share: float) -> Self:
        """Move the model's threshold so that this share, in (0, 1), of the table's rows are anomalies."""
        if not 0.0 < share < 1.0:
            raise ParameterError(f"share must be in (0, 1), got {share!r}")
        table = read_like(self.trained.plan, frame, self.trained.parameters.na_values)
        self._trained = with_anomaly_share(self.trained, table, share)
        return self


def _wanted(p: Parameters) -> set[str | int] | None:
    """Return the names or positions of the columns that training reads, None for all."""
    if p.x is None:
        return None
    special = (p.y, p.response_column, p.weights_column, p.offset_column, p.fold_column, DEFAULT_RESPONSE)
    chosen = [p.x] if isinstance(p.x, COLUMN_NAMES) else p.x
    return {
        name if isinstance(name, str) else int(name) for name in (*chosen, *special) if isinstance(name, COLUMN_NAMES)
    }


def _with_response(p: Parameters, frame: pd.DataFrame) -> Parameters:
    """Return parameters that name a response, if one is needed: "response" where nothing else is said."""
    if p.autoencoder or p.y is not None or p.response_column is not None:
        return p
    if DEFAULT_RESPONSE not in frame.columns:
        raise ParameterError("y is missing: the name of the column to predict (or autoencoder=True for none)")
    return p.replace(response_column=DEFAULT_RESPONSE)

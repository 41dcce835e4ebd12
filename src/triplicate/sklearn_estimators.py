"""Estimators for scikit-learn: fit and predict on arrays or DataFrames, in pipelines and searches.

The fitted `model_` is the estimator of this package: it saves, exports and verifies (docs/scikit-learn.md).
"""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, OutlierMixin, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from triplicate.estimators import AutoEncoderEstimator, DeepLearningEstimator
from triplicate.runtime.errors import ParameterError, TrainingDataError
from triplicate.runtime.heads import Reconstruction
from triplicate.scoring import scorer
from triplicate.sklearn_parameters import constructor, training_parameters
from triplicate.sklearn_tables import class_texts, feature_frame, free_name, label_cells, numbers_of, targets

__all__ = ["AutoEncoderDetector", "DeepLearningClassifier", "DeepLearningRegressor"]

FloatArray = npt.NDArray[np.float64]
Estimator = DeepLearningEstimator | AutoEncoderEstimator
OF_CLASSES = ("balance_classes", "class_sampling_factors", "classification_stop", "max_after_balance_size", "threshold")
OF_NUMBERS = ("distribution", "huber_alpha", "quantile_alpha", "regression_stop", "tweedie_power")
OF_RESPONSES = ("auc_type", "custom_metric_func", "gainslift_bins", "max_confusion_matrix_size", "max_hit_ratio_k",
                "pretrained_autoencoder")  # fmt: skip

DETECTOR = {
    "activation": "Tanh", "column_weighting": "column", "contamination": "auto", "epochs": "auto",
    "hidden": (200, 100, 200), "input_dropout_ratio": 0.2, "unseen_levels": "anomaly", "validation_fraction": 0.1,
}  # fmt: skip
ROWS_LEARNED, FEWEST_EPOCHS, MOST_EPOCHS = 200_000, 10, 300
FEWEST_ROWS = 40  # of which a share is worth holding out


class _Estimator(BaseEstimator):  # type: ignore[misc] # scikit-learn carries no types
    """What the three share: features become a table, the table is learned, rows are scored exactly."""

    model_: Estimator
    feature_names_: list[str]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags

    def _learn(
        self,
        frame: pd.DataFrame,
        response: npt.NDArray[Any] | None,
        sample_weight: Any,
        held_out: pd.DataFrame | None = None,
        **fixed: Any,
    ) -> Estimator:
        """Train on the features, with the response and the weights as further columns."""
        if len(frame) < 2:
            raise TrainingDataError(f"n_samples={len(frame)}: nothing can be learned from one row")
        self.feature_names_ = frame.columns.tolist()
        roles: dict[str, Any] = {}
        extra: dict[str, npt.NDArray[Any]] = {}
        if response is not None:
            roles["y"] = free_name("response", self.feature_names_)
            extra[roles["y"]] = response
        if sample_weight is not None:
            roles["weights_column"] = free_name("sample_weight", [*self.feature_names_, *extra])
            extra[roles["weights_column"]] = numbers_of(sample_weight, frame)
        table = pd.concat([frame, pd.DataFrame(extra, index=frame.index)], axis="columns") if extra else frame
        parameters = training_parameters(self.get_params(deep=False)) | fixed
        kind = AutoEncoderEstimator if response is None else DeepLearningEstimator
        return kind(**parameters).train(training_frame=table, validation_frame=held_out, **roles)

    def _outputs(self, X: Any) -> FloatArray:
        """Return the model's flat outputs of the rows, by the exact arithmetic."""
        check_is_fitted(self, "model_")
        frame = feature_frame(self, X, reset=False)
        return scorer(self.model_.scoring_model).score(frame).outputs


class DeepLearningClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc]
    """A feed-forward network for two or more classes.

    Keywords are the training parameters of docs/parameters.md, with `random_state` for `seed`; `threshold` is
    "argmax". Fitted: `model_`, `classes_`, `n_features_in_`, `feature_names_in_` (DataFrames only).
    """

    __init__ = constructor(without=OF_NUMBERS, threshold="argmax")

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from features (rows, columns) and one class per row; weights are factors of each row's loss."""
        frame = feature_frame(self, X, y, reset=True)
        classes, codes = np.unique(targets(y, frame, classes=True), return_inverse=True)
        if classes.size < 2:
            raise TrainingDataError(f"y holds one class only, {classes[0]!r}: nothing can be learned from one class")
        parameters = {"threshold": self.threshold, "classification": True}
        model = self._learn(frame, label_cells(classes, codes), sample_weight, **parameters)
        known, texts = model.scoring_model.head.labels, class_texts(classes)  # type: ignore[union-attr]
        self.model_, self.classes_ = model, classes
        self._columns = [1 + known.index(text) if text in known else -1 for text in texts]
        self._positions = np.array([texts.index(label) for label in known])
        return self

    def predict_proba(self, X: Any) -> FloatArray:
        """Return probabilities (rows, classes) in the order of `classes_`."""
        outputs = self._outputs(X)
        probabilities = np.zeros((len(outputs), len(self._columns)))
        present = [position for position, column in enumerate(self._columns) if column > 0]
        probabilities[:, present] = outputs[:, [self._columns[position] for position in present]]
        return probabilities

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return a class per row, by the model's own rule, which exports share."""
        labels = self._outputs(X)[:, 0].astype(np.intp)
        return np.asarray(self.classes_[self._positions[labels]])


class DeepLearningRegressor(RegressorMixin, _Estimator):  # type: ignore[misc]
    """A feed-forward network for a number.

    Keywords are the training parameters of docs/parameters.md, with `random_state` for `seed`. Fitted: `model_`,
    `n_features_in_`, `feature_names_in_` (DataFrames only).
    """

    __init__ = constructor(without=(*OF_CLASSES, "auc_type", "gainslift_bins", "max_confusion_matrix_size",
                                    "max_hit_ratio_k"))  # fmt: skip

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from features (rows, columns) and one number per row; weights are factors of each row's loss."""
        frame = feature_frame(self, X, y, reset=True)
        self.model_ = self._learn(frame, targets(y, frame, classes=False), sample_weight, classification=False)
        return self

    def predict(self, X: Any) -> FloatArray:
        """Return a float64 per row."""
        return self._outputs(X)[:, 0]


class AutoEncoderDetector(OutlierMixin, _Estimator):  # type: ignore[misc]
    """An autoencoder that calls rows outliers which it rebuilds badly.

    Keywords are the training parameters of docs/parameters.md, with `random_state` for `seed`, and three more.
    `contamination`: the share of training rows that are outliers, in (0, 0.5], or "auto": the training rows are normal,
    and a row is an outlier that scores above `anomaly_quantile` of held-out rows. `validation_fraction` of the rows
    are held out for that, in [0, 1); 0, or fewer than 40 rows in all, judges by the training rows themselves.
    `epochs` may be "auto": about 200,000 rows in all, but 10 epochs at least and 300 at most. Defaults of its own are
    those of DETECTOR (docs/anomaly.md says why). Fitted: `model_`, `offset_`, `n_features_in_`, `feature_names_in_`
    (DataFrames only).
    """

    __init__ = constructor(without=(*OF_CLASSES, *OF_RESPONSES), **DETECTOR)

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:  # noqa: ARG002 - scikit-learn passes y
        """Learn to rebuild the features (rows, columns); `y` is ignored."""
        share, fraction, epochs = self.contamination, self.validation_fraction, self.epochs
        automatic = isinstance(share, str) and share == "auto"
        if not automatic and (isinstance(share, (bool, str)) or share is None or not 0.0 < share <= 0.5):
            raise ParameterError(f"contamination must be in (0, 0.5] or 'auto', got {share!r}")
        if isinstance(fraction, (bool, str)) or not 0.0 <= fraction < 1.0:
            raise ParameterError(f"validation_fraction must be in [0, 1), got {fraction!r}")
        frame = feature_frame(self, X, reset=True)
        fixed: dict[str, Any] = {"contamination": None if automatic else float(share)}
        if isinstance(epochs, str) and epochs == "auto":
            fixed["epochs"] = min(max(ROWS_LEARNED / max(len(frame), 1), FEWEST_EPOCHS), MOST_EPOCHS)
        judges = np.zeros(len(frame), dtype=np.bool_)
        if automatic and fraction > 0.0 and len(frame) >= FEWEST_ROWS:
            judges = self._held_out(len(frame), fraction)
        weights = None if sample_weight is None else numbers_of(sample_weight, frame)[~judges]
        self.model_ = self._learn(frame[~judges], None, weights, frame[judges] if judges.any() else None, **fixed)
        head = self.model_.scoring_model.head
        self.offset_ = -head.threshold if isinstance(head, Reconstruction) else np.nan
        return self

    def _held_out(self, rows: int, fraction: float) -> npt.NDArray[np.bool_]:
        """Return which rows only judge: a random share, by `random_state`."""
        chosen = np.zeros(rows, dtype=np.bool_)
        count = min(max(round(fraction * rows), 1), rows - 2)
        chosen[check_random_state(self.random_state).permutation(rows)[:count]] = True
        return chosen

    def score_samples(self, X: Any) -> FloatArray:
        """Return the negative reconstruction error per row: the lower, the stranger."""
        return np.asarray(-self._outputs(X)[:, 0])

    def decision_function(self, X: Any) -> FloatArray:
        """Return `score_samples` less `offset_`: negative for outliers."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> npt.NDArray[np.int64]:
        """Return 1 for inliers and -1 for outliers, which are the model's own anomalies."""
        return np.where(self._outputs(X)[:, 1] == 1.0, -1, 1).astype(np.int64)

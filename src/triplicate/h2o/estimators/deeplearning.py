"""H2ODeepLearningEstimator and H2OAutoEncoderEstimator: Triplicate's estimators behind H2O's names."""

import sys
from typing import Any, Self

from triplicate.estimators import DeepLearningEstimator
from triplicate.h2o.frame import Frame, plain_table
from triplicate.h2o.metric_getters import MetricGetters
from triplicate.h2o.registry import new_model_id, register
from triplicate.runtime.errors import ParameterError
from triplicate.trainer.metrics import Metrics

__all__ = ["H2OAutoEncoderEstimator", "H2ODeepLearningEstimator"]


class H2ODeepLearningEstimator(DeepLearningEstimator, MetricGetters):
    """A feed-forward network; every parameter of docs/parameters.md is a keyword, tables may be Frames."""

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._model_id: str | None = self.parameters.model_id

    @property
    def model_id(self) -> str | None:
        """The name under which `h2o.get_model` finds the model; None before training unless it was given."""
        return self._model_id

    @property
    def _id(self) -> str | None:
        return self._model_id

    @property
    def params(self) -> dict[str, dict[str, Any]]:
        """Each parameter with its "default" and its "actual" value, those that were chosen in training included."""
        default = type(self.parameters)().as_dict()
        return {
            name: {"default": default[name], "actual": value}
            for name, value in self.trained.parameters.as_dict().items()
        }

    def train(
        self,
        x: Any = None,
        y: str | int | None = None,
        training_frame: Any = None,
        validation_frame: Any = None,
        *,
        verbose: bool = False,
        **more: Any,
    ) -> Self:
        """Learn from a Frame or another table, and keep the model under its `model_id`; see DeepLearningEstimator."""
        name = more.pop("model_id", None) or self._model_id or new_model_id()
        tables = {"training_frame": plain_table(training_frame), "validation_frame": plain_table(validation_frame)}
        super().train(x, y, **tables, verbose=verbose, model_id=name, **more)
        self._model_id = name
        register(name, self)
        return self

    def predict(self, frame: Any) -> Any:
        """Return a Frame: `predict`, then one probability column per label; `reconstr_<input>` of an autoencoder."""
        return Frame(super().predict(plain_table(frame)))

    def model_performance(self, test_data: Any = None, **sets: bool) -> Metrics:
        """Return the metrics of a table, or of train=True (the default), valid=True or xval=True."""
        return super().model_performance(plain_table(test_data), **sets)

    def anomaly(self, frame: Any, per_feature: bool = False) -> Any:
        """Return a Frame with an autoencoder's reconstruction error per row, or per row and input."""
        return Frame(super().anomaly(plain_table(frame), per_feature=per_feature))

    def deepfeatures(self, frame: Any, layer: int) -> Any:
        """Return a Frame with the outputs of a hidden layer, 0 being the first."""
        return Frame(super().deepfeatures(plain_table(frame), layer))

    def show(self) -> None:
        """Print the summary of the model and its metrics."""
        sys.stdout.write(f"{self!r}\n")

    def __repr__(self) -> str:
        return f"{type(self).__name__}, not trained" if self._trained is None else self.summary()


class H2OAutoEncoderEstimator(H2ODeepLearningEstimator):
    """A network that learns to rebuild its inputs; rows it rebuilds badly are anomalies (docs/anomaly.md)."""

    def __init__(self, **parameters: Any) -> None:
        if parameters.setdefault("autoencoder", True) is not True:
            raise ParameterError("autoencoder must be True here; use H2ODeepLearningEstimator to predict a response")
        super().__init__(**parameters)

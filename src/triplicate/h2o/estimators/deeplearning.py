"""H2ODeepLearningEstimator and H2OAutoEncoderEstimator: Triplicate's estimators behind H2O's names."""

import sys
from pathlib import Path
from typing import Any, Self

from triplicate.estimators import DeepLearningEstimator
from triplicate.h2o.frame import Frame, plain_table
from triplicate.h2o.registry import new_model_id, register
from triplicate.runtime.errors import ParameterError
from triplicate.trainer.performance import Performance

__all__ = ["H2OAutoEncoderEstimator", "H2ODeepLearningEstimator"]


class H2ODeepLearningEstimator(DeepLearningEstimator):
    """A feed-forward network; every parameter of docs/parameters.md is a keyword.

    Tables may be Frames, and tables that come back are Frames.
    """

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self._model_id: str | None = self.parameters.model_id

    @classmethod
    def reopen(cls, path: str | Path) -> Self:
        """Return the model of a file under its old model_id, or under the file's name if it had none."""
        model = super().reopen(path)
        record = model.scoring_model.metadata.training_summary()
        model.model_id = record["parameters"]["model_id"] or Path(path).stem
        return model

    @property
    def model_id(self) -> str | None:
        """The name under which `h2o.get_model` finds the model; None before training unless it was given."""
        return self._model_id

    @model_id.setter
    def model_id(self, name: str) -> None:
        self._model_id = name
        register(name, self)

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
        """Learn from a Frame or another table, and keep the model under its `model_id`; see DeepLearningEstimator.

        `x` may be a Frame too, whose columns are meant.
        """
        name = more.pop("model_id", None) or self._model_id or new_model_id()
        tables = {"training_frame": plain_table(training_frame), "validation_frame": plain_table(validation_frame)}
        super().train(x.names if isinstance(x, Frame) else x, y, **tables, verbose=verbose, model_id=name, **more)
        self.model_id = name
        return self

    def predict(self, frame: Any) -> Any:  # type: ignore[override]
        """Return a Frame: `predict`, then one probability column per label; `reconstr_<input>` of an autoencoder."""
        return Frame(super().predict(plain_table(frame), per_input=True))

    def model_performance(
        self, test_data: Any = None, train: bool = False, valid: bool = False, xval: bool = False
    ) -> Performance:
        """Return exact metrics: of a table, of training (the default), validation or held out rows."""
        return super().model_performance(plain_table(test_data), train=train, valid=valid, xval=xval)

    def anomaly(self, frame: Any, per_feature: bool = False) -> Any:
        """Return a Frame with an autoencoder's reconstruction error per row, or per row and input."""
        return Frame(super().anomaly(plain_table(frame), per_feature=per_feature))

    def deepfeatures(self, frame: Any, layer: int) -> Any:
        """Return a Frame with the outputs of a hidden layer, 0 being the first."""
        return Frame(super().deepfeatures(plain_table(frame), layer))

    def weights(self, matrix_id: int = 0) -> Any:
        """Return a Frame with the weights into a layer: a row per unit, a column per input."""
        return Frame(super().weights(matrix_id))

    def biases(self, vector_id: int = 0) -> Any:
        """Return a Frame with the biases of a layer as one column."""
        return Frame(super().biases(vector_id))

    def cross_validation_models(self) -> list[Self]:
        """Return the folds' models, which `h2o.get_model` finds as `<model_id>_cv_<fold>`, folds from 1."""
        models = super().cross_validation_models()
        for fold, model in enumerate(models, start=1):
            model.model_id = f"{self.model_id}_cv_{fold}"
        return models

    def cross_validation_predictions(self) -> list[Any]:
        """Return a Frame per fold: what its model predicts for the rows it did not see."""
        return [Frame(predicted) for predicted in super().cross_validation_predictions()]

    def cross_validation_holdout_predictions(self) -> Any:
        """Return a Frame: for each training row what the model that did not see it predicts."""
        return Frame(super().cross_validation_holdout_predictions())

    def cross_validation_fold_assignment(self) -> Any:
        """Return a Frame with each row's fold, from 0."""
        return Frame(super().cross_validation_fold_assignment())

    def download_mojo(self, path: str | Path = ".", get_genmodel_jar: bool = False, genmodel_name: str = "") -> str:
        """Write the model as a MOJO, `<model_id>.zip` in a folder or the file named; return the path of the file.

        ExportError says why a model cannot be one. The jar that reads MOJOs is not brought along.
        """
        if get_genmodel_jar or genmodel_name:
            raise ParameterError(
                "get_genmodel_jar must be False: h2o-genmodel is on Maven Central, not in this package"
            )
        target = Path(path)
        return str(self.export_mojo(target / f"{self.model_id}.zip" if target.is_dir() else target).absolute())

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

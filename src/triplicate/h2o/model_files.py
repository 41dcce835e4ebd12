"""save_model and load_model: models on disk, with what continues their training."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from triplicate.h2o.frame import Frame, plain_table
from triplicate.h2o.registry import register
from triplicate.runtime.errors import ParameterError
from triplicate.runtime.model_file import load_model as load_scoring_model
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.trainer.build_model import label_rule
from triplicate.trainer.exact_metrics import exact_metrics, read_like, scorable_rows
from triplicate.trainer.metrics import Metrics
from triplicate.trainer.prediction_frames import anomaly_frame, feature_frame, prediction_frame
from triplicate.trainer.restart import Restart
from triplicate.trainer.summary import summary_text

__all__ = ["LoadedModel", "load_model", "save_model"]


def save_model(model: Any, path: str | Path = "", force: bool = False, filename: str | None = None) -> str:
    """Write a trained model into the folder `path` (made if needed) and return the path of the file.

    The file is named `filename`, or the model_id, ending in .npz; one that exists is only replaced with `force`.
    """
    name = filename or model.model_id
    if name is None:
        raise ParameterError("save_model: the model is not trained yet: call train() first")
    target = Path(path).absolute() / (name if name.endswith(".npz") else f"{name}.npz")
    if target.exists() and not force:
        raise ParameterError(f"{target} exists already; replace it with force=True")
    target.parent.mkdir(parents=True, exist_ok=True)
    model.save(target, training_state=True)
    return str(target)


def load_model(path: str | Path) -> "LoadedModel":
    """Open a file that `save_model` wrote; the model is found by its model_id again. ModelFileError for other files."""
    model = LoadedModel(load_scoring_model(path), Restart.read(path), Path(path))
    register(model.model_id, model)
    return model


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class LoadedModel:
    """A model from a file: it predicts, exports, and can be given as `checkpoint`."""

    scoring_model: ScoringModel
    restart: Restart
    path: Path

    @property
    def model_id(self) -> str:
        """The name it was trained under, or that of its file."""
        name = self.scoring_model.metadata.training_summary()["parameters"]["model_id"]
        return self.path.stem if name is None else str(name)

    @property
    def _id(self) -> str:
        return self.model_id

    @property
    def trained(self) -> "LoadedModel":
        """The model itself, which knows where its training stands."""
        return self

    def predict(self, frame: Any) -> Frame:
        """Return `predict`, then one probability column per label; `reconstr_<input>` of an autoencoder."""
        return Frame(prediction_frame(self.scoring_model, plain_table(frame)))

    def anomaly(self, frame: Any, per_feature: bool = False) -> Frame:
        """Return an autoencoder's reconstruction error per row, or per row and input."""
        return Frame(anomaly_frame(self.scoring_model, plain_table(frame), per_feature=per_feature))

    def deepfeatures(self, frame: Any, layer: int) -> Frame:
        """Return the outputs of a hidden layer, 0 being the first."""
        return Frame(feature_frame(self.scoring_model, plain_table(frame), layer))

    def model_performance(self, test_data: Any) -> Metrics:
        """Return the exact metrics of a table that holds the response."""
        plan = self.restart.plan
        rows = scorable_rows(plan, read_like(plan, plain_table(test_data), self.scoring_model.na_values))
        return exact_metrics(self.scoring_model, plan, rows, label_rule(self.scoring_model))

    def summary(self) -> str:
        """Return what was trained, from what, and how well, in a few lines."""
        return summary_text(self.scoring_model.metadata.training_summary())

    def save(self, path: str | Path, *, training_state: bool = True) -> Path:
        """Write the model again, with what continues its training unless told otherwise."""
        from triplicate.runtime import save_model as write

        write(self.scoring_model, path, self.restart.arrays() if training_state else None)
        return Path(path)

    def export_java(self, path: str | Path, class_name: str | None = None, package: str | None = None) -> Path:
        """Write the model as one Java class (docs/java.md) and return the path."""
        from triplicate.exporters import export_java

        return export_java(self.scoring_model, path, class_name, package)

    def export_onnx(self, path: str | Path) -> Path:
        """Write the model as an ONNX graph (docs/onnx.md) and return the path."""
        from triplicate.exporters import export_onnx

        return export_onnx(self.scoring_model, path)

    def __repr__(self) -> str:
        return self.summary()

"""The estimators as users get them: those of the trainer, with the ways out of Python added."""

from pathlib import Path
from typing import Any, Literal

from triplicate import trainer
from triplicate.parity_report import ParityReport
from triplicate.plots import plot_history, plot_importances
from triplicate.runtime import ScoringModel
from triplicate.trainer.build_model import TrainedModel
from triplicate.trainer.importances import importance_frame

__all__ = ["AutoEncoderEstimator", "DeepLearningEstimator"]


class _Exporting:
    """Exports of a trained estimator."""

    @property
    def scoring_model(self) -> ScoringModel:
        """The trained model; the estimators provide it."""
        raise NotImplementedError

    @property
    def trained(self) -> TrainedModel:
        """The trained model with all that is known about it; the estimators provide it."""
        raise NotImplementedError

    def export_java(
        self,
        path: str | Path,
        class_name: str | None = None,
        package: str | None = None,
        *,
        weights: Literal["source", "resource"] = "source",
    ) -> Path:
        """Write the model as one Java class (docs/java.md) and return the path; ExportError says why not."""
        from triplicate.exporters import export_java

        return export_java(self.scoring_model, path, class_name, package, weights=weights)

    def export_maven(
        self,
        folder: str | Path,
        class_name: str | None = None,
        package: str | None = None,
        *,
        weights: Literal["source", "resource"] = "source",
    ) -> Path:
        """Write a Maven project of the class with its parity test (docs/java.md) and return the path of the class."""
        from triplicate.exporters import export_maven

        return export_maven(self.scoring_model, folder, class_name, package, weights=weights)

    def export_onnx(
        self,
        path: str | Path,
        *,
        input: Literal["columns", "matrix"] = "columns",  # noqa: A002 - the name users know from the graph
        dtype: Literal["float64", "float32"] = "float64",
        target: Literal["default", "modern"] = "default",
        rows: Any = None,
        complete: bool = False,
    ) -> Path:
        """Write the model as an ONNX graph (docs/onnx.md) and return the path; ExportError says why not."""
        from triplicate.exporters import export_onnx

        return export_onnx(
            self.scoring_model, path, input=input, dtype=dtype, target=target, rows=rows, complete=complete
        )

    def export_mojo(self, path: str | Path) -> Path:
        """Write the model as an H2O MOJO (docs/migrate-from-h2o.md) and return the path; ExportError says why not."""
        from triplicate.exporters import export_mojo

        return export_mojo(self.scoring_model, path)

    def verify(self, rows: Any, *, java: bool | str | Path = True, onnx: bool | str | Path = True) -> ParityReport:
        """Score the rows in every form, or in the files given, and compare (docs/verify.md)."""
        from triplicate.verification import verify

        return verify(self.scoring_model, rows, java=java, onnx=onnx)

    def plot(
        self, timestep: str = "AUTO", metric: str = "AUTO", *, ax: Any = None, save_plot_path: str | Path | None = None
    ) -> Any:
        """Draw a metric of the scoring history over epochs, samples or duration; return matplotlib's axes."""
        return plot_history(self.trained.result.history.to_frame(), timestep, metric, ax, save_plot_path)

    def varimp_plot(
        self, num_of_features: int = 10, *, ax: Any = None, save_plot_path: str | Path | None = None
    ) -> Any:
        """Draw the largest variable importances as bars; return matplotlib's axes."""
        importances = importance_frame(self.scoring_model, self.trained.never_missing)
        return plot_importances(importances, num_of_features, ax, save_plot_path)


class DeepLearningEstimator(trainer.DeepLearningEstimator, _Exporting):
    """A feed-forward network that predicts a response; every parameter of docs/parameters.md is a keyword."""


class AutoEncoderEstimator(trainer.AutoEncoderEstimator, _Exporting):
    """A network that learns to rebuild its inputs; rows it rebuilds badly are anomalies (docs/anomaly.md)."""

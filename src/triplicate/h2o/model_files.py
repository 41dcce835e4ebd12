"""save_model and load_model: models on disk, with what continues their training."""

from pathlib import Path

from triplicate.h2o.estimators.deeplearning import H2OAutoEncoderEstimator, H2ODeepLearningEstimator
from triplicate.runtime.errors import ParameterError
from triplicate.runtime.heads import Reconstruction
from triplicate.runtime.model_file import load_model as load_scoring_model

__all__ = ["load_model", "save_model"]


def save_model(
    model: H2ODeepLearningEstimator, path: str | Path = "", force: bool = False, filename: str | None = None
) -> str:
    """Write a trained model into the folder `path` (made if needed) and return the path of the file.

    The file is named `filename`, or the model_id, ending in .npz; one that exists is only replaced with `force`.
    """
    name = filename or model.model_id
    if name is None:
        raise ParameterError("save_model: the model is not trained yet: call train() first")
    target = Path(path).absolute() / (name if name.endswith(".npz") else f"{name}.npz")
    if target.exists() and not force:
        raise ParameterError(f"{target} exists already; replace it with force=True")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as reason:
        raise ParameterError(f"{target.parent}: the folder cannot be made ({reason.strerror})") from reason
    model.save(target, training_state=True)
    return str(target)


def load_model(path: str | Path) -> H2ODeepLearningEstimator:
    """Open a file that `save_model` wrote; `get_model` finds it by its model_id. ModelFileError for other files."""
    rebuilds = isinstance(load_scoring_model(path).head, Reconstruction)
    return (H2OAutoEncoderEstimator if rebuilds else H2ODeepLearningEstimator).reopen(path)

"""What scikit-learn hands over (arrays, DataFrames, labels) as the tables that training and scoring read."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import assert_all_finite, check_consistent_length, column_or_1d, validate_data

from triplicate.runtime.errors import TrainingDataError
from triplicate.trainer.read_table import read_table

__all__ = ["class_texts", "feature_frame", "free_name", "label_cells", "numbers_of", "targets"]


def feature_frame(estimator: Any, X: Any, y: Any = "no_validation", *, reset: bool) -> pd.DataFrame:
    """Return the features as a DataFrame with text names, and let scikit-learn check or note names and number.

    Cells of a DataFrame keep their types: numbers, texts, categories, missing. Arrays hold numbers and NaN; their
    columns are x0, x1, …; arrays of objects may hold texts too. Infinite numbers, sparse matrices and arrays that
    are not two-dimensional are refused. When scoring, columns are named as in training, by position.
    """
    if hasattr(X, "to_pandas"):
        X = read_table(X)
    if isinstance(X, pd.DataFrame):
        checked = validate_data(estimator, X, y, reset=reset, skip_check_array=True)
        frame = checked if isinstance(checked, pd.DataFrame) else checked[0]
        if frame.shape[0] == 0 or frame.shape[1] == 0:
            raise TrainingDataError(f"Found array with {frame.shape[0]} sample(s) and {frame.shape[1]} feature(s)")
        names = [str(name) for name in frame.columns]
    else:
        array = validate_data(estimator, X, reset=reset, dtype=None, ensure_all_finite="allow-nan")
        if reset and not isinstance(y, str):
            validate_data(estimator, array, y, reset=False, skip_check_array=True)
        names = [f"x{position}" for position in range(array.shape[1])]
        if array.dtype.kind in "OUS":
            cells = array.astype(object)
            frame = pd.DataFrame({k: _typed(cells[:, k]) for k in range(cells.shape[1])})
        else:
            frame = pd.DataFrame(array)
    return frame.set_axis(names if reset else estimator.feature_names_, axis="columns")


def _typed(cells: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a column of an array of objects as numbers, or as texts where a cell holds letters."""
    if all(isinstance(cell, str) or cell is None or cell != cell for cell in cells):
        return cells
    try:
        return cells.astype(np.float64)
    except ValueError:
        return np.array([cell if cell is None or cell != cell else str(cell) for cell in cells], dtype=object)


def targets(y: Any, frame: pd.DataFrame, *, classes: bool) -> npt.NDArray[Any]:
    """Return y as one value per row; a column vector is accepted with scikit-learn's warning."""
    values = column_or_1d(y, warn=True)
    check_consistent_length(frame, values)
    assert_all_finite(values, input_name="y")
    if classes:
        check_classification_targets(values)
        return np.asarray(values)
    return np.asarray(values, dtype=np.float64)


def numbers_of(weights: Any, frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return sample weights as one finite float64 per row."""
    values = np.asarray(weights, dtype=np.float64)
    if values.ndim != 1:
        raise TrainingDataError(f"sample_weight must have one dimension, got shape {values.shape}")
    check_consistent_length(frame, values)
    assert_all_finite(values, input_name="sample_weight")
    if not values.any():
        raise TrainingDataError("sample_weight: every weight is zero, so nothing can be learned")
    return values


def free_name(name: str, taken: Sequence[str]) -> str:
    """Return the name, lengthened until no column has it."""
    while name in taken:
        name += "_"
    return name


def class_texts(classes: npt.NDArray[Any]) -> list[str]:
    """Return each class as the text that the model labels it with: whole numbers without a point."""
    texts = [_text(value) for value in classes.tolist()]
    if len(set(texts)) < len(texts) or "" in texts:
        raise TrainingDataError(f"the classes {classes.tolist()} do not have different, non-empty names")
    return texts


def label_cells(classes: npt.NDArray[Any], codes: npt.NDArray[np.intp]) -> npt.NDArray[Any]:
    """Return the response column of class indices: booleans and whole numbers stay such, the rest becomes text."""
    values = classes.tolist()
    if all(isinstance(value, (bool, int)) for value in values):
        return np.asarray(classes[codes])
    if all(isinstance(value, float) and value.is_integer() for value in values):
        return np.asarray(classes.astype(np.int64)[codes])
    return np.array(class_texts(classes), dtype=object)[codes]


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else str(value)

"""The scikit-learn nets of the ONNX benchmark: fitted alike in both environments."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

__all__ = ["BATCH", "NETS", "adult_pipeline", "matrix_net"]

BATCH = 1024
NETS = {"784-200-200-10": (784, (200, 200), 10), "104-50-50-2": (104, (50, 50), 2)}  # the second: Adult, one-hot
warnings.simplefilter("ignore", ConvergenceWarning)  # one epoch is enough to time a net


def matrix_net(name: str, *, imputes: bool = False) -> tuple[Any, npt.NDArray[np.float32]]:
    """Return a net over a numeric matrix, fitted for an epoch on made-up rows, and 1,024 rows to score.

    With `imputes`, behind a SimpleImputer: like our graphs, it then takes missing cells.
    """
    inputs, hidden, classes = NETS[name]
    rng = np.random.default_rng(1)
    x = rng.normal(size=(3000, inputs)).astype(np.float32)
    y = (np.arange(3000) + (x[:, 0] > 0)) % classes
    net = MLPClassifier(hidden, max_iter=1, random_state=1)
    return (make_pipeline(SimpleImputer(), net) if imputes else net).fit(x, y), x[:BATCH]


def adult_pipeline(folder: Path) -> tuple[Pipeline, dict[str, npt.NDArray[Any]]]:
    """Return imputers, one-hot encoder, scaler and a (50,50) net fitted on Adult; 1,024 raw test rows, [N, 1] each."""
    train, test = (pd.read_csv(folder / f"adult_{part}.csv.gz") for part in ("train", "test"))
    x = train.drop(columns="income")
    numbers = [name for name in x.columns if pd.api.types.is_numeric_dtype(x[name])]
    texts = [name for name in x.columns if name not in numbers]
    fill = SimpleImputer(strategy="constant", fill_value="missing", missing_values="")
    columns = ColumnTransformer([
        ("texts", make_pipeline(fill, OneHotEncoder(handle_unknown="ignore")), texts),
        ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
    ])  # fmt: skip
    rows = {name: test[name].fillna("").to_numpy(object)[:BATCH, np.newaxis] for name in texts}
    rows |= {name: test[name].to_numpy(np.float32)[:BATCH, np.newaxis] for name in numbers}
    x = x.assign(**{name: x[name].fillna("").astype(object) for name in texts})
    whole = make_pipeline(columns, MLPClassifier((50, 50), max_iter=1, random_state=1))
    return whole.fit(x, train["income"]), rows

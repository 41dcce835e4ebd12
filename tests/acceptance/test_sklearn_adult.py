"""A scikit-learn pipeline trained on Adult comes in, answers as it did, and passes verify, hostile rows included."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from triplicate import scorer, verify
from triplicate.importers import sklearn_pipeline

pytestmark = pytest.mark.acceptance


def test_adult(data_folder: Path) -> None:
    """16,281 rows, cells emptied and levels made up: probabilities within 1e-12, labels equal, all forms agree."""
    train, test = (pd.read_csv(data_folder / f"adult_{part}.csv.gz") for part in ("train", "test"))
    target, rows = train.pop("income"), test.drop(columns="income")
    texts = [name for name in train if not pd.api.types.is_numeric_dtype(train[name])]
    numbers = [name for name in train if name not in texts]
    pipeline = make_pipeline(
        make_column_transformer(
            (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")), texts),
        ),
        MLPClassifier((50, 50), max_iter=3, random_state=1),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        pipeline.fit(train, target)
    rng = np.random.default_rng(4)
    for name in rows.columns:
        rows[name] = rows[name].mask(rng.random(len(rows)) < 0.03)
        if name in texts:
            rows[name] = rows[name].mask(rng.random(len(rows)) < 0.01, "never seen")
    model = sklearn_pipeline(pipeline)
    scores = scorer(model).score(rows)
    assert scores.unseen.sum() > 1000
    difference = np.abs(scores.probabilities - pipeline.predict_proba(rows)).max()
    print(f"Adult, scikit-learn: largest difference {difference:.3g}")  # noqa: T201 - the figure belongs in the log
    assert difference <= 1e-12
    assert list(scores.labels) == list(pipeline.predict(rows))
    assert verify(model, rows).passed

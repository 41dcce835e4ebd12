"""Anomalies on real tables: corrupted cells are blamed, malignant ones found; benchmarks/anomalies.py has all peers."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

import triplicate as tp

pytestmark = pytest.mark.acceptance
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the module of the benchmark's tables."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    import anomaly_tables  # type: ignore[import-not-found]

    return anomaly_tables


def test_the_corrupted_column_is_the_first_reason(tables: Any, data_folder: Path) -> None:
    """In at least 90 % of Adult's rows with a typing error in one cell the column of that cell is named first."""
    train, test, columns = tables.corrupted_adult(data_folder, 1, "typing error")
    detector = tp.AutoEncoderDetector(random_state=1, epochs=10).fit(train.head(10_000))
    model = detector.model_.scoring_model
    reasons = tp.scorer(model).score(test).reasons(1)[:, 0]
    share = float(np.mean(reasons == columns))
    print(f"Adult: the corrupted column is the first reason in {share:.1%} of the rows")  # noqa: T201
    assert share >= 0.9
    assert tp.verify(model, test.head(200), java=False).passed


def test_malignant_cells_are_found_as_well_as_by_the_best_peer(tables: Any, data_folder: Path) -> None:
    """Over three splits the median AUC is at least that of PCA's reconstruction and of IsolationForest."""
    found = pd.DataFrame([areas(task) for seed in (1, 2, 3) for task in tables.cancer(data_folder, seed)]).median()
    print(found.to_string())  # noqa: T201 - the figures belong in the log
    assert found["Triplicate"] >= max(found["PCA"], found["IsolationForest"])


def areas(task: Any) -> dict[str, float]:
    """Return the area under the ROC curve of each method."""
    detector = tp.AutoEncoderDetector(random_state=task.seed).fit(task.train)
    scaler = StandardScaler().fit(task.train)
    train, test = scaler.transform(task.train), scaler.transform(task.test)
    pca = PCA(0.95, random_state=task.seed).fit(train)
    scores = {
        "Triplicate": -detector.score_samples(task.test),
        "PCA": np.square(pca.inverse_transform(pca.transform(test)) - test).mean(axis=1),
        "IsolationForest": -IsolationForest(random_state=task.seed).fit(task.train).score_samples(task.test),
    }
    return {name: float(roc_auc_score(task.labels, values)) for name, values in scores.items()}

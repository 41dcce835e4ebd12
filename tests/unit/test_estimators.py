"""The estimators of the façade can leave Python by themselves."""

from pathlib import Path

import pandas as pd
from sklearn.datasets import load_iris

import triplicate as tp


def irises() -> pd.DataFrame:
    """Return iris with its species by name."""
    data = load_iris(as_frame=True)
    return data.data.assign(species=data.target.map(lambda k: str(data.target_names[k])))


def test_a_trained_estimator_exports_and_verifies(tmp_path: Path) -> None:
    """Both exports carry the model's fingerprint, and verify passes."""
    model = tp.DeepLearningEstimator(hidden=[5], epochs=5, seed=1).train(y="species", training_frame=irises())
    java = model.export_java(tmp_path / "Iris.java", package="com.flowers")
    onnx = model.export_onnx(tmp_path / "iris.onnx", input="matrix")
    fingerprint = model.scoring_model.fingerprint
    assert "package com.flowers;" in java.read_text(encoding="ascii")
    assert fingerprint in java.read_text(encoding="ascii")
    assert fingerprint.encode() in onnx.read_bytes()
    assert model.verify(irises(), java=False).passed


def test_public_names_are_all_there() -> None:
    """Every name of `triplicate.__all__` can be loaded and has a docstring."""
    for name in tp.__all__:
        assert getattr(tp, name).__doc__

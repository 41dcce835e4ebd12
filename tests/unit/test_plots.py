"""Plots: what is drawn, where, and what is said without matplotlib."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import triplicate as tp
from triplicate.plots import plot_anomalies
from triplicate.runtime.errors import ParameterError, ToolError

from training_tables import classes_table


@pytest.fixture(scope="module")
def model() -> tp.DeepLearningEstimator:
    """Return a classifier with a validation frame."""
    return tp.DeepLearningEstimator(hidden=[5], epochs=4, seed=1).train(
        y="kind", training_frame=classes_table(), validation_frame=classes_table(seed=2)
    )


@pytest.fixture(autouse=True)
def without_a_screen() -> Iterator[None]:
    """Draw in memory, and close what was drawn."""
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def test_the_history_is_drawn(model: tp.DeepLearningEstimator, tmp_path: Path) -> None:
    """Training and validation lines hold the history's numbers; the picture is saved when asked."""
    history = model.scoring_history()
    axes = model.plot(save_plot_path=tmp_path / "history.png")
    assert [line.get_label() for line in axes.lines] == ["training", "validation"]
    assert axes.lines[1].get_ydata().tolist() == history["validation_logloss"].tolist()
    assert axes.lines[1].get_xdata().tolist() == history["epochs"].tolist()
    assert (tmp_path / "history.png").read_bytes().startswith(b"\x89PNG")
    other = model.plot("samples", "AUC", ax=axes)
    assert other is axes
    assert axes.lines[-1].get_ydata().tolist() == history["validation_auc"].tolist()


def test_what_cannot_be_drawn_is_named(model: tp.DeepLearningEstimator) -> None:
    """Unknown metrics and timesteps are answered with the known ones."""
    with pytest.raises(ParameterError, match="did you mean 'logloss'"):
        model.plot(metric="loglos")
    with pytest.raises(ParameterError, match="timestep must be one of AUTO, epochs"):
        model.plot("minutes")
    with pytest.raises(ParameterError, match="num_of_features"):
        model.varimp_plot(0)


def test_importances_are_drawn_largest_on_top(model: tp.DeepLearningEstimator) -> None:
    """As many bars as asked for, the last drawn one, which is on top, the largest."""
    axes = model.varimp_plot(3)
    table = model.varimp(use_pandas=True)
    assert isinstance(table, pd.DataFrame)
    assert [bar.get_width() for bar in axes.patches] == table["scaled_importance"].head(3).tolist()[::-1]
    assert axes.get_yticklabels()[-1].get_text() == table.loc[0, "variable"]


def test_without_matplotlib_the_error_says_what_to_install(
    model: tp.DeepLearningEstimator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing matplotlib is a ToolError with the command that installs it."""
    monkeypatch.setattr("triplicate.plots.find_spec", lambda name: None if name == "matplotlib" else importlib.util)
    with pytest.raises(ToolError, match=r"pip install 'triplicate\[plot\]'"):
        model.plot()


def test_anomalies_are_drawn_apart(tmp_path: Path) -> None:
    """Normal rows, anomalies and the threshold have a mark each; scores that are no numbers are drawn all the same."""
    axes = plot_anomalies(np.array([0.1, 2.0, np.inf, np.nan]), 1.0, path=tmp_path / "scores.png")
    assert [line.get_label() for line in axes.lines] == ["normal (2)", "anomaly (2)", "threshold 1"]
    assert axes.lines[1].get_ydata().tolist() == [2.0, 2.0]
    assert axes.get_yscale() == "log"
    assert (tmp_path / "scores.png").exists()
    never = plot_anomalies(np.array([0.0, 2.0]), np.inf)
    assert len(never.lines) == 2
    assert never.get_yscale() == "linear"
    with pytest.raises(ToolError, match=r"scores\.doc: the picture cannot be written"):
        plot_anomalies(np.array([1.0]), 1.0, path=tmp_path / "scores.doc")

"""Plots of scoring histories, variable importances and anomaly scores, by matplotlib (extra [plot])."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from triplicate.runtime.errors import ParameterError, ToolError
from triplicate.trainer.parameter_rules import did_you_mean

__all__ = ["plot_anomalies", "plot_history", "plot_importances"]

TIMESTEPS = ("epochs", "samples", "duration")
AUTOMATIC = ("logloss", "deviance", "mse", "rmse")


def plot_history(
    history: pd.DataFrame, timestep: str = "AUTO", metric: str = "AUTO", ax: Any = None, path: str | Path | None = None
) -> Any:
    """Draw a metric of training, and of validation where scored, over the course of training; return the axes.

    `timestep`: epochs (AUTO), samples or duration (seconds). `metric`: the part of a column's name of
    scoring_history() behind training_, AUTO for logloss, deviance or mse. `ax`: matplotlib axes to draw on; a new
    figure without them. `path`: file that receives the picture.
    """
    step = "epochs" if timestep == "AUTO" else timestep
    if step not in TIMESTEPS:
        raise ParameterError(f"timestep must be one of AUTO, {', '.join(TIMESTEPS)}, got {timestep!r}")
    known = [name.removeprefix("training_") for name in history.columns if name.startswith("training_")]
    known.remove("speed")
    name = next(name for name in AUTOMATIC if name in known) if metric == "AUTO" else metric.lower()
    if name not in known:
        raise ParameterError(f"metric must be one of {', '.join(known)}, got {metric!r}{did_you_mean(metric, known)}")
    ax = _axes(ax)
    for rows in ("training", "validation"):
        if f"{rows}_{name}" in history.columns:
            ax.plot(history[step], history[f"{rows}_{name}"], marker="o", markersize=3, label=rows)
    ax.set_xlabel("seconds" if step == "duration" else step)
    ax.set_ylabel(name)
    ax.set_title("Scoring history")
    ax.legend()
    return _saved(ax, path)


def plot_importances(importances: pd.DataFrame, top: int = 10, ax: Any = None, path: str | Path | None = None) -> Any:
    """Draw the scaled importances of the `top` variables as bars, the largest on top; return the axes."""
    if top < 1:
        raise ParameterError(f"num_of_features must be at least 1, got {top!r}")
    ax = _axes(ax)
    shown = importances.head(top).iloc[::-1]
    ax.barh(shown["variable"].str.replace("$", r"\$"), shown["scaled_importance"])
    ax.set_xlabel("scaled importance")
    ax.set_title("Variable importances")
    return _saved(ax, path)


def plot_anomalies(
    scores: npt.NDArray[np.float64], threshold: float, ax: Any = None, path: str | Path | None = None
) -> Any:
    """Draw the anomaly scores of rows (rows,) in their order, those above the threshold in red; return the axes.

    The scale is logarithmic where all scores are above 0. Scores that are not finite stand at the largest finite one.
    """
    ax = _axes(ax)
    finite = scores[np.isfinite(scores)]
    shown = np.where(np.isfinite(scores), scores, finite.max(initial=threshold if np.isfinite(threshold) else 1.0))
    strange = scores > threshold
    rows = np.arange(len(scores))
    for chosen, colour, name in ((~strange, "tab:blue", "normal"), (strange, "tab:red", "anomaly")):
        label = f"{name} ({int(chosen.sum()):,})"
        ax.plot(rows[chosen], shown[chosen], ".", color=colour, markersize=4, label=label)
    if np.isfinite(threshold):
        ax.axhline(threshold, color="black", linewidth=1, linestyle="--", label=f"threshold {threshold:.3g}")
    if len(shown) and shown.min() > 0:
        ax.set_yscale("log")
    ax.set_xlabel("row")
    ax.set_ylabel("anomaly score")
    ax.legend()
    return _saved(ax, path)


def _axes(ax: Any) -> Any:
    """Return the axes given, or those of a new figure."""
    if ax is not None:
        return ax
    if find_spec("matplotlib") is None:
        raise ToolError("plots need matplotlib, which is not installed: pip install 'triplicate[plot]'")
    return import_module("matplotlib.pyplot").subplots(layout="constrained")[1]


def _saved(ax: Any, path: str | Path | None) -> Any:
    if path is not None:
        try:
            ax.figure.savefig(path)
        except (ValueError, OSError) as reason:
            raise ToolError(f"{path}: the picture cannot be written ({reason})") from reason
    return ax

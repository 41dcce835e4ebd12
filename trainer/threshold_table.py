"""Every threshold of a two-class model with what it would do: counts, rates, and the criteria to choose it by."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.parameter_rules import did_you_mean, plain_word
from triplicate.trainer.ranking import Ranking

__all__ = ["CRITERIA", "criteria_at", "criterion_name", "max_criteria", "threshold_table"]

FloatArray = npt.NDArray[np.float64]

CRITERIA = (
    "f1", "f2", "f0point5", "accuracy", "precision", "recall", "specificity", "absolute_mcc", "min_per_class_accuracy",
    "mean_per_class_accuracy", "tns", "fns", "fps", "tps", "tnr", "fnr", "fpr", "tpr",
)  # fmt: skip
ALIASES = {"sensitivity": "recall", "mcc": "absolute_mcc", "fallout": "fpr", "missrate": "fnr"}
SPELLINGS = {plain_word(name): name for name in CRITERIA} | ALIASES


def criterion_name(name: str) -> str:
    """Return a criterion's own spelling; ParameterError when there is none of that name."""
    if plain_word(name) not in SPELLINGS:
        hint = did_you_mean(name, CRITERIA)
        raise ParameterError(f"{name!r} is not a criterion of thresholds; there are {', '.join(CRITERIA)}{hint}")
    return SPELLINGS[plain_word(name)]


def criteria_at(tps: FloatArray, fps: FloatArray, positives: float, negatives: float) -> dict[str, FloatArray]:
    """Return each criterion from the weights of true and false positives; NaN where it divides by nothing."""
    fns, tns = positives - tps, negatives - fps
    precision, recall = _ratio(tps, tps + fps), _ratio(tps, tps + fns)
    specificity, both = _ratio(tns, tns + fps), positives + negatives
    covariance = tps * tns - fps * fns
    spread = np.sqrt((tps + fps) * (tps + fns) * (tns + fps) * (tns + fns))
    mcc = np.minimum(np.abs(np.divide(covariance, spread, out=np.zeros_like(spread), where=spread > 0)), 1.0)
    f_beta = {beta: _ratio((1 + beta**2) * tps, (1 + beta**2) * tps + beta**2 * fns + fps) for beta in (1.0, 2.0, 0.5)}
    values = (
        f_beta[1.0], f_beta[2.0], f_beta[0.5], (tps + tns) / both, precision, recall, specificity, mcc,
        np.minimum(recall, specificity), (recall + specificity) / 2.0, tns, fns, fps, tps, specificity,
        _ratio(fns, tps + fns), _ratio(fps, tns + fps), recall,
    )  # fmt: skip
    return dict(zip(CRITERIA, values, strict=True))


def threshold_table(ranking: Ranking) -> pd.DataFrame:
    """Return one row per distinct probability, from the largest down: threshold, the criteria, idx.

    Rows at or above the threshold count as positive. Exact: no probabilities are merged.
    """
    tps, fps = ranking.true_positives, ranking.false_positives
    values = criteria_at(tps, fps, tps[-1], fps[-1])
    return pd.DataFrame({"threshold": ranking.thresholds, **values, "idx": np.arange(tps.size)})


def max_criteria(table: pd.DataFrame) -> pd.DataFrame:
    """Return the first threshold at which each criterion is largest: metric, threshold, value, idx.

    A criterion that is NaN everywhere has threshold and value NaN, and idx -1.
    """
    records: list[tuple[str, float, float, int]] = []
    for name in CRITERIA:
        values = table[name].to_numpy(dtype=np.float64)
        known = not np.isnan(values).all()
        best = int(np.nanargmax(values)) if known else -1
        threshold = float(table["threshold"].iloc[best]) if known else float("nan")
        records.append((f"max {name}", threshold, float(values[best]) if known else float("nan"), best))
    return pd.DataFrame(records, columns=["metric", "threshold", "value", "idx"])


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.asarray(np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0))

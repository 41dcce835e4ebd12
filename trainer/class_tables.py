"""Tables about classes: confusion matrix, hit ratios, AUC of more than two classes. Rows count by their weights."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.ranking import Ranking

__all__ = ["confusion_matrix", "hit_ratio_table", "multinomial_auc", "multinomial_auc_table"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]

LARGEST_AUC_CLASSES = 50


def confusion_matrix(
    actual: IntArray, predicted: IntArray, labels: Sequence[str], weights: FloatArray | None = None
) -> pd.DataFrame:
    """Return a row per actual class and a column per predicted one, then Error (a share), Rate in words, and totals.

    Counts are sums of weights; they are integers where all weights are.
    """
    classes = len(labels)
    w = np.ones(actual.size) if weights is None else weights
    counts = np.bincount(actual * classes + predicted, weights=w, minlength=classes**2).reshape(classes, classes)
    counts = np.vstack([counts, counts.sum(axis=0)])
    totals = counts.sum(axis=1)
    wrong = np.append(totals[:-1] - np.diag(counts[:-1]), 0.0)
    wrong[-1] = wrong.sum()
    whole = bool((counts == np.floor(counts)).all())
    table = pd.DataFrame(counts.astype(np.int64) if whole else counts, index=[*labels, "Total"], columns=list(labels))
    error = np.divide(wrong, totals, out=np.zeros_like(totals), where=totals > 0)
    rate = [f"{part:,.10g} / {total:,.10g}" for part, total in zip(wrong, totals, strict=True)]
    return pd.concat([table, pd.DataFrame({"Error": error, "Rate": rate}, index=table.index)], axis="columns")


def hit_ratio_table(
    actual: IntArray, probabilities: FloatArray, largest: int, weights: FloatArray | None = None
) -> pd.DataFrame:
    """Return, for k from 1 to `largest`, the share of rows whose class is among the k most probable ones.

    Of equal probabilities the first class comes first, as in predictions.
    """
    w = np.ones(actual.size) if weights is None else weights
    hit = probabilities[np.arange(actual.size), actual][:, np.newaxis]
    before = np.arange(probabilities.shape[1]) < actual[:, np.newaxis]
    rank = ((probabilities > hit) | ((probabilities == hit) & before)).sum(axis=1)
    deepest = min(largest, probabilities.shape[1])
    ratios = [float(w[rank < k].sum() / w.sum()) for k in range(1, deepest + 1)]
    return pd.DataFrame({"k": range(1, deepest + 1), "hit_ratio": ratios})


def multinomial_auc_table(
    actual: IntArray, probabilities: FloatArray, labels: Sequence[str], weights: FloatArray | None, area: str = "auc"
) -> pd.DataFrame:
    """Return the area of every class against the rest and of every pair, then their averages.

    `area` is "auc" or "aucpr". A pair's area is the mean of both directions. Averages are plain (macro) or weighted
    by how frequent the class, or the pair, is. Columns: type, first_class_domain, second_class_domain, area.
    """
    classes = len(labels)
    if classes > LARGEST_AUC_CLASSES:
        raise ParameterError(f"{area} of {classes} classes is not computed: at most {LARGEST_AUC_CLASSES}")
    w = np.ones(actual.size) if weights is None else weights
    share = np.bincount(actual, weights=w, minlength=classes) / w.sum()
    measure: Callable[[Ranking], float] = lambda ranking: getattr(ranking, area)  # noqa: E731
    rest = [measure(Ranking.of(actual == k, probabilities[:, k], w)) for k in range(classes)]
    pairs: list[tuple[int, int, float]] = []
    for i in range(classes):
        for j in range(i + 1, classes):
            rows = (actual == i) | (actual == j)
            if rows.any():
                both = [measure(Ranking.of(actual[rows] == k, probabilities[rows, k], w[rows])) for k in (i, j)]
                pairs.append((i, j, sum(both) / 2.0))
    frequency = np.array([share[i] + share[j] for i, j, _ in pairs])
    areas = np.array([value for _, _, value in pairs])
    records: list[tuple[str, str | None, str | None, float]] = [
        *((f"{label} vs Rest", label, None, value) for label, value in zip(labels, rest, strict=True)),
        ("Macro OVR", None, None, float(np.mean(rest))),
        ("Weighted OVR", None, None, float(np.average(rest, weights=share))),
        *((f"{labels[i]} vs {labels[j]}", labels[i], labels[j], value) for i, j, value in pairs),
        ("Macro OVO", None, None, float(areas.mean())),
        ("Weighted OVO", None, None, float(np.average(areas, weights=frequency))),
    ]
    return pd.DataFrame(records, columns=["type", "first_class_domain", "second_class_domain", area])


def multinomial_auc(table: pd.DataFrame, auc_type: str, area: str = "auc") -> float:
    """Return one average of `multinomial_auc_table` by its parameter name, MACRO_OVR and the like."""
    kind, scheme = auc_type.split("_")
    row = table["type"] == f"{kind.capitalize()} {scheme}"
    return float(table.loc[row, area].iloc[0])

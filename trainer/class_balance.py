"""Balancing classes: how often each row is learned, and how probabilities are turned back afterwards."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from triplicate.runtime.errors import ParameterError, TrainingDataError
from triplicate.trainer.row_sample import row_draws

__all__ = ["Balance", "balanced", "class_ratios", "stratified_rows"]

ATTEMPTS = 10

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Balance:
    """What balancing decides.

    `rows`: indices of the rows to learn, some of them repeatedly, others perhaps not at all. `correction`: the
    factor per class that turns probabilities of the balanced rows into those of the original ones. `note` says so.
    """

    rows: npt.NDArray[np.intp]
    correction: tuple[float, ...]
    note: str


def class_ratios(counts: Floats, weights: Floats, factors: tuple[float, ...] | None, most: float) -> Floats:
    """Return how many times a row of each class is drawn, on average.

    `counts`: rows per class; `weights`: their sum of weights; `most`: the largest number of rows wanted. Without
    `factors` all classes come to the same weight, the heaviest being drawn once. Where there would be more than
    `most` rows all ratios shrink alike, so that even the heaviest class loses rows.
    """
    even = weights.max() / np.where(weights > 0, weights, weights.max())
    ratios = even if factors is None else np.array(factors)
    total = float((ratios * counts).sum())
    return np.asarray(ratios * min(1.0, most / total))


def balanced(
    codes: Codes,
    weights: Floats | None,
    labels: tuple[str, ...],
    factors: tuple[float, ...] | None,
    largest: float,
    seed: int,
) -> Balance:
    """Draw rows so that classes are balanced, or in the proportions of `factors`; the same ones for the same seed.

    `codes` are class indices, `largest` the size of the result as a multiple of the rows there are. ParameterError
    when `factors` are not one per class, TrainingDataError when a class is left without a row ten times.
    """
    if factors is not None and len(factors) != len(labels):
        raise ParameterError(
            f"class_sampling_factors must have one value per class, in the order {', '.join(labels[:10])}: "
            f"{len(labels)} classes, {len(factors)} values"
        )
    counts, sums = _per_class(codes, None, len(labels)), _per_class(codes, weights, len(labels))
    ratios = class_ratios(counts, sums, factors, max(len(labels), largest * codes.size))
    copies = _drawn(codes, ratios, counts, labels, seed)
    rows = np.repeat(np.arange(codes.size), copies)
    after = _per_class(codes[rows], None if weights is None else weights[rows], len(labels))
    present = (sums > 0) & (after > 0)
    prior, model = sums / sums.sum(), after / after.sum()
    correction = np.divide(prior, model, out=np.ones(len(labels)), where=present)
    now = _per_class(codes[rows], None, len(labels))
    shown = ", ".join(f"{labels[k]!r} {counts[k]:.0f} to {now[k]:.0f}" for k in range(min(len(labels), 10)))
    note = f"classes were balanced, {codes.size} rows to {rows.size}: {shown}{', …' if len(labels) > 10 else ''}"
    return Balance(rows, tuple(correction.tolist()), note)


def stratified_rows(codes: Codes, weights: Floats | None, classes: int, wanted: int, seed: int) -> npt.NDArray[np.intp]:
    """Return indices, ascending, of about `wanted` rows (0: as many as there are) with classes as equal as can be.

    No row is drawn twice, so that rare classes are kept whole and frequent ones thinned out.
    """
    counts, sums = _per_class(codes, None, classes), _per_class(codes, weights, classes)
    ratios = np.minimum(class_ratios(counts, sums, None, min(wanted or codes.size, codes.size)), 1.0)
    for attempt in range(ATTEMPTS):
        chosen = np.flatnonzero(row_draws(codes.size, seed + attempt) < ratios[codes])
        if (_per_class(codes[chosen], None, classes)[counts > 0] > 0).all():
            break
    return chosen if chosen.size else np.arange(1)


def _drawn(codes: Codes, ratios: Floats, counts: Floats, labels: tuple[str, ...], seed: int) -> npt.NDArray[np.intp]:
    """Return the copies of each row: the whole part of its ratio, and by chance one more for the rest."""
    ratio = ratios[codes]
    for attempt in range(ATTEMPTS):
        copies = np.floor(ratio).astype(np.intp) + (row_draws(codes.size, seed + attempt) < ratio - np.floor(ratio))
        empty = np.flatnonzero((counts > 0) & (_per_class(codes, copies.astype(np.float64), len(labels)) == 0))
        if not empty.size:
            return copies
    raise TrainingDataError(
        f"balance_classes leaves class {labels[empty[0]]!r} ({counts[empty[0]]:.0f} rows) without a row; enlarge "
        "max_after_balance_size, or its value in class_sampling_factors"
    )


def _per_class(codes: Codes, weights: Floats | None, classes: int) -> Floats:
    return np.bincount(codes, weights=weights, minlength=classes).astype(np.float64)

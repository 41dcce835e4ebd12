"""Which rows belong to which fold of a cross-validation: the incumbent's formulas, so that equal seeds agree."""

import numpy as np
import numpy.typing as npt

from triplicate.runtime.errors import ParameterError, TrainingDataError
from triplicate.trainer.jit import kernel
from triplicate.trainer.parameters import Parameters
from triplicate.trainer.pcg import State, first_words, next_int, reseed
from triplicate.trainer.table import Table
from triplicate.trainer.table_columns import CategoricalColumn, NumericColumn, TableColumn

__all__ = ["folds_of", "modulo_folds", "random_folds", "stratified_folds"]

Folds = npt.NDArray[np.int64]


def random_folds(rows: int, folds: int, seed: int) -> Folds:
    """Return each row's fold, drawn by a generator of its own (seed + row); sizes come out uneven."""
    return _drawn(np.arange(rows, dtype=np.uint64) + np.uint64(seed % 2**64), folds)


def modulo_folds(rows: int, folds: int) -> Folds:
    """Return row modulo folds."""
    return np.arange(rows, dtype=np.int64) % folds


def stratified_folds(classes: npt.NDArray[np.int32], folds: int, seed: int) -> Folds:
    """Return folds drawn class by class: random in each class, though not of exactly equal shares.

    `classes` holds the class index of each row, -1 where there is none; such rows go by their number.
    """
    starts = first_words(np.arange(int(classes.max()) + 1, dtype=np.uint64) + np.uint64(seed % 2**64))
    rows = np.arange(classes.size, dtype=np.uint64)
    return np.where(classes < 0, modulo_folds(classes.size, folds), _drawn(rows + starts[classes], folds))


def folds_of(table: Table, parameters: Parameters, rows: int) -> Folds:
    """Return the fold, from 0, of each of the frame's `rows`, by nfolds and fold_assignment or by fold_column.

    `parameters` are those decided for the task. Raises ParameterError or TrainingDataError when that makes no
    folds.
    """
    p = parameters
    if table.fold is not None:
        assigned = np.full(rows, -1, dtype=np.int64)
        assigned[table.kept] = _given_folds(table.fold)
        return assigned
    if p.nfolds > len(table):
        raise ParameterError(f"nfolds must be at most the number of rows, {len(table)}, got {p.nfolds}")
    if p.fold_assignment == "Modulo":
        return modulo_folds(rows, p.nfolds)
    if p.fold_assignment != "Stratified":
        return random_folds(rows, p.nfolds, p.seed)
    if not isinstance(table.response, CategoricalColumn):
        raise ParameterError("fold_assignment 'Stratified' needs a categorical response; use 'Random' or 'Modulo'")
    classes = np.full(rows, -1, dtype=np.int32)
    classes[table.kept] = table.response.codes
    return stratified_folds(classes, p.nfolds, p.seed)


def _given_folds(column: TableColumn) -> Folds:
    name = column.name
    if column.missing.any():
        row = int(np.flatnonzero(column.missing)[0])
        raise TrainingDataError(f"fold_column {name!r}, row {row}: the fold is missing")
    values = column.values if isinstance(column, NumericColumn) else column.codes.astype(np.float64)
    found, codes = np.unique(values, return_inverse=True)
    if found.size < 2:
        raise TrainingDataError(f"fold_column {name!r} is constant: there must be at least two folds")
    if isinstance(column, NumericColumn):
        whole = np.arange(found.size, dtype=np.float64)
        if not (np.array_equal(found, whole) or np.array_equal(found, whole + 1)):
            raise TrainingDataError(
                f"fold_column {name!r} must hold categories, or whole numbers from 0 or 1 on without a gap; it has "
                + ", ".join(f"{value:g}" for value in found[:10])
            )
    return codes.astype(np.int64)


def _drawn(seeds: npt.NDArray[np.uint64], folds: int) -> Folds:
    out = np.empty(seeds.size, dtype=np.int64)
    _draw(np.zeros(1, dtype=np.uint64), seeds, folds, out)
    return out


@kernel()
def _draw(state: State, seeds: npt.NDArray[np.uint64], folds: int, out: Folds) -> None:
    for row in range(out.size):
        reseed(state, seeds[row])
        word = next_int(state)
        signed = word - 4294967296 if word >= 2147483648 else word
        out[row] = abs(signed) % folds

"""Folds: the reference's vectors, fold columns, and what makes no folds."""

from typing import Any

import numpy as np
import pytest
from open_kernels import next_int

from triplicate.runtime.errors import ParameterError, TrainingDataError
from triplicate.trainer.folds import folds_of, modulo_folds, random_folds, stratified_folds
from triplicate.trainer.parameters import Parameters
from triplicate.trainer.pcg import seeded
from triplicate.trainer.table import Table

from training_tables import classes_table, numbers_table


def folds(frame: Any, **parameters: Any) -> Any:
    """Return the folds of a table."""
    p = Parameters.of(seed=1, **parameters)
    table = Table.for_parameters(frame, p)
    return folds_of(table, p.for_task(table.task), len(frame))


def test_random_folds_are_those_of_the_reference() -> None:
    """Seed 1234 and 5 folds give the published vector; any seed gives every fold."""
    assert random_folds(12, 5, 1234).tolist() == [2, 0, 0, 1, 3, 3, 4, 0, 3, 1, 0, 1]
    assert set(random_folds(200, 7, -5).tolist()) == set(range(7))


def test_modulo_folds() -> None:
    """Rows go round the folds."""
    assert modulo_folds(5, 3).tolist() == [0, 1, 2, 0, 1]


def test_stratified_folds_draw_class_by_class() -> None:
    """Each class has its own start, 64 bits of a generator of seed + class; rows without a class go by number."""
    classes = np.array([0, 1, -1, 1, 0, 1], dtype=np.int32)
    expected = []
    for row, label in enumerate(classes.tolist()):
        if label < 0:
            expected.append(row % 4)
            continue
        state = seeded(9 + label)
        start = (int(next_int(state)) << 32) + int(next_int(state))
        word = int(next_int(seeded(row + start)))
        expected.append(abs(word - 2**32 if word >= 2**31 else word) % 4)
    assert stratified_folds(classes, 4, 9).tolist() == expected


@pytest.mark.parameter("fold_assignment")
def test_assignments_by_parameter() -> None:
    """AUTO is Random; Modulo and Stratified are themselves; rows without a response have a fold too."""
    table = classes_table()
    table.loc[3, "kind"] = None
    assert (folds(table, y="kind", nfolds=3) == random_folds(300, 3, 1)).all()
    assert (folds(table, y="kind", nfolds=3, fold_assignment="modulo") == modulo_folds(300, 3)).all()
    stratified = folds(table, y="kind", nfolds=3, fold_assignment="Stratified")
    assert stratified[3] == 0
    assert np.bincount(stratified).min() > 60


def test_a_fold_column_is_mapped_to_folds() -> None:
    """Categories in their order, or whole numbers from 0 or from 1, are the folds; the column is no predictor."""
    table = classes_table()
    for start in (0, 1):
        frame = table.assign(f=np.arange(300) % 4 + start)
        assert (folds(frame, y="kind", fold_column="f") == np.arange(300) % 4).all()
    frame = table.assign(f=np.array(["north", "south", "east"])[np.arange(300) % 3])
    assert (folds(frame, y="kind", fold_column="f")[:3] == [1, 2, 0]).all()
    assert "f" not in [c.name for c in Table.for_parameters(frame, Parameters.of(y="kind", fold_column="f")).columns]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.zeros(300), "is constant"),
        (np.where(np.arange(300) == 7, np.nan, 1.0), "row 7: the fold is missing"),
        (np.arange(300) % 3 * 2, "whole numbers from 0 or 1 on without a gap; it has 0, 2, 4"),
        (np.arange(300) % 2 - 0.5, "whole numbers from 0 or 1"),
    ],
)
def test_columns_that_make_no_folds(values: Any, words: str) -> None:
    """Constant columns, missing folds, gaps and fractions are refused by name."""
    with pytest.raises(TrainingDataError, match=f"fold_column 'f'.*{words}"):
        folds(classes_table().assign(f=values), y="kind", fold_column="f")


def test_refusals() -> None:
    """More folds than rows, and strata without classes, are refused."""
    with pytest.raises(ParameterError, match="nfolds must be at most the number of rows, 5, got 6"):
        folds(classes_table(5), y="kind", nfolds=6)
    with pytest.raises(ParameterError, match="'Stratified' needs a categorical response"):
        folds(numbers_table(), y="price", nfolds=3, fold_assignment="Stratified")
    for wrong, words in (
        ({"nfolds": 3, "fold_column": "f"}, "give nfolds, 3, or fold_column, 'f', not both"),
        ({"fold_assignment": "Modulo"}, "fold_assignment='Modulo' needs nfolds"),
        ({"autoencoder": True, "nfolds": 3}, "an autoencoder cannot have nfolds=3"),
        ({"autoencoder": True, "fold_column": "f"}, "an autoencoder cannot have fold_column='f'"),
        ({"nfolds": 1}, "nfolds must be at least 2 or 0, got 1"),
    ):
        with pytest.raises(ParameterError, match=words):
            Parameters.of(**wrong)

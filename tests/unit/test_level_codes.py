"""Levels as numbers: binary digits, eigenvector entries, labels, and their scaling."""

import numpy as np
import pytest

from triplicate.runtime.columns import UnseenPolicy
from triplicate.trainer.column_statistics import column_scaling
from triplicate.trainer.level_codes import CodedColumn, binary_codes, eigen_codes, label_codes
from triplicate.trainer.table_columns import CategoricalColumn, NumericColumn


def column(levels: str | list[str], codes: list[int]) -> CategoricalColumn:
    """Return a column of these levels and codes."""
    return CategoricalColumn("c", tuple(levels), np.array(codes, dtype=np.int32))


def coded(codes: list[int], *, sparse: bool = False, standardize: bool = True) -> CodedColumn:
    """Return the label encoding of a column of levels a, b, c, on input 4."""
    given = column("abc", codes)
    options = {"standardize": standardize, "autoencoder": False, "sparse": sparse}
    return CodedColumn.of(given, label_codes(given), 4, None, UnseenPolicy.ROW, **options)


def test_binary_digits_of_three_levels() -> None:
    """Level k is the number k + 1, lowest digit first; missing and unseen are 0: the published example."""
    assert binary_codes(column("abc", [0])).tolist() == [[1, 0], [0, 1], [1, 1], [0, 0], [0, 0]]


@pytest.mark.parametrize(("levels", "width"), [(1, 1), (2, 2), (3, 2), (4, 3), (7, 3), (8, 4), (70_000, 17)])
def test_binary_takes_one_plus_floor_log2_columns(levels: int, width: int) -> None:
    """L levels take 1 + floor(log2 L) digits, and all levels differ."""
    codes = binary_codes(column([str(k) for k in range(levels)], [0]))
    assert codes.shape == (levels + 2, width)
    assert len(np.unique(codes[:levels], axis=0)) == levels


def test_labels_are_positions_or_the_numbers_spelled() -> None:
    """Levels that all spell numbers are these numbers; others count from 0."""
    assert label_codes(column(["10", "2.5"], [0]))[:2, 0].tolist() == [10.0, 2.5]
    assert label_codes(column(["10", "x"], [0]))[:2, 0].tolist() == [0.0, 1.0]
    assert label_codes(column(["1", "1e999"], [0]))[:2, 0].tolist() == [0.0, 1.0]
    assert np.isnan(label_codes(column("ab", [0]))[2:]).all()


@pytest.mark.parametrize("counts", [[3, 1], [5, 2, 2], [1, 2, 3, 4, 5]])
def test_eigen_is_a_leading_eigenvector(counts: list[int]) -> None:
    """The entries are a unit eigenvector of the published matrix for its largest eigenvalue."""
    n = np.array(counts, dtype=np.float64)
    given = column("abcde"[: len(counts)], list(np.repeat(np.arange(len(counts)), counts)))
    matrix = (np.diag(n) - np.outer(n, n) / n.sum()) / np.sqrt(np.outer(n, n))
    vector = eigen_codes(given)[: len(counts), 0]
    np.testing.assert_allclose(matrix @ vector, np.linalg.eigvalsh(matrix)[-1] * vector, atol=1e-14)
    assert np.linalg.norm(vector) == pytest.approx(1, rel=2**-24)  # entries are float32 numbers
    assert len(set(vector)) == len(counts)


def test_eigen_of_two_levels() -> None:
    """Of two levels the vector is unique: (-sqrt(n_b), sqrt(n_a)) over sqrt(N)."""
    np.testing.assert_allclose(eigen_codes(column("ab", [0, 0, 0, 1]))[:2, 0], [-0.5, np.sqrt(0.75)], atol=1e-15)


def test_eigen_without_rows_is_missing_and_rare_levels_share() -> None:
    """A level without a row is NaN; beyond 1024 levels the rarer ones and unseen cells share an entry."""
    assert np.isnan(eigen_codes(column("abc", [0, 2, 2]))[[1, 3, 4], 0]).all()
    many = eigen_codes(column([str(k) for k in range(1030)], [*range(1030), *range(1024)]))[:, 0]
    assert len(set(many[:1030])) == 1025
    assert np.isnan(many[1030])
    assert many[1031] == many[1029] == many[1024]


def test_codes_are_scaled_like_numbers() -> None:
    """The table holds (label - mean) / deviation over the rows present; missing and unseen are the mean, 0."""
    made = coded([0, 1, 2, 2, -1])
    scaling = column_scaling(
        NumericColumn("c", np.array([0, 1, 2, 2, np.nan])), None, standardize=True, autoencoder=False
    )
    assert made.scalings == (scaling,)
    expected = [(label - scaling.subtract) * scaling.multiply for label in (0.0, 1.0, 2.0)]
    assert made.table.values[:, 0].tolist() == [*expected, 0.0, 0.0]
    assert (made.table.inputs == 4).all()


def test_sparse_codes_are_not_centred() -> None:
    """With sparse the labels are only divided by their deviation, without scaling they stay; missing follows suit."""
    codes = [0, 1, 2, 2, -1]
    deviation = np.std([0, 1, 2, 2], ddof=1)
    np.testing.assert_allclose(coded(codes, sparse=True).table.values[:, 0], [0, 1 / deviation, 2 / deviation, 0, 0])
    assert coded(codes, standardize=False).table.values[:, 0].tolist() == [0, 1, 2, 1.25, 1.25]
    assert coded(codes, standardize=False, sparse=True).table.values[:, 0].tolist() == [0, 1, 2, 0, 0]

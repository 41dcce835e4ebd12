"""Confusion matrix, hit ratios and AUC of several classes, against scikit-learn."""

import numpy as np
import pytest
import sklearn.metrics as reference

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.class_tables import confusion_matrix, hit_ratio_table, multinomial_auc, multinomial_auc_table

LABELS = ("a", "b", "c")


def example(rows: int = 150) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return actual classes, probabilities, weights."""
    rng = np.random.default_rng(1)
    y = rng.integers(0, 3, rows).astype(np.int32)
    z = rng.normal(size=(rows, 3)) + 1.5 * np.eye(3)[y]
    return y, np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), rng.random(rows) + 0.5


def test_the_confusion_matrix_counts_by_weight() -> None:
    """Cells agree with scikit-learn; errors and totals are those of the cells."""
    y, p, w = example()
    labels = p.argmax(axis=1).astype(np.int32)
    table = confusion_matrix(y, labels, LABELS, w)
    cells = reference.confusion_matrix(y, labels, sample_weight=w)
    np.testing.assert_allclose(table.iloc[:3, :3], cells)
    np.testing.assert_allclose(table.loc["Total", list(LABELS)].astype(float), cells.sum(axis=0))
    np.testing.assert_allclose(table["Error"][:3], 1 - np.diag(cells) / cells.sum(axis=1))
    assert table.loc["Total", "Error"] == pytest.approx(1 - np.trace(cells) / cells.sum())


def test_whole_counts_are_integers() -> None:
    """Without weights cells are integers and the rate reads k / n."""
    table = confusion_matrix(np.array([0, 0, 1], np.int32), np.array([0, 1, 1], np.int32), ("no", "yes"))
    assert table["no"].tolist() == [1, 0, 1]
    assert table["Rate"].tolist() == ["1 / 2", "0 / 1", "1 / 3"]


def test_hit_ratios() -> None:
    """The share of rows within the k most probable classes, up to the largest k and the number of classes."""
    y, p, w = example()
    table = hit_ratio_table(y, p, 10, w)
    expected = [reference.top_k_accuracy_score(y, p, k=k, sample_weight=w) for k in (1, 2)]
    np.testing.assert_allclose(table["hit_ratio"], [*expected, 1.0])
    assert hit_ratio_table(y, p, 2)["k"].tolist() == [1, 2]
    tied = hit_ratio_table(np.array([0, 1], np.int32), np.full((2, 2), 0.5), 1)
    assert tied["hit_ratio"].tolist() == [0.5]


@pytest.mark.parametrize("kind", ["OVR", "OVO"])
@pytest.mark.parametrize("average", ["MACRO", "WEIGHTED"])
def test_auc_of_several_classes(kind: str, average: str) -> None:
    """Each average is scikit-learn's roc_auc_score of that name."""
    y, p, _ = example()
    found = multinomial_auc(multinomial_auc_table(y, p, LABELS, None), f"{average}_{kind}")
    assert found == pytest.approx(reference.roc_auc_score(y, p, multi_class=kind.lower(), average=average.lower()))


def test_auc_of_one_class_against_the_rest_is_weighted() -> None:
    """The table's first rows are the weighted AUC of each class; the area under precision-recall is another table."""
    y, p, w = example()
    table = multinomial_auc_table(y, p, LABELS, w)
    expected = [reference.roc_auc_score(y == k, p[:, k], sample_weight=w) for k in range(3)]
    np.testing.assert_allclose(table["auc"][:3], expected)
    assert table["type"].tolist()[3:6] == ["Macro OVR", "Weighted OVR", "a vs b"]
    assert multinomial_auc_table(y, p, LABELS, w, "aucpr")["aucpr"].between(0, 1).all()


def test_too_many_classes_are_refused() -> None:
    """More than 50 classes would make thousands of pairs."""
    y = np.arange(51, dtype=np.int32)
    with pytest.raises(ParameterError, match="at most 50"):
        multinomial_auc_table(y, np.eye(51), [str(k) for k in y], None)

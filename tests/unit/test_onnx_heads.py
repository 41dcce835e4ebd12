"""The named outputs of each head."""

import numpy as np
import numpy.typing as npt
import pytest

from triplicate.exporters.onnx_graph import build_onnx
from triplicate.exporters.onnx_heads import no_label
from triplicate.runtime import (
    Classification,
    Head,
    LabelRule,
    LabelType,
    Layer,
    Link,
    Numeric,
    Reconstruction,
    Regression,
    ScoringModel,
)

from onnx_cases import run_graph, score_columns


def passing(head: Head, outputs: int) -> ScoringModel:
    """Return a model whose last layer hands on the numbers z0, z1, … unchanged."""
    columns = tuple(Numeric(f"z{i}", i) for i in range(outputs))
    return ScoringModel(columns, (Layer(np.eye(outputs), np.zeros(outputs)),), head)


def of_rows(model: ScoringModel, rows: list[list[float]]) -> dict[str, npt.NDArray[np.generic]]:
    """Run the matrix form over rows of numbers."""
    return run_graph(build_onnx(model, input="matrix"), {"input": np.array(rows)})


def test_classification_gives_a_label_and_a_probability_per_label() -> None:
    """`label` is a vector of texts, `probabilities` a matrix: no list of dictionaries."""
    found = of_rows(passing(Classification(("a", "b\0", "😀")), 3), [[0.0, np.log(2), 0.0], [0.0, 0.0, 5.0]])
    assert list(found) == ["label", "probabilities", "unseen"]
    assert found["label"].tolist() == ["b\0", "😀"]
    assert found["probabilities"][0].tolist() == pytest.approx([0.25, 0.5, 0.25], abs=1e-15)


def test_integer_labels_are_int64() -> None:
    """The whole range of 64-bit integers can be a label."""
    head = Classification((str(-(2**63)), "7", str(2**63 - 1)), LabelType.INTEGER)
    found = of_rows(passing(head, 3), [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert found["label"].dtype == np.int64
    assert found["label"].tolist() == [-(2**63), 7, 2**63 - 1]


def test_boolean_labels_are_texts() -> None:
    """A tensor of booleans could not say that a row has no label."""
    found = of_rows(passing(Classification(("False", "True"), LabelType.BOOLEAN), 2), [[0.0, 1.0], [1.0, 0.0]])
    assert found["label"].tolist() == ["True", "False"]


@pytest.mark.parametrize("label_type", [LabelType.STRING, LabelType.INTEGER])
@pytest.mark.parametrize("rule", [LabelRule.ARGMAX, LabelRule.THRESHOLD])
def test_a_row_that_overflows_has_no_label(label_type: LabelType, rule: LabelRule) -> None:
    """Its probabilities are NaN, its label is what `no_label` says; the rows beside it keep theirs."""
    threshold = 0.5 if rule is LabelRule.THRESHOLD else 0.0
    head = Classification(("0", "1"), label_type, rule, threshold)
    layer = Layer(np.array([[1e300, -1e300], [0.0, 1.0]]), np.zeros(2))
    model = ScoringModel((Numeric("x", 0), Numeric("y", 1)), (layer,), head)
    found = score_columns(model, x=np.array([1e300, 0.0]), y=np.array([1e300, 0.0]))
    labels = found["label"].tolist()
    assert labels == [no_label(head), labels[1]]
    assert str(labels[1]) == ("1" if rule is LabelRule.THRESHOLD else "0")
    assert np.isnan(found["probabilities"]).all(axis=1).tolist() == [True, False]


def test_no_label_is_never_a_label() -> None:
    """The empty text is no label; among integers the smallest free one is taken."""
    assert no_label(Classification(("a", "b"))) == ""
    assert no_label(Classification(("1", "2"), LabelType.INTEGER)) == -(2**63)
    assert no_label(Classification((str(-(2**63)), "2"), LabelType.INTEGER)) == -(2**63) + 1


def test_the_first_of_equal_probabilities_wins() -> None:
    """The rule argmax takes the first class that is greater than all before it."""
    found = of_rows(passing(Classification(("a", "b", "c")), 3), [[1.0, 2.0, 2.0], [0.0, 0.0, 0.0]])
    assert found["label"].tolist() == ["b", "a"]


def test_the_threshold_itself_is_reached() -> None:
    """Two equal sums give 0.5, and 0.5 >= 0.5; a higher threshold is not reached."""
    for threshold, label in ((0.5, "yes"), (0.51, "no")):
        head = Classification(("no", "yes"), rule=LabelRule.THRESHOLD, threshold=threshold)
        assert of_rows(passing(head, 2), [[0.0, 0.0]])["label"].tolist() == [label]


def test_the_prior_correction_comes_before_the_label() -> None:
    """Factors 9 and 1 turn 0.2 : 0.8 into 1.8 : 0.8, and the label with it."""
    head = Classification(("a", "b"), correction=np.array([9.0, 1.0]))
    found = of_rows(passing(head, 2), [[np.log(0.2), np.log(0.8)]])
    assert found["probabilities"][0].tolist() == pytest.approx([1.8 / 2.6, 0.8 / 2.6], abs=1e-15)
    assert found["label"].tolist() == ["a"]


def test_the_identity_link_scales_shifts_and_adds_the_offset() -> None:
    """The value is f * 2 + 3 + offset, and NaN for a missing offset."""
    model = passing(Regression(Link.IDENTITY, 2.0, 3.0, "offset"), 1)
    found = of_rows(model, [[5.0, 0.25], [5.0, np.nan]])
    assert list(found) == ["variable", "unseen"]
    assert np.array_equal(found["variable"], [[13.25], [np.nan]], equal_nan=True)


def test_the_log_link_is_capped() -> None:
    """The value is exp(f + offset), at most 1e19; a missing offset is NaN and not the cap."""
    model = passing(Regression(Link.LOG, offset="offset"), 1)
    found = of_rows(model, [[1.0, 1.0], [700.0, 100.0], [0.0, np.nan], [-1000.0, 0.0]])["variable"].ravel()
    assert found[0] == pytest.approx(np.exp(2.0), rel=1e-15)
    assert np.array_equal(found[1:], [1e19, np.nan, 0.0], equal_nan=True)
    assert "Min" not in {node.op_type for node in build_onnx(model).graph.node}  # older runtimes' Min loses a NaN


def rebuilding(
    groups: list[int], columns: int, weights: list[float] | None = None, threshold: float = 10.0
) -> ScoringModel:
    """Return an autoencoder of `columns` numbers whose outputs are all 0: errors are the squared numbers."""
    count = len(groups)
    u = np.ones(count) if weights is None else np.array(weights)
    head = Reconstruction(
        np.arange(count, dtype=np.int32), u, np.array(groups), np.full(count, 2.0), np.full(count, 7.0), threshold
    )
    layer = Layer(np.zeros((count, columns)), np.zeros(count))
    return ScoringModel(tuple(Numeric(f"x{i}", i) for i in range(columns)), (layer,), head)


def test_an_autoencoder_gives_five_outputs() -> None:
    """Reconstruction in raw units, score, error per column, flag and reasons."""
    found = of_rows(rebuilding([0, 1, 2, 3], 4), [[1.0, 2.0, 0.0, 2.5], [0.0, 0.0, 0.0, 1.0]])
    assert list(found) == ["reconstruction", "score", "per_column", "is_anomaly", "reasons", "unseen"]
    assert found["reconstruction"].tolist() == [[7.0] * 4] * 2
    assert found["score"].tolist() == [[11.25], [1.0]]
    assert found["per_column"].tolist() == [[1.0, 4.0, 0.0, 6.25], [0.0, 0.0, 0.0, 1.0]]
    assert found["is_anomaly"].tolist() == [True, False]
    assert found["is_anomaly"].dtype == np.bool_
    assert found["reasons"].tolist() == [["x3", "x1", "x0"], ["x3", "x0", "x1"]]


def test_the_threshold_is_not_an_anomaly_and_infinity_never_is() -> None:
    """A row is an anomaly when its score is above the threshold."""
    assert of_rows(rebuilding([0], 1, threshold=4.0), [[2.0], [2.5]])["is_anomaly"].tolist() == [False, True]
    assert of_rows(rebuilding([0], 1, threshold=np.inf), [[1e300]])["is_anomaly"].tolist() == [False]


def test_a_model_of_one_column_has_one_reason() -> None:
    """There are never more reasons than columns."""
    assert of_rows(rebuilding([0], 1), [[1.0]])["reasons"].tolist() == [["x0"]]


def test_errors_are_weighted_and_added_by_column() -> None:
    """Groups of any size in any order, columns without a target included."""
    model = rebuilding([4, 1, 1, 0, 4, 1], 6, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    found = of_rows(model, [[1.0] * 6])
    assert found["per_column"].tolist() == [[4.0, 11.0, 0.0, 0.0, 6.0, 0.0]]
    assert found["score"].tolist() == [[21.0]]


def test_an_infinite_error_stays_in_its_column() -> None:
    """1e200 squared is beyond the largest number; the other columns keep their errors."""
    found = of_rows(rebuilding([0, 1, 1, 2], 4), [[1.0, 1e200, 1.0, 3.0]])
    assert found["per_column"].tolist() == [[1.0, np.inf, 9.0, 0.0]]
    assert found["reasons"].tolist() == [["x1", "x2", "x0"]]

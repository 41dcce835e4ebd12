"""Freezing: the ScoringModel computes what training computed, with retain, thresholds, units and golden rows."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate.runtime import Classification, LabelRule, LabelType, Numeric, Reconstruction, Regression, Scorer
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator
from triplicate.trainer.fast_scoring import network_outputs
from triplicate.trainer.freeze import with_threshold

from training_tables import classes_table, numbers_table, unlabelled_table

DROPOUT: dict[str, Any] = {
    "hidden": [6, 5], "epochs": 3, "seed": 2, "activation": "RectifierWithDropout",
    "hidden_dropout_ratios": [0.25, 0.5], "input_dropout_ratio": 0.1,
}  # fmt: skip


@pytest.mark.parameter("input_dropout_ratio", "hidden_dropout_ratios")
def test_retain_is_the_share_of_kept_units() -> None:
    """Hidden dropout p is in the model as retain 1 - p; input dropout and the output leave no trace."""
    model = DeepLearningEstimator(**DROPOUT).train(y="kind", training_frame=classes_table()).scoring_model
    assert [layer.retain for layer in model.layers] == [0.75, 0.5, 1.0]
    assert all(layer.weights.dtype == np.float32 for layer in model.layers)


@pytest.mark.parametrize("classes", [2, 4])
def test_the_model_computes_what_training_scored(classes: int) -> None:
    """Outputs before softmax agree with the training network to float32 accuracy, missing cells included."""
    table = classes_table(classes=classes)
    trained = DeepLearningEstimator(**DROPOUT).train(y="kind", training_frame=table).trained
    fast = network_outputs(trained.result.network, trained.result.parameters, trained.plan.encode(table))
    scorer = Scorer(trained.model)
    numbers = np.column_stack(
        [
            table[c.name] if isinstance(c, Numeric) else
            table[c.name].map(dict(zip(c.levels, range(9), strict=False))) for c in trained.model.columns
        ]
    ).astype(np.float64)  # fmt: skip
    exact = scorer.layer_outputs(numbers, len(trained.model.layers) - 1)
    np.testing.assert_allclose(fast, exact, atol=1e-5)


def test_regression_units() -> None:
    """Scale and shift of the head bring predictions to the response's units."""
    table = numbers_table()
    estimator = DeepLearningEstimator(hidden=[10], epochs=40, seed=1).train(y="price", training_frame=table)
    head = estimator.scoring_model.head
    assert isinstance(head, Regression)
    assert head.shift == pytest.approx(table["price"].mean())
    assert head.scale == pytest.approx(table["price"].std())
    error = estimator.predict(table)["predict"] - table["price"]
    assert error.std() < 0.4 * table["price"].std()


@pytest.mark.parameter("threshold")
@pytest.mark.parametrize(
    ("threshold", "rule"), [("max_f1", LabelRule.THRESHOLD), ("argmax", LabelRule.ARGMAX), (0.3, LabelRule.THRESHOLD)]
)
def test_label_rules(threshold: float | str, rule: LabelRule) -> None:
    """The parameter threshold decides the label rule that the model carries."""
    estimator = DeepLearningEstimator(hidden=[4], epochs=1, seed=1, threshold=threshold)
    head = estimator.train(y="kind", training_frame=classes_table()).scoring_model.head
    assert isinstance(head, Classification)
    assert head.rule is rule
    assert threshold != 0.3 or head.threshold == 0.3


def test_the_max_f1_threshold_is_that_of_validation_rows() -> None:
    """With a validation frame the threshold maximises F1 there, by the model's own exact probabilities."""
    table, other = classes_table(), classes_table(seed=5)
    estimator = DeepLearningEstimator(hidden=[4], epochs=2, seed=1)
    estimator.train(y="kind", training_frame=table, validation_frame=other)
    head = estimator.scoring_model.head
    assert isinstance(head, Classification)
    p, actual = estimator.predict(other)["yes"].to_numpy(), (other["kind"] == "yes").to_numpy()

    def f1(cut: float) -> float:
        hits = float((actual & (p >= cut)).sum())
        return 2 * hits / float(actual.sum() + (p >= cut).sum())

    assert head.threshold not in p
    assert f1(head.threshold) == pytest.approx(max(f1(cut) for cut in p))


def test_more_than_two_classes_take_the_most_probable() -> None:
    """Four classes have the rule argmax, and text labels."""
    head = DeepLearningEstimator(hidden=[4], epochs=1, seed=1).train(
        y="kind", training_frame=classes_table(classes=4)
    ).scoring_model.head  # fmt: skip
    assert isinstance(head, Classification)
    assert (head.rule, head.label_type, len(head.labels)) == (LabelRule.ARGMAX, LabelType.STRING, 4)


def test_the_reconstruction_head() -> None:
    """Every input is rebuilt with equal weight; numbers return to raw units, groups name the columns."""
    table = unlabelled_table()
    estimator = AutoEncoderEstimator(activation="Tanh", hidden=[3], epochs=5, seed=1).train(training_frame=table)
    model = estimator.scoring_model
    head = model.head
    assert isinstance(head, Reconstruction)
    assert head.targets.tolist() == list(range(model.inputs))
    assert head.weights.tolist() == [1 / 9] * 9
    assert head.groups.tolist() == [0, 0, 0, 1, 2, 3, 4, 5, 6]
    assert head.scale[3:] == pytest.approx(table.iloc[:, :6].max() - table.iloc[:, :6].min())
    assert head.shift[3:] == pytest.approx(table.iloc[:, :6].mean())
    scores = Scorer(model).score(table).outputs
    rows_above = int(scores[:, 1].sum())
    assert rows_above <= 2
    assert head.threshold not in scores[:, 0]


def test_a_regression_has_no_threshold() -> None:
    """Asking for one is a programming error."""
    model = DeepLearningEstimator(hidden=[2], epochs=0, seed=1).train(y="price", training_frame=numbers_table())
    with pytest.raises(ValueError, match="no threshold"):
        with_threshold(model.scoring_model, 0.5)


@pytest.mark.parametrize("policy", ["missing", "error"])
def test_golden_rows_are_made_up_and_exact(policy: str) -> None:
    """They hold no row of the table, a missing row, an unseen one unless refused; outputs are the model's."""
    table = classes_table()
    estimator = DeepLearningEstimator(hidden=[3], epochs=1, seed=1, unseen_levels=policy)
    model = estimator.train(y="kind", training_frame=table).scoring_model
    golden = model.metadata.golden
    assert golden is not None
    assert golden.rows == (10 if policy == "missing" else 9)
    cells = dict(zip(model.row_names, golden.cells, strict=True))
    assert not set(cells["size"]) - {None} & set(table["size"])
    assert cells["colour"][8] is None
    assert policy == "error" or cells["colour"][9] == "unseen"
    assert (Scorer(model).score(pd.DataFrame(cells)).outputs == golden.outputs).all()


def test_the_training_record() -> None:
    """The model carries its parameters, seed, epochs and metrics as plain data."""
    table = classes_table()
    estimator = DeepLearningEstimator(hidden=[3], epochs=2, seed=7)
    estimator.train(y="kind", training_frame=table, validation_frame=table)
    record = estimator.scoring_model.metadata.training_summary()
    assert (record["task"], record["response"], record["rows"], record["samples"]) == ("binomial", "kind", 300, 600)
    assert (record["parameters"]["seed"], record["parameters"]["hidden"]) == (7, [3])
    assert record["layers"] == ["8 inputs", "3 rectifier", "2 softmax"]
    assert record["validation_metrics"]["AUC"] == estimator.model_performance(valid=True).value("AUC")
    assert record["validation_metrics"] == record["training_metrics"]

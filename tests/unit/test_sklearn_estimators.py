"""The scikit-learn estimators: its own checks, tables with texts, labels of every type, weights, outliers."""

import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import check_estimator

import triplicate as tp
from triplicate.runtime.errors import ParameterError, TrainingDataError

from training_tables import classes_table, numbers_table, unlabelled_table

EXCEPTIONS = {"check_sample_weight_equivalence_on_dense_data": "steps of gradient descent are not additive"}
SMALL: dict[str, Any] = {"hidden": (6, 4), "epochs": 3, "random_state": 1}


@pytest.mark.parametrize(
    "estimator",
    [
        tp.DeepLearningClassifier(hidden=(20,), epochs=20),
        tp.DeepLearningRegressor(hidden=(20,), epochs=30),
        tp.AutoEncoderDetector(hidden=(3,), epochs=5),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_scikit_learn_accepts_them(estimator: Any) -> None:
    """Every check of check_estimator passes but the one that docs/scikit-learn.md lists with its reason."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(estimator, expected_failed_checks=EXCEPTIONS, on_fail=None, on_skip=None)
    failed = [f"{r['check_name']}: {r['exception']}" for r in results if r["status"] == "failed"]
    assert failed == []
    assert {r["check_name"] for r in results if r["status"] == "xfail"} == set(EXCEPTIONS)
    assert {r["check_name"] for r in results if r["status"] == "skipped"} <= {"check_array_api_input"}


def test_the_page_lists_the_exceptions() -> None:
    """docs/scikit-learn.md names every check that does not pass, and no other."""
    page = (Path(__file__).parents[2] / "docs" / "scikit-learn.md").read_text(encoding="utf-8")
    assert {line.split("`")[1] for line in page.splitlines() if line.startswith("| `check_")} == set(EXCEPTIONS)


def test_the_page_s_example_runs() -> None:
    """The code of docs/scikit-learn.md runs as it stands."""
    page = (Path(__file__).parents[2] / "docs" / "scikit-learn.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(page.split("```python")[1].split("```")[0], names)  # noqa: S102 - the project's own page
    assert names["search"].best_score_ > 0.8
    assert names["model"].scoring_model.head.labels == ("0", "1", "2")


def test_a_table_with_texts_and_holes_needs_no_preparation() -> None:
    """DataFrames with texts and missing cells are learned as they are; names are noted; unseen levels are scored."""
    table = classes_table(300, classes=3)
    X, y = table.drop(columns="kind"), table["kind"]
    fitted = tp.DeepLearningClassifier(hidden=(20,), epochs=30, random_state=1).fit(X, y)
    assert fitted.classes_.tolist() == ["no", "yes", "zebra"]
    assert fitted.n_features_in_ == 4
    assert fitted.feature_names_in_.tolist() == X.columns.tolist()
    assert fitted.score(X, y) > 0.6
    rows = X.head(2).assign(colour="mauve")
    np.testing.assert_array_equal(fitted.predict_proba(rows), fitted.predict_proba(rows.assign(colour=None)))


def test_it_is_the_model_of_the_plain_estimator() -> None:
    """Same parameters, same seed, same table: the same fingerprint as DeepLearningEstimator, and the same answers."""
    table = classes_table()
    X, y = table.drop(columns="kind"), table["kind"].to_numpy()
    fitted = tp.DeepLearningClassifier(**SMALL).fit(X, y)
    plain = tp.DeepLearningEstimator(hidden=[6, 4], epochs=3, seed=1, threshold="argmax")
    plain.train(y="kind", training_frame=table)
    assert fitted.model_.scoring_model == plain.scoring_model
    np.testing.assert_array_equal(fitted.predict_proba(X), plain.predict(X)[["no", "yes"]].to_numpy())
    np.testing.assert_array_equal(fitted.predict(X), plain.predict(X)["predict"].to_numpy())


@pytest.mark.parametrize(
    "classes",
    [np.array([10, 9]), np.array([-1.0, 1.0]), np.array([False, True]), np.array([0.25, 0.5]), np.array(["10", "9"])],
    ids=["integers", "whole floats", "booleans", "fractions as text", "texts"],
)
def test_labels_keep_their_type_and_order(classes: Any) -> None:
    """Predictions have the type of y; probabilities follow classes_, whatever the model's own order."""
    table = classes_table(200)
    X = table.drop(columns="kind")
    y = classes[(table["kind"] == "yes").astype(int)]
    if classes.dtype.kind == "f" and not float(classes[0]).is_integer():
        y = y.astype(str)
    fitted = tp.DeepLearningClassifier(hidden=(20,), epochs=30, random_state=1).fit(X, y)
    assert fitted.classes_.tolist() == sorted(set(y.tolist()))
    predicted = fitted.predict(X)
    assert predicted.dtype == y.dtype
    assert np.mean(predicted == y) > 0.8
    np.testing.assert_array_equal(predicted, fitted.classes_[fitted.predict_proba(X).argmax(axis=1)])


def test_weight_zero_is_leaving_out() -> None:
    """Rows of weight 0 change nothing, and other weights do."""
    table = classes_table(200)
    X, y = table.drop(columns="kind"), table["kind"]
    weights = np.where(np.arange(200) < 150, 1.0, 0.0)
    weighted = tp.DeepLearningClassifier(**SMALL).fit(X, y, sample_weight=weights)
    shorter = tp.DeepLearningClassifier(**SMALL).fit(X[:150], y[:150], sample_weight=np.ones(150))
    np.testing.assert_array_equal(weighted.predict_proba(X), shorter.predict_proba(X))
    heavier = tp.DeepLearningClassifier(**SMALL).fit(X, y, sample_weight=weights + 3 * (y == "yes"))
    assert heavier.predict_proba(X)[:, 1].mean() > weighted.predict_proba(X)[:, 1].mean()


def test_a_regressor_regresses_on_two_numbers() -> None:
    """A response of two numbers is regressed on without a word, and numbers in between are predicted."""
    table = classes_table(200)
    y = (table["kind"] == "yes").to_numpy(dtype=float)
    predicted = tp.DeepLearningRegressor(**SMALL).fit(table.drop(columns="kind"), y).predict(table.drop(columns="kind"))
    assert len(np.unique(predicted)) > 100


def test_cross_validation_of_a_regressor() -> None:
    """cross_val_score clones and fits it; R squared is far above that of the mean."""
    table = numbers_table(400)
    model = tp.DeepLearningRegressor(hidden=(20,), epochs=40, random_state=1)
    scores = cross_val_score(model, table.drop(columns="price"), table["price"], cv=2)
    assert scores.min() > 0.7


def test_the_detector_s_threshold_is_the_model_s() -> None:
    """Contamination is a share of the training rows and moves the model's threshold: all forms of it agree."""
    X = unlabelled_table(200)
    detector = tp.AutoEncoderDetector(hidden=(3,), epochs=5, random_state=1, contamination=0.1)
    labels = detector.fit_predict(X)
    assert (labels == -1).sum() == 20
    model = detector.model_.scoring_model
    assert detector.offset_ == -model.head.threshold
    np.testing.assert_array_equal(labels == -1, tp.scorer(model).score(X).outputs[:, 1] == 1)
    np.testing.assert_array_equal(labels == -1, detector.decision_function(X) < 0)
    np.testing.assert_array_equal(detector.decision_function(X), detector.score_samples(X) - detector.offset_)
    assert detector.model_.verify(X, java=False).passed
    golden = model.metadata.golden
    flags = np.asarray(golden.outputs[:, 0] > model.head.threshold, dtype=np.float64)
    np.testing.assert_array_equal(golden.outputs[:, 1], flags)
    for share in (0.7, 0.0, None, "some"):
        with pytest.raises(ParameterError, match=r"contamination must be in \(0, 0.5\]"):
            clone(detector).set_params(contamination=share).fit(X)


def test_held_out_rows_judge_where_training_rows_are_normal() -> None:
    """Automatic contamination holds out a tenth of the rows, the same ones for the same random_state."""
    X = unlabelled_table(200)
    detector = tp.AutoEncoderDetector(hidden=(3,), epochs=5, random_state=1, anomaly_quantile=0.9).fit(X)
    record = detector.model_.scoring_model.metadata.training_summary()
    assert record["rows"] == 180
    assert record["anomaly_threshold"] == "at least 0.9 of 20 validation rows are not above it"
    assert clone(detector).fit(X).offset_ == detector.offset_
    assert clone(detector).set_params(random_state=2).fit(X).offset_ != detector.offset_
    for fraction, given in ((0.0, X), (0.1, X.head(39))):
        record = clone(detector).set_params(validation_fraction=fraction).fit(given).model_.scoring_model.metadata
        assert record.training_summary()["rows"] == len(given)
    with pytest.raises(ParameterError, match=r"validation_fraction must be in \[0, 1\), got 1"):
        clone(detector).set_params(validation_fraction=1).fit(X)


@pytest.mark.parametrize(("rows", "epochs"), [(50, 300.0), (2000, 100.0)])
def test_small_tables_are_learned_more_often(rows: int, epochs: float) -> None:
    """Without a number of epochs about 200,000 rows are learned, in 300 epochs at most."""
    detector = tp.AutoEncoderDetector(hidden=(2,), random_state=1, stopping_rounds=0).fit(unlabelled_table(rows))
    assert detector.model_.trained.parameters.epochs == epochs
    assert detector.model_.trained.parameters.input_dropout_ratio == 0.2


def test_parameters_are_checked_by_fit_and_names_at_once() -> None:
    """An unknown name is refused by the constructor, a wrong value by fit, by the rule that declares it."""
    with pytest.raises(TypeError, match="no parameter 'seed'; use random_state"):
        tp.DeepLearningClassifier(seed=1)
    with pytest.raises(TypeError, match="did you mean 'hidden'"):
        tp.DeepLearningRegressor(hiden=(3,))
    table = classes_table(50)
    X, y = table.drop(columns="kind"), table["kind"]
    with pytest.raises(ParameterError, match=r"rho must be"):
        tp.DeepLearningClassifier(rho=1.5).fit(X, y)
    with pytest.raises(ParameterError, match="random_state must be"):
        tp.DeepLearningClassifier(random_state="x").fit(X, y)
    with pytest.raises(TrainingDataError, match="every weight is zero"):
        tp.DeepLearningClassifier(**SMALL).fit(X, y, sample_weight=np.zeros(50))


def test_columns_may_be_called_like_the_roles() -> None:
    """Features named response and sample_weight are features."""
    table = classes_table(100).rename(columns={"size": "response", "weight": "sample_weight"})
    X, y = table.drop(columns="kind"), table["kind"]
    fitted = tp.DeepLearningClassifier(**SMALL).fit(X, y, sample_weight=np.ones(100))
    assert {column.name for column in fitted.model_.scoring_model.columns} == set(X.columns)


def test_a_random_state_object_draws_the_seed() -> None:
    """Equal RandomStates give equal models; the seed drawn stands in the model's summary."""
    table = classes_table(60)
    X, y = table.drop(columns="kind"), table["kind"]
    models = [
        tp.DeepLearningClassifier(**(SMALL | {"random_state": np.random.RandomState(5)})).fit(X, y) for _ in range(2)
    ]
    assert models[0].model_.scoring_model == models[1].model_.scoring_model
    restored = pickle.loads(pickle.dumps(models[0]))  # noqa: S301 - its own bytes
    np.testing.assert_array_equal(restored.predict_proba(X), models[0].predict_proba(X))


def test_arrays_of_objects_may_hold_texts() -> None:
    """An array with text columns is learned like the DataFrame of the same cells."""
    X = pd.DataFrame({"x0": ["a", "b", "a", None] * 20, "x1": np.arange(80.0)})
    y = np.array([1, 0, 1, 0] * 20)
    array = tp.DeepLearningClassifier(**SMALL).fit(X.to_numpy(dtype=object), y)
    frame = tp.DeepLearningClassifier(**SMALL).fit(X, y)
    assert array.model_.scoring_model == frame.model_.scoring_model

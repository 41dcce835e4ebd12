"""The metrics object of a model, and the same getters on the estimator."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix, roc_auc_score

from triplicate.runtime.errors import ParameterError
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator

from training_tables import classes_table, numbers_table, unlabelled_table


@pytest.fixture(scope="module")
def binomial() -> DeepLearningEstimator:
    """Return a model of two classes with weights and a validation frame."""
    table = classes_table(400).assign(w=np.arange(400) % 3 + 1)
    return DeepLearningEstimator(hidden=[10], epochs=20, seed=1, gainslift_bins=10).train(
        y="kind", training_frame=table, validation_frame=classes_table(300, seed=2), weights_column="w"
    )


@pytest.fixture(scope="module")
def multinomial() -> DeepLearningEstimator:
    """Return a model of four classes."""
    model = DeepLearningEstimator(hidden=[10], epochs=10, seed=1, max_hit_ratio_k=3, auc_type="WEIGHTED_OVR")
    return model.train(y="kind", training_frame=classes_table(400, classes=4))


def test_fields_say_what_was_measured(binomial: DeepLearningEstimator, tmp_path: Path) -> None:
    """Description, frame, model, duration, number of rows and the predictions themselves."""
    table = classes_table(100, seed=3)
    table.to_csv(tmp_path / "test.csv", index=False)
    found = binomial.model_performance(tmp_path / "test.csv")
    assert found.nobs == 100
    assert found.frame == str(tmp_path / "test.csv")
    assert found.model == binomial.scoring_model.fingerprint
    assert found.duration > 0
    assert found.description == "on the table given"
    assert binomial.model_performance().description == "on all training rows"
    assert binomial.model_performance(valid=True).description == "on the validation frame"
    assert found.predictions is not None
    pd.testing.assert_frame_equal(found.predictions, binomial.predict(table))


def test_getters_choose_the_rows(binomial: DeepLearningEstimator) -> None:
    """Training by default, validation when asked, both as a dict; what was not measured is None."""
    train, valid = binomial.model_performance(), binomial.model_performance(valid=True)
    assert binomial.auc() == train.auc() == train.value("AUC")
    assert binomial.logloss(valid=True) == valid.logloss()
    assert binomial.mse(train=True, valid=True) == {"train": train.mse(), "valid": valid.mse()}
    assert binomial.rmse(xval=True) is None
    assert binomial.gini(valid=True) == pytest.approx(2 * valid.auc() - 1)
    assert binomial.aucpr() == binomial.pr_auc() == train.pr_auc()
    assert binomial.mean_per_class_error() == train.mean_per_class_error()
    assert binomial.r2() == train.r2()
    for name in ("mae", "rmsle", "mean_residual_deviance"):
        with pytest.raises(ParameterError, match="does not exist for a binomial model"):
            getattr(binomial, name)()


def test_getters_of_a_regression() -> None:
    """Errors and deviance exist, thresholds and classes do not."""
    model = DeepLearningEstimator(hidden=[10], epochs=5, seed=1).train(y="price", training_frame=numbers_table(200))
    found = model.model_performance()
    assert model.mae() == found.mae()
    assert model.rmse() == pytest.approx(np.sqrt(found.mse()))
    assert model.mean_residual_deviance() == found.mse()
    assert model.rmsle() == found.rmsle()
    with pytest.raises(ParameterError, match="two classes only"):
        model.gains_lift()
    with pytest.raises(ParameterError, match="classes are needed"):
        model.confusion_matrix()
    assert "RMSE" in str(found)


def test_the_default_matrix_is_that_of_predict(binomial: DeepLearningEstimator) -> None:
    """Its labels are the model's; its error is the misclassification metric; other thresholds can be asked for."""
    table = classes_table(200, seed=3).assign(w=np.arange(200) % 2 + 1.0)
    found, predicted = binomial.model_performance(table), binomial.predict(table)
    cells = confusion_matrix(table["kind"], predicted["predict"], sample_weight=table["w"])
    np.testing.assert_allclose(found.confusion_matrix().iloc[:2, :2].astype(float), cells)
    assert found.confusion_matrix().loc["Total", "Error"] == pytest.approx(found.value("misclassification"))
    best = found.find_threshold_by_max_metric("accuracy")
    accuracy = 1 - found.confusion_matrix(metrics="accuracy").loc["Total", "Error"]
    assert accuracy == pytest.approx(
        found.max_criteria_and_metric_scores().set_index("metric").loc["max accuracy"].value
    )
    pd.testing.assert_frame_equal(found.confusion_matrix(thresholds=best), found.confusion_matrix(metrics="accuracy"))
    with pytest.raises(ParameterError, match="not both"):
        found.confusion_matrix("f1", 0.5)


def test_criteria_at_thresholds_of_ones_own(binomial: DeepLearningEstimator) -> None:
    """F1 where it is largest, or at any threshold, exactly: rows at or above it are positive."""
    found = binomial.model_performance(valid=True)
    ((best, value),) = found.F1()
    assert best == found.find_threshold_by_max_metric("f1") == binomial.find_threshold_by_max_metric("f1", valid=True)
    assert found.metric("f1", [best]) == [[best, value]] == binomial.F1([best], valid=True)
    assert found.metric("recall", [0.0, 1.1]) == [[0.0, 1.0], [1.1, 0.0]]
    fpr, tpr = binomial.roc(valid=True)
    assert np.trapezoid([0.0, *tpr], [0.0, *fpr]) == pytest.approx(found.auc())
    assert len(binomial.thresholds_and_metric_scores(valid=True)) == len(fpr)
    assert isinstance(binomial.max_criteria_and_metric_scores(), pd.DataFrame)


@pytest.mark.parameter("gainslift_bins")
def test_gains_follow_the_parameter(binomial: DeepLearningEstimator) -> None:
    """gainslift_bins is the number of groups, 0 switches the table off; the statistic stays."""
    assert len(binomial.gains_lift()) == 10
    assert 0.5 < float(binomial.kolmogorov_smirnov() or 0) < 1.0  # type: ignore[arg-type]
    off = DeepLearningEstimator(hidden=[3], epochs=1, seed=1, gainslift_bins=0)
    off.train(y="kind", training_frame=classes_table(100))
    with pytest.raises(ParameterError, match="gainslift_bins is 0"):
        off.gains_lift()


@pytest.mark.parameter("max_hit_ratio_k")
def test_hit_ratios_follow_the_parameter(multinomial: DeepLearningEstimator) -> None:
    """max_hit_ratio_k is the number of rows of the table; 0 switches it off; the first is the share of right labels."""
    table = multinomial.hit_ratio_table()
    assert table["k"].tolist() == [1, 2, 3]
    wrong = multinomial.model_performance().value("misclassification")
    assert table.loc[0, "hit_ratio"] == pytest.approx(1 - wrong)
    off = DeepLearningEstimator(hidden=[3], epochs=1, seed=1, max_hit_ratio_k=0)
    off.train(y="kind", training_frame=classes_table(100, classes=3))
    with pytest.raises(ParameterError, match="max_hit_ratio_k is 0"):
        off.hit_ratio_table()


@pytest.mark.parameter("auc_type")
def test_auc_of_several_classes_follows_the_parameter(multinomial: DeepLearningEstimator) -> None:
    """auc_type names the average; without one there is none, but an argument may name it."""
    table = classes_table(300, classes=4, seed=2)
    found, p = multinomial.model_performance(table), multinomial.predict(table)
    actual, columns = table["kind"].to_numpy(), ["no", "yes", "zebra", "zoo"]
    expected = roc_auc_score(actual, p[columns], multi_class="ovr", average="weighted")
    assert found.auc() == pytest.approx(expected)
    macro = roc_auc_score(actual, p[columns], multi_class="ovo", average="macro")
    assert found.auc("MACRO_OVO") == pytest.approx(macro)
    assert len(found.multinomial_auc_table()) == len(found.multinomial_aucpr_table()) == 4 + 2 + 6 + 2
    assert 0 < found.aucpr() < 1
    with pytest.raises(ParameterError, match="needs auc_type"):
        found.auc("NONE")
    with pytest.raises(ParameterError, match="is not MACRO_OVR"):
        found.auc("OVR")


@pytest.mark.parameter("max_confusion_matrix_size")
def test_the_matrix_is_printed_up_to_a_size(capsys: pytest.CaptureFixture[str]) -> None:
    """max_confusion_matrix_size limits what show() prints, not what can be asked for."""
    shown = DeepLearningEstimator(hidden=[3], epochs=1, seed=1).train(
        y="kind", training_frame=classes_table(100, classes=3)
    )
    hidden = DeepLearningEstimator(hidden=[3], epochs=1, seed=1, max_confusion_matrix_size=2)
    hidden.train(y="kind", training_frame=classes_table(100, classes=3))
    shown.model_performance().show()
    assert "Rate" in capsys.readouterr().out
    assert "Rate" not in str(hidden.model_performance())
    assert hidden.confusion_matrix().shape == (4, 5)


def test_an_autoencoder_has_its_error_only() -> None:
    """Mean squared reconstruction error and its root; no predictions are kept."""
    model = AutoEncoderEstimator(hidden=[3], activation="Tanh", epochs=2, seed=1)
    found = model.train(training_frame=unlabelled_table()).model_performance()
    assert model.mse() == found.mse() == pytest.approx(found.rmse() ** 2)
    assert found.predictions is None
    assert found.model == ""
    with pytest.raises(ParameterError, match="does not exist for a"):
        model.logloss()


def test_held_out_rows_have_their_tables_too() -> None:
    """With folds, xval gives the metrics and tables of all held out rows together."""
    model = DeepLearningEstimator(hidden=[5], epochs=3, seed=1, nfolds=2)
    model.train(y="kind", training_frame=classes_table(200))
    held_out = model.model_performance(xval=True)
    assert held_out.description == "on the rows held out of 2 folds"
    assert model.auc(xval=True) == held_out.auc()
    assert model.confusion_matrix(xval=True).loc["Total", ["no", "yes"]].sum() == 200
    assert held_out.predictions is None

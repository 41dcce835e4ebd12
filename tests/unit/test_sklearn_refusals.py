"""What a model cannot carry of a scikit-learn pipeline is refused by name; what only the pipeline refuses is stated."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_transformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    StandardScaler,
)

from triplicate import scorer
from triplicate.importers import sklearn_pipeline
from triplicate.runtime import Link, Regression
from triplicate.runtime.errors import ForeignModelError, UnseenLevelError

ROWS = 40
FRAME = pd.DataFrame(
    {
        "age": np.arange(ROWS) % 17 + 20.0,
        "pay": np.arange(ROWS) * 3.5,
        "town": np.array(["Kleve", "Goch", "Rees"], dtype=object)[np.arange(ROWS) % 3],
    }
)
NUMBERS = FRAME[["age", "pay"]]
LABELS = np.arange(ROWS) % 2


def fit(*steps: Any, frame: pd.DataFrame = NUMBERS, target: Any = LABELS) -> Any:
    """Fit a pipeline of the steps."""
    pipeline = make_pipeline(*steps)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return pipeline.fit(frame, target)


def net(**more: Any) -> MLPClassifier:
    """Return a classifier that is quickly fitted."""
    return MLPClassifier((3,), max_iter=3, random_state=1, **more)


def regressor(**more: Any) -> MLPRegressor:
    """Return a regressor that is quickly fitted."""
    return MLPRegressor(hidden_layer_sizes=(3,), max_iter=3, random_state=1, **more)


def towns(*steps: Any) -> ColumnTransformer:
    """Return a transformer of the text column beside the numbers as they are."""
    return make_column_transformer((make_pipeline(*steps), ["town"]), remainder="passthrough")


@pytest.mark.parametrize(
    ("steps", "named"),
    [
        ((PowerTransformer(), net()), r"powertransformer \(PowerTransformer\): this transformer cannot be carried"),
        ((KNNImputer(), net()), r"knnimputer \(KNNImputer\)"),
        ((FunctionTransformer(np.abs), net()), r"functiontransformer \(FunctionTransformer\)"),
        ((FeatureUnion([("s", StandardScaler())]), net()), r"featureunion \(FeatureUnion\)"),
        ((SimpleImputer(add_indicator=True), net()), r"simpleimputer \(SimpleImputer\): add_indicator"),
        ((SimpleImputer(missing_values=20.0), net()), "column 'age' takes 20.0 for a missing number"),
        ((StandardScaler(), SimpleImputer(missing_values=0.0), net()), "takes the scaled number 0.0"),
        ((MinMaxScaler(), OneHotEncoder(), net()), "column 'age' is encoded after it was scaled"),
        ((StandardScaler(), LogisticRegression()), r"logisticregression \(LogisticRegression\): only MLPClassifier"),
    ],
)
def test_steps_that_cannot_be_carried(steps: tuple[Any, ...], named: str) -> None:
    """The message names the step, by its name in the pipeline and its class, and the reason."""
    with pytest.raises(ForeignModelError, match=named):
        sklearn_pipeline(fit(*steps))


def test_a_column_that_feeds_two_inputs() -> None:
    """A numeric column in two branches is refused by its name."""
    twice = make_column_transformer((StandardScaler(), ["age"]), (MinMaxScaler(), ["age", "pay"]))
    with pytest.raises(ForeignModelError, match="column 'age' feeds 2 features"):
        sklearn_pipeline(fit(twice, net()))


def test_a_category_in_two_branches() -> None:
    """A text column may be encoded twice; the table holds both encodings."""
    twice = make_column_transformer((OneHotEncoder(), ["town"]), (OrdinalEncoder(), ["town"]))
    pipeline = fit(twice, net(), frame=FRAME)
    model = sklearn_pipeline(pipeline)
    assert [column.name for column in model.columns] == ["town"]
    assert np.abs(scorer(model).score(FRAME).probabilities - pipeline.predict_proba(FRAME)).max() < 1e-12


def test_transformer_weights() -> None:
    """Weights of branches are refused."""
    parts = ColumnTransformer([("s", StandardScaler(), ["age", "pay"])], transformer_weights={"s": 2.0})
    with pytest.raises(ForeignModelError, match="transformer_weights"):
        sklearn_pipeline(fit(parts, net()))


def test_several_labels_per_row() -> None:
    """A multi-label net is refused."""
    with pytest.raises(ForeignModelError, match="multi-label"):
        sklearn_pipeline(fit(net(), target=np.column_stack((LABELS, LABELS[::-1]))))


def test_texts_that_look_like_numbers() -> None:
    """Labels that are texts stay texts."""
    pipeline = fit(net(), target=np.where(LABELS == 1, "1", "0"))
    assert set(scorer(sklearn_pipeline(pipeline)).score(NUMBERS).labels) <= {"0", "1"}


def test_several_targets() -> None:
    """A regressor of two numbers is refused."""
    with pytest.raises(ForeignModelError, match="2 targets"):
        sklearn_pipeline(fit(regressor(), target=NUMBERS))


def test_a_pipeline_that_is_not_fitted() -> None:
    """The message says that fit comes first."""
    with pytest.raises(ForeignModelError, match="not fitted"):
        sklearn_pipeline(make_pipeline(StandardScaler(), net()))


def test_a_function_of_the_target() -> None:
    """TransformedTargetRegressor is carried with a scaler, not with functions."""
    logarithm = TransformedTargetRegressor(regressor(), func=np.log1p, inverse_func=np.expm1)
    with pytest.raises(ForeignModelError, match="func and inverse_func"):
        sklearn_pipeline(fit(logarithm, target=FRAME["pay"]))


def test_searches_and_scaled_targets_around_pipelines() -> None:
    """A search stands for its best estimator, a scaled target goes into the head, whatever is around what."""
    inside = make_pipeline(SimpleImputer(), StandardScaler(), regressor())
    scaled = TransformedTargetRegressor(inside, transformer=MinMaxScaler((-1, 1)))
    nested = make_pipeline(MinMaxScaler(), scaled)
    search = GridSearchCV(nested, {"transformedtargetregressor__regressor__mlpregressor__alpha": [0.1, 0.2]}, cv=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        search.fit(NUMBERS, FRAME["pay"])
    difference = scorer(sklearn_pipeline(search)).score(NUMBERS).values - search.predict(NUMBERS)
    assert np.abs(difference).max() < 1e-12 * FRAME["pay"].max()
    with pytest.raises(ForeignModelError, match=r"model \(GridSearchCV\): has no best estimator"):
        sklearn_pipeline(GridSearchCV(nested, {}))


def test_poisson_is_the_log_link() -> None:
    """A regressor with loss="poisson" becomes a regression with the log link and the same answers."""
    pipeline = fit(StandardScaler(), regressor(loss="poisson"), target=FRAME["pay"] + 1.0)
    model = sklearn_pipeline(pipeline)
    assert isinstance(model.head, Regression)
    assert model.head.link is Link.LOG
    assert np.abs(scorer(model).score(NUMBERS).values / pipeline.predict(NUMBERS) - 1.0).max() < 1e-12


def test_unknown_levels_under_error_are_refused_by_both() -> None:
    """handle_unknown="error" becomes the model's policy for unseen levels."""
    model = sklearn_pipeline(fit(towns(OneHotEncoder()), net(), frame=FRAME))
    strange = FRAME.assign(town="Xanten")
    with pytest.raises(UnseenLevelError, match="'town': level 'Xanten'"):
        scorer(model).score(strange)


def test_nan_and_none_that_mean_different_things() -> None:
    """An imputer of NaN before an encoder with a level None tells them apart, which a model cannot."""
    imputer = SimpleImputer(strategy="constant", fill_value="Kleve")
    values = FRAME[["town", "age", "pay"]].to_numpy(dtype=object)
    values[::5, 0] = None
    by_position = ColumnTransformer([("c", make_pipeline(imputer, OneHotEncoder()), [0])], remainder="passthrough")
    with pytest.raises(ForeignModelError, match="tells NaN and None apart"):
        sklearn_pipeline(fit(by_position, net(), frame=values))


def test_a_mark_for_missing_levels_is_a_level() -> None:
    """missing_values="?" of a text column becomes a level "?" that scores as what it is replaced by."""
    frame = FRAME.copy()
    frame.loc[::6, "town"] = "?"
    steps = towns(SimpleImputer(missing_values="?", strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    pipeline = fit(steps, net(), frame=frame)
    model = sklearn_pipeline(pipeline)
    scores = scorer(model).score(frame)
    assert np.abs(scores.probabilities - pipeline.predict_proba(frame)).max() < 1e-12
    assert scores.unseen.sum() == 0


def test_a_column_without_any_value_is_left_out() -> None:
    """An imputer drops a column of which it saw no value, and so does the model."""
    frame = NUMBERS.assign(empty=np.nan)[["age", "empty", "pay"]]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Skipping features")
        pipeline = fit(SimpleImputer(), StandardScaler(), net(), frame=frame)
        expected = pipeline.predict_proba(frame)
    model = sklearn_pipeline(pipeline)
    assert [column.name for column in model.columns] == ["age", "pay"]
    assert np.abs(scorer(model).score(frame).probabilities - expected).max() < 1e-12


def test_a_missing_number_that_no_imputer_fills() -> None:
    """The pipeline raises an error for it; the model scores the row as at the centre of the scaler, and says so."""
    pipeline = fit(StandardScaler(), net())
    model = sklearn_pipeline(pipeline)
    assert model.metadata.training_summary()["source"]["columns_without_imputer"] == ["age", "pay"]
    centre = pd.DataFrame({"age": [NUMBERS["age"].mean()], "pay": [NUMBERS["pay"].mean()]})
    empty = pd.DataFrame({"age": [np.nan], "pay": [np.nan]})
    assert np.abs(scorer(model).score(empty).probabilities - pipeline.predict_proba(centre)).max() < 1e-12


def test_scalers_in_a_row_far_from_zero() -> None:
    """A column around a million with a spread of 1 keeps its digits through three scalers, a clip and an imputer."""
    frame = NUMBERS.assign(age=1e6 + np.sin(np.arange(ROWS)))
    frame.loc[3, "age"] = np.nan
    steps = (SimpleImputer(), StandardScaler(), MinMaxScaler((-1, 3), clip=True), StandardScaler())
    pipeline = fit(*steps, net(), frame=frame)
    rows = pd.concat([frame, frame.assign(age=1e6 + 7.0)])
    difference = scorer(sklearn_pipeline(pipeline)).score(rows).probabilities - pipeline.predict_proba(rows)
    assert np.abs(difference).max() < 1e-12


def test_a_column_without_any_value_and_without_an_imputer() -> None:
    """A scaler that was fitted on missing cells alone holds NaN, which no row can be scaled by."""
    parts = make_column_transformer(
        (make_pipeline(StandardScaler(), SimpleImputer()), ["age"]), remainder="passthrough"
    )
    pipeline = fit(parts, net())
    pipeline[0].transformers_[0][1][0].mean_[0] = np.nan
    with pytest.raises(ForeignModelError, match="holds nan"):
        sklearn_pipeline(pipeline)


def test_names_of_columns() -> None:
    """Columns of an array are x0, x1 …, or named by the caller; those of a table keep their names."""
    array = fit(StandardScaler(), net(), frame=NUMBERS.to_numpy())
    assert sklearn_pipeline(array).row_names == ("x0", "x1")
    assert sklearn_pipeline(array, columns=["a", "b"]).row_names == ("a", "b")
    with pytest.raises(ForeignModelError, match="3 names, but the pipeline was fitted on 2 columns"):
        sklearn_pipeline(array, columns=["a", "b", "c"])
    with pytest.raises(ForeignModelError, match="leave `columns` out"):
        sklearn_pipeline(fit(StandardScaler(), net()), columns=["a", "b"])


def test_weights_stay_as_they_are() -> None:
    """Float64 weights are kept to the bit."""
    pipeline = fit(StandardScaler(), net(), target=np.arange(ROWS) % 3)
    for layer, weights in zip(sklearn_pipeline(pipeline).layers, pipeline[-1].coefs_, strict=True):
        assert layer.weights.dtype == np.float64
        assert (layer.weights == weights.T).all()

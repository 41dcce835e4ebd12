"""Twenty fitted scikit-learn pipelines over its own data sets, with rows to score: missing and unseen cells too."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, RobustScaler, StandardScaler

__all__ = ["CASES", "Case", "answers_of", "fitted"]

LOADERS: dict[str, Callable[..., Any]] = {
    "iris": load_iris,
    "wine": load_wine,
    "cancer": load_breast_cancer,
    "digits": load_digits,
    "diabetes": load_diabetes,
}
NAMES = ("low", "middle", "high", "top")


@dataclass(frozen=True)
class Case:
    """A fitted pipeline, and a table whose rows it scores."""

    pipeline: Any
    rows: pd.DataFrame


def table(name: str, cut: int = 0, holes: tuple[str, ...] = (), step: int = 1) -> tuple[pd.DataFrame, pd.Series]:
    """Return a data set whose first `cut` columns are texts of their quarters; `holes`: columns with missing cells."""
    features, target = LOADERS[name](as_frame=True, return_X_y=True)
    features = features.iloc[::step].reset_index(drop=True)
    for position in range(cut):
        column = features.columns[position]
        quarter = pd.qcut(features[column].rank(method="first"), len(NAMES), labels=list(NAMES)).astype(object)
        features[column] = quarter.where(features.index % 29 != 5, f"rare {position}")
    for number, column in enumerate(holes):
        at = features.index % (7 + 2 * number) == 3
        features[column] = features[column].astype(object).where(~at, np.nan)
        if position_of(features, column) >= cut:
            features[column] = features[column].astype(float)
    return features, target.iloc[::step].reset_index(drop=True)


def position_of(frame: pd.DataFrame, column: str) -> int:
    """Return the position of a column."""
    return list(frame.columns).index(column)


def fit(pipeline: Any, features: Any, target: Any) -> Any:
    """Fit without a word about iterations: a net need not be good to be carried."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return pipeline.fit(features, target)


def answers_of(case: Case) -> tuple[Any, Any]:
    """Return the pipeline's probabilities (None for a regressor) and its predictions."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Found unknown categories")
        rows = case.rows if hasattr(case.pipeline, "feature_names_in_") else case.rows.to_numpy()
        probabilities = case.pipeline.predict_proba(rows) if hasattr(case.pipeline, "predict_proba") else None
        return probabilities, case.pipeline.predict(rows)


def net(activation: str = "relu", hidden: tuple[int, ...] = (6,), **more: Any) -> MLPClassifier:
    """Return a small classifier."""
    return MLPClassifier(hidden, activation=activation, max_iter=25, random_state=1, learning_rate_init=0.02, **more)


def regressor(activation: str = "relu", hidden: tuple[int, ...] = (6,), **more: Any) -> MLPRegressor:
    """Return a small regressor."""
    return MLPRegressor(
        hidden_layer_sizes=hidden, activation=activation, max_iter=25, random_state=1, learning_rate_init=0.02, **more
    )


def strange(frame: pd.DataFrame, cut: int) -> pd.DataFrame:
    """Return the rows with levels that were never seen and further missing cells in the first `cut` columns."""
    rows = frame.copy()
    for position in range(cut):
        rows.iloc[position :: 6 + position, position] = "never seen"
        rows.iloc[position + 3 :: 8 + position, position] = np.nan
    return rows


def mixed(
    name: str, cut: int, categories: Any, numbers: Any, last: Any, after: tuple[Any, ...] = (), **selection: Any
) -> Case:
    """Fit `categories` on the first `cut` columns and `numbers` on the others; missing and unseen cells in the rows."""
    step = 4 if name in ("digits", "cancer") else 1
    plain, _ = table(name, cut, step=step)
    holes = (plain.columns[0], plain.columns[cut + 1])
    features, target = table(name, cut, holes, step)
    chosen = {"c": features.columns[:cut], "n": features.columns[cut:], **selection}
    parts = ColumnTransformer([("c", categories, chosen["c"]), ("n", numbers, chosen["n"])])
    pipeline = fit(make_pipeline(parts, *after, last), features, target)
    return Case(pipeline, strange(features, cut))


def plain(name: str, *steps: Any, target: Callable[[Any], Any] = lambda y: y, array: bool = False) -> Case:
    """Fit the steps on the data set as it is."""
    features, y = table(name, step=4 if name in ("digits", "cancer") else 1)
    pipeline = make_pipeline(*steps) if len(steps) > 1 else steps[0]
    fit(pipeline, features.to_numpy() if array else features, target(y))
    if array:
        features = features.set_axis([f"x{index}" for index in range(features.shape[1])], axis=1)
    return Case(pipeline, features)


def words(y: pd.Series) -> Any:
    """Return the labels as texts."""
    return np.array(["setosa", "versicolor", "virginica"], dtype=object)[y]


def filled(strategy: str, *more: Any, **options: Any) -> Pipeline:
    """Return an imputer and what follows it."""
    return make_pipeline(SimpleImputer(strategy=strategy, **options), *more)


def hot(**options: Any) -> OneHotEncoder:
    """Return a one-hot encoder that takes unknown levels."""
    return OneHotEncoder(**{"handle_unknown": "ignore", **options})


def codes(**options: Any) -> OrdinalEncoder:
    """Return an ordinal encoder that takes unknown levels."""
    return OrdinalEncoder(**{"handle_unknown": "use_encoded_value", "unknown_value": -1, **options})


def by_selector() -> Case:
    """Fit a ColumnTransformer with a selector by type, a slice of names, a dropped column and a remainder."""
    features, target = table("wine", 2)
    names = features.columns
    parts = ColumnTransformer(
        [
            ("texts", hot(sparse_output=False), make_column_selector(dtype_include=object)),
            ("some", MinMaxScaler(), slice(names[2], names[4])),
            ("none", "drop", [names[5]]),
            ("as is", "passthrough", [7]),
        ],
        remainder=StandardScaler(),
    )
    features[names[0]] = features[names[0]].astype(object)
    features[names[1]] = features[names[1]].astype(object)
    return Case(fit(Pipeline([("p", parts), ("s", RobustScaler()), ("n", net())]), features, target), features)


def codes_of_missing() -> Case:
    """Fit an encoder with a code for missing levels, an imputer of codes, and a one-hot of them."""
    return mixed(
        "wine",
        3,
        make_pipeline(codes(encoded_missing_value=np.nan), SimpleImputer(strategy="median"), StandardScaler()),
        filled("median", RobustScaler(unit_variance=True)),
        net("identity"),
    )


def whole_numbers() -> Case:
    """Fit a one-hot of whole numbers, some missing, beside scaled pixels."""
    features, target = table("digits", step=4)
    pixels = ["pixel_0_2", "pixel_1_2"]
    features.loc[::9, pixels[0]] = np.nan
    parts = ColumnTransformer([("hot", hot(), pixels)], remainder=make_pipeline(MinMaxScaler(clip=True)))
    pipeline = fit(make_pipeline(parts, net("logistic")), features, target)
    rows = features.copy()
    rows.loc[1::5, pixels[1]] = 99.0
    rows.loc[::2, "pixel_3_3"] = 1000.0  # beyond what was seen: clipped
    return Case(pipeline, rows)


CASES: dict[str, Callable[[], Case]] = {
    "a bare net": lambda: plain("iris", net("tanh"), array=True),
    "standard, relu, texts": lambda: plain("iris", StandardScaler(), net(), target=words),
    "standard, logistic, two labels": lambda: plain("cancer", StandardScaler(), net("logistic", (5, 4))),
    "robust, tanh, booleans": lambda: plain("cancer", RobustScaler(), net("tanh"), target=lambda y: y == 1),
    "min-max, identity": lambda: plain("wine", MinMaxScaler((-2, 3)), net("identity")),
    "digits": lambda: plain("digits", MinMaxScaler(), net("relu", (12, 8)), array=True),
    "three scalers": lambda: plain(
        "wine", StandardScaler(with_mean=False), MinMaxScaler(clip=True), RobustScaler(with_scaling=False), net("tanh")
    ),
    "regression": lambda: plain("diabetes", StandardScaler(), regressor()),
    "regression, tanh, scaled target": lambda: plain(
        "diabetes", StandardScaler(), TransformedTargetRegressor(regressor("tanh"), transformer=StandardScaler())
    ),
    "regression, mean and one-hot": lambda: mixed(
        "diabetes", 2, filled("most_frequent", hot()), filled("mean", StandardScaler()), regressor("logistic")
    ),
    "constant, one-hot, drop first": lambda: mixed(
        "wine",
        2,
        filled("constant", hot(drop="first"), fill_value="none"),
        filled("median", StandardScaler()),
        net(),
    ),
    "missing is a level": lambda: mixed("wine", 3, hot(), filled("constant", MinMaxScaler(), fill_value=-1.5), net()),
    "drop if binary, scaled together": lambda: mixed(
        "wine", 2, hot(drop="if_binary", sparse_output=False), SimpleImputer(), net("tanh"), after=(StandardScaler(),)
    ),
    "infrequent levels": lambda: mixed(
        "cancer", 2, hot(min_frequency=10, handle_unknown="infrequent_if_exist"), SimpleImputer(), net("tanh")
    ),
    "infrequent levels dropped": lambda: mixed(
        "diabetes", 2, hot(max_categories=3, drop="first"), SimpleImputer(), regressor("identity")
    ),
    "ordinal": lambda: mixed("wine", 3, codes(encoded_missing_value=-2), filled("mean", StandardScaler()), net("tanh")),
    "ordinal, infrequent": lambda: mixed(
        "diabetes", 2, codes(min_frequency=60, encoded_missing_value=9), SimpleImputer(), regressor("tanh")
    ),
    "ordinal, imputed": codes_of_missing,
    "selections": by_selector,
    "whole numbers as levels": whole_numbers,
}


def fitted() -> dict[str, Case]:
    """Return all cases, fitted."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Found unknown categories")
        return {name: case() for name, case in CASES.items()}

"""Belgian motor insurance: claim counts, amounts and severity against scikit-learn's generalised linear models."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import GammaRegressor, PoissonRegressor, TweedieRegressor
from sklearn.metrics import mean_gamma_deviance, mean_poisson_deviance, mean_tweedie_deviance
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from triplicate.trainer import DeepLearningEstimator

pytestmark = pytest.mark.acceptance
CATEGORIES = ["coverage", "sex", "fuel", "use", "fleet"]
NUMBERS = ["ageph", "bm", "power", "agec", "long", "lat"]
PREDICTORS = CATEGORIES + NUMBERS
LEARNER: dict[str, Any] = {"activation": "Tanh", "hidden": [20, 20], "epochs": 10, "seed": 1, "quiet_mode": True}


@pytest.fixture(scope="module")
def policies(data_folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return policies to train on (60 %), to stop by (20 %) and to compare on (20 %), split at random."""
    frame = pd.read_parquet(data_folder / "beMTPL97.parquet")
    frame = frame.assign(
        fleet=frame["fleet"].astype(str), log_expo=np.log(frame["expo"]), rate=frame["nclaims"] / frame["expo"]
    )
    drawn = np.random.default_rng(1).random(len(frame))
    return frame[drawn < 0.6], frame[(drawn >= 0.6) & (drawn < 0.8)], frame[drawn >= 0.8]


def linear(model: Any, train: pd.DataFrame, response: str, weights: str | None) -> Any:
    """Return scikit-learn's model on the same columns: one-hot categories, scaled numbers."""
    columns = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), CATEGORIES), (StandardScaler(), NUMBERS))
    given = {} if weights is None else {f"{type(model).__name__.lower()}__sample_weight": train[weights]}
    return make_pipeline(columns, model).fit(train[PREDICTORS], train[response], **given)


def learned(train: pd.DataFrame, valid: pd.DataFrame, response: str, **given: Any) -> DeepLearningEstimator:
    """Return our model of a response, its best state chosen on the validation policies."""
    estimator = DeepLearningEstimator(**(LEARNER | given))
    return estimator.train(x=PREDICTORS, y=response, training_frame=train, validation_frame=valid)


def predicted(model: DeepLearningEstimator, frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return predictions as an array."""
    return model.predict(frame)["predict"].to_numpy()


def test_claim_counts(policies: tuple[pd.DataFrame, ...]) -> None:
    """Counts with the logarithm of the exposure as offset: the poisson deviance is not above PoissonRegressor's."""
    train, valid, test = policies
    ours = learned(train, valid, "nclaims", distribution="poisson", offset_column="log_expo")
    both = pd.concat([train, valid])
    theirs = linear(PoissonRegressor(alpha=1e-4, max_iter=1000), both, "rate", "expo")
    expected = theirs.predict(test[PREDICTORS]) * test["expo"]
    found = mean_poisson_deviance(test["nclaims"], predicted(ours, test))
    assert found == pytest.approx(ours.model_performance(test).value("deviance"))
    assert found <= mean_poisson_deviance(test["nclaims"], expected)


def test_amounts(policies: tuple[pd.DataFrame, ...]) -> None:
    """Total amounts: the tweedie deviance of power 1.5 is not above TweedieRegressor's."""
    train, valid, test = policies
    ours = learned(train, valid, "amount", distribution="tweedie", tweedie_power=1.5)
    both = pd.concat([train, valid])
    theirs = linear(TweedieRegressor(power=1.5, link="log", alpha=1e-4, max_iter=1000), both, "amount", None)
    found = mean_tweedie_deviance(test["amount"], predicted(ours, test), power=1.5)
    assert found == pytest.approx(ours.model_performance(test).value("deviance"))
    assert found <= mean_tweedie_deviance(test["amount"], theirs.predict(test[PREDICTORS]), power=1.5)


def test_severity(policies: tuple[pd.DataFrame, ...]) -> None:
    """Mean amounts of policies with claims, weighted by them: the gamma deviance is not above GammaRegressor's."""
    train, valid, test = (part[part["nclaims"] > 0] for part in policies)
    ours = learned(train, valid, "average", distribution="gamma", weights_column="nclaims")
    both = pd.concat([train, valid])
    theirs = linear(GammaRegressor(alpha=1e-4, max_iter=1000), both, "average", "nclaims")
    weights = test["nclaims"]
    found = mean_gamma_deviance(test["average"], predicted(ours, test), sample_weight=weights)
    assert found == pytest.approx(ours.model_performance(test).value("deviance"))
    assert found <= mean_gamma_deviance(test["average"], theirs.predict(test[PREDICTORS]), sample_weight=weights)

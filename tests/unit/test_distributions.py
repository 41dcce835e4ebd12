"""Distributions: deviances against published values and scikit-learn, refused responses, refused pairs with losses."""

import math

import numpy as np
import pytest
from open_kernels import slope_at
from sklearn import metrics as sk

from triplicate.runtime.errors import ParameterError, TrainingDataError
from triplicate.runtime.heads import Link
from triplicate.trainer.distributions import Distribution, weighted_quantile
from triplicate.trainer.losses import CODES
from triplicate.trainer.metrics import regression_metrics
from triplicate.trainer.parameters import Parameters, Task


def one(distribution: Distribution, y: float, m: float) -> float:
    """Return the deviance of one row."""
    return float(distribution.deviances(np.array([y]), np.array([m]))[0])


@pytest.mark.parametrize(
    ("distribution", "y", "m", "published"),
    [
        (Distribution("gaussian"), 2.0, 1.5, 0.25),
        (Distribution("laplace"), 2.0, 3.5, 1.5),
        (Distribution("quantile", quantile_alpha=0.8), 3.0, 1.0, 1.6),
        (Distribution("quantile", quantile_alpha=0.8), 1.0, 3.0, 0.4),
        (Distribution("poisson"), 2.0, 1.5, 0.150728),
        (Distribution("poisson"), 0.0, 1.5, 3.0),
        (Distribution("gamma"), 2.0, 1.5, 0.0913025),
        (Distribution("gamma"), 0.0, 0.0, 0.0),
        (Distribution("tweedie"), 2.0, 1.5, 0.117244),
        (Distribution("tweedie"), 0.0, 1.5, 4.898979),
    ],
)
def test_published_deviances(distribution: Distribution, y: float, m: float, published: float) -> None:
    """Single rows give the published deviances."""
    assert one(distribution, y, m) == pytest.approx(published, abs=5e-7)


def test_huber_deviance() -> None:
    """Beyond the huber_alpha quantile of the errors the deviance is linear: error 2 at threshold 1.5 gives 3.75."""
    errors = np.array([0.0, 0.5, 1.5, 1.6, 2.0])
    found = Distribution("huber", huber_alpha=0.5).deviances(errors, np.zeros(5))
    np.testing.assert_allclose(found, [0.0, 0.25, 2.25, (3.2 - 1.5) * 1.5, 3.75])


def test_deviances_are_those_of_scikit_learn() -> None:
    """Weighted mean deviances agree with scikit-learn's, and are the metric called deviance."""
    rng = np.random.default_rng(1)
    y, m, w = rng.gamma(2.0, size=200), rng.gamma(2.0, size=200) + 0.1, rng.random(200)
    for distribution, theirs in (
        (Distribution("poisson"), sk.mean_poisson_deviance(y, m, sample_weight=w)),
        (Distribution("gamma"), sk.mean_gamma_deviance(y, m, sample_weight=w)),
        (Distribution("tweedie", tweedie_power=1.3), sk.mean_tweedie_deviance(y, m, sample_weight=w, power=1.3)),
        (Distribution("quantile", quantile_alpha=0.7), sk.mean_pinball_loss(y, m, sample_weight=w, alpha=0.7)),
        (Distribution("laplace"), sk.mean_absolute_error(y, m, sample_weight=w)),
    ):
        assert regression_metrics(y, m, w, distribution).value("deviance") == pytest.approx(theirs)


def test_deviances_stay_numbers_at_the_edges() -> None:
    """Means of 0 and of 1e19 give no NaN."""
    y, m = np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.0, 0.0, 1e19, 1e19])
    for name in ("poisson", "gamma", "tweedie"):
        assert not np.isnan(Distribution(name).deviances(y, m)).any()


@pytest.mark.parametrize(
    ("name", "shape", "published"),
    [
        ("poisson", 1.0, -1.0163506),
        ("gamma", 1.0, -0.6812802),
        ("tweedie", 1.5, -0.8321175),
        ("Quadratic", 1.0, -3.2),
        ("Absolute", 1.0, -1.0),
        ("Quantile", 0.8, -0.8),
        ("Huber", 1.0, -2.0),
    ],
)
def test_published_gradients(name: str, shape: float, published: float) -> None:
    """At output 0.4 and response 2 the gradients are the published ones."""
    assert slope_at(CODES[name], shape, 0.4, 2.0) == pytest.approx(published, abs=5e-8)


@pytest.mark.parametrize("name", ["poisson", "gamma", "tweedie"])
def test_gradients_are_finite_everywhere(name: str) -> None:
    """Exponentials end at 1e19, so that outputs of any size give finite gradients."""
    found = [slope_at(CODES[name], 1.5, f, t) for f in (-1e300, -1e4, 1e4, 1e300) for t in (0.0, 1e6)]
    assert all(math.isfinite(slope) for slope in found)


def test_weighted_quantile() -> None:
    """Whole weights count as repetitions; the interpolation is linear; NaN stays NaN."""
    values, weights = np.array([3.0, 1.0, 7.0]), np.array([2.0, 1.0, 3.0])
    repeated = np.repeat(values, weights.astype(int))
    for share in (0.0, 0.1, 0.25, 0.5, 0.77, 1.0):
        assert weighted_quantile(values, share, weights) == pytest.approx(np.quantile(repeated, share))
        assert weighted_quantile(values, share) == pytest.approx(np.quantile(values, share))
    assert math.isnan(weighted_quantile(np.array([1.0, np.nan]), 0.5))


def test_responses_that_a_log_link_refuses() -> None:
    """Negative numbers, and a response without any number above 0, are named; zeros are accepted, by gamma too."""
    for name in ("poisson", "gamma", "tweedie"):
        distribution = Distribution(name)
        assert distribution.link is Link.LOG
        distribution.check_response(np.array([0.0, 1.0]), "n")
        with pytest.raises(TrainingDataError, match="response 'n', row 1: -2 is negative, and distribution '"):
            distribution.check_response(np.array([1.0, -2.0]), "n")
        with pytest.raises(TrainingDataError, match="needs a number above 0"):
            distribution.check_response(np.zeros(3), "n")
    Distribution("huber").check_response(np.array([-1.0]), "n")


@pytest.mark.parametrize(
    ("given", "distribution", "loss"),
    [
        ({}, "gaussian", "Quadratic"),
        ({"loss": "Absolute"}, "laplace", "Absolute"),
        ({"loss": "Quantile"}, "quantile", "Quantile"),
        ({"loss": "Huber"}, "huber", "Huber"),
        ({"distribution": "laplace"}, "laplace", "Absolute"),
        ({"distribution": "gaussian", "loss": "Absolute"}, "gaussian", "Absolute"),
        ({"distribution": "poisson"}, "poisson", "Automatic"),
        ({"distribution": "tweedie"}, "tweedie", "Automatic"),
        ({"distribution": "tweedie", "tweedie_power": 0}, "gaussian", "Quadratic"),
        ({"distribution": "tweedie", "tweedie_power": 1}, "poisson", "Automatic"),
        ({"distribution": "tweedie", "tweedie_power": 2}, "gamma", "Automatic"),
    ],
)
def test_automatic_values(given: dict[str, object], distribution: str, loss: str) -> None:
    """AUTO takes the distribution of the loss, Automatic the loss of the distribution; powers 0, 1, 2 have names."""
    decided = Parameters.of(**given).for_task(Task.REGRESSION)
    assert (decided.distribution, decided.loss, decided.stopping_metric) == (distribution, loss, "deviance")


@pytest.mark.parametrize(
    ("given", "task", "message"),
    [
        ({"distribution": "poisson", "loss": "Quadratic"}, Task.REGRESSION, "'poisson' needs loss Automatic: its dev"),
        (
            {"distribution": "laplace", "loss": "Huber"},
            Task.REGRESSION,
            "'laplace' needs loss Automatic or Absolute; ",
        ),
        ({"distribution": "huber", "loss": "Absolute"}, Task.AUTOENCODER, "'huber' needs loss Automatic or Huber; got"),
        ({"distribution": "quantile", "loss": "Huber"}, Task.REGRESSION, "'quantile' needs loss Automatic or Quantile"),
        ({"loss": "Quantile"}, Task.BINOMIAL, "loss 'Quantile' is for a numeric response, but the response is categ"),
        ({"distribution": "gamma"}, Task.BINOMIAL, "distribution 'gamma' is for a numeric response"),
        ({"distribution": "multinomial"}, Task.REGRESSION, "distribution 'multinomial' needs a categorical response"),
        ({"offset_column": "o"}, Task.MULTINOMIAL, "offset_column 'o' is for regression, but this is classification"),
    ],
)
def test_refused_pairs(given: dict[str, object], task: Task, message: str) -> None:
    """A loss that does not go with the distribution, or either with the response, is refused with the rule."""
    with pytest.raises(ParameterError, match=message):
        Parameters.of(**given).for_task(task)


def test_classes_accept_four_losses() -> None:
    """Quadratic, Absolute and Huber serve classification beside CrossEntropy."""
    for loss in ("Automatic", "CrossEntropy", "Quadratic", "Absolute", "Huber"):
        decided = Parameters.of(loss=loss).for_task(Task.BINOMIAL)
        assert decided.loss == ("CrossEntropy" if loss == "Automatic" else loss)

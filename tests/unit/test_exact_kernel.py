"""The compiled exact arithmetic has the bits of the runtime's NumPy loops."""

import numpy as np
import numpy.typing as npt
import pytest
from bit_patterns import bits

from triplicate.runtime import Scorer, encode_rows
from triplicate.runtime.arithmetic import ExactArithmetic
from triplicate.runtime.exponential import OVERFLOW, UNDERFLOW
from triplicate.trainer.exact_kernel import NumbaArithmetic, exact_scorer

from random_models import random_model, random_rows

FloatArray = npt.NDArray[np.float64]


def test_random_models_over_hostile_rows() -> None:
    """Every output of every row of 150 models: all activations and heads, missing, unseen and huge cells."""
    for seed in range(150):
        model = random_model(seed)
        numbers, _ = encode_rows(model, random_rows(model, 30, seed))
        compiled, plain = (scorer.score_numbers(numbers).outputs for scorer in (exact_scorer(model), Scorer(model)))
        np.testing.assert_array_equal(bits(compiled), bits(plain), f"{seed=}")


@pytest.mark.parametrize("zeros", [0.0, 0.5, 1.0])
def test_sums_of_many_terms(zeros: float) -> None:
    """Dense, half empty and empty rows of 700 inputs; infinities and NaN among them."""
    rng = np.random.default_rng(2)
    inputs = np.where(rng.random((40, 700)) < zeros, 0.0, rng.normal(size=(40, 700)))
    inputs[0, 3], inputs[1, 5], inputs[2, 7] = np.inf, np.nan, -0.0
    weights, bias = rng.normal(size=(700, 33)), rng.normal(size=33)
    found = NumbaArithmetic().affine(inputs, weights, bias)
    np.testing.assert_array_equal(bits(found), bits(ExactArithmetic().affine(inputs, weights, bias)))


def test_the_exponential_over_the_whole_range() -> None:
    """400,000 points: the range, the neighbours of its ends and of each branch, all exponents, special values."""
    rng = np.random.default_rng(3)
    borders = np.array([UNDERFLOW, OVERFLOW, 0.5 * np.log(2), 1.5 * np.log(2), 2.0**-28, 2.0**-1022, 708.39])
    near = (borders.view(np.int64)[:, np.newaxis] + np.arange(-3000, 3000)).ravel().view(np.float64)
    any_bits = rng.integers(0, 2**63, 50_000, dtype=np.int64).view(np.float64)
    special = np.array([0.0, np.inf, np.nan, 5e-324, 1.7976931348623157e308])
    ranges = [rng.uniform(-750.0, 715.0, 150_000), rng.uniform(-1.1, 1.1, 100_000)]
    x = np.concatenate((*ranges, near, -near, any_bits, -any_bits, special, -special)).reshape(2, -1)
    np.testing.assert_array_equal(bits(NumbaArithmetic().exp(x)), bits(ExactArithmetic().exp(x)))

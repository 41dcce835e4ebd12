"""triplicate.runtime.exponential: fdlibm's exp, its error, and its special values."""

import math
import struct

import mpmath
import numpy as np
import numpy.typing as npt
import pytest

from triplicate.runtime.exponential import OVERFLOW, UNDERFLOW, exp

LARGEST_ERROR = 0.9  # ulp; the largest over 2,500,000 other points is 0.875


def errors_in_ulp(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return |exp(x) - e^x| in units of the last place of the result (the smallest subnormal at the lower end)."""
    found = exp(points)
    with mpmath.workprec(120):
        errors = [
            abs(mpmath.mpf(y) - mpmath.exp(mpmath.mpf(x))) / mpmath.mpf(math.ulp(y))
            for x, y in zip(points.tolist(), found.tolist(), strict=True)
        ]
        return np.array([float(error) for error in errors])


RANGES = {
    "whole range": (UNDERFLOW, OVERFLOW, 6000),
    "around 0": (-1.0, 1.0, 4000),
    "tiny": (-(2.0**-27), 2.0**-27, 1000),
    "half ln 2": (0.34, 0.36, 1000),
    "minus half ln 2": (-0.36, -0.34, 1000),
    "three halves ln 2": (1.03, 1.05, 1000),
    "minus three halves ln 2": (-1.05, -1.03, 1000),
    "tanh and logistic": (-40.0, 40.0, 4000),
    "last finite results": (709.0, OVERFLOW, 2000),
    "last normal results": (-709.0, -708.0, 2000),
    "subnormal results": (UNDERFLOW, -708.4, 3000),
}


@pytest.mark.parametrize("name", RANGES)
def test_the_error_is_below_one_ulp_over_the_whole_range(name: str) -> None:
    """Against 120 bits of mpmath, subnormal results included, where one ulp is the smallest subnormal number."""
    low, high, count = RANGES[name]
    points = np.random.default_rng(len(name)).uniform(low, high, count)
    errors = errors_in_ulp(np.concatenate((points, [low, high])))
    assert errors.max() < LARGEST_ERROR


# Bits of x and of exp(x): what StrictMath.exp returns, spread over every branch of the algorithm.
KNOWN = {
    "0x0.0p+0": "0x1.0p+0",
    "-0x0.0p+0": "0x1.0p+0",
    "0x1.0p+0": "0x1.5bf0a8b14576ap+1",
    "-0x1.0p+0": "0x1.78b56362cef38p-2",
    "0x1.0p-1": "0x1.a61298e1e069cp+0",
    "0x1.4p+3": "0x1.5829dcf950560p+14",
    "-0x1.4p+3": "0x1.7cd79b5647c9ap-15",
    "0x1.9p+6": "0x1.3494a9b171bf5p+144",
    "0x1.62e42fefa39efp+9": "0x1.fffffffffff2ap+1023",
    "-0x1.74910d52d3051p+9": "0x0.0000000000001p-1022",
    "0x0.0000000000001p-1022": "0x1.0p+0",
    "0x1.0p-53": "0x1.0p+0",
    "0x1.0p-52": "0x1.0000000000001p+0",
    "-0x1.0p-53": "0x1.fffffffffffffp-1",
}


@pytest.mark.parametrize(("x", "y"), KNOWN.items())
def test_known_points_have_known_bits(x: str, y: str) -> None:
    """Fixed points, so that a changed constant or branch shows without a JVM."""
    found = float(exp(np.array([float.fromhex(x)]))[0])
    assert found.hex() == float.fromhex(y).hex()


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.inf, np.inf),
        (-np.inf, 0.0),
        (np.nextafter(OVERFLOW, np.inf), np.inf),
        (1e308, np.inf),
        (np.nextafter(UNDERFLOW, -np.inf), 0.0),
        (-1e308, 0.0),
    ],
)
def test_beyond_the_range_the_result_is_infinite_or_zero(x: float, y: float) -> None:
    """Just outside either end, far outside, and at the infinities; the zero is +0."""
    found = exp(np.array([x]))[0]
    assert found == y
    assert not np.signbit(found)


def test_nan_has_one_bit_pattern() -> None:
    """Whatever its sign and payload."""
    strange = np.array([0x7FF8000000000123, -1, 0x7FF0000000000001], dtype=np.int64).view(np.float64)
    assert exp(strange).tobytes() == struct.pack("<d", math.nan) * 3


def test_shape_and_order_in_memory_do_not_matter() -> None:
    """Matrices, views with strides, float32 and empty arrays; the argument is left alone."""
    points = np.linspace(-800.0, 800.0, 60).reshape(6, 10)
    expected = np.array([float(exp(np.array([x]))[0]) for x in points.ravel()]).reshape(6, 10)
    before = points.copy()
    np.testing.assert_array_equal(exp(points), expected)
    np.testing.assert_array_equal(exp(points.T), expected.T)
    np.testing.assert_array_equal(exp(points[::2, ::3]), expected[::2, ::3])
    np.testing.assert_array_equal(exp(np.float32([1.0])), exp(np.array([1.0])))
    assert exp(np.zeros((0, 3))).shape == (0, 3)
    np.testing.assert_array_equal(points, before)

"""The exponential function of every form: fdlibm's algorithm, vectorised.

Java's StrictMath.exp is specified to return fdlibm's bits on every JVM, while np.exp, libm and Math.exp differ
from it in the last place; this module computes the published algorithm (argument reduction by multiples of
ln 2, a degree-5 remainder polynomial in x², scaling by the exponent field), so that Python gives the same bits.
Its error is below 1 ulp over the whole range; tests/unit/test_exponential.py measures it.
"""

import numpy as np
import numpy.typing as npt

__all__ = ["LN2_HIGH", "LN2_LOW", "LOG2_E", "OVERFLOW", "POLYNOMIAL", "UNDERFLOW", "exp"]

OVERFLOW = 7.09782712893383973096e02  # largest x with a finite result
UNDERFLOW = -7.45133219101941108420e02  # smallest x with a non-zero result
LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
LOG2_E = 1.44269504088896338700e00
POLYNOMIAL = (
    1.66666666666666019037e-01,
    -2.77777777770155933842e-03,
    6.61375632143793436117e-05,
    -1.65339022054652515390e-06,
    4.13813679705723846039e-08,
)
# High 32 bits of |x| at which the algorithm changes its way: 2^-28, 0.5 ln 2, 1.5 ln 2.
TINY_WORD, HALF_LN2_WORD, THREE_HALVES_LN2_WORD = 0x3E300000, 0x3FD62E42, 0x3FF0A2B2


def exp(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return e to the power of each element (float64, any shape), bit for bit StrictMath.exp's."""
    x = np.ascontiguousarray(x, dtype=np.float64)
    ordinary = (x <= OVERFLOW) & (x >= UNDERFLOW)
    safe = np.where(ordinary, x, 0.0)
    with np.errstate(under="ignore"):
        result = _exp_in_range(safe)
    result[~ordinary] = np.where(x[~ordinary] > 0, np.inf, 0.0)
    result[np.isnan(x)] = np.nan
    return result


def _exp_in_range(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Compute exp where the result is finite and not rounded to 0."""
    word = (x.view(np.int64) >> 32) & 0x7FFFFFFF
    halves = np.where(x < 0, -0.5, 0.5)
    k = np.trunc(LOG2_E * x + halves)
    k = np.where(word < THREE_HALVES_LN2_WORD, 2.0 * halves, k)
    k = np.where(word <= HALF_LN2_WORD, 0.0, k)
    high = x - k * LN2_HIGH
    low = k * LN2_LOW
    reduced = high - low
    t = reduced * reduced
    p1, p2, p3, p4, p5 = POLYNOMIAL
    c = reduced - t * (p1 + t * (p2 + t * (p3 + t * (p4 + t * p5))))
    y = 1.0 - ((low - (reduced * c) / (2.0 - c)) - high)
    y = np.where(word < TINY_WORD, 1.0 + x, y)
    # Scale by 2^k through the exponent field; results below 2^-1021 take one rounding at the end.
    subnormal = k < -1021
    shift = np.where(subnormal, k + 1000, k).astype(np.int64) << 52
    scaled = (y.view(np.int64) + shift).view(np.float64)
    return np.where(subnormal, scaled * 2.0**-1000, scaled)

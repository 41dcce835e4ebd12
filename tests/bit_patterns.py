"""Numbers compared by their bits."""

import numpy as np
import numpy.typing as npt

__all__ = ["bits"]


def bits(numbers: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the bits of each number as float64, one pattern for all NaNs."""
    array = np.asarray(numbers, dtype=np.float64)
    return np.where(np.isnan(array), np.nan, array).view(np.int64)

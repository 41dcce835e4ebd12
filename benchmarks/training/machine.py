"""The machine's matrix product, which no training can beat: float32, square, on as many threads as NumPy takes."""

import time

import numpy as np

__all__ = ["matrix_product_rate"]


def matrix_product_rate(size: int = 2048, seconds: float = 3.0) -> float:
    """Return floating-point operations per second of the best product within some seconds."""
    rng = np.random.default_rng(1)
    a, b = (rng.standard_normal((size, size)).astype(np.float32) for _ in range(2))
    out = np.empty_like(a)
    best, end = 0.0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        begun = time.perf_counter()
        np.dot(a, b, out=out)
        best = max(best, 2.0 * size**3 / (time.perf_counter() - begun))
    return best


if __name__ == "__main__":
    print(f"{matrix_product_rate():.4g}")

"""The machine code of kernels: kept between processes, never older than a source, called by whom it is for."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from triplicate.trainer import jit
from triplicate.trainer.batch_kernels import find_errors
from triplicate.trainer.losses import softmax


def _next_one(number: int) -> int:
    """Return the number after it."""
    return number + 1


def _hits_and_misses() -> tuple[int, int]:
    """Compile or load the kernel anew, and tell how often it was found in the cache, and not found."""
    kernel: Any = jit.kernel()(_next_one)
    assert kernel(1) == 2
    return sum(kernel.stats.cache_hits.values()), sum(kernel.stats.cache_misses.values())


def test_any_changed_source_makes_kernels_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine code of a kernel holds that of others, in other files, which numba by itself does not look at."""
    _hits_and_misses()
    assert _hits_and_misses() == (1, 0)
    (name, changed, size), *others = jit.sources()
    monkeypatch.setattr(jit, "sources", lambda: ((name, changed + 1, size), *others))
    assert _hits_and_misses() == (0, 1)
    assert _hits_and_misses() == (1, 0)


def test_all_sources_of_kernels_are_looked_at() -> None:
    """The file of the kernels that learn is one of them, and so is that of the smallest kernel they call."""
    names = {name for name, _, _ in jit.sources()}
    assert {"batch_learner.py", "views.py", "jit.py"} <= names


@pytest.mark.parametrize("called", [softmax, find_errors])
def test_python_cannot_call_what_only_kernels_call(called: Callable[..., None]) -> None:
    """There is no code for such a call: an error says so, where the process would crash."""
    with pytest.raises(TypeError, match=f"only kernels call {called.__name__}"):
        called(np.ones(3))

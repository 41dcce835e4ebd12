"""Scorers with the fastest exact arithmetic that is installed."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from triplicate.runtime import Scorer, ScoringModel, load_model
from triplicate.runtime.arithmetic import Arithmetic, ExactArithmetic

__all__ = ["exact_arithmetic", "load_scorer", "scorer"]


@cache
def exact_arithmetic() -> Arithmetic:
    """Return the compiled exact arithmetic where numba is installed, else NumPy's; both give the same bits."""
    if find_spec("numba") is None:
        return ExactArithmetic()
    from triplicate.trainer.exact_kernel import NumbaArithmetic

    return NumbaArithmetic()


def scorer(model: ScoringModel) -> Scorer:
    """Make a model ready to score."""
    return Scorer(model, exact_arithmetic())


def load_scorer(path: str | Path) -> Scorer:
    """Open a model file and make its model ready to score; ModelFileError says what is wrong with the file."""
    return scorer(load_model(path))

"""Scorers with the fastest exact arithmetic that is installed."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from triplicate.runtime import Scorer, ScoringModel, load_model
from triplicate.runtime.arithmetic import Arithmetic, ExactArithmetic

__all__ = ["exact_arithmetic", "load_scorer", "rows_of", "scorer"]


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


def rows_of(source: Any) -> Any:
    """Return rows that a scorer reads: the frame of a Parquet file's path, anything else as it is."""
    if not isinstance(source, (str, Path)) or Path(source).suffix.lower() != ".parquet":
        return source
    from triplicate.trainer.read_table import read_table  # pandas comes with it

    return read_table(source)


def load_scorer(path: str | Path) -> Scorer:
    """Open a model file and make its model ready to score; ModelFileError says what is wrong with the file."""
    return scorer(load_model(path))

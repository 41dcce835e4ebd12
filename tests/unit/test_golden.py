"""Golden rows: made up from a model's constants by the package's own generator."""

import numpy as np
from open_kernels import next_double

from triplicate.runtime import Layer, Numeric, Regression, Scorer, ScoringModel
from triplicate.runtime.golden import FILLED, SEED, SPREAD, golden_rows
from triplicate.trainer.pcg import seeded


def test_the_draws_are_those_of_the_trainer_s_generator() -> None:
    """The same numbers in plain Python as in the compiled generator: rows of trained models stay what they were."""
    model = ScoringModel((Numeric("n", 0),), (Layer(np.ones((1, 1)), np.zeros(1)),), Regression())
    state = seeded(SEED)
    drawn = [float(f"{(2.0 * next_double(state) - 1.0) * SPREAD:.6g}") for _ in range(FILLED)]
    assert list(golden_rows(Scorer(model)).cells[0][:FILLED]) == drawn


def test_a_column_that_is_scaled_away() -> None:
    """A column times 0, which an imported model may have, has its centre in every row."""
    column = Numeric("n", 0, subtract=3.0, multiply=0.0)
    model = ScoringModel((column,), (Layer(np.ones((1, 1)), np.zeros(1)),), Regression())
    assert golden_rows(Scorer(model)).cells[0][:FILLED] == (3.0,) * FILLED

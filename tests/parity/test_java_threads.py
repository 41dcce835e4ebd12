"""One instance serves 64 threads: every row the same bits as from one thread, and as from Python."""

from pathlib import Path

import numpy as np
import pytest
from bit_patterns import bits

from triplicate.runtime import Scorer, ScoringModel, encode_rows

from java_cases import autoencoder, person_model
from java_threads import hostile_numbers, score_in_threads
from random_models import random_model, random_rows

MODELS = {"classification": person_model(), "autoencoder": autoencoder(), "maxout": random_model(27)}


@pytest.mark.parametrize("name", MODELS)
def test_64_threads_give_the_bits_of_one(tmp_path: Path, name: str) -> None:
    """Single rows and batches, taken from a common pile in no order, with missing, unseen and hostile cells."""
    model: ScoringModel = MODELS[name]
    numbers, _ = encode_rows(model, random_rows(model, 500, 1))
    many = hostile_numbers(np.tile(numbers, (60, 1)), 0.2, 2)
    outputs, differing = score_in_threads(tmp_path, model, many)
    assert differing == 0
    assert np.array_equal(bits(outputs), bits(Scorer(model).score_numbers(many).outputs))

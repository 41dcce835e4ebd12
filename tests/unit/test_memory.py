"""Training takes little more memory than the encoded rows; scoring works in blocks."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from triplicate.runtime import Scorer
from triplicate.runtime.errors import BadNumberError
from triplicate.trainer import DeepLearningEstimator
from triplicate.trainer.network import Network

ROWS = 200_000


def peak_of(frame: pd.DataFrame) -> tuple[int, DeepLearningEstimator]:
    """Return the bytes that a short training adds at its highest, and the estimator."""
    estimator = DeepLearningEstimator(hidden=[16], epochs=0.01, mini_batch_size=32, seed=1, quiet_mode=True)
    estimator.train(y="y", training_frame=frame.iloc[:200])  # compiled kernels are no memory of the rows
    tracemalloc.start()
    try:
        estimator.train(y="y", training_frame=frame)
        return tracemalloc.get_traced_memory()[1], estimator
    finally:
        tracemalloc.stop()


def weight_bytes(estimator: DeepLearningEstimator) -> int:
    """Return the bytes of the network's parameters."""
    network: Network = estimator.trained.result.network
    return 4 * sum(network.matrix(estimator.trained.result.parameters, layer).size for layer in range(network.layers))


@pytest.mark.parametrize(
    ("kind", "count", "size"), [("small integers", 100, 1), ("numbers", 30, 4), ("categories", 30, 4)]
)
def test_memory_of_training(kind: str, count: int, size: int) -> None:
    """The peak is at most 1.5 times the encoded rows, so many bytes a cell, 8 a response, and 6 times the weights."""
    rng = np.random.default_rng(1)
    columns: dict[str, object] = {f"c{i}": rng.integers(0, 200, ROWS).astype(np.uint8) for i in range(count)}
    if kind == "numbers":
        columns = {f"c{i}": rng.normal(size=ROWS) for i in range(count)}
    elif kind == "categories":
        texts = [f"level {i}" for i in range(20)]
        columns = {f"c{i}": pd.Categorical.from_codes(rng.integers(0, 20, ROWS), texts) for i in range(count)}
    peak, estimator = peak_of(pd.DataFrame(columns).assign(y=rng.normal(size=ROWS)))
    assert peak <= 1.5 * (size * count + 8) * ROWS + 6 * weight_bytes(estimator)


def test_errors_count_rows_of_the_whole_table() -> None:
    """A cell that is no number in a later block is named by its row in the table, not in the block."""
    frame = pd.DataFrame(np.random.default_rng(1).normal(size=(300, 3)), columns=["a", "b", "y"])
    estimator = DeepLearningEstimator(hidden=[4], epochs=1, seed=1, quiet_mode=True)
    scorer = Scorer(estimator.train(y="y", training_frame=frame).scoring_model)
    many = pd.DataFrame({"a": np.zeros(2**18), "b": np.zeros(2**18, dtype=object)})
    many.loc[200_001, "b"] = "text"
    with pytest.raises(BadNumberError, match="row 200001, column 'b'"):
        scorer.score(many)

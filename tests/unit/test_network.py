"""The flat network: views, start, shape from parameters, start weights of far-reaching inputs."""

import numpy as np
import pytest

from triplicate.runtime.layers import Activation
from triplicate.trainer.encoded_rows import EncodedRows
from triplicate.trainer.network import Network
from triplicate.trainer.network_shape import start_reach
from triplicate.trainer.packed_numbers import PackedNumbers

NETWORK = Network(
    4, (3, 2, 2), (Activation.RECTIFIER, Activation.RECTIFIER, Activation.LINEAR), (0.1, 0.0, 0.5), softmax=True
)


def test_views_cover_the_flat_array_once() -> None:
    """The matrices of the layers, biases included, are views that tile the parameters."""
    flat = np.arange(NETWORK.parameters, dtype=np.float32)
    pieces = [NETWORK.matrix(flat, layer) for layer in range(NETWORK.layers)]
    assert [piece.shape for piece in pieces] == [(5, 3), (4, 2), (3, 2)]
    assert np.concatenate([piece.ravel() for piece in pieces]).tolist() == flat.tolist()
    NETWORK.biases(flat, 1)[:] = -1
    assert NETWORK.matrix(flat, 1)[-1].tolist() == [-1, -1]
    assert NETWORK.layout().weights.tolist() == [0, 15, 23]
    assert NETWORK.layout().units.tolist() == [0, 3, 5, 7]
    assert NETWORK.ratios.tolist() == [0.1, 0.0, 0.5, 0.0]


@pytest.mark.parametrize("stateful", [True, False])
def test_start(stateful: bool) -> None:
    """Weights are drawn, biases of rectifiers are 0.5 and 1, the output's 0; memory only where it is needed."""
    state = NETWORK.start(1, distribution="Uniform", scale=0.5, stateful=stateful)
    assert [NETWORK.biases(state.parameters, layer).tolist() for layer in range(3)] == [[0.5] * 3, [1.0] * 2, [0.0] * 2]
    assert 0 < np.abs(NETWORK.weights(state.parameters, 0)).max() <= 0.5
    assert (state.squares.size, state.samples) == (NETWORK.parameters if stateful else 0, 0)
    assert (state.average == state.parameters).all()
    assert not np.shares_memory(state.average, state.parameters)


def test_inputs_with_far_outliers_start_shorter() -> None:
    """An input that reaches to 50 starts at a tenth of its weights; usual inputs and categories are untouched."""
    numbers = np.array([[1.0, -50.0], [-4.9, 0.0]], dtype=np.float32)
    rows = EncodedRows(np.zeros((2, 1), dtype=np.int32), PackedNumbers.of(numbers), 2, 4, None, None)
    reach = start_reach(rows)
    assert reach.tolist() == [1.0, 1.0, 1.0, 10.0]
    plain, short = (
        NETWORK.start(1, distribution="UniformAdaptive", scale=1.0, stateful=False, reach=r).parameters
        for r in (None, reach)
    )
    np.testing.assert_allclose(NETWORK.weights(plain, 0), NETWORK.weights(short, 0) * reach[:, np.newaxis], rtol=1e-6)
    assert (NETWORK.matrix(plain, 1) == NETWORK.matrix(short, 1)).all()

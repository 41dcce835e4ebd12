"""Shares of a team: blocks by width alone, every weight with one owner, and back again."""

import numpy as np
import pytest

from triplicate.runtime.layers import Activation
from triplicate.trainer.network import Network
from triplicate.trainer.unit_shares import block_edges, gather_shares, shares_of, spread_shares, useful_threads

ACTIVATIONS = (Activation.MAXOUT, Activation.RECTIFIER, Activation.LINEAR)
NETWORK = Network(7, (33, 130, 5), ACTIVATIONS, (0.0, 0.0, 0.0), softmax=True)


@pytest.mark.parametrize(("units", "blocks"), [(1, 1), (31, 1), (32, 2), (127, 2), (200, 4), (1023, 4), (1500, 8)])
def test_blocks_depend_on_the_width(units: int, blocks: int) -> None:
    """Wider layers have more blocks, which begin at whole vectors, cover all units, and are about as wide."""
    edges = block_edges(units)
    sizes = np.diff(edges)
    assert (edges[0], edges[-1], len(sizes)) == (0, units, blocks)
    assert all(edge % 8 == 0 for edge in edges[:-1])
    assert sizes.max() - sizes.min() < 16


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_every_weight_has_one_owner(threads: int, plain: bool, turned: bool) -> None:
    """The threads' parts of a layer follow each other, without a gap, through the flat array."""
    shares, layout = shares_of(NETWORK, threads, plain=plain, turned=turned), NETWORK.layout()
    assert shares.by_inputs == plain
    for layer, sums in enumerate(NETWORK.sums):
        if layer == 2 and shares.by_inputs:
            assert shares.first[:, 2].tolist() == shares.first[:, 1].tolist()
            units = shares.edges[2, shares.first[:, 2]]
            assert shares.starts[:, 2].tolist() == (layout.weights[2] + 5 * units).tolist()
            continue
        rows, place = layout.widths[layer] + 1, layout.weights[layer]
        for me in range(threads):
            assert shares.starts[me, layer] == place
            place += rows * (shares.high[me, layer] - shares.low[me, layer])
        assert place == layout.weights[layer] + rows * sums


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_gathering_can_be_undone(threads: int, turned: bool) -> None:
    """A thread's columns lie together, or its units if turned, an output layer's inputs turned; spreading undoes it."""
    shares, flat = shares_of(NETWORK, threads, turned=turned), np.arange(NETWORK.parameters, dtype=np.float64)
    matrix = NETWORK.matrix(flat.copy(), 0)
    gather_shares(NETWORK, shares, flat)
    for me in range(threads):
        begin, mine = shares.starts[me, 0], matrix[:, shares.low[me, 0] : shares.high[me, 0]]
        expected = (mine.T if turned else mine).reshape(-1)
        assert flat[begin : begin + mine.size].tolist() == expected.tolist()
    outputs = NETWORK.matrix(np.arange(NETWORK.parameters, dtype=np.float64), 2)
    ends = [*shares.edges[2, shares.first[1:, 2]], len(outputs)]
    for me, end in enumerate(ends):
        first, begin = shares.edges[2, shares.first[me, 2]], shares.starts[me, 2]
        expected = outputs[first:end].T.reshape(-1)
        assert flat[begin : begin + expected.size].tolist() == expected.tolist()
    spread_shares(NETWORK, shares, flat)
    assert flat.tolist() == list(range(NETWORK.parameters))
    gather_shares(NETWORK, shares, np.zeros(0))


@pytest.mark.parametrize(("there", "used"), [(1, 1), (2, 2), (3, 2), (4, 4), (9, 4)])
def test_threads_that_would_wait_are_not_used(there: int, used: int) -> None:
    """Four blocks are shared by two threads as fast as by three, and by no more than four."""
    assert useful_threads(NETWORK, there) == used

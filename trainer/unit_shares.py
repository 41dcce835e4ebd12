"""Who owns which units: how a team of threads shares a network in row mode.

The units of a layer are cut into blocks, a number that depends on the width of the layer alone; a thread owns
neighbouring blocks, with all weights and biases of their units. What threads exchange are sums per block, which
are added in block order, so that the number of threads changes no bit. A narrow output layer is cut by its inputs
instead: the thread that owns a unit of the last hidden layer owns the weights that lead out of it, which lie output by
output meanwhile, since rows of a few outputs would be too short for vector code.

While a team learns, each thread's weights of a layer lie together, so that no two threads write to one cache line.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.addressed import Addressed
from triplicate.trainer.gathered import gather_columns, spread_columns
from triplicate.trainer.network import Network
from triplicate.trainer.team import share_of

__all__ = ["MOST_BLOCKS", "Shares", "block_edges", "gather_shares", "shares_of", "spread_shares", "useful_threads"]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]

MOST_BLOCKS = 8
VECTOR = 8  # blocks begin at multiples: float32 numbers in a register
NARROW = 64  # sums of an output layer that is cut by its inputs


@dataclass(frozen=True, eq=False)
class Shares(Addressed):
    """The shares of all threads, as kernels read them.

    `edges` (layers, MOST_BLOCKS + 1) holds where blocks begin and end, in units; the others have shape (threads,
    layers): the `first` and the `end` of the blocks owned, `starts`, where the thread's weights of the layer begin
    in the flat arrays, and the `low` and the `high` end of its linear sums among those of the layer. `sums` (threads,
    layers + 1) counts the linear sums that a thread owns in the layers before. `by_inputs`
    tells that the output layer is cut like the last hidden layer, whose blocks its numbers then are, its biases being
    the last owner's; `turned` that the first layer's weights lie unit by unit: good where few inputs are 0, since many
    units have no error.
    """

    edges: Indices
    first: Indices
    end: Indices
    starts: Indices
    low: Indices
    high: Indices
    sums: Indices
    by_inputs: bool
    turned: bool


def block_edges(units: int) -> list[int]:
    """Return where the blocks of a layer begin, and the end of the last one."""
    count = next(count for count, least in ((8, 1024), (4, 128), (2, 32), (1, 0)) if units >= least)
    vectors = -(-units // VECTOR)
    return [VECTOR * (vectors * block // count) for block in range(count)] + [units]


def shares_of(network: Network, threads: int, *, plain: bool = True, turned: bool = False) -> Shares:
    """Share a network among threads.

    A rule is `plain` if it changes only weights with a gradient, and looks at no unit's weights as a whole.
    """
    layout, layers = network.layout(), network.layers
    by_inputs = plain and layers > 1 and network.sums[-1] <= NARROW
    edges = np.zeros((layers, MOST_BLOCKS + 1), dtype=np.int64)
    first, end, starts, low, high = np.zeros((5, threads, layers), dtype=np.int64)
    for layer, (units, all_sums) in enumerate(zip(network.widths, network.sums, strict=True)):
        outputs = by_inputs and layer == layers - 1
        cut = block_edges(network.widths[layer - 1] if outputs else units)
        edges[layer, : len(cut)] = cut
        for me in range(threads):
            mine = share_of(len(cut) - 1, threads, me)
            first[me, layer], end[me, layer] = mine
            bounds = (0, all_sums) if outputs else [cut[block] * all_sums // units for block in mine]
            low[me, layer], high[me, layer] = bounds
            before = cut[mine[0]] * all_sums if outputs else (layout.widths[layer] + 1) * bounds[0]
            starts[me, layer] = layout.weights[layer] + before
    sums = np.zeros((threads, layers + 1), dtype=np.int64)
    sums[:, 1:] = np.cumsum(high - low, axis=1)
    return Shares(edges, first, end, starts, low, high, sums, by_inputs, turned)


def useful_threads(network: Network, threads: int) -> int:
    """Return how many of the threads bring something: as many as the widest layer's blocks can be shared among."""
    blocks = max(len(block_edges(units)) - 1 for units in network.widths)
    return -(-blocks // -(-blocks // threads))


def gather_shares(network: Network, shares: Shares, flat: Floats) -> None:
    """Lay each thread's numbers together, layer by layer, in place."""
    for matrix, bounds, turned in _parts(network, shares, flat):
        gather_columns(matrix, bounds, turned=turned)


def spread_shares(network: Network, shares: Shares, flat: Floats) -> None:
    """Undo `gather_shares`."""
    for matrix, bounds, turned in _parts(network, shares, flat):
        spread_columns(matrix, bounds, turned=turned)


def _parts(network: Network, shares: Shares, flat: Floats) -> Iterator[tuple[Floats, Sequence[tuple[int, int]], bool]]:
    """Yield the matrices whose columns are laid together, which of them, and whether they are turned."""
    if flat.size == 0:
        return
    last, threads = network.layers - 1, len(shares.first)
    for layer in range(last + (not shares.by_inputs)):
        turned = shares.turned and layer == 0
        if threads > 1 or turned:
            bounds = zip(shares.low[:, layer].tolist(), shares.high[:, layer].tolist(), strict=True)
            yield network.matrix(flat, layer), list(bounds), turned
    if shares.by_inputs:
        matrix = network.matrix(flat, last)
        begins = shares.edges[last, shares.first[:, last]].tolist()
        for begin, end in pairwise([*begins, len(matrix)]):
            yield matrix[begin:end], [(0, matrix.shape[1])], True

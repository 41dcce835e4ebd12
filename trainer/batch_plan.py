"""Where the parts of a mini-batch lie in work space, and what of the first layer's inputs comes as a list.

Categories always are listed: (input, value) pairs per row. So are numbers where most of them are 0. The other
inputs stand in a matrix, with one more column for the input of the biases, which is 1.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from triplicate.trainer.addressed import Addressed
from triplicate.trainer.cache_lines import own_rows
from triplicate.trainer.gemm import panels
from triplicate.trainer.jit import kernel
from triplicate.trainer.kernel_rows import Rows
from triplicate.trainer.network import Layout
from triplicate.trainer.team import share_of
from triplicate.trainer.unit_blocks import NARROW, WIDE, block_edges
from triplicate.trainer.weight_limit import Norms

__all__ = [
    "Plan",
    "Space",
    "Weights",
    "columns_of",
    "norms_for",
    "plan_alone",
    "plan_for",
    "share_in",
    "space_for",
    "weights_of",
]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]

SPARSE_SHARE = 0.05
"""Share of numbers that are not 0 up to which a list is faster than a matrix product."""
SEEN = 1000  # rows that are looked at for it
GRADIENT_BLOCK, GRADIENT_ROWS = 2**12, 64  # numbers of a gradient that are made and used at once; at least these rows


@dataclass(frozen=True, eq=False)
class Plan(Addressed):
    """How a team of `threads` learns batches of at most `batch` rows.

    `listed` inputs come as a list, at most `most` of them in a row; `reachable` of them in a batch.
    Layer l's units are cut into `blocks[l]` blocks, which begin and end at `edges[l]`; where weights are `gathered`,
    those of a block lie together. A narrow output layer of a team is shared `by_rows` of the batch. `shares[t, l]`
    holds the first and the end of the blocks that thread t works on, and of the dense inputs whose weights are its own.
    What layer l's errors say of the units below is one product if it is `whole[l]`, else a sum of one for each block.
    Where learning is `fused`, a tile of weights is changed as soon as its gradient is there.
    Matrix l, l from 0, holds the inputs, then the units of layer l, with `wide[l]` numbers per row from
    `units[l]`; `errors[l]` is where the matrix of layer l's errors begins.
    """

    batch: int
    threads: int
    listed: int
    most: int
    reachable: int
    wide: Indices
    units: Indices
    errors: Indices
    blocks: Indices
    edges: Indices
    shares: Indices
    whole: npt.NDArray[np.bool_]
    gathered: bool
    by_rows: bool
    fused: bool

    @property
    def at_once(self) -> bool | None:
        """Whether steps are taken tile by tile, as kernels ask it, None where they are not."""
        return True if self.fused else None

    @property
    def in_parts(self) -> bool | None:
        """Whether a gradient is made in parts and then used, None where it is not."""
        return None if self.fused else True

    @property
    def has_whole(self) -> bool | None:
        """Whether any layer is `whole`, None where none is."""
        return True if self.whole.any() else None

    @property
    def lists(self) -> bool | None:
        """Whether there are listed inputs, None where there are none: kernels are compiled without them."""
        return True if self.listed > 0 else None


@dataclass(frozen=True, eq=False)
class Space(Addressed):
    """Work space of a batch. Where one batch is learned while the next one is read, there are two of a kind.

    `inputs` are the dense inputs, `listed_*` the others, `units` and `errors` matrices of
    all layers, `backed` what a layer passes back. `totals` belong to max_w2. The others are one per thread.
    """

    inputs: Floats
    listed_index: Indices
    listed_value: Floats
    listed_count: Indices
    units: Floats
    errors: Floats
    backed: Floats
    target: Floats
    codes: npt.NDArray[np.int32]
    numbers: Floats
    slots: Indices
    touched: Indices
    ends: Indices
    entry_rows: Indices
    entry_values: Floats
    gradient: Floats
    panels: Floats
    live: Floats
    places: Indices
    ones: Floats
    share: Floats
    totals: npt.NDArray[np.float64]


class Weights(NamedTuple):
    """The arrays of a State that learning changes, None where it has none."""

    parameters: Floats
    squares: Floats | None
    steps: Floats | None
    activity: Floats | None


def plan_for(
    layout: Layout,
    rows: Rows,
    batch: int,
    threads: int,
    *,
    fast: bool,
    gathered: bool = False,
    limited: bool = False,
    fused: bool = False,
) -> Plan:
    """Return the plan of a team for batches of so many of these rows; without fast mode a batch reaches all inputs.

    With `limited` (max_w2) no unit's weights may have two owners.
    """
    columns, numbers = rows.codes.shape[1], rows.numbers.columns
    seen = rows.numbers.take(slice(None, None, max(1, len(rows.codes) // SEEN)))
    sparse = numbers > 0 and seen.share_not_zero() <= SPARSE_SHARE
    inputs = int(layout.widths[0])
    listed, most = (inputs, columns + numbers) if sparse else (rows.first_number, columns)
    widths = [inputs - listed, *(int(width) for width in layout.widths[1:])]
    wide = [width + 1 for width in widths]
    sums = np.diff(layout.sums)
    cuts = [block_edges(int(units), threads) for units in layout.widths[1:]]
    edges = np.zeros((len(cuts), max(len(cut) for cut in cuts)), dtype=np.int64)
    for layer, cut in enumerate(cuts):
        edges[layer, : len(cut)] = cut
    by_rows = threads > 1 and len(cuts) > 1 and int(layout.widths[-1]) < NARROW
    blocks = np.array([len(cut) - 1 for cut in cuts], dtype=np.int64)
    shares = _shares_of_blocks(blocks, wide, threads)
    for me in range(threads * by_rows):
        owned = (0, wide[-2] * (me == threads - 1)) if limited else share_of(wide[-2], threads, me)
        shares[me, -1] = (0, 1, *owned)
    return Plan(
        batch,
        threads,
        listed,
        most,
        min(listed, batch * most) if fast else listed,
        np.array(wide, dtype=np.int64),
        np.concatenate(([0], np.cumsum([batch * numbers for numbers in wide[1:]]))).astype(np.int64),
        np.concatenate(([0], np.cumsum(batch * sums))).astype(np.int64),
        blocks,
        edges,
        shares,
        layout.widths[1:] > WIDE,
        gathered,
        by_rows,
        fused,
    )


def plan_alone(plan: Plan) -> Plan:
    """Return the plan by which one thread does a team's work, in the same work space, weights lying as they do."""
    shares = _shares_of_blocks(plan.blocks, plan.wide.tolist(), 1)
    return replace(plan, threads=1, shares=shares, by_rows=False)


def _shares_of_blocks(blocks: Indices, wide: list[int], threads: int) -> Indices:
    """Return the `shares` of a plan whose layers all are shared by blocks."""
    shares = np.zeros((threads, blocks.size, 4), dtype=np.int64)
    for me in range(threads):
        for layer, count in enumerate(blocks.tolist()):
            shares[me, layer] = (*share_of(count, threads, me), 0, wide[layer])
    return shares


def norms_for(layout: Layout) -> Norms:
    """Return what max_w2 remembers of the listed inputs."""
    return Norms(np.zeros(int(layout.sums[1])), np.ones(int(layout.sums[1])))


def space_for(layout: Layout, rows: Rows, plan: Plan) -> Space:
    """Return the work space of a plan."""
    kind, batch, threads = rows.numbers.floats.dtype, plan.batch, plan.threads
    channels = np.diff(layout.sums) // layout.widths[1:]
    widest = int((np.diff(plan.edges).max(axis=1) * channels).max())
    parts = np.where(plan.whole, 1, plan.blocks)
    entries, tallest = batch * plan.most, max(int(plan.wide.max()), plan.reachable)
    space = Space(
        inputs=np.ones((2, batch * int(plan.wide[0])), dtype=kind),
        listed_index=np.empty(2 * entries, dtype=np.int64),
        listed_value=np.empty(2 * entries, dtype=kind),
        listed_count=np.zeros((2, batch), dtype=np.int64),
        units=np.ones(int(plan.units[-1]), dtype=kind),
        errors=np.empty(int(plan.errors[-1]), dtype=kind),
        backed=np.empty((2, batch * int((parts * layout.widths[:-1])[1:].max(initial=0))), dtype=kind),
        target=own_rows(threads, int(layout.widths[-1]), kind),
        codes=own_rows(threads, rows.codes.shape[1], np.int32),
        numbers=own_rows(threads, rows.numbers.columns, kind),
        slots=own_rows(threads, plan.listed, np.int64),
        touched=own_rows(threads, plan.reachable, np.int64),
        ends=own_rows(threads, plan.reachable, np.int64),
        entry_rows=own_rows(threads, entries, np.int64),
        entry_values=own_rows(threads, entries, kind),
        gradient=own_rows(threads, max(GRADIENT_BLOCK, GRADIENT_ROWS * widest), kind),
        panels=panels(threads, max(int(plan.wide.max()), int(layout.sums.max()), batch), kind),
        live=own_rows(threads, int(plan.wide[:-1].sum()), kind),
        places=own_rows(threads, tallest, np.int64),
        ones=np.ones(tallest, dtype=kind),
        share=own_rows(threads, 1, kind),
        totals=own_rows(threads, widest, np.float64),
    )
    space.slots[:], space.live[:], space.share[:] = -1, 1, 1
    return space


@kernel(inner=True)
def columns_of(layer: int, block: int, layout: Layout, plan: Plan) -> tuple[int, int]:
    """Return from where to where the linear sums of a block of units are among those of its layer."""
    channels = (layout.sums[layer + 1] - layout.sums[layer]) // layout.widths[layer + 1]
    return plan.edges[layer, block] * channels, plan.edges[layer, block + 1] * channels


@kernel(inner=True)
def weights_of(layer: int, left: int, right: int, layout: Layout, plan: Plan) -> tuple[int, int]:
    """Return where the weights into a block's linear sums begin, and how far apart those of two inputs are."""
    if plan.gathered:
        return layout.weights[layer] + (layout.widths[layer] + 1) * left, right - left
    return layout.weights[layer] + left, layout.sums[layer + 1] - layout.sums[layer]


@kernel(inner=True)
def share_in(layer: int, me: int, plan: Plan) -> tuple[int, int, int, int]:
    """Return a thread's share of a layer: first and end of its blocks, and of the inputs whose weights are its own."""
    share = plan.shares
    return share[me, layer, 0], share[me, layer, 1], share[me, layer, 2], share[me, layer, 3]

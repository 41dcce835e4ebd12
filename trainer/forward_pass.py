"""Outputs of a network that learns, for many rows, by the team and the kernels of batch mode."""

from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.trainer.activations import activate
from triplicate.trainer.apart import Job, Part, call
from triplicate.trainer.atomics import flush_denormals, restore_denormals
from triplicate.trainer.batch_kernels import part_of
from triplicate.trainer.batch_learner import WORTH_A_TEAM
from triplicate.trainer.batch_passes import forward_part, read_part
from triplicate.trainer.batch_plan import Plan, Space, plan_for, space_for
from triplicate.trainer.encoded_rows import EncodedRows
from triplicate.trainer.gemm import product_for
from triplicate.trainer.jit import ZERO, kernel
from triplicate.trainer.kernel_rows import Rows
from triplicate.trainer.network import Layout, Network
from triplicate.trainer.team import MEMBERS, Board, Team, meet, own_share, thread_count
from triplicate.trainer.team_size import TeamSize
from triplicate.trainer.views import row_view, view

__all__ = ["ForwardPass", "score_batches"]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]

BATCH = 256


class ForwardPass:
    """Computes outputs of one network, for any parameters; the bits do not depend on the number of threads."""

    def __init__(self, network: Network, threads: int | None = None) -> None:
        self._layout, self._two_channels = network.layout(), network.two_channels
        self._retain = 1.0 - np.array((*network.dropout[1:], 0.0))
        self._team = Team(threads or (thread_count() if network.parameters * BATCH >= WORTH_A_TEAM else 1))
        self._alone, self._size = Team(1), TeamSize(self._team.threads)

    def outputs(self, parameters: Floats, rows: EncodedRows) -> Floats:
        """Return the outputs of the last layer, before softmax, shape (rows, outputs): activations times 1 - p."""
        outputs: Floats = np.empty((len(rows), int(self._layout.widths[-1])), dtype=parameters.dtype)
        writeable = np.require(parameters, requirements="W")  # kernels are compiled for such arrays alone
        arguments = self._arguments(writeable, rows, outputs)
        with self._size.timed(len(rows)):
            (self._team if self._size.threads > 1 else self._alone).run(score_batches, *arguments)
        return outputs

    def jobs(self, parameters: Floats, rows: EncodedRows) -> list[Job]:
        """Return the kernels that compute outputs, and the types of their arguments."""
        outputs: Floats = np.empty((1, 1), dtype=parameters.dtype)
        arguments = self._arguments(parameters, rows, outputs)
        return [*(part.job for part in arguments[-3:]), self._team.job(score_batches, *arguments)]

    def _arguments(self, parameters: Floats, rows: EncodedRows, outputs: Floats) -> tuple[Any, ...]:
        given, layout, channels = Rows.of(rows), self._layout, self._two_channels
        plan = plan_for(layout, given, min(BATCH, max(len(rows), 1)), self._size.threads, fast=True)
        space, everyone = space_for(layout, given, plan), np.arange(len(rows), dtype=np.int64)
        product, read = product_for(parameters.dtype), read_part(None, given, plan, space)
        forward = forward_part(product, layout, parameters, None, None, channels, plan, space)
        return (
            layout, self._retain, given, parameters, plan, space, everyone, outputs, channels, plan.lists, product,
            read, forward,
        )  # fmt: skip


@kernel()
def score_batches(
    board: Board, me: int, layout: Layout, retain: npt.NDArray[np.float64], rows: Rows, parameters: Floats, plan: Plan,
    space: Space, everyone: Indices, outputs: Floats, two_channels: bool | None, lists: bool | None, product: Part,
    read: Part, forward: Part,
) -> None:  # fmt: skip
    """Write the outputs of all rows, as one thread of a team; `retain` multiplies each layer's activations."""
    before = flush_denormals()
    layers, members = layout.widths.size - 1, board[MEMBERS]
    for start in range(0, everyone.size, plan.batch):
        batch = part_of(everyone, start, plan.batch)
        call(read, (members, me, None, ZERO, rows, batch, ZERO, plan, space, ZERO))
        meet(board)
        for layer in range(layers):
            wide = plan.wide[layer + 1]
            low, high = own_share(plan.blocks[layer], members, me)
            call(forward, (
                product, me, layer, low, high, layout, ZERO, parameters, None, None, two_channels, lists, ZERO,
                batch.size, ZERO, plan, space, ZERO,
            ))  # fmt: skip
            for block in range(low, high):
                factor, first = parameters.dtype.type(retain[layer]), plan.edges[layer, block]
                for k in range(batch.size):
                    begin = plan.units[layer] + k * wide + first
                    own = view(space.units, begin, begin + plan.edges[layer, block + 1] - first)
                    if layer == layers - 1:
                        activate(layout.activations[layer], own)
                    for j in range(own.size):
                        own[j] *= factor
            meet(board)
        first, stop = own_share(batch.size, members, me)
        for k in range(first, stop):
            begin = plan.units[layers - 1] + k * plan.wide[layers]
            found = view(space.units, begin, begin + outputs.shape[1])
            row = row_view(outputs, start + k, 0, outputs.shape[1])
            for j in range(found.size):
                row[j] = found[j]
    restore_denormals(before)

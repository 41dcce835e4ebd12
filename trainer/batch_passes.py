"""The passes of a mini-batch, each compiled apart: what `learn_batches` and `score_batches` call by address."""

from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from triplicate.trainer.apart import Part
from triplicate.trainer.batch_kernels import find_errors, pass_back, pass_forward, read_rows
from triplicate.trainer.batch_plan import Plan, Space, Weights
from triplicate.trainer.batch_updates import update_layer
from triplicate.trainer.gemm import product_for
from triplicate.trainer.kernel_rows import Rows, Rule, other_loss
from triplicate.trainer.network import Layout
from triplicate.trainer.weight_limit import Norms

__all__ = ["NOTHING", "Passes", "forward_part", "read_part"]

Floats = npt.NDArray[np.floating[Any]]
Ratios = npt.NDArray[np.float64]
NOTHING = np.empty(0, dtype=np.int64)


class Passes(NamedTuple):
    """The passes of learning, and the matrix product, which they call."""

    product: Part
    read: Part
    forward: Part
    errors: Part
    back: Part
    update: Part

    @classmethod
    def of(
        cls, layout: Layout, rule: Rule, rows: Rows, weights: Weights, plan: Plan, space: Space, norms: Norms | None,
        dropout: Ratios | None, two_channels: bool | None,
    ) -> Self:  # fmt: skip
        """Return the passes for arguments of these types."""
        parameters, activity = weights.parameters, weights.activity
        product = product_for(parameters.dtype)
        return cls(
            product,
            read_part(dropout, rows, plan, space),
            forward_part(product, layout, parameters, activity, dropout, two_channels, plan, space),
            Part.of(
                find_errors, 0, 0, layout, other_loss(rule, rows), rule.loss, rule.shape, rows, NOTHING, plan, space,
            ),
            Part.of(
                pass_back, product, 0, 0, 0, 0, layout, parameters, 0, 0, plan, space, plan.has_whole, two_channels,
            ),
            Part.of(
                update_layer, product, 0, 0, 0, 0, 0, 0, layout, rule, parameters, weights.squares, weights.steps, 0, 0,
                0, 0, plan, space, 0, activity, norms, rule.centre, *rule.kinds, plan.lists, plan.at_once,
                plan.in_parts,
            ),
        )  # fmt: skip


def read_part(dropout: Ratios | None, rows: Rows, plan: Plan, space: Space) -> Part:
    """Return the pass that reads rows."""
    return Part.of(read_rows, 0, 0, dropout, 0, rows, NOTHING, 0, plan, space, 0)


def forward_part(
    product: Part, layout: Layout, parameters: Floats, activity: Floats | None, dropout: Ratios | None,
    two_channels: bool | None, plan: Plan, space: Space,
) -> Part:  # fmt: skip
    """Return the pass that computes units."""
    return Part.of(
        pass_forward, product, 0, 0, 0, 0, layout, 0, parameters, activity, dropout, two_channels, plan.lists, 0, 0,
        0, plan, space, 0,
    )  # fmt: skip

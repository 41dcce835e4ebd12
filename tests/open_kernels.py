"""Inner kernels, compiled by themselves so that Python can call them: what Python would call is left out of them."""

from collections.abc import Callable
from typing import Any

from triplicate.trainer import activations, dropout, losses, momentum, optimizers, pcg, sparsity
from triplicate.trainer.jit import kernel

__all__ = [
    "activate",
    "advance",
    "cross_entropy_gradient",
    "drop_inputs",
    "drop_units",
    "follow_activity",
    "is_kept",
    "mask_key",
    "maxout",
    "next_below",
    "next_double",
    "next_float",
    "next_gaussian",
    "next_int",
    "rate_at",
    "slope_at",
    "slopes",
    "softmax",
    "squared_gradient",
    "step_size",
    "update_rows",
]


def _opened(inner: Any) -> Callable[..., Any]:
    """Return the same function as a kernel of its own, with the same freedoms."""
    freedoms = inner.targetoptions["fastmath"] or frozenset()
    opened: Callable[..., Any] = kernel(frozenset(freedoms))(inner.py_func)
    return opened


activate, slopes, maxout = map(_opened, (activations.activate, activations.slopes, activations.maxout))
softmax, slope_at = map(_opened, (losses.softmax, losses.slope_at))
cross_entropy_gradient, squared_gradient = map(_opened, (losses.cross_entropy_gradient, losses.squared_gradient))
update_rows, rate_at, step_size = map(_opened, (optimizers.update_rows, optimizers.rate_at, optimizers.step_size))
mask_key, is_kept = map(_opened, (dropout.mask_key, dropout.is_kept))
drop_units, drop_inputs = map(_opened, (dropout.drop_units, dropout.drop_inputs))
advance, follow_activity = map(_opened, (momentum.advance, sparsity.follow_activity))
next_int, next_float, next_below = map(_opened, (pcg.next_int, pcg.next_float, pcg.next_below))
next_double, next_gaussian = map(_opened, (pcg.next_double, pcg.next_gaussian))

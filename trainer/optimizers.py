"""Optimisers: how a gradient changes parameters, as one fused pass over them.

The gradient of a row of weights is the input's value times the errors of the units, or a row of a batch's
summed gradient; one kernel per optimiser serves both. The penalties l1 * sign(w) + l2 * w join it; in fast mode they
count by the share of a batch's rows in which the input is not 0, since no other row would be penalised. There
a parameter whose loss gradient is exactly 0 (the input is 0, or the unit receives no error) stays as it is, its
optimiser state included; momentum and Adam go on where the input is not 0. Loops are free of conditions, so that
they become vector code.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from triplicate.trainer.jit import RECIPROCAL_ROOT, kernel
from triplicate.trainer.momentum import momentum_at
from triplicate.trainer.views import view

__all__ = [
    "ADADELTA",
    "ADAM",
    "AVERAGE_ACTIVATION",
    "EPSILON",
    "FRESH",
    "L1",
    "L2",
    "LARGE",
    "MAX_W2",
    "MOMENTUM",
    "NESTEROV",
    "RHO",
    "SGD",
    "SPARSITY",
    "Kinds",
    "Optimizer",
    "adadelta",
    "adadelta_penalised",
    "adam",
    "descend_by_momentum",
    "momentum_of",
    "penalty_of",
    "rate_at",
    "sgd",
    "step_size",
    "update_rows",
]

Floats = npt.NDArray[np.floating[Any]]
Indices = npt.NDArray[np.int64]
Constants = npt.NDArray[np.float64]

ADADELTA, SGD, MOMENTUM, NESTEROV, ADAM = range(5)
RHO, FRESH, EPSILON, L1, L2, RATE, ANNEALING, DECAY = range(8)
MOMENTUM_START, MOMENTUM_RAMP, MOMENTUM_STABLE, MAX_W2, SPARSITY, AVERAGE_ACTIVATION, PULL = range(8, 15)
BETA_1, BETA_2 = 15, 16
LARGE = 2.0**40  # keeps the product of two small numbers a normal float32
NO_LIMIT = 3.4e38  # max_w2 from here on is off: no sum of squares of float32 weights that can be used gets there


class Kinds(NamedTuple):
    """Which rule learns, as kernels ask it: None stands for a rule that does not, and whose code is not compiled.

    `adadelta` is without penalties, `penalised` with them; `momentum` tells whether it is Nesterov's.
    """

    adadelta: bool | None = None
    penalised: bool | None = None
    adam: bool | None = None
    momentum: bool | None = None
    descent: bool | None = None


@dataclass(frozen=True, slots=True)
class Optimizer:
    """Which rule, and its constants; `rate_at` is the rate of SGD and Adam, `momentum_of` the momentum of SGD.

    The rule is Adam, or else ADADELTA where `adaptive`, or else SGD. `pull` is the strength of elastic averaging.
    """

    adaptive: bool = True
    rho: float = 0.99
    epsilon: float = 1e-8
    rate: float = 0.005
    rate_annealing: float = 1e-6
    rate_decay: float = 1.0
    l1: float = 0.0
    l2: float = 0.0
    fast_mode: bool = True
    momentum_start: float = 0.0
    momentum_ramp: float = 1e6
    momentum_stable: float = 0.0
    nesterov: bool = True
    max_w2: float = math.inf
    sparsity_beta: float = 0.0
    average_activation: float = 0.0
    pull: float = 0.0
    is_adam: bool = False
    beta_1: float = 0.9
    beta_2: float = 0.999

    @property
    def code(self) -> int:
        """The number by which a kernel knows the rule."""
        if self.is_adam:
            return ADAM
        if self.adaptive:
            return ADADELTA
        if not self.moves_on:
            return SGD
        return NESTEROV if self.nesterov else MOMENTUM

    @property
    def kinds(self) -> Kinds:
        """The rule as `update_rows` takes it."""
        if self.remembers:
            if self.is_adam:
                return Kinds(adam=True)
            return Kinds(adadelta=True) if self.l1 == 0 and self.l2 == 0 else Kinds(penalised=True)
        return Kinds(momentum=self.nesterov) if self.moves_on else Kinds(descent=True)

    @property
    def moves_on(self) -> bool:
        """Whether there is momentum, so that last steps must be remembered."""
        return not self.remembers and (self.momentum_start != 0 or self.momentum_stable != 0)

    @property
    def remembers(self) -> bool:
        """Whether the rule keeps means of gradients, squared gradients or squared steps."""
        return self.is_adam or self.adaptive

    def constants(self) -> npt.NDArray[np.float64]:
        """Return what the kernels read, in the order of the names above."""
        return np.array(
            [
                self.rho,
                1.0 - self.rho,
                self.epsilon,
                self.l1,
                self.l2,
                self.rate,
                self.rate_annealing,
                self.rate_decay,
                self.momentum_start,
                self.momentum_ramp,
                self.momentum_stable,
                self.max_w2 if self.max_w2 < NO_LIMIT else math.inf,
                self.sparsity_beta,
                self.average_activation,
                self.pull,
                self.beta_1,
                self.beta_2,
            ]
        )


@kernel(inner=True)
def rate_at(constants: npt.NDArray[np.float64], layer: int, samples: int) -> float:
    """Return the rate in a layer (0 is the first) after so many samples: rate decay**layer / (1 + annealing n)."""
    return constants[RATE] * constants[DECAY] ** layer / (1.0 + constants[ANNEALING] * samples)  # type: ignore[no-any-return]


@kernel(inner=True)
def step_size(optimizer: int, constants: npt.NDArray[np.float64], layer: int, samples: int, updates: int) -> float:
    """Return what `update_rows` needs as its rate: with Adam the rate corrects for means that started at 0.

    `updates` counts the updates, this one included: the samples by the size of a batch.
    """
    rate = rate_at(constants, layer, samples)
    if optimizer == ADAM:
        return rate * math.sqrt(1.0 - constants[BETA_2] ** updates) / (1.0 - constants[BETA_1] ** updates)  # type: ignore[no-any-return]
    return rate


@kernel(inner=True)
def momentum_of(constants: npt.NDArray[np.float64], samples: int) -> float:
    """Return the momentum after so many samples."""
    return momentum_at(constants[MOMENTUM_START], constants[MOMENTUM_RAMP], constants[MOMENTUM_STABLE], samples)


@kernel(inner=True)
def penalty_of(weight: Any, l1: Any, l2: Any, zero: Any) -> Any:  # scalars of the parameters' dtype
    """Return the derivative of the penalties of a weight."""
    sign = l1 if weight > zero else (-l1 if weight < zero else zero)
    return sign + l2 * weight


@kernel(RECIPROCAL_ROOT, inner=True)
def adadelta(
    parameters: Floats, squares: Floats, steps: Floats, start: int, stride: int, width: int, index: Indices,
    value: Floats, gradients: Floats, constants: Constants, fast: bool,
) -> None:  # fmt: skip
    """Update rows of parameters by ADADELTA (Zeiler, 2012) without penalties; arguments as in `update_rows`.

    `squares` and `steps` hold the running means of squared gradients and squared steps.
    """
    kind = parameters.dtype.type
    zero, one, large = kind(0), kind(1), kind(LARGE)
    rho, fresh, epsilon = kind(constants[RHO]), kind(constants[FRESH]), kind(constants[EPSILON] * LARGE)
    apart = width if gradients.size > width else 0
    for k in range(index.size):
        begin = start + index[k] * stride
        row, factor = view(parameters, begin, begin + width), value[k]
        square, step_mean = view(squares, begin, begin + width), view(steps, begin, begin + width)
        gradient = view(gradients, index[k] * apart, index[k] * apart + width)
        for j in range(width):
            slope = factor * gradient[j]
            keep = one if fast and slope == zero else rho
            new = zero if fast and slope == zero else fresh
            square[j] = keep * square[j] + new * slope * slope
            above, below = step_mean[j] * large + epsilon, square[j] * large + epsilon
            step = slope * above / math.sqrt(above * below)  # sqrt(above / below) by one reciprocal root
            step_mean[j] = keep * step_mean[j] + new * step * step
            row[j] -= step


@kernel(RECIPROCAL_ROOT, inner=True)
def adadelta_penalised(
    parameters: Floats, squares: Floats, steps: Floats, start: int, stride: int, width: int, index: Indices,
    value: Floats, shares: Floats, gradients: Floats, constants: Constants, fast: bool,
) -> None:  # fmt: skip
    """Update rows of parameters by ADADELTA with the penalties l1 and l2; otherwise as `adadelta`."""
    kind = parameters.dtype.type
    zero, one, large = kind(0), kind(1), kind(LARGE)
    fresh, epsilon = kind(constants[FRESH]), kind(constants[EPSILON] * LARGE)
    apart, each = width if gradients.size > width else 0, 1 if shares.size > 1 else 0
    for k in range(index.size):
        begin, share = start + index[k] * stride, shares[index[k] * each]
        l1, l2 = share * kind(constants[L1]), share * kind(constants[L2])
        row, factor = view(parameters, begin, begin + width), value[k]
        square, step_mean = view(squares, begin, begin + width), view(steps, begin, begin + width)
        gradient = view(gradients, index[k] * apart, index[k] * apart + width)
        for j in range(width):
            slope = factor * gradient[j]
            live = zero if fast and slope == zero else one
            slope = live * (slope + penalty_of(row[j], l1, l2, zero))
            square[j] = (one - live * fresh) * square[j] + live * fresh * slope * slope
            above, below = step_mean[j] * large + epsilon, square[j] * large + epsilon
            step = slope * above / math.sqrt(above * below)
            step_mean[j] = (one - live * fresh) * step_mean[j] + live * fresh * step * step
            row[j] -= step


@kernel(RECIPROCAL_ROOT, inner=True)
def adam(
    parameters: Floats, squares: Floats, steps: Floats, start: int, stride: int, width: int, index: Indices,
    value: Floats, shares: Floats, gradients: Floats, rate: float, constants: Constants,
) -> None:  # fmt: skip
    """Update rows of parameters by Adam (Kingma and Ba, 2015, end of section 2); arguments as in `update_rows`.

    `steps` and `squares` hold the running means of gradients and of squared gradients.
    """
    kind = parameters.dtype.type
    zero, one, pace, epsilon = kind(0), kind(1), kind(rate), kind(constants[EPSILON])
    beta_1, beta_2 = kind(constants[BETA_1]), kind(constants[BETA_2])
    apart, each = width if gradients.size > width else 0, 1 if shares.size > 1 else 0
    for k in range(index.size):
        begin, share = start + index[k] * stride, shares[index[k] * each]
        l1, l2 = share * kind(constants[L1]), share * kind(constants[L2])
        row, factor = view(parameters, begin, begin + width), value[k]
        square, mean = view(squares, begin, begin + width), view(steps, begin, begin + width)
        gradient = view(gradients, index[k] * apart, index[k] * apart + width)
        for j in range(width):
            slope = factor * gradient[j] + penalty_of(row[j], l1, l2, zero)
            mean[j] = beta_1 * mean[j] + (one - beta_1) * slope
            square[j] = beta_2 * square[j] + (one - beta_2) * slope * slope
            row[j] -= pace * mean[j] / (math.sqrt(square[j]) + epsilon)


@kernel(inner=True)
def sgd(
    parameters: Floats, start: int, stride: int, width: int, index: Indices, value: Floats, shares: Floats,
    gradients: Floats, rate: float, constants: Constants, fast: bool,
) -> None:  # fmt: skip
    """Update rows of parameters by plain gradient descent; arguments as in `update_rows`."""
    kind = parameters.dtype.type
    zero, one, pace = kind(0), kind(1), kind(rate)
    apart, each = width if gradients.size > width else 0, 1 if shares.size > 1 else 0
    for k in range(index.size):
        begin, share = start + index[k] * stride, shares[index[k] * each]
        l1, l2 = share * kind(constants[L1]), share * kind(constants[L2])
        row, factor = view(parameters, begin, begin + width), value[k]
        gradient = view(gradients, index[k] * apart, index[k] * apart + width)
        for j in range(width):
            slope = factor * gradient[j]
            live = zero if fast and slope == zero else one
            row[j] -= live * pace * (slope + penalty_of(row[j], l1, l2, zero))


@kernel(inner=True)
def descend_by_momentum(
    nesterov: bool, parameters: Floats, steps: Floats, start: int, stride: int, width: int, index: Indices,
    value: Floats, shares: Floats, gradients: Floats, rate: float, constants: Constants,
) -> None:  # fmt: skip
    """Update rows of parameters whose last steps were shrunk by `advance`; arguments as in `update_rows`."""
    kind = parameters.dtype.type
    zero, one, pace = kind(0), kind(1), kind(rate)
    ahead = one if nesterov else zero
    apart, each = width if gradients.size > width else 0, 1 if shares.size > 1 else 0
    for k in range(index.size):
        begin, share = start + index[k] * stride, shares[index[k] * each]
        l1, l2 = share * kind(constants[L1]), share * kind(constants[L2])
        row, factor, step = view(parameters, begin, begin + width), value[k], view(steps, begin, begin + width)
        gradient = view(gradients, index[k] * apart, index[k] * apart + width)
        for j in range(width):
            change = pace * (factor * gradient[j] + penalty_of(row[j], l1, l2, zero))
            before = step[j]
            step[j] = before - change
            row[j] += before * (one - ahead) - change


@kernel(inner=True)
def update_rows(
    by_adadelta: bool | None, by_penalised: bool | None, by_adam: bool | None, by_momentum: bool | None,
    by_descent: bool | None, parameters: Floats, squares: Any, steps: Any, start: int, stride: int, width: int,
    index: Indices, value: Floats, shares: Floats, gradients: Floats, rate: float, constants: Constants, fast: bool,
) -> None:  # fmt: skip
    """Update `width` columns of some rows of a matrix, by the rule that is not None of `Kinds`.

    Row i of the matrix begins at `start + i * stride` of the flat parameters. Row `index[k]` has the loss gradient
    `value[k]` times row `index[k]` of `gradients`, a flat array, which may also be a single row for all; the penalties
    count `shares[index[k]]` times, where one number may also serve all.
    `squares` and `steps` are the optimiser's memory, laid out like the parameters: both with ADADELTA and Adam, `steps`
    alone, which holds the last steps, with momentum, None where there is no such memory. `rate` comes from `step_size`;
    ADADELTA has none.
    """
    if by_adadelta is not None:
        adadelta(parameters, squares, steps, start, stride, width, index, value, gradients, constants, fast)
    if by_penalised is not None:
        adadelta_penalised(
            parameters, squares, steps, start, stride, width, index, value, shares, gradients, constants, fast
        )
    if by_adam is not None:
        adam(parameters, squares, steps, start, stride, width, index, value, shares, gradients, rate, constants)
    if by_momentum is not None:
        descend_by_momentum(
            by_momentum, parameters, steps, start, stride, width, index, value, shares, gradients, rate, constants
        )
    if by_descent is not None:
        sgd(parameters, start, stride, width, index, value, shares, gradients, rate, constants, fast)

"""Parameters about learning: passes, batches, step sizes, penalties, copies of the model."""

# ruff: noqa: RUF009 (the calls are field declarations)
import math
from dataclasses import dataclass
from typing import Any

from triplicate.trainer.parameter_rules import choice, flag, integer, number, table_or_model

__all__ = ["LearningParameters"]

BOTH = "booklet 8, guide"
OURS = "Triplicate"


@dataclass(frozen=True, kw_only=True)
class LearningParameters:
    """The part of Parameters that describes the optimiser and its schedule."""

    epochs: float = number(
        10.0, "Passes over the training rows, fractions allowed; 0 scores the start weights.", BOTH, low=0
    )
    train_samples_per_iteration: int = integer(
        -2, "Rows trained, by all copies together, between two chances to average copies, score and stop: -2 "
        "chooses by itself, -1 takes all rows (of every copy, where each has all), 0 one epoch.", BOTH, low=-2,
    )  # fmt: skip
    mini_batch_size: int | str = integer(
        "auto", "Rows per update of the weights: 1 updates after every row; auto chooses from rows, epochs and "
        "classes, and for small tables of two classes by a short trial on held-out rows.", OURS, low=1, also=("auto",),
    )  # fmt: skip
    parallel: str = choice(
        "auto", "How threads share row mode (mini_batch_size=1): auto gives each its own units, and the number of "
        "threads changes no bit; hogwild lets each learn its own rows on the same weights, without locks, so that no "
        "training repeats another.", OURS, choices=("auto", "hogwild"),
    )  # fmt: skip
    seed: int = integer(
        -1, "Seed of everything random; -1 draws one from the operating system and records it.", BOTH,
        low=-(2**63), high=2**63 - 1,
    )  # fmt: skip
    reproducible: bool = flag(
        False, "Promise of equal results from equal seeds; training always keeps it, so this changes nothing.", BOTH
    )

    optimizer: str = choice(
        "auto", "Adam, or auto: ADADELTA where adaptive_rate is on, gradient descent with momentum where it is off.",
        OURS, choices=("auto", "adam"),
    )  # fmt: skip
    adaptive_rate: bool = flag(True, "Use ADADELTA, which finds a step size for each weight.", BOTH)
    rho: float = number(
        0.99, "Memory of ADADELTA; 0.9 to 0.999 are usual.", BOTH, low=0, high=1, open_low=True, open_high=True
    )
    epsilon: float = number(
        1e-8,
        "Smoothing of ADADELTA, which starts it, and of Adam; 1e-10 to 1e-4 are usual.",
        BOTH,
        low=0,
        open_low=True,
    )
    beta_1: float = number(0.9, "Memory of Adam for gradients.", OURS, low=0, high=1, open_high=True)
    beta_2: float = number(0.999, "Memory of Adam for squared gradients.", OURS, low=0, high=1, open_high=True)
    rate: float = number(
        0.005, "Step size when adaptive_rate is off, and of Adam, where it is 0.001 unless it is given.", BOTH,
        low=0, open_low=True,
    )  # fmt: skip
    rate_annealing: float = number(
        1e-6, "The step size is rate / (1 + rate_annealing * rows trained), when adaptive_rate is off and in Adam.",
        BOTH, low=0,
    )  # fmt: skip
    rate_decay: float = number(
        1.0, "Layer l uses rate * rate_decay^(l - 1), when adaptive_rate is off and in Adam.", BOTH,
        low=0, open_low=True,
    )  # fmt: skip
    momentum_start: float = number(
        0.0, "Momentum at the beginning, when adaptive_rate is off.", BOTH, low=0, high=1, open_high=True
    )
    momentum_ramp: float = number(
        1e6, "Rows over which the momentum grows from its start to its stable value.", BOTH,
        low=0, open_low=True,
    )  # fmt: skip
    momentum_stable: float = number(
        0.0, "Momentum after the ramp, when adaptive_rate is off.", BOTH, low=0, high=1, open_high=True
    )
    nesterov_accelerated_gradient: bool = flag(
        True, "With momentum, take the gradient at the point the momentum leads to.", BOTH
    )

    l1: float = number(0.0, "Penalty on absolute weights and biases: many become 0.", BOTH, low=0)
    l2: float = number(0.0, "Penalty on squared weights and biases: all become smaller.", BOTH, low=0)
    max_w2: float = number(
        3.4028235e38, "Largest sum of squared incoming weights of a unit; infinity is off too.", BOTH,
        low=0, open_low=True, also=(math.inf,),
    )  # fmt: skip
    fast_mode: bool = flag(True, "Skip updates of weights whose input is 0, a small approximation.", BOTH)

    checkpoint: Any = table_or_model(
        None, "Earlier model to go on from: an estimator, a model_id, or a file saved with its training state. "
        "Parameters that are not given are those of the earlier training; epochs is a total.", BOTH, optional=True,
    )  # fmt: skip
    force_load_balance: bool = flag(
        True, "Of speed only: it cuts small tables into pieces for all cores. Nothing has to be cut here, so that both "
        "values give the same bits at the same speed.", BOTH,
    )  # fmt: skip
    copies: int = integer(
        1, "Copies of the model that learn at the same time, on threads, and are averaged after each iteration. Where "
        "H2O's documents speak of nodes, these are what they mean.", OURS, low=1,
    )  # fmt: skip
    replicate_training_data: bool = flag(
        True, "Let every copy of the model learn from the whole table; False gives each its own part of the rows.",
        "booklet 8",
    )  # fmt: skip
    single_node_mode: bool = flag(
        False, "Train one copy of the model although copies asks for more, for fine-tuning from a checkpoint.", BOTH
    )
    target_ratio_comm_to_comp: float = number(
        0.05, "Share of the work that averaging copies may take, which decides how many rows an iteration has for "
        "train_samples_per_iteration=-2: larger values average more often. Computed from work done.", "guide",
        low=0, open_low=True,
    )  # fmt: skip
    elastic_averaging: bool = flag(
        False, "Let copies of the model keep their own weights, drawn towards a common centre, which is the model.",
        "guide",
    )  # fmt: skip
    elastic_averaging_moving_rate: float = number(
        0.9, "How far the centre of elastic averaging moves to the mean of the copies after each iteration; not 0.",
        "H2O 3.46", low=0, high=1,
    )  # fmt: skip
    elastic_averaging_regularization: float = number(
        1e-3, "How strongly elastic averaging draws copies to the centre: gradients have the additional term this * "
        "(weight - centre).", "H2O 3.46", low=0,
    )  # fmt: skip

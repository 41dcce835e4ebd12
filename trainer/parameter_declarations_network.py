"""Parameters about the network: layers, activation, start values, loss."""

# ruff: noqa: RUF009 (the calls are field declarations)
from dataclasses import dataclass
from typing import Any

from triplicate.trainer.parameter_rules import choice, flag, integers, number, numbers_list, table_or_model

__all__ = ["NetworkParameters"]

BOTH = "booklet 8, guide"
OURS = "Triplicate"


@dataclass(frozen=True, kw_only=True)
class NetworkParameters:
    """The part of Parameters that describes the network and what it minimises."""

    hidden: tuple[int, ...] = integers(
        (200, 200), "Units of each hidden layer, first to last; an empty list gives a linear model.", BOTH, low=1
    )
    activation: str = choice(
        "Rectifier", "Function of the hidden units; the WithDropout forms drop hidden units at random in training.",
        BOTH,
        choices=("Rectifier", "RectifierWithDropout", "Tanh", "TanhWithDropout", "Maxout", "MaxoutWithDropout"),
    )  # fmt: skip
    input_dropout_ratio: float = number(
        0.0, "Share of the inputs that are set to 0 in each training row; 0.1 or 0.2 are usual.", BOTH,
        low=0, high=1, open_high=True,
    )  # fmt: skip
    hidden_dropout_ratios: tuple[float, ...] | None = numbers_list(
        None, "Share of dropped units per hidden layer, with a WithDropout activation only; 0.5 each by default.",
        BOTH, low=0, high=1, open_high=True, optional=True,
    )  # fmt: skip
    initial_weight_distribution: str = choice(
        "UniformAdaptive", "Distribution of the start weights; UniformAdaptive fits its width to each layer.", BOTH,
        choices=("UniformAdaptive", "Uniform", "Normal"),
    )  # fmt: skip
    initial_weight_scale: float = number(
        1.0, "Half width of Uniform, or standard deviation of Normal, start weights.", BOTH, low=0, open_low=True
    )
    initial_weights: Any = table_or_model(
        None, "Start weights, one matrix per layer (a row per unit, two for Maxout, a column per input) or None for "
        "random ones.", "H2O 3.46", optional=True,
    )  # fmt: skip
    initial_biases: Any = table_or_model(
        None, "Start biases, one column per layer or None for the usual ones.", "H2O 3.46", optional=True,
    )  # fmt: skip
    pretrained_autoencoder: Any = table_or_model(
        None, "Autoencoder (estimator, model file or ScoringModel) whose hidden layers are the start of this model's.",
        "booklet 8", optional=True,
    )  # fmt: skip

    distribution: str = choice(
        "AUTO", "Distribution of the response; AUTO is bernoulli or multinomial for classes, and for numbers "
        "the one of the loss (gaussian when that is Automatic). Counts: poisson; amounts: gamma, tweedie.",
        BOTH,
        choices=("AUTO", "bernoulli", "multinomial", "gaussian", "poisson", "gamma", "tweedie", "laplace",
                 "quantile", "huber"),
    )  # fmt: skip
    loss: str = choice(
        "Automatic", "What training minimises; Automatic follows the distribution. CrossEntropy is for classes, "
        "Quantile for numbers, the others for both; poisson, gamma and tweedie accept Automatic only.", BOTH,
        choices=("Automatic", "CrossEntropy", "Quadratic", "Absolute", "Huber", "Quantile"),
    )  # fmt: skip
    quantile_alpha: float = number(
        0.5, "Quantile that the distribution or loss quantile predicts.", BOTH, low=0, high=1
    )
    tweedie_power: float = number(
        1.5, "Variance power of the tweedie distribution; 0, 1 and 2 mean gaussian, poisson and gamma.", BOTH,
        low=1, high=2, also=(0,),
    )  # fmt: skip
    huber_alpha: float = number(
        0.9, "Quantile of the absolute errors beyond which the huber loss is linear.", BOTH, low=0, high=1
    )
    threshold: float | str = number(
        "max_f1", "Label rule of two classes: the second one from the probability that maximises F1, from a given "
        "probability on, or whichever is more probable (argmax).", OURS, low=0, high=1, also=("max_f1", "argmax"),
    )  # fmt: skip

    autoencoder: bool = flag(False, "Learn to rebuild the inputs instead of predicting a response.", BOTH)
    average_activation: float = number(
        0.0, "Mean activation that sparsity_beta draws the hidden units of an autoencoder towards; within (-1, 1) "
        "for Tanh, above 0 for Rectifier.", BOTH,
    )  # fmt: skip
    sparsity_beta: float = number(0.0, "Strength of the sparsity of an autoencoder; 0 is off.", BOTH, low=0)
    column_weighting: str = choice(
        "unit", "What counts equally in an autoencoder's anomaly score: every unit, so that a category counts once per "
        "level, or every column, where a level wholly mistaken counts as much as a number off by its range.", OURS,
        choices=("unit", "column"),
    )  # fmt: skip
    anomaly_quantile: float = number(
        0.99, "Share of the validation rows (of the training rows if there are none) that an autoencoder's threshold "
        "lets pass at least; beyond it a row is an anomaly.", OURS, low=0, high=1, open_low=True,
    )  # fmt: skip
    contamination: float | None = number(
        None, "Share of the training rows that an autoencoder's threshold calls anomalies, where the table is known to "
        "hold some; takes the place of anomaly_quantile.", OURS, low=0, high=0.5, open_low=True, optional=True,
    )  # fmt: skip

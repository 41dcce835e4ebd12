"""Rules between parameters: combinations that contradict each other, or that the task at hand rules out."""

import warnings
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from triplicate.runtime.errors import ParameterError

if TYPE_CHECKING:
    from triplicate.trainer.parameters import Parameters

__all__ = ["Task", "check_combination", "check_task", "values_for_task"]

OFF = 3.4e38  # max_w2 from here on

CLASS_DISTRIBUTIONS = ("bernoulli", "multinomial")
CLASS_METRICS = ("logloss", "AUC", "AUCPR", "misclassification", "mean_per_class_error", "lift_top_group")
BINOMIAL_METRICS = ("AUC", "AUCPR")
REGRESSION_METRICS = ("deviance", "MAE", "RMSLE")
MOMENTUM = ("momentum_start", "momentum_ramp", "momentum_stable", "nesterov_accelerated_gradient")
ADAM_IGNORES = ("adaptive_rate", "rho", *MOMENTUM)
ADAPTIVE_IGNORES = ("rate", "rate_annealing", "rate_decay", *MOMENTUM)
COPIES_READ = ("replicate_training_data", "single_node_mode", "target_ratio_comm_to_comp", "elastic_averaging")
ANOMALY_SCORE = ("column_weighting", "anomaly_quantile", "contamination")
WITH_AN_INPUT_PER_LEVEL = ("AUTO", "OneHotInternal", "EnumLimited")
SCALE_READERS = ("Uniform", "Normal")
ANY_LOSS = ("Quadratic", "Absolute", "Huber", "Quantile")
LOSSES_OF: dict[str, tuple[str, ...]] = {
    "AUTO": ANY_LOSS,
    "gaussian": ANY_LOSS,
    "laplace": ("Absolute",),
    "quantile": ("Quantile",),
    "huber": ("Huber",),
    "poisson": (),
    "gamma": (),
    "tweedie": (),
}
"""The losses that a distribution of numbers goes with, the one that Automatic means first."""
DISTRIBUTION_OF = {"Automatic": "gaussian", "Quadratic": "gaussian", "Absolute": "laplace", "Quantile": "quantile",
                   "Huber": "huber"}  # fmt: skip
TWEEDIE_LIMITS: dict[float, str] = {0: "gaussian", 1: "poisson", 2: "gamma"}


class Task(StrEnum):
    """What is learned: decided by the response and the parameter autoencoder."""

    BINOMIAL = "binomial"
    MULTINOMIAL = "multinomial"
    REGRESSION = "regression"
    AUTOENCODER = "autoencoder"

    @property
    def classifies(self) -> bool:
        """Whether the response is a class."""
        return self in (Task.BINOMIAL, Task.MULTINOMIAL)


def check_combination(parameters: "Parameters", changed: dict[str, Any]) -> None:
    """Raise ParameterError when parameters contradict each other; warn where one of them has no effect."""
    p = parameters
    if p.hidden_dropout_ratios is not None:
        if not p.drops_hidden:
            raise ParameterError(
                f"hidden_dropout_ratios needs an activation with dropout, got {p.activation}: "
                f"use activation='{p.activation}WithDropout'"
            )
        if len(p.hidden_dropout_ratios) != len(p.hidden):
            raise ParameterError(
                f"hidden_dropout_ratios must have one value per hidden layer: {len(p.hidden)} layers, "
                f"{len(p.hidden_dropout_ratios)} values"
            )
    if p.x is not None and p.ignored_columns is not None:
        raise ParameterError("give x or ignored_columns, not both: either one decides which columns are left out")
    if p.y is not None and p.response_column is not None and p.y != p.response_column:
        raise ParameterError(f"y, {p.y!r}, and response_column, {p.response_column!r}, name different responses")
    both = sorted(set(p.categorical) & set(p.numeric))
    if both:
        raise ParameterError(f"column {both[0]!r} cannot be both categorical and numeric")
    if "" in p.na_values:
        raise ParameterError("na_values need not hold the empty text: an empty cell is always missing")
    special = [n for n in (p.response_column, p.weights_column, p.offset_column, p.fold_column) if n is not None]
    for name in special:
        if special.count(name) > 1:
            raise ParameterError(f"column {name!r} is named twice among response, weights, offset and fold")
    if p.nfolds > 0 and p.fold_column is not None:
        raise ParameterError(f"give nfolds, {p.nfolds}, or fold_column, {p.fold_column!r}, not both: each makes folds")
    if p.fold_assignment != "AUTO" and p.nfolds == 0:
        raise ParameterError(f"fold_assignment={p.fold_assignment!r} needs nfolds: there are no folds to fill")
    if p.class_sampling_factors is not None and not p.balance_classes:
        raise ParameterError("class_sampling_factors needs balance_classes=True")
    if p.autoencoder:
        _check_autoencoder(p, changed)
    else:
        _check_supervised(p, changed)
    if p.verbose and p.quiet_mode:
        raise ParameterError("verbose prints while training and quiet_mode prints nothing: use one of them")
    if p.custom_metric_func is not None and not callable(p.custom_metric_func):
        raise ParameterError(f"custom_metric_func must be a function, got {p.custom_metric_func!r}")
    if p.tweedie_power != 0 and not 1 <= p.tweedie_power <= 2:
        raise ParameterError(f"tweedie_power must be 0 or in [1, 2], got {p.tweedie_power!r}")
    _check_start(p)
    _check_copies(p)
    _check_parallel(p)
    _warn_without_effect(p, changed)


def _check_start(p: "Parameters") -> None:
    for name in ("initial_weights", "initial_biases"):
        given = getattr(p, name)
        if given is None:
            continue
        if not isinstance(given, (list, tuple)):
            raise ParameterError(f"{name} must be a list with a table or None per layer, got {type(given).__name__}")
        if len(given) != len(p.hidden) + 1:
            raise ParameterError(
                f"{name} must have one entry per hidden layer and one for the output: {len(p.hidden) + 1} entries, "
                f"got {len(given)}"
            )
        if p.checkpoint is not None:
            raise ParameterError(f"{name} and checkpoint contradict each other: both say what to start from")
    if p.pretrained_autoencoder is None:
        return
    for name in ("initial_weights", "initial_biases", "checkpoint"):
        if getattr(p, name) is not None:
            raise ParameterError(
                f"{name} and pretrained_autoencoder contradict each other: both say what to start from"
            )
    if p.autoencoder:
        raise ParameterError("pretrained_autoencoder is the start of a supervised model, but autoencoder is True")


def _check_parallel(p: "Parameters") -> None:
    if p.parallel != "hogwild":
        return
    unfit = {
        "mini_batch_size": None if p.mini_batch_size == 1 else "threads race in row mode only, mini_batch_size=1",
        "reproducible": "racing threads cannot promise equal results" if p.reproducible else None,
        "max_w2": None if p.max_w2 >= OFF else "running sums of squares would miss what other threads change",
        "copies": "the copies learn on threads already" if p.copies > 1 else None,
    }
    for name, reason in unfit.items():
        if reason is not None:
            raise ParameterError(f"parallel='hogwild' does not go with {name}={getattr(p, name)!r}: {reason}")


def _check_copies(p: "Parameters") -> None:
    if p.elastic_averaging and p.elastic_averaging_moving_rate == 0:
        raise ParameterError(
            "elastic_averaging_moving_rate must be greater than 0 with elastic_averaging: the centre is the model, and "
            "would stay at its start weights"
        )
    if p.single_node_mode and p.copies > 1 and not p.replicate_training_data:
        raise ParameterError(
            "single_node_mode and replicate_training_data=False contradict each other: the one copy that learns would "
            "see its own part of the rows only"
        )


def _check_autoencoder(p: "Parameters", changed: dict[str, Any]) -> None:
    if "max_categorical_features" in changed:
        raise ParameterError(
            f"an autoencoder cannot have max_categorical_features={p.max_categorical_features}: levels that share an "
            "input cannot be rebuilt; use categorical_encoding='EnumLimited' or 'Binary' for fewer inputs"
        )
    for name, wrong in (
        ("loss", p.loss == "CrossEntropy"),
        ("distribution", p.distribution in (*CLASS_DISTRIBUTIONS, "poisson", "gamma", "tweedie")),
        ("activation", p.activation.startswith("Maxout")),
        ("stopping_metric", p.stopping_metric not in ("AUTO", "MSE")),
        ("nfolds", p.nfolds != 0),
        ("fold_column", p.fold_column is not None),
        ("custom_metric_func", p.custom_metric_func is not None),
        ("balance_classes", p.balance_classes),
        ("offset_column", p.offset_column is not None),
        ("categorical_encoding", p.categorical_encoding == "SortByResponse"),
        ("classification", p.classification is True),
    ):
        if wrong:
            raise ParameterError(f"an autoencoder cannot have {name}={getattr(p, name)!r}: it has no response to fit")
    _check_sparsity(p)
    _check_anomaly(p, changed)


def _check_supervised(p: "Parameters", changed: dict[str, Any]) -> None:
    if p.sparsity_beta != 0:
        raise ParameterError(
            f"sparsity_beta is for autoencoders only, got {p.sparsity_beta!r}; leave it at 0, or use autoencoder=True"
        )
    for name in ANOMALY_SCORE:
        if name in changed:
            raise ParameterError(f"{name} is about anomaly scores, which autoencoders have: use autoencoder=True")
    if p.unseen_levels == "anomaly":
        raise ParameterError("unseen_levels='anomaly' is for autoencoders only: use 'missing' or 'error'")


def _check_anomaly(p: "Parameters", changed: dict[str, Any]) -> None:
    if p.contamination is not None and "anomaly_quantile" in changed:
        raise ParameterError("contamination and anomaly_quantile both place the threshold: give one of them")
    if p.unseen_levels == "anomaly" and p.categorical_encoding not in WITH_AN_INPUT_PER_LEVEL:
        raise ParameterError(
            f"unseen_levels='anomaly' needs an input per level; categorical_encoding={p.categorical_encoding!r} "
            "has none: use 'OneHotInternal' or 'EnumLimited'"
        )


def _check_sparsity(p: "Parameters") -> None:
    if p.sparsity_beta == 0:
        return
    if p.base_activation == "Tanh" and not -1 < p.average_activation < 1:
        raise ParameterError(f"average_activation must be in (-1, 1) for Tanh, got {p.average_activation!r}")
    if p.base_activation == "Rectifier" and not p.average_activation > 0:
        raise ParameterError(f"average_activation must be greater than 0 for Rectifier, got {p.average_activation!r}")


def _warn_without_effect(p: "Parameters", changed: dict[str, Any]) -> None:
    messages = []
    if p.optimizer == "adam":
        idle = [name for name in ADAM_IGNORES if name in changed]
        if idle:
            messages.append(f"{', '.join(idle)}: no effect while optimizer is 'adam'")
    elif p.adaptive_rate:
        idle = [name for name in ADAPTIVE_IGNORES if name in changed]
        if idle:
            messages.append(f"{', '.join(idle)}: no effect while adaptive_rate is True")
    else:
        idle = [name for name in ("rho", "epsilon") if name in changed]
        if idle:
            messages.append(f"{', '.join(idle)}: no effect while adaptive_rate is False")
        if p.momentum_start == 0 and p.momentum_stable == 0:
            still = [name for name in ("momentum_ramp", "nesterov_accelerated_gradient") if name in changed]
            if still:
                messages.append(f"{', '.join(still)}: no effect while momentum_start and momentum_stable are 0")
    if p.optimizer != "adam":
        messages.extend(
            f"{name}: no effect while optimizer is {p.optimizer!r}" for name in ("beta_1", "beta_2") if name in changed
        )
    if p.sparsity_beta == 0 and "average_activation" in changed:
        messages.append("average_activation: no effect while sparsity_beta is 0")
    if "initial_weight_scale" in changed and p.initial_weight_distribution not in SCALE_READERS:
        messages.append("initial_weight_scale: read by the distributions Uniform and Normal only")
    if not (p.overwrite_with_best_model or p.average_weights) and "averaged_epochs" in changed:
        messages.append("averaged_epochs: no effect while overwrite_with_best_model and average_weights are False")
    if p.stopping_rounds == 0 and "stopping_tolerance" in changed:
        messages.append("stopping_tolerance: no effect while stopping_rounds is 0")
    if not p.balance_classes:
        idle = [name for name in ("max_after_balance_size", "score_validation_sampling") if name in changed]
        messages.extend(f"{name}: no effect while balance_classes is False" for name in idle)
    if p.checkpoint is None:  # else these may complete the parameters of the checkpoint
        messages.extend(_idle_for_copies(p, changed))
    if p.col_major:
        messages.append("col_major: deprecated, it changes nothing")
    for message in messages:
        warnings.warn(message, UserWarning, stacklevel=4)


def _idle_for_copies(p: "Parameters", changed: dict[str, Any]) -> list[str]:
    messages = []
    if p.copies == 1:
        messages += [f"{name}: no effect while copies is 1" for name in COPIES_READ if name in changed]
    elif p.train_samples_per_iteration != -2 and "target_ratio_comm_to_comp" in changed:
        messages.append("target_ratio_comm_to_comp: no effect unless train_samples_per_iteration is -2")
    if not p.elastic_averaging:
        idle = [name for name in changed if name.startswith("elastic_averaging_")]
        messages += [f"{name}: no effect while elastic_averaging is False" for name in idle]
    return messages


def check_task(parameters: "Parameters", task: Task) -> None:
    """Raise ParameterError when a parameter does not fit the task."""
    p, kind = parameters, "classification" if task.classifies else task.value
    if task.classifies:
        if p.distribution not in ("AUTO", *CLASS_DISTRIBUTIONS):
            raise ParameterError(
                f"distribution {p.distribution!r} is for a numeric response, but the response is categorical"
            )
        if p.loss == "Quantile":
            raise ParameterError("loss 'Quantile' is for a numeric response, but the response is categorical")
        if p.offset_column is not None:
            raise ParameterError(f"offset_column {p.offset_column!r} is for regression, but this is classification")
        if p.distribution == "bernoulli" and task is Task.MULTINOMIAL:
            raise ParameterError("distribution 'bernoulli' needs a response of two classes; use 'multinomial'")
    elif p.distribution in CLASS_DISTRIBUTIONS:
        raise ParameterError(f"distribution {p.distribution!r} needs a categorical response, but this is {kind}")
    elif p.loss == "CrossEntropy":
        raise ParameterError(f"loss 'CrossEntropy' needs a categorical response, but this is {kind}")
    elif p.loss not in ("Automatic", *LOSSES_OF[p.distribution]):
        own = LOSSES_OF[p.distribution]
        rule = f"Automatic or {own[0]}" if own else "Automatic: its deviance is its loss"
        raise ParameterError(f"distribution {p.distribution!r} needs loss {rule}; got {p.loss!r}")
    if p.balance_classes and not task.classifies:
        raise ParameterError(f"balance_classes needs a categorical response, but this is {kind}")
    metric = p.stopping_metric
    wrong = (
        (metric in CLASS_METRICS and not task.classifies)
        or (metric in REGRESSION_METRICS and task is not Task.REGRESSION)
        or (metric in BINOMIAL_METRICS and task is not Task.BINOMIAL)
    )
    if wrong:
        raise ParameterError(f"stopping_metric {metric!r} does not exist for a {task.value} model")
    if p.threshold not in ("max_f1", "argmax") and task is not Task.BINOMIAL:
        raise ParameterError(f"threshold={p.threshold!r} needs a response of two classes, but this is {task.value}")


def _distribution(p: "Parameters", task: Task) -> str:
    """Return the distribution: that of the loss for AUTO, that of the power for tweedie's limits."""
    if p.distribution == "AUTO":
        if task.classifies:
            return "bernoulli" if task is Task.BINOMIAL else "multinomial"
        return DISTRIBUTION_OF[p.loss]
    if p.distribution == "tweedie":
        return TWEEDIE_LIMITS.get(p.tweedie_power, "tweedie")
    return p.distribution


def values_for_task(parameters: "Parameters", task: Task) -> dict[str, Any]:
    """Return what the automatic values of the parameters mean for the task."""
    p = parameters
    values: dict[str, Any] = {"autoencoder": task is Task.AUTOENCODER}
    values["distribution"] = distribution = _distribution(p, task)
    if p.loss == "Automatic":
        values["loss"] = "CrossEntropy" if task.classifies else (*LOSSES_OF[distribution], "Automatic")[0]
    if p.stopping_metric == "AUTO":
        metric = {Task.REGRESSION: "deviance", Task.AUTOENCODER: "MSE"}
        values["stopping_metric"] = metric.get(task, "logloss")
    if p.categorical_encoding == "AUTO":
        values["categorical_encoding"] = "OneHotInternal"
    if p.drops_hidden and p.hidden_dropout_ratios is None:
        values["hidden_dropout_ratios"] = (0.5,) * len(p.hidden)
    if task is Task.AUTOENCODER:
        values["use_all_factor_levels"] = True
    return values

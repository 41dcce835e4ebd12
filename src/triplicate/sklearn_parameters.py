"""Constructors of the scikit-learn estimators: their keywords come from the one place that declares parameters.

scikit-learn reads an estimator's parameters off its constructor's signature and forbids checks in the constructor;
the signature is therefore built here, and `fit` checks the values.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.parameter_rules import did_you_mean
from triplicate.trainer.parameters import RULES

__all__ = ["constructor", "training_parameters"]

# Roles that fit's own arguments play, and what scikit-learn does with tools of its own.
ROLES = frozenset({
    "autoencoder", "classification", "fold_assignment", "fold_column", "keep_cross_validation_fold_assignment",
    "keep_cross_validation_models", "keep_cross_validation_predictions", "nfolds", "offset_column",
    "response_column", "seed", "training_frame", "validation_frame", "weights_column", "x", "y",
})  # fmt: skip


def constructor(*, without: tuple[str, ...] = (), **more: Any) -> Callable[..., None]:
    """Return an `__init__` that takes every training parameter but the roles of columns and `without`.

    `random_state` stands for `seed`; `more` adds keywords, or other defaults, by name.
    """
    defaults = {name: rule.default for name, rule in RULES.items() if name not in ROLES and name not in without}
    defaults |= {"random_state": None} | more

    def __init__(self: Any, **parameters: Any) -> None:  # noqa: N807
        for name in parameters:
            if name not in defaults:
                hint = "; use random_state" if name == "seed" else did_you_mean(name, defaults)
                raise TypeError(f"{type(self).__name__} has no parameter {name!r}{hint}")
        for name, default in defaults.items():
            setattr(self, name, parameters.get(name, default))

    keyword = inspect.Parameter.KEYWORD_ONLY
    named = [inspect.Parameter(name, keyword, default=default) for name, default in defaults.items()]
    itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    __init__.__signature__ = inspect.Signature([itself, *named])  # type: ignore[attr-defined]
    return __init__


def training_parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `train` is to be told: parameters that differ from their defaults, the seed by its own name.

    `random_state` is None (another seed each time), an integer or a NumPy RandomState.
    """
    parameters = {
        name: value for name, value in given.items() if name in RULES and not _is_default(value, RULES[name].default)
    }
    state = given["random_state"]
    if state is not None:
        parameters["seed"] = int(state.randint(2**31 - 1)) if hasattr(state, "randint") else state
        if not isinstance(parameters["seed"], int) and not hasattr(parameters["seed"], "__index__"):
            raise ParameterError(f"random_state must be None, an integer or a RandomState, got {state!r}")
    return parameters


def _is_default(value: Any, default: Any) -> bool:
    return value is default or (type(value) is type(default) and bool(value == default))

"""Which combinations of hyper-parameters a grid search tries, and in which order."""

import itertools
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.metrics import metric_name
from triplicate.trainer.parameter_rules import did_you_mean
from triplicate.trainer.parameters import parameter_rule

__all__ = ["Criteria", "combination_key", "combinations", "search_space"]

STRATEGIES = ("Cartesian", "RandomDiscrete", "Sequential")
SUBSPACES = "subspaces"
NOT_SEARCHED = frozenset({
    "autoencoder", "checkpoint", "export_checkpoints_dir", "keep_cross_validation_fold_assignment",
    "keep_cross_validation_models", "keep_cross_validation_predictions", "model_id", "nfolds", "response_column",
    "training_frame", "validation_frame", "verbose", "x", "y",
})  # fmt: skip
MOST_DRAWS = 100_000
Combination = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Criteria:
    """How a grid is searched and when the search ends; 0 is no limit, seed -1 draws one.

    `stopping_rounds` of models without a better one end the search; the metric AUTO is that of the models.
    """

    strategy: str = "Cartesian"
    max_models: int = 0
    max_runtime_secs: float = 0.0
    seed: int = -1
    stopping_rounds: int = 0
    stopping_metric: str = "AUTO"
    stopping_tolerance: float = 1e-3

    @classmethod
    def of(cls, given: Mapping[str, Any] | None) -> "Criteria":
        """Check search_criteria; ParameterError names the key, the rule and the value."""
        given = dict(given or {})
        for name in given:
            if name not in cls.__slots__:
                raise ParameterError(f"search_criteria has no {name!r}{did_you_mean(name, cls.__slots__)}")
        strategy = given.get("strategy", "Cartesian")
        spelled = {known.lower(): known for known in STRATEGIES}
        if not isinstance(strategy, str) or strategy.lower() not in spelled:
            raise ParameterError(f"search_criteria: strategy must be one of {', '.join(STRATEGIES)}, got {strategy!r}")
        given["strategy"] = spelled[strategy.lower()]
        for name in ("max_models", "stopping_rounds"):
            if not isinstance(given.get(name, 0), int) or given.get(name, 0) < 0:
                raise ParameterError(f"search_criteria: {name} must be an integer of at least 0, got {given[name]!r}")
        for name in ("max_runtime_secs", "stopping_tolerance", "seed"):
            if name in given:
                given[name] = parameter_rule(name).checked(name, given[name])
        if given.get("stopping_metric", "AUTO") != "AUTO":
            given["stopping_metric"] = metric_name(given["stopping_metric"])
        return cls(**given)

    def drawn_seed(self) -> int:
        """Return the seed of the draws."""
        return secrets.randbelow(2**31) if self.seed == -1 else self.seed


def search_space(hyper_params: Mapping[str, Any]) -> list[dict[str, list[Any]]]:
    """Check hyper_params and return its subspaces: each a list of values per name, the common ones included."""
    common = {name: values for name, values in hyper_params.items() if name != SUBSPACES}
    subspaces = hyper_params.get(SUBSPACES, [{}])
    spaces = [{**common, **subspace} for subspace in subspaces]
    if not spaces or not any(spaces):
        raise ParameterError("hyper_params is empty: there is nothing to search")
    for name, values in itertools.chain.from_iterable(space.items() for space in spaces):
        parameter_rule(name)
        if name in NOT_SEARCHED:
            raise ParameterError(f"hyper_params: {name!r} cannot be searched")
        if isinstance(values, (str, bytes)) or not isinstance(values, Sequence):
            raise ParameterError(f"hyper_params: {name!r} must be a list of values, got {values!r}")
        if len(values) == 0:
            raise ParameterError(f"hyper_params: {name!r} has no values")
    return [{name: list(values) for name, values in space.items()} for space in spaces]


def combinations(spaces: list[dict[str, list[Any]]], criteria: Criteria, seed: int) -> Iterator[Combination]:
    """Yield combinations: Cartesian with the first name fastest, at random without repetition, or in parallel."""
    match criteria.strategy:
        case "Cartesian":
            for space in spaces:
                for values in itertools.product(*reversed(space.values())):
                    yield dict(zip(space, reversed(values), strict=True))
        case "RandomDiscrete":
            from sklearn.model_selection import ParameterGrid  # seconds to import, which every training would wait for

            everything = ParameterGrid(spaces)
            size = len(everything)
            generator = np.random.default_rng(seed % 2**64)
            for place in generator.choice(size, min(size, MOST_DRAWS), replace=False):
                yield everything[int(place)]
        case _:
            for space in spaces:
                lengths = {name: len(values) for name, values in space.items()}
                if len(set(lengths.values())) > 1:
                    raise ParameterError(f"Sequential walks lists of equal length in parallel, got {lengths}")
                for values in zip(*space.values(), strict=True):
                    yield dict(zip(space, values, strict=True))


def combination_key(combination: Combination) -> str:
    """Return a text that equal combinations share."""
    return json.dumps(combination, sort_keys=True, default=str)

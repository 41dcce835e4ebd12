"""Grid search: many models from lists of parameters, compared by one metric.

A model that fails is reported and the search goes on. Models are compared on held out folds where there are any,
else on the validation frame, else on training rows.
"""

import copy
import itertools
import math
import time
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import pandas as pd

from triplicate.runtime.errors import ParameterError, TriplicateError
from triplicate.trainer.checkpoint import remember
from triplicate.trainer.estimator import DeepLearningEstimator
from triplicate.trainer.grid_recovery import Recovery
from triplicate.trainer.metrics import less_is_better, metric_name
from triplicate.trainer.parameters import RULES
from triplicate.trainer.read_table import ReadOnce
from triplicate.trainer.search_space import Combination, Criteria, combination_key, combinations, search_space
from triplicate.trainer.stopping import has_converged

__all__ = ["GridSearch"]

NUMBERS = itertools.count(1)
FAILURES = (TriplicateError, MemoryError)
TABLES = ("training_frame", "validation_frame")
SHORTEST = 1e-3  # seconds: 0 would be no limit


class GridSearch:
    """A search over lists of parameters.

    `estimator` is an estimator class, or an estimator whose parameters all models share. `hyper_params` maps names to
    lists of values, `subspaces` to a list of such maps. `search_criteria`: strategy (Cartesian, RandomDiscrete,
    Sequential), max_models, max_runtime_secs, seed, stopping_rounds, stopping_metric, stopping_tolerance.
    With `recovery_dir` a search that was killed continues when it is run again: finished models are not trained twice.
    """

    def __init__(
        self,
        estimator: type[DeepLearningEstimator] | DeepLearningEstimator,
        hyper_params: Mapping[str, Any],
        search_criteria: Mapping[str, Any] | None = None,
        grid_id: str | None = None,
        recovery_dir: str | Path | None = None,
        export_checkpoints_dir: str | None = None,
    ) -> None:
        self._kind, self._base = _kind_of(estimator)
        self._spaces = search_space(hyper_params)
        self._criteria = Criteria.of(search_criteria)
        self._id, self._recovery_dir, self._export = grid_id, recovery_dir, export_checkpoints_dir
        self.grid_id = grid_id or f"Grid_DeepLearning_{next(NUMBERS)}"
        self._models: list[DeepLearningEstimator] = []
        self._combinations: dict[str, Combination] = {}
        self._order: tuple[str, bool] | None = None
        self.failed_params: list[Combination] = []
        self.failure_details: list[str] = []
        self.failure_stack_traces: list[str] = []

    def train(self, x: Any = None, y: Any = None, training_frame: Any = None, **more: Any) -> Self:
        """Train the models with arguments that they share, those of `train` of an estimator; return the search.

        ParameterError when not a single model could be trained.
        """
        given = {"x": x, "y": y, "training_frame": training_frame, **more}
        given = self._base | {name: value for name, value in given.items() if value is not None}
        for name in TABLES:
            if isinstance(given.get(name), (str, Path)):
                given[name] = ReadOnce(given[name])
        if self._export is not None:
            given["export_checkpoints_dir"] = self._export
        self._require_distinct(given)
        criteria, begun = self._criteria, time.monotonic()
        seed, recovery = criteria.drawn_seed(), None
        if self._recovery_dir is not None:
            question = {
                "hyper_params": self._spaces,
                "search_criteria": {name: getattr(criteria, name) for name in Criteria.__slots__},
                "parameters": {name: value for name, value in given.items() if name not in TABLES},
            }
            recovery = Recovery.open(self._recovery_dir, self._id, self.grid_id, seed, question)
            self.grid_id, seed = recovery.grid_id, recovery.seed
        self._models, self._combinations = [], {}
        self.failed_params, self.failure_details, self.failure_stack_traces = [], [], []
        tried: set[str] = set()
        for combination in combinations(self._spaces, criteria, seed):
            left = criteria.max_runtime_secs - (time.monotonic() - begun) if criteria.max_runtime_secs else math.inf
            key = combination_key(combination)
            if self._is_over(left):
                break
            if key not in tried:
                tried.add(key)
                self._try(key, combination, given, left, recovery)
        if not self._models:
            reason = self.failure_details[0] if self.failure_details else "no combination was tried"
            raise ParameterError(f"grid {self.grid_id!r} has no model: {reason}")
        return self

    def _require_distinct(self, given: dict[str, Any]) -> None:
        for name in itertools.chain.from_iterable(self._spaces):
            if name in given and given[name] != RULES[name].default:
                raise ParameterError(f"{name} is searched and cannot be given too, got {given[name]!r}")

    def _is_over(self, left: float) -> bool:
        c = self._criteria
        if left <= 0 or 0 < c.max_models <= len(self._models):
            return True
        if c.stopping_rounds == 0 or not self._models:
            return False
        metric = self._metric(c.stopping_metric)
        less = less_is_better(metric)
        scores = sorted((_score(model, metric) for model in self._models), reverse=less)
        return has_converged(scores, c.stopping_rounds, c.stopping_tolerance, less=less)

    def _try(
        self, key: str, combination: Combination, given: dict[str, Any], left: float, recovery: Recovery | None
    ) -> None:
        """Train the model of a combination, or take it from the recovery folder; note a failure."""
        known = None if recovery is None else recovery.done.get(key)
        if recovery is not None and known is not None:
            if "failure" in known:
                self._note_failure(combination, known["failure"], known["trace"])
            else:
                model = self._kind.reopen(recovery.model_file(known["model_id"]))
                self._add(known["model_id"], model, combination)
            return
        model_id = f"{self.grid_id}_model_{len(self._models) + 1}"
        arguments = {**given, **combination, "model_id": model_id} | self._own_seed(given, combination)
        own = arguments.get("max_runtime_secs", 0)
        if left < math.inf:
            arguments["max_runtime_secs"] = max(SHORTEST, min(left, own) if own else left)
        outcome = {"model_id": model_id}
        try:
            model = self._kind().train(**arguments)
        except FAILURES as reason:
            outcome = {"failure": f"{type(reason).__name__}: {reason}", "trace": traceback.format_exc()}
            self._note_failure(combination, outcome["failure"], outcome["trace"])
        else:
            self._add(model_id, model, combination)
            if recovery is not None:
                model.save(recovery.model_file(model_id), training_state=True)
        if recovery is not None:
            recovery.record(key, outcome)

    def _add(self, model_id: str, model: DeepLearningEstimator, combination: Combination) -> None:
        remember(model_id, model)
        self._models.append(model)
        self._combinations[model_id] = combination

    def _own_seed(self, given: dict[str, Any], combination: Combination) -> dict[str, Any]:
        """Return the seed of the next model: that of the search plus its number, where nobody gave another."""
        if self._criteria.seed == -1 or "seed" in combination or given.get("seed", -1) != -1:
            return {}
        return {"seed": self._criteria.seed + len(self._models)}

    def _note_failure(self, combination: Combination, message: str, trace: str) -> None:
        self.failed_params.append(combination)
        self.failure_details.append(message)
        self.failure_stack_traces.append(trace)

    def _metric(self, name: str) -> str:
        if name != "AUTO":
            return metric_name(name)
        if not self._models:
            raise ParameterError(f"grid {self.grid_id!r} has no model yet: call train() first")
        task = self._models[0].trained.plan.task
        return "logloss" if task.classifies else "deviance" if task.value == "regression" else "MSE"

    def _sorted(self) -> list[tuple[str, DeepLearningEstimator, float]]:
        """Return id, model and score, best first or as get_grid said; NaN comes last, ties in order of training."""
        metric = self._order[0] if self._order is not None else self._metric("AUTO")
        falling = self._order[1] if self._order is not None else False
        rows = [
            (model_id, model, _score(model, metric))
            for model_id, model in zip(self._combinations, self._models, strict=True)
        ]
        sign = -1.0 if falling else 1.0
        return sorted(rows, key=lambda row: math.inf if math.isnan(row[2]) else sign * row[2])

    def get_grid(self, sort_by: str | None = None, decreasing: bool | None = None) -> Self:
        """Return the same search sorted by a metric; without `decreasing` the best model comes first."""
        if sort_by is None and decreasing is None:
            return self
        metric = self._metric("AUTO" if sort_by is None else sort_by)
        one = copy.copy(self)
        vars(one).update(_order=(metric, not less_is_better(metric) if decreasing is None else decreasing))
        return one if one.models else self

    def sorted_metric_table(self) -> pd.DataFrame:
        """Return a row per model, sorted: its hyper-parameters, `model_ids`, and the metric."""
        metric = self._order[0] if self._order is not None else self._metric("AUTO")
        rows = [
            {**{name: self._combinations[model_id].get(name) for name in self.hyper_names},
             "model_ids": model_id, metric: score}
            for model_id, _, score in self._sorted()
        ]  # fmt: skip
        return pd.DataFrame(rows)

    @property
    def hyper_names(self) -> list[str]:
        """Names of the parameters that are searched."""
        return list(dict.fromkeys(itertools.chain.from_iterable(self._spaces)))

    @property
    def models(self) -> list[DeepLearningEstimator]:
        """The trained estimators, sorted."""
        return [model for _, model, _ in self._sorted()]

    @property
    def model_ids(self) -> list[str]:
        """The models' ids, `<grid_id>_model_<n>`, sorted."""
        return [model_id for model_id, _, _ in self._sorted()]

    def get_hyperparams_dict(self, model: int | str) -> Combination:
        """Return the combination of a model, given by its place or its id."""
        model_id = self.model_ids[model] if isinstance(model, int) else model
        if model_id not in self._combinations:
            raise ParameterError(f"grid {self.grid_id!r} has no model {model_id!r}")
        return dict(self._combinations[model_id])

    def __len__(self) -> int:
        return len(self._models)

    def __iter__(self) -> Iterator[DeepLearningEstimator]:
        return iter(self.models)

    def __getitem__(self, place: int | str) -> DeepLearningEstimator:
        return self.models[self.model_ids.index(place) if isinstance(place, str) else place]

    def __repr__(self) -> str:
        if not self._models:
            return f"<grid {self.grid_id!r}, not trained yet>"
        failed = f"\n{len(self.failed_params)} combinations failed: see failure_details" if self.failed_params else ""
        return f"{self.sorted_metric_table().to_string()}{failed}"


def _kind_of(estimator: Any) -> tuple[type[DeepLearningEstimator], dict[str, Any]]:
    """Return the class of the models, and the parameters that the given estimator brings."""
    if isinstance(estimator, DeepLearningEstimator):
        return type(estimator), estimator.given
    if isinstance(estimator, type) and issubclass(estimator, DeepLearningEstimator):
        return estimator, {}
    raise ParameterError(f"a grid needs an estimator or its class (DeepLearningEstimator …), got {estimator!r}")


def _score(model: DeepLearningEstimator, metric: str) -> float:
    """Return the metric on held out folds, or else on validation rows, or else on training rows."""
    record = model.scoring_model.metadata.training_summary()
    sets = ("cross_validation_metrics", "validation_metrics", "training_metrics")
    values = next(record[name] for name in sets if record.get(name) is not None)
    if metric not in values:
        raise ParameterError(f"{metric!r} does not exist for a {record['task']} model")
    return math.nan if values[metric] is None else float(values[metric])

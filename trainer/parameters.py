"""All training parameters: one frozen dataclass, checked when it is made.

Names, defaults and effects are those of the incumbent's user documents; the declarations stand in
parameter_declarations_*.py and are the only place that holds them.
"""

import dataclasses
import secrets
from dataclasses import dataclass
from typing import Any, Self

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.parameter_checks import Task, check_combination, check_task, values_for_task
from triplicate.trainer.parameter_declarations_control import ControlParameters
from triplicate.trainer.parameter_declarations_data import DataParameters
from triplicate.trainer.parameter_declarations_learning import LearningParameters
from triplicate.trainer.parameter_declarations_network import NetworkParameters
from triplicate.trainer.parameter_rules import Kind, Rule, did_you_mean

__all__ = ["ParameterRecord", "Parameters", "Task", "default_of", "parameter_rule", "parameter_table"]

RATE_OF_ADAM = 0.001


@dataclass(frozen=True, kw_only=True)
class Parameters(ControlParameters, LearningParameters, NetworkParameters, DataParameters):
    """Every parameter with its value; make one with `Parameters.of`."""

    @classmethod
    def of(cls, **given: Any) -> Self:
        """Check the given parameters, fill in defaults and return them in their own types.

        Raises ParameterError for unknown names, wrong types, values outside the range and contradictions. Warns
        (UserWarning) about values that have no effect beside the others.
        """
        values: dict[str, Any] = {}
        for name, value in given.items():
            rule = RULES.get(name)
            if rule is None:
                raise ParameterError(f"{name!r} is not a parameter{did_you_mean(name, RULES)}")
            if name == "hidden" and value is None:
                value = ()
            values[name] = rule.checked(name, value)
        if values.get("optimizer") == "adam":
            values.setdefault("rate", default_of("rate", "adam"))
        parameters = cls(**values)
        check_combination(parameters, parameters.changed())
        return parameters

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some parameters changed, checked as a whole."""
        kept = {name: getattr(self, name) for name in RULES if name not in changes}
        return self.of(
            **{name: value for name, value in kept.items() if value is not default_of(name, self.optimizer)}, **changes
        )

    def for_task(self, task: Task) -> Self:
        """Return a copy in which every automatic value is decided for the task, and a seed is drawn.

        Raises ParameterError when a parameter does not fit the task.
        """
        check_task(self, task)
        decided = values_for_task(self, task)
        if self.seed == -1:
            decided["seed"] = secrets.randbelow(2**62)
        return dataclasses.replace(self, **decided)

    def changed(self) -> dict[str, Any]:
        """Return the parameters that differ from their defaults, in the order of declaration."""
        values = {name: getattr(self, name) for name in RULES}
        return {
            name: value
            for name, value in values.items()
            if (value is not None if RULES[name].kind is Kind.OBJECT else value != default_of(name, self.optimizer))
        }

    def as_dict(self) -> dict[str, Any]:
        """Return all parameters but tables and models, ready for JSON (tuples as lists, infinity as text)."""
        plain: dict[str, Any] = {}
        for name, rule in RULES.items():
            if rule.kind is not Kind.OBJECT:
                value = getattr(self, name)
                finite = not isinstance(value, float) or abs(value) != float("inf")
                plain[name] = list(value) if isinstance(value, tuple) else value if finite else str(value)
        return plain

    @property
    def drops_hidden(self) -> bool:
        """Whether the activation drops hidden units in training."""
        return self.activation.endswith("WithDropout")

    @property
    def base_activation(self) -> str:
        """The activation without its dropout: "Rectifier", "Tanh" or "Maxout"."""
        return self.activation.removesuffix("WithDropout")

    @property
    def dropped_hidden(self) -> tuple[float, ...]:
        """Share of dropped units per hidden layer: 0 without dropout, 0.5 where nothing else is given."""
        if not self.drops_hidden:
            return (0.0,) * len(self.hidden)
        return self.hidden_dropout_ratios or (0.5,) * len(self.hidden)

    @property
    def working_copies(self) -> int:
        """Number of copies of the model that learn: one in single_node_mode."""
        return 1 if self.single_node_mode else self.copies

    @property
    def wants_classes(self) -> bool | None:
        """True or False when a parameter decides between classification and regression, else None."""
        if self.classification is not None:
            return self.classification
        return None if self.distribution == "AUTO" else self.distribution in ("bernoulli", "multinomial")


RULES: dict[str, Rule] = {
    field.name: field.metadata["rule"] for field in dataclasses.fields(Parameters) if "rule" in field.metadata
}


def default_of(name: str, optimizer: str) -> Any:
    """Return what a parameter is where it is not given; Adam has a rate of its own."""
    return RATE_OF_ADAM if name == "rate" and optimizer == "adam" else RULES[name].default


def parameter_rule(name: str) -> Rule:
    """Return the declaration of a parameter; ParameterError when there is none of that name."""
    if name not in RULES:
        raise ParameterError(f"{name!r} is not a parameter{did_you_mean(name, RULES)}")
    return RULES[name]


@dataclass(frozen=True, slots=True)
class ParameterRecord:
    """One row of the table of parameters. `range` is in words."""

    name: str
    type: str
    default: Any
    range: str
    doc: str
    source: str
    theme: str


def parameter_table() -> list[ParameterRecord]:
    """Return every parameter as a record, by theme (data, network, learning, control), as declared."""
    themes = {"data": DataParameters, "network": NetworkParameters, "learning": LearningParameters}
    records = []
    for theme, declarations in (themes | {"control": ControlParameters}).items():
        for field in dataclasses.fields(declarations):
            r = RULES[field.name]
            kind, words = str(r.kind), r.range_text
            records.append(ParameterRecord(field.name, kind, r.default, words, r.doc, r.source, theme))
    return records

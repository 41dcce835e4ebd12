"""Parameters as options of a command line: a flag, a help text, and text turned into a value."""

from dataclasses import dataclass
from typing import Any

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.parameter_rules import LISTS, Kind
from triplicate.trainer.parameters import RULES, parameter_rule, parameter_table

__all__ = ["CommandOption", "command_options", "parse_option"]

TRUE = ("true", "yes", "on", "1")
FALSE = ("false", "no", "off", "0")
ARGUMENTS_OF_TRAIN = ("response_column", "training_frame", "validation_frame", "x", "y")


@dataclass(frozen=True, slots=True)
class CommandOption:
    """One option. `default` is None for lists and texts that have none; `help` ends with the allowed values."""

    name: str
    flag: str
    kind: Kind
    default: Any
    help: str
    choices: tuple[str, ...]


def command_options() -> list[CommandOption]:
    """Return an option for every parameter that a command line can carry."""
    options = []
    for record in parameter_table():
        rule = RULES[record.name]
        if rule.kind is Kind.OBJECT or record.name in ARGUMENTS_OF_TRAIN:
            continue
        text = record.doc + (f" ({rule.range_text})" if rule.range_text else "")
        flag = "--" + record.name.replace("_", "-")
        options.append(CommandOption(record.name, flag, rule.kind, rule.default, text, rule.choices))
    return options


def parse_option(name: str, text: str) -> Any:
    """Turn an option's text into the parameter's checked value: lists are separated by commas.

    Raises ParameterError with the parameter's name, rule and the text.
    """
    rule = parameter_rule(name)
    value: Any = text
    if rule.kind is Kind.FLAG:
        word = text.strip().lower()
        if word not in TRUE + FALSE:
            raise ParameterError(f"{name} must be true or false, got {text!r}")
        value = word in TRUE
    elif rule.kind in LISTS:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        value = parts if rule.kind is Kind.TEXTS else [_number(part) for part in parts]
    elif rule.kind in (Kind.INTEGER, Kind.NUMBER):
        value = _number(text)
    return rule.checked(name, value)


def _number(text: str) -> int | float | str:
    """Return the number a text holds, or the text itself where it is none (for the rule to judge)."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text

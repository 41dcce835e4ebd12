"""Training parameters as options of a command line."""

import re

import pytest

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.parameter_options import command_options, parse_option
from triplicate.trainer.parameter_rules import Kind
from triplicate.trainer.parameters import RULES


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("hidden", "50,50", (50, 50)),
        ("hidden", "", ()),
        ("epochs", "0.5", 0.5),
        ("mini_batch_size", "auto", "auto"),
        ("mini_batch_size", "32", 32),
        ("adaptive_rate", "no", False),
        ("activation", "tanh", "Tanh"),
        ("categorical", "ZIP, code", ("ZIP", "code")),
        ("hidden_dropout_ratios", "0.1,0.2", (0.1, 0.2)),
        ("weights_column", "w", "w"),
        ("threshold", "0.25", 0.25),
    ],
)
def test_option_texts_become_values(name: str, text: str, value: object) -> None:
    """A command line's text becomes the parameter's checked value."""
    assert parse_option(name, text) == value


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("epochs", "many", "epochs must be a number of at least 0, got 'many'"),
        ("hidden", "50,x", "hidden[1] must be an integer of at least 1, got 'x'"),
        ("adaptive_rate", "maybe", "adaptive_rate must be true or false, got 'maybe'"),
    ],
)
def test_wrong_option_texts_are_refused(name: str, text: str, message: str) -> None:
    """A text that makes no allowed value raises with the parameter's name and rule."""
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}"):
        parse_option(name, text)


def test_command_options_offer_what_works() -> None:
    """Every parameter but tables has an option, whose help lists range or choices."""
    options = {option.name: option for option in command_options()}
    assert options["hidden"].flag == "--hidden"
    assert options["train_samples_per_iteration"].flag == "--train-samples-per-iteration"
    assert "at least 0" in options["epochs"].help
    assert options["epochs"].kind is Kind.NUMBER
    assert "training_frame" not in options


def test_every_parameter_that_fits_a_command_line_has_an_option() -> None:
    """Only tables and models, the columns' roles and the arguments of train() have none."""
    options = {option.name for option in command_options()}
    left_out = {name for name, rule in RULES.items() if rule.kind is not Kind.OBJECT} - options
    assert left_out == {"response_column"}
    assert parse_option("elastic_averaging_moving_rate", "0.5") == 0.5

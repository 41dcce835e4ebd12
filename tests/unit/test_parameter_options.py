"""Training parameters as options of a command line."""

import re

import pytest

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.parameter_options import command_options, parse_option
from triplicate.trainer.parameter_rules import Kind


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
    """Options are shown for honoured parameters only, without tables, and list working choices only."""
    options = {option.name: option for option in command_options() if not option.hidden}
    assert options["hidden"].flag == "--hidden"
    assert options["train_samples_per_iteration"].flag == "--train-samples-per-iteration"
    assert "at least 0" in options["epochs"].help
    assert options["epochs"].kind is Kind.NUMBER
    assert "training_frame" not in options


def test_every_parameter_that_fits_a_command_line_has_an_option() -> None:
    """No option is hidden, since every parameter works; tables have none."""
    assert [option.name for option in command_options() if option.hidden] == []
    assert not {"training_frame", "x"} & {option.name for option in command_options()}
    assert parse_option("elastic_averaging_moving_rate", "0.5") == 0.5

"""The view of a model that the Java templates print."""

import numpy as np
import pytest

from triplicate.exporters.java_view import MOST_SETTERS, PARTS_PER_CLASS, java_view
from triplicate.runtime import Activation, GoldenRows, Layer, Metadata, Numeric, Regression, ScoringModel, UnseenPolicy
from triplicate.runtime.errors import ExportError

from java_cases import autoencoder, float_net, person_model, regression


def test_columns_carry_setters_and_levels() -> None:
    """Each column has its position, setter and kind, and a column of levels its first levels."""
    view = java_view(person_model(), "Person", None)
    assert [(c.position, c.setter, c.numeric, c.levels) for c in view.columns] == [
        (0, "setAge", True, 0),
        (1, "setWorkClass", False, 3),
        (2, "setCapitalGain", True, 0),
        (3, "setChildren", False, 4),
    ]
    assert view.columns[1].shown_levels == ("Private", "State-gov", "Self-emp")


def test_the_offset_is_the_last_column_of_a_row() -> None:
    """An offset has a setter like any number, but becomes no input."""
    view = java_view(regression("exposure"), "Claims", None)
    assert (view.columns[-1].name, view.columns[-1].numeric) == ("exposure", True)
    assert (len(view.columns), view.input_columns) == (3, 2)


@pytest.mark.parametrize(
    ("model", "checked"),
    [
        (person_model(), False),
        (person_model(UnseenPolicy.ERROR, golden=False), True),
        (regression(), False),
        (regression("exposure"), True),
    ],
)
def test_rows_are_checked_only_where_something_can_be_refused(model: ScoringModel, checked: bool) -> None:
    """Scoring looks for refusals only in models that refuse unseen levels or need an offset."""
    assert java_view(model, "Model", None).checked is checked


def test_layers_say_their_sizes() -> None:
    """Maxout has two sums per unit, and retain is the model's."""
    hidden = Layer(np.ones((6, 1), np.float32), np.zeros(6), Activation.MAXOUT, retain=0.5)
    model = ScoringModel((Numeric("x", 0),), (hidden, Layer(np.ones((1, 3)), np.zeros(1))), Regression())
    view = java_view(model, "Model", None)
    assert [(layer.inputs, layer.units, layer.sums) for layer in view.layers] == [
        (1, 3, 6),
        (3, 1, 1),
    ]
    assert view.layers[0].retain == 0.5


@pytest.mark.parametrize(
    ("widths", "dense", "lists", "widest"),
    [
        ((20, 64, 32, 1), [True, True, True], [False, False, False], 0),
        ((65, 64, 1), [False, True], [False, False], 65),
        ((64, 65, 1), [False, False], [True, False], 65),
        ((10, 200, 1), [True, False], [True, False], 200),
    ],
)
def test_small_layers_add_all_their_inputs(
    widths: tuple[int, ...], dense: list[bool], lists: list[bool], widest: int
) -> None:
    """Up to 64 inputs and 4,096 weights nothing is listed; beyond, the layer before lists what is not 0."""
    view = java_view(float_net(*widths), "Model", None)
    assert [layer.dense for layer in view.layers] == dense
    assert [layer.lists for layer in view.layers] == lists
    assert view.widest == widest


def test_inputs_of_levels_are_always_listed() -> None:
    """Of one-hot inputs nearly all are 0: the first layer takes a list however small it is, the next one need not."""
    view = java_view(person_model(), "Person", None)
    assert [layer.dense for layer in view.layers] == [False, True]


def test_four_inputs_of_a_small_layer_share_an_array() -> None:
    """Their weights begin a multiple of eight apart, as vectors need it; one or two sums make no vectors."""
    view = java_view(float_net(9, 50, 64, 1), "Model", None)
    assert [(layer.together, layer.stride) for layer in view.layers] == [(4, 56), (4, 64), (1, 1)]


def test_kinds_choose_templates() -> None:
    """The head's name picks the partials of prediction and arithmetic."""
    kinds = [java_view(model, "Model", None).kind for model in (person_model(), regression(), autoencoder())]
    assert kinds == ["classification", "regression", "reconstruction"]


def test_large_parts_are_spread_over_classes() -> None:
    """No data class gets more constants than its method and constant pool can hold."""
    layer = Layer(np.ones((1, 1_300_000), np.float32), np.zeros(1))
    view = java_view(ScoringModel((), (layer,), Regression()), "Model", None)
    assert [len(constants) for constants in view.data.weights.classes] == [PARTS_PER_CLASS, PARTS_PER_CLASS, 21]


def test_very_many_columns_have_no_setters() -> None:
    """A class cannot hold a method for each of many thousands of columns; they are set by name or position."""
    columns = tuple(Numeric(f"x{i}", 0) for i in range(MOST_SETTERS + 1))
    model = ScoringModel(columns, (Layer(np.ones((1, 1)), np.zeros(1)),), Regression())
    view = java_view(model, "Model", None)
    assert (len(view.setters), len(view.listed)) == (0, 100)


def test_too_many_layers_are_refused() -> None:
    """Beyond 500 layers the message says how many there are, and how many there may be."""
    layer = Layer(np.ones((1, 1)), np.zeros(1))
    model = ScoringModel((Numeric("x", 0),), (layer,) * 501, Regression())
    with pytest.raises(ExportError, match="the net has 501 layers; a Java class holds at most 500"):
        java_view(model, "Model", None)


def test_wide_rows_carry_fewer_golden_ones() -> None:
    """A class carries golden rows of up to 1,000 numbers, and one at least."""
    layer = Layer(np.ones((1, 600)), np.zeros(1))
    model = ScoringModel(tuple(Numeric(f"x{i}", i) for i in range(600)), (layer,), Regression())
    golden = GoldenRows(tuple((1.0, 2.0, 3.0) for _ in range(600)), np.array([[600.0], [1200.0], [1800.0]]))
    assert java_view(model.with_metadata(Metadata.of({}, golden)), "Model", None).golden_rows == 1
    assert java_view(person_model(), "Person", None).golden_rows == 3


def test_names_are_checked() -> None:
    """A view is made for good names only."""
    with pytest.raises(ExportError):
        java_view(regression(), "int", None)
    with pytest.raises(ExportError):
        java_view(regression(), "Model", "int")

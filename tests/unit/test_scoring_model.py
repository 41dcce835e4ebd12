"""triplicate.runtime.scoring_model: the rules that join columns, layers and head, and the names it derives."""

import pickle
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from triplicate.runtime import (
    Activation,
    Categorical,
    Classification,
    Layer,
    Metadata,
    Numeric,
    Reconstruction,
    Regression,
    ScoringModel,
)
from triplicate.runtime.errors import InvalidModelError


def layer(units: int, inputs: int, activation: str = "linear") -> Layer:
    """Return a layer of ones."""
    rows = units * (2 if activation == "maxout" else 1)
    return Layer(np.ones((rows, inputs)), np.zeros(rows), Activation(activation))


def categorical(name: str = "c", inputs: Any = ((1,), (2,), (3,), (3,))) -> Categorical:
    """Return a column of two levels, without contributions of value 0."""
    table = np.array(inputs)
    return Categorical(name, ("x", "y"), table, np.where(table < 0, 0.0, 1.0))


def reconstruction(**changes: Any) -> Reconstruction:
    """Return a head of one target."""
    fields = {"targets": [0], "weights": [1.0], "groups": [0], "scale": [1.0], "shift": [0.0]}
    return Reconstruction(**(fields | changes))  # type: ignore[arg-type]


NUMERIC = Numeric("n", 0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layers": ()}, "layers: needs at least one"),
        (
            {"layers": (layer(3, 4), layer(1, 4))},
            "layers[1].weights: 4 inputs, but layers[0] has 3 units",
        ),
        (
            {"layers": (layer(3, 4), layer(2, 3, "maxout"), layer(1, 4))},
            "layers[2].weights: 4 inputs, but layers[1] has 2 units",
        ),
        ({"columns": (NUMERIC, Numeric("n", 1))}, "columns[1].name: 'n' comes twice"),
        ({"columns": (Numeric("c", 0), categorical())}, "columns[1].name: 'c' comes twice"),
        ({"columns": (Numeric("n", 4),)}, "columns[0]: input 4 does not exist: layers[0] has 4 inputs"),
        (
            {"columns": (NUMERIC, categorical(inputs=[[1], [9], [3], [3]]))},
            "columns[1]: input 9 does not exist: layers[0] has 4 inputs",
        ),
        ({"layers": (layer(2, 4),)}, "layers[0].weights: 2 units, but regression has one output"),
        ({"head": Regression(offset="n")}, "head.offset: 'n' is a column of the model already"),
        (
            {"head": Classification(("a", "b", "c"))},
            "layers[0].weights: 1 units for 3 labels",
        ),
        (
            {"layers": (layer(5, 4), layer(3, 5)), "head": Classification(("a", "b"))},
            "layers[1].weights: 3 units for 2 labels",
        ),
        (
            {"layers": (layer(2, 4),), "head": reconstruction()},
            "layers[0].weights: 2 units for 1 targets",
        ),
        ({"head": reconstruction(targets=[4])}, "head.targets: beyond the 4 inputs"),
        ({"head": reconstruction(groups=[2])}, "head.groups: beyond the 2 columns"),
        ({"na_values": ("NA", "")}, "na_values[1]: must not be empty"),
        ({"na_values": ("NA", "NA")}, "na_values: must not repeat a text"),
        ({"na_values": (None,)}, "na_values[0]: must be a string, got NoneType"),
        ({"na_values": ("\ud800",)}, "na_values[0]: '\\ud800' holds a lone surrogate, which no text format can carry"),
    ],
)
def test_a_model_whose_parts_do_not_fit_is_refused(changes: dict[str, Any], message: str) -> None:
    """The message begins with the path of the part that breaks the rule."""
    parts = {"columns": (NUMERIC, categorical()), "layers": (layer(1, 4),), "head": Regression(), "na_values": ()}
    with pytest.raises(InvalidModelError) as caught:
        ScoringModel(**(parts | changes))
    assert str(caught.value) == message


def test_lists_become_tuples_and_nothing_can_be_changed() -> None:
    """The model is frozen from its constructor on."""
    model = ScoringModel([NUMERIC], [layer(1, 1)], Regression(), ["NA"])  # type: ignore[arg-type]
    assert (type(model.columns), type(model.layers), type(model.na_values)) == (tuple, tuple, tuple)
    with pytest.raises(FrozenInstanceError):
        model.columns = ()  # type: ignore[misc]


def test_models_are_equal_when_their_fingerprints_are() -> None:
    """Equality and hash follow what scoring reads; another type is never equal."""

    def model(name: str) -> ScoringModel:
        return ScoringModel((Numeric(name, 0),), (layer(1, 1),), Regression())

    assert model("n") == model("n").with_metadata(Metadata.of({"a": 1}))
    assert hash(model("n")) == hash(model("n"))
    assert model("n") != model("m")
    assert model("n") != model("n").fingerprint
    assert len({model("n"), model("n"), model("m")}) == 2


def test_a_model_can_be_pickled_between_processes() -> None:
    """Parallel scoring copies models this way."""
    model = ScoringModel((NUMERIC, categorical()), (layer(1, 4),), Regression())
    assert pickle.loads(pickle.dumps(model)) == model  # noqa: S301


def test_row_names_are_the_columns_then_the_offset() -> None:
    """The offset is a raw column that is no column of the inputs."""
    parts = ((NUMERIC, categorical()), (layer(1, 4),))
    assert ScoringModel(*parts, Regression()).row_names == ("n", "c")
    assert ScoringModel(*parts, Regression(offset="o")).row_names == ("n", "c", "o")
    assert ScoringModel(*parts, Regression(offset="o")).offset == "o"
    assert ScoringModel((), (layer(1, 1),), Regression()).row_names == ()


def test_output_names_follow_the_head() -> None:
    """One name per number of the flat output."""
    columns = (NUMERIC, categorical())
    assert ScoringModel(columns, (layer(1, 4),), Regression()).output_names == ("value",)
    assert ScoringModel(columns, (layer(2, 4),), Classification(("no", "yes"))).output_names == (
        "label",
        "probability of no",
        "probability of yes",
    )
    head = reconstruction(targets=[0, 3], weights=[1.0, 1], groups=[0, 1], scale=[1.0, 1], shift=[0.0, 0])
    assert ScoringModel(columns, (layer(2, 4),), head).output_names == (
        "score",
        "is_anomaly",
        "error of n",
        "error of c",
        "reconstruction of n",
        "reconstruction of c.missing(NA)",
    )


def test_inputs_are_named_after_the_cells_that_reach_them() -> None:
    """A level's own input carries the level, a shared one its position, an unreached one its number."""
    columns = (
        Numeric("n", 0),
        Categorical("c", ("x", "y"), np.array([[1], [2], [3], [-1]]), np.array([[1.0], [1], [1], [0]])),
        Categorical("e", ("x", "y"), np.array([[5], [5], [6], [6]]), np.ones((4, 1))),
    )
    model = ScoringModel(columns, (layer(1, 8),), Regression())
    assert model.input_names == ("n", "c.x", "c.y", "c.missing(NA)", "input 4", "e:0", "e.missing(NA)", "input 7")

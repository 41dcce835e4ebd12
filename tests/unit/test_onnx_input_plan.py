"""Arranging columns for a graph: groups of tables, shared inputs."""

import numpy as np

from triplicate.exporters.onnx_input_plan import plan_inputs
from triplicate.runtime import Categorical, Numeric

from onnx_cases import adding_model, one_hot


def test_tables_of_one_width_are_stacked_in_column_order() -> None:
    """Each column's first row is the number of rows before it: two levels, missing and unseen are four."""
    plan = plan_inputs(adding_model((one_hot("a", ("p", "q"), 0), Numeric("n", 3), one_hot("b", ("r",), 4)), 6))
    assert plan.numeric == (1,)
    assert [(group.columns, group.bases.tolist(), group.plain) for group in plan.groups] == [((0, 2), [0, 4], True)]
    assert plan.groups[0].inputs[:, 0].tolist() == [0, 1, 2, 2, 4, 5, 5]


def test_columns_with_values_other_than_one_form_their_own_group() -> None:
    """Plain one-hot columns need no multiplication, the others do; codes stand group by group."""
    eigen = Categorical("e", ("p",), np.full((3, 1), 2), np.array([[0.5], [0.0], [1.0]]))
    plan = plan_inputs(adding_model((eigen, one_hot("a", ("p",), 0)), 3))
    assert [group.plain for group in plan.groups] == [False, True]
    assert plan.categorical == (0, 1)


def test_inputs_of_two_columns_are_shared() -> None:
    """A number and a level that reach one input share it; the other inputs are their columns' own."""
    plan = plan_inputs(adding_model((Numeric("n", 1), one_hot("a", ("p",), 0)), 3))
    assert plan.shared.tolist() == [1]
    assert plan.own(np.array([0, 1, 2])).tolist() == [0, -1, 2]


def test_an_input_that_one_row_reaches_twice_is_shared() -> None:
    """Hashing may put both contributions of a level into one input."""
    column = Categorical("h", (), np.array([[0, 0], [1, 2]]), np.ones((2, 2)))
    assert plan_inputs(adding_model((column,), 3)).shared.tolist() == [0]


def test_nothing_is_never_shared() -> None:
    """Input -1 in two columns is no contribution at all."""
    nothing = [Categorical(name, (), np.full((2, 1), -1), np.zeros((2, 1))) for name in "ab"]
    assert plan_inputs(adding_model(tuple(nothing), 1)).shared.tolist() == []

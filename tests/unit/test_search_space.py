"""What a grid search tries: order, random draws, subspaces, criteria, refusals."""

from typing import Any

import pytest

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.search_space import Criteria, combinations, search_space

SPACE: dict[str, Any] = {"hidden": [[2], [3]], "l1": [0.0, 0.1, 0.2]}


def tried(space: dict[str, Any], seed: int = 1, **criteria: Any) -> list[tuple[Any, ...]]:
    """Return the combinations as tuples of values."""
    found = combinations(search_space(space), Criteria.of(criteria), seed)
    return [tuple(c[name] for name in space if name in c) for c in found]


def test_cartesian_order_has_the_first_name_fastest() -> None:
    """All combinations, in the incumbent's order."""
    expected = [([2], 0.0), ([3], 0.0), ([2], 0.1), ([3], 0.1), ([2], 0.2), ([3], 0.2)]
    assert tried(SPACE) == expected
    assert tried(SPACE, strategy="cartesian") == expected


def test_random_draws_repeat_nothing_but_themselves() -> None:
    """Every combination once, in an order that the seed decides."""
    one, again, other = (tried(SPACE, seed, strategy="RandomDiscrete") for seed in (1, 1, 2))
    assert one == again != other
    assert sorted(map(str, one)) == sorted(map(str, tried(SPACE)))


def test_sequential_walks_in_parallel() -> None:
    """The i-th values go together; lists of different lengths are refused."""
    assert tried({"l1": [0.1, 0.2], "l2": [0.3, 0.4]}, strategy="Sequential") == [(0.1, 0.3), (0.2, 0.4)]
    with pytest.raises(ParameterError, match=r"lists of equal length in parallel, got \{'hidden': 2, 'l1': 3\}"):
        tried(SPACE, strategy="Sequential")


def test_subspaces_are_joined_with_the_common_part() -> None:
    """Each subspace is searched with the lists that stand beside it."""
    space = {"l1": [0.1], "subspaces": [{"rho": [0.9]}, {"rho": [0.95], "epsilon": [1e-6, 1e-7]}]}
    found = list(combinations(search_space(space), Criteria.of(None), 1))
    assert found == [
        {"l1": 0.1, "rho": 0.9},
        {"l1": 0.1, "rho": 0.95, "epsilon": 1e-6},
        {"l1": 0.1, "rho": 0.95, "epsilon": 1e-7},
    ]


@pytest.mark.parametrize(
    ("space", "words"),
    [
        ({}, "hyper_params is empty"),
        ({"hiden": [1]}, "'hiden' is not a parameter; did you mean 'hidden'"),
        ({"l1": []}, "'l1' has no values"),
        ({"l1": 0.5}, "'l1' must be a list of values, got 0.5"),
        ({"activation": "Tanh"}, "'activation' must be a list of values, got 'Tanh'"),
        ({"model_id": ["a"]}, "'model_id' cannot be searched"),
    ],
)
def test_spaces_that_cannot_be_searched(space: dict[str, Any], words: str) -> None:
    """Unknown names, missing lists and empty ones are named."""
    with pytest.raises(ParameterError, match=words):
        search_space(space)


@pytest.mark.parametrize(
    ("criteria", "words"),
    [
        ({"max_model": 3}, "search_criteria has no 'max_model'; did you mean 'max_models'"),
        ({"strategy": "Grid"}, "strategy must be one of Cartesian, RandomDiscrete, Sequential, got 'Grid'"),
        ({"max_models": -1}, "max_models must be an integer of at least 0, got -1"),
        ({"max_runtime_secs": -1}, "max_runtime_secs must be at least 0, got -1"),
        ({"stopping_metric": "beauty"}, "'beauty' is not a metric"),
    ],
)
def test_wrong_criteria_are_refused(criteria: dict[str, Any], words: str) -> None:
    """Unknown keys and values outside their range are named."""
    with pytest.raises(ParameterError, match=words):
        Criteria.of(criteria)

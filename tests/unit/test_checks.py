"""triplicate.runtime.checks: what every part of a model must pass."""

from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from triplicate.runtime.checks import check_choice, check_number, check_text, frozen_floats, frozen_integers
from triplicate.runtime.errors import InvalidModelError


class Colour(StrEnum):
    """Two choices to check."""

    RED = "red"
    BLUE = "blue"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (7, "p: must be a string, got int"),
        (None, "p: must be a string, got NoneType"),
        (b"x", "p: must be a string, got bytes"),
        ("", "p: must not be empty"),
        ("a\ud800", "p: 'a\\ud800' holds a lone surrogate, which no text format can carry"),
    ],
)
def test_text_that_no_format_can_carry_is_refused(value: Any, message: str) -> None:
    """A name is a non-empty string that UTF-8 can write."""
    with pytest.raises(InvalidModelError) as caught:
        check_text(value, "p")
    assert str(caught.value) == message


@pytest.mark.parametrize("value", ["\0", "\n", "😀", " ", '"\\', "x" * 65536])
def test_any_other_text_is_taken_as_it_is(value: str) -> None:
    """NUL, line ends, emoji, blanks, quotes and 64 KB are all legal in a name."""
    assert check_text(value, "p") == value


def test_an_empty_text_is_taken_where_the_caller_allows_it() -> None:
    """empty_allowed lets "" pass."""
    assert check_text("", "p", empty_allowed=True) == ""


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("1", "p: must be a number, got '1'"),
        (None, "p: must be a number, got None"),
        (1j, "p: must be a number, got 1j"),
        (np.nan, "p: must not be NaN"),
        (np.inf, "p: must be finite, got inf"),
        (-np.inf, "p: must be finite, got -inf"),
        (10**400, "p: must be finite, got inf"),
        (-(10**400), "p: must be finite, got -inf"),
        (-0.0, "p: must not be -0"),
        (np.float32(-0.0), "p: must not be -0"),
    ],
)
def test_numbers_that_are_no_constants_are_refused(value: Any, message: str) -> None:
    """A constant is a finite number other than -0."""
    with pytest.raises(InvalidModelError) as caught:
        check_number(value, "p")
    assert str(caught.value) == message


@pytest.mark.parametrize("value", [0, 1.5, np.float32(0.5), np.int64(-3), 5e-324, -1.7976931348623157e308])
def test_numbers_become_python_floats(value: Any) -> None:
    """Every kind of number becomes a float of the same value."""
    number = check_number(value, "p")
    assert type(number) is float
    assert number == value


def test_an_infinity_passes_only_where_it_means_no_limit() -> None:
    """infinite_allowed lets infinities pass, NaN and -0 still not."""
    assert check_number(-np.inf, "p", infinite_allowed=True) == -np.inf
    with pytest.raises(InvalidModelError, match="NaN"):
        check_number(np.nan, "p", infinite_allowed=True)
    with pytest.raises(InvalidModelError, match="-0"):
        check_number(-0.0, "p", infinite_allowed=True)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.array([1, 2]), "p: must be float32 or float64, got int64"),
        (np.array([1.0], dtype=np.float16), "p: must be float32 or float64, got float16"),
        (np.array([1.0], dtype=">f8"), "p: must be float32 or float64, got >f8"),
        (np.array(["a"]), "p: must be float32 or float64, got <U1"),
        (np.array([1.0, np.nan]), "p: must hold finite numbers only"),
        (np.array([np.inf]), "p: must hold finite numbers only"),
        (np.array([1.0, -0.0], dtype=np.float32), "p: must not hold -0"),
    ],
)
def test_arrays_that_are_no_constants_are_refused(value: npt.NDArray[Any], message: str) -> None:
    """An array of constants is float32 or float64, finite, and free of -0."""
    with pytest.raises(InvalidModelError) as caught:
        frozen_floats(value, "p")
    assert str(caught.value) == message


def test_an_array_of_another_shape_is_refused() -> None:
    """The message gives both shapes."""
    with pytest.raises(InvalidModelError, match=r"p: must have shape \(3,\), got \(2,\)"):
        frozen_floats(np.ones(2), "p", (3,))
    with pytest.raises(InvalidModelError, match=r"p: must have shape \(3,\), got \(2,\)"):
        frozen_integers(np.ones(2, dtype=int), "p", (3,))


def test_frozen_arrays_are_read_only_copies_in_c_order() -> None:
    """Neither the model nor the caller can change a constant through the other's array."""
    given = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    frozen = frozen_floats(given, "p")
    given[0, 0] = 99.0
    assert frozen[0, 0] == 0.0
    assert frozen.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        frozen[0, 0] = 1.0


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.array([1.0]), "p: must hold integers, got float64"),
        (np.array([True]), "p: must hold integers, got bool"),
        (np.array([2**31]), "p: must fit in 32 bits"),
        (np.array([-(2**31) - 1]), "p: must fit in 32 bits"),
        (np.array([2**64 - 1], dtype=np.uint64), "p: must fit in 32 bits"),
    ],
)
def test_integers_that_do_not_fit_are_refused(value: npt.NDArray[Any], message: str) -> None:
    """Indices are integers of 32 bits; one of 64 unsigned bits must not wrap to -1."""
    with pytest.raises(InvalidModelError) as caught:
        frozen_integers(value, "p")
    assert str(caught.value) == message


def test_frozen_integers_are_read_only_int32() -> None:
    """Every integer type becomes int32; an empty array may have any type."""
    frozen = frozen_integers(np.array([-1, 5], dtype=np.int8), "p")
    assert frozen.dtype == np.int32
    assert frozen.tolist() == [-1, 5]
    assert not frozen.flags.writeable
    assert frozen_integers(np.zeros((2, 0)), "p").shape == (2, 0)


def test_a_choice_is_named_or_refused_with_all_names() -> None:
    """A text becomes the member it names; any other value is answered with the list of names."""
    assert check_choice("red", Colour, "p") is Colour.RED
    assert check_choice(Colour.BLUE, Colour, "p") is Colour.BLUE
    for value in ("Red", 1, None, ["red"]):
        with pytest.raises(InvalidModelError, match="p: must be one of red, blue, got"):
            check_choice(value, Colour, "p")  # type: ignore[arg-type]

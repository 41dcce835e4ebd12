"""triplicate.runtime.arithmetic: sums in order, activations, and the processor state they need."""

import ctypes
import platform
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from triplicate.runtime import Activation, Layer
from triplicate.runtime.arithmetic import BlasArithmetic, ExactArithmetic, activate, refuse_flush_to_zero
from triplicate.runtime.errors import TriplicateError

from naive import naive_layer

# Where the C library keeps the processor's control word, and its bits that flush subnormal numbers.
CONTROL_WORDS = {"x86_64": (7, 0x8000, 0x0040), "aarch64": (0, 1 << 24, 1 << 24)}


@contextmanager
def flushing(*, results: bool, inputs: bool) -> Iterator[None]:
    """Let this thread's processor flush subnormal results, or inputs as well, to zero."""
    word, result_bit, input_bit = CONTROL_WORDS[platform.machine()]
    library, state = ctypes.CDLL("libm.so.6"), (ctypes.c_uint32 * 8)()
    library.fegetenv(state)
    before = state[word]
    state[word] = before | (result_bit if results else 0) | (input_bit if inputs else 0)
    library.fesetenv(state)
    try:
        yield
    finally:
        state[word] = before
        library.fesetenv(state)


@pytest.mark.parametrize(("results", "inputs"), [(True, False), (False, True), (True, True)])
def test_a_processor_that_flushes_subnormal_numbers_is_refused(results: bool, inputs: bool) -> None:
    """The state that -ffast-math libraries leave behind is noticed, whichever of its two bits is set."""
    with flushing(results=results, inputs=inputs):
        try:
            refuse_flush_to_zero()
        except TriplicateError as reason:
            message = str(reason)
        else:
            message = "nothing was raised"
    assert message.startswith("this thread's processor state flushes subnormal numbers to zero")
    refuse_flush_to_zero()


def test_exact_sums_start_at_the_bias_and_add_inputs_in_ascending_order() -> None:
    """((b + x0 w0) + x1 w1) + x2 w2, which rounds differently from every other order."""
    inputs = np.array([[1.0, 1.0, 1.0], [1e16, 1.0, -1e16]])
    by_input = np.array([[1e16], [1.0], [-1e16]])
    sums = ExactArithmetic().affine(inputs, by_input, np.array([1.0]))
    assert sums[0, 0] == ((1.0 + 1e16) + 1.0) - 1e16
    assert sums[1, 0] == ((1.0 + 1e32) + 1.0) + 1e32


def test_exact_sums_do_not_fuse_multiplication_and_addition() -> None:
    """Each product is rounded before it is added."""
    x = 1.0 + 2.0**-30
    sums = ExactArithmetic().affine(np.array([[x]]), np.array([[x]]), np.array([-1.0]))
    assert sums[0, 0] == x * x - 1.0
    assert sums[0, 0] != float.fromhex("0x1.000000020p-29")


def test_skipping_zero_inputs_changes_no_bit() -> None:
    """A column of zeros, of either sign, adds nothing, and never turns a sum into -0."""
    inputs = np.array([[0.0, -0.0, 1.0], [-0.0, -0.0, -1.0]])
    by_input = np.array([[3.0, -3.0], [-7.0, 7.0], [1.0, 0.0]])
    sums = ExactArithmetic().affine(inputs, by_input, np.array([-1.0, 0.0]))
    assert sums.tolist() == [[0.0, 0.0], [-2.0, 0.0]]
    assert not np.signbit(sums[:, 1]).any()


def test_an_infinite_input_meets_a_zero_weight_as_nan() -> None:
    """Inputs that are 0 may be skipped, weights never: inf * 0 is NaN."""
    sums = ExactArithmetic().affine(np.array([[np.inf]]), np.array([[0.0]]), np.array([1.0]))
    assert np.isnan(sums[0, 0])


@pytest.mark.parametrize("activation", list(Activation))
def test_every_activation_gives_the_twins_bits_for_special_numbers(activation: Activation) -> None:
    """NaN, infinities, zeros of both signs, subnormals and the ends of exp's range, with and without retain."""
    numbers = [0.0, -0.0, 5e-324, -5e-324, 1e-300, -1e-17, 0.5, -0.5, 1.0, -1.0, 22.0, -22.0, 354.9, -354.9, 709.8]
    numbers += [-709.8, -745.2, 1e300, -1e300, np.inf, -np.inf, np.nan]
    channels = 2 if activation is Activation.MAXOUT else 1
    alpha = 0.3 if activation in (Activation.LEAKY_RECTIFIER, Activation.ELU) else 0.0
    for retain in (1.0, 0.7):
        # With weights of 1 and biases of 0 the twin's sums are its input, -0 becoming 0.
        layer = Layer(np.ones((channels, 1)), np.zeros(channels), activation, alpha, retain)
        sums = np.repeat(np.array(numbers)[:, np.newaxis] + 0.0, channels, axis=1)
        found = activate(layer, sums, ExactArithmetic())
        expected = np.array([naive_layer(layer, [number]) for number in numbers])
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))


def test_maxout_takes_the_larger_channel_and_lets_nan_through() -> None:
    """Rows 2u and 2u + 1 of the weights are the channels of unit u."""
    layer = Layer(np.ones((4, 1)), np.zeros(4), Activation.MAXOUT)
    sums = np.array([[1.0, 2.0, -3.0, -4.0], [np.nan, 0.0, 0.0, np.nan], [-np.inf, 5.0, np.inf, 5.0]])
    found = activate(layer, sums, ExactArithmetic())
    np.testing.assert_array_equal(found, [[2.0, -3.0], [np.nan, np.nan], [5.0, np.inf]])


def test_an_activation_of_each_kind_has_its_textbook_value() -> None:
    """One value per formula, computed by hand."""
    values = {
        Activation.LINEAR: (-2.0, -2.0, 0.0),
        Activation.RECTIFIER: (-2.0, 0.0, 0.0),
        Activation.LEAKY_RECTIFIER: (-2.0, -0.5, 0.25),
        Activation.ELU: (-np.inf, -0.25, 0.25),
        Activation.TANH: (0.0, 0.0, 0.0),
        Activation.LOGISTIC: (0.0, 0.5, 0.0),
    }
    for activation, (z, expected, alpha) in values.items():
        layer = Layer(np.ones((1, 1)), np.zeros(1), activation, alpha, 0.5)
        assert activate(layer, np.array([[z]]), ExactArithmetic())[0, 0] == expected * 0.5


def test_blas_sums_agree_with_exact_ones_within_the_demand() -> None:
    """|difference| <= 1e-14 * (|inputs| @ |weights| + |bias|), on a wide layer."""
    rng = np.random.default_rng(1)
    inputs, by_input, bias = rng.normal(size=(20, 700)), rng.normal(size=(700, 30)), rng.normal(size=30)
    exact = ExactArithmetic().affine(inputs, by_input, bias)
    scale = np.abs(inputs) @ np.abs(by_input) + np.abs(bias)
    assert (np.abs(BlasArithmetic().affine(inputs, by_input, bias) - exact) <= 1e-14 * scale).all()
    assert ExactArithmetic.exact
    assert not BlasArithmetic.exact

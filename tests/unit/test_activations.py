"""Activations in training: values, derivatives from values, start biases."""

import numpy as np
import pytest
from open_kernels import activate, slopes

from triplicate.runtime.layers import Activation
from triplicate.trainer.activations import CODES, start_bias

SUMS = np.array([-2.0, -1e-9, 0.0, 0.3, 1.7])


def test_values() -> None:
    """Rectifier cuts below 0, tanh bends, linear changes nothing."""
    for activation, expected in (
        (Activation.RECTIFIER, [0.0, 0.0, 0.0, 0.3, 1.7]),
        (Activation.TANH, np.tanh(SUMS)),
        (Activation.LINEAR, SUMS),
    ):
        units = SUMS.copy()
        activate(CODES[activation], units)
        np.testing.assert_allclose(units, expected, rtol=1e-15)


@pytest.mark.parametrize("activation", [Activation.RECTIFIER, Activation.TANH, Activation.LINEAR])
def test_derivatives_follow_from_values(activation: Activation) -> None:
    """The derivative computed from a value equals the difference quotient (the rectifier's is 0 at 0)."""
    units, above, below = SUMS[[0, 3, 4]].copy(), SUMS[[0, 3, 4]] + 1e-6, SUMS[[0, 3, 4]] - 1e-6
    for values in (units, above, below):
        activate(CODES[activation], values)
    derivatives = np.empty_like(units)
    slopes(CODES[activation], units, derivatives)
    np.testing.assert_allclose(derivatives, (above - below) / 2e-6, atol=1e-9)
    at_zero = np.empty(1)
    slopes(CODES[activation], np.zeros(1), at_zero)
    assert at_zero[0] == (0.0 if activation is Activation.RECTIFIER else 1.0)


def test_start_biases() -> None:
    """Rectifiers start at 0.5 in the first layer and at 1 in later ones, tanh at 0."""
    assert start_bias(Activation.RECTIFIER, first=True) == 0.5
    assert start_bias(Activation.RECTIFIER, first=False) == 1.0
    assert start_bias(Activation.TANH, first=True) == 0.0

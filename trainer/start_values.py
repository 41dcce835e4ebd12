"""Start weights and biases that the user gives, layer by layer, instead of random ones."""

from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.activations import channels_of
from triplicate.trainer.network import Network

__all__ = ["set_biases", "set_weights"]

Floats = npt.NDArray[np.floating[Any]]


def set_weights(network: Network, flat: Floats, given: Any) -> None:
    """Write initial_weights into the flat parameters: a matrix per layer, or None for one that stays as it is.

    A matrix (array or DataFrame) has a row per linear sum (a Maxout unit has two, one after the other) and a
    column per input, in the order of `ScoringModel.input_names` in the first layer. ParameterError names the
    layer and the shape it needs.
    """
    for layer, table in enumerate(given):
        if table is not None:
            weights = network.weights(flat, layer)
            inputs, sums = weights.shape
            words = f"{sums} rows ({_unit_words(network, layer)}) and {inputs} columns (inputs)"
            weights[:] = _checked(f"initial_weights[{layer}]", table, (sums, inputs), words).T


def set_biases(network: Network, flat: Floats, given: Any) -> None:
    """Write initial_biases into the flat parameters: a column (or a flat array) per layer, or None."""
    for layer, table in enumerate(given):
        if table is not None:
            biases = network.biases(flat, layer)
            words = f"{biases.size} rows ({_unit_words(network, layer)}) and 1 column"
            column = np.reshape(table, (-1, 1)) if np.ndim(table) == 1 else table
            biases[:] = _checked(f"initial_biases[{layer}]", column, (biases.size, 1), words)[:, 0]


def _unit_words(network: Network, layer: int) -> str:
    return "units" if channels_of(network.activations[layer]) == 1 else "two per unit"


def _checked(name: str, table: Any, shape: tuple[int, int], words: str) -> npt.NDArray[np.float32]:
    try:
        matrix = np.asarray(table, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name} must be a table of numbers with {words}, got {type(table).__name__}") from error
    if matrix.shape != shape:
        raise ParameterError(f"{name} must have {words}, got shape {matrix.shape}")
    with np.errstate(over="ignore"):
        narrow = matrix.astype(np.float32)
    if not np.isfinite(narrow).all():
        row, column = (int(place) for place in np.argwhere(~np.isfinite(narrow))[0])
        raise ParameterError(
            f"{name}, row {row}, column {column}: {matrix[row, column]!r} is not a finite float32 number"
        )
    return narrow

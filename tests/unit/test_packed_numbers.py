"""Numbers kept as bytes where integers allow it: the bits of floats, in encoding, row mode, batches and targets."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from triplicate.runtime.columns import Numeric
from triplicate.runtime.layers import Activation
from triplicate.trainer.encoding_plan import EncodingPlan
from triplicate.trainer.optimizers import Optimizer
from triplicate.trainer.packed_numbers import ByteScaling, PackedNumbers, byte_scaling
from triplicate.trainer.parameters import Parameters
from triplicate.trainer.table import Table

from learning_cases import case_network, case_rows, learned

COLUMN = Numeric("a", 0, 3.5, 0.25, 0.0)


def encoded(frame: pd.DataFrame, **parameters: Any) -> PackedNumbers:
    """Return the numbers of a frame whose response is y."""
    p = Parameters.of(y="y", **parameters)
    table = Table.for_parameters(frame, p)
    return EncodingPlan.of(table, p.for_task(table.task)).encode(table).numbers


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.int16, np.int64, np.uint64])
def test_integers_within_256_are_bytes_with_the_bits_of_floats(kind: Any) -> None:
    """Columns of integers are kept as bytes between others that are not, and scale to what floats would."""
    rng = np.random.default_rng(1)
    low, high = (-128, 128) if kind == np.int8 else (0, 256)
    frame = pd.DataFrame({name: rng.integers(low, high, 300).astype(kind) for name in ("a", "b", "d")})
    frame.insert(2, "c", rng.normal(size=300))
    frame["y"] = rng.normal(size=300)
    packed = encoded(frame)
    assert (packed.cells.shape, packed.floats.shape, packed.columns) == ((300, 3), (300, 1), 4)
    plain = encoded(frame.astype(np.float64))
    assert plain.cells.size == 0
    assert np.array_equal(packed.matrix(), plain.matrix())
    assert np.array_equal(packed.reach(), plain.reach())
    assert packed.share_not_zero() == np.count_nonzero(plain.matrix()) / plain.matrix().size
    assert np.array_equal(packed.take(np.array([7, 3])).matrix(), plain.matrix()[[7, 3]])


def test_zeros_are_counted_as_they_will_be_scaled() -> None:
    """A byte that stands for 0 is none of the numbers that are not 0, nor is any cell of a constant column."""
    frame = pd.DataFrame({"a": [0, 0, 9, 0], "b": [7, 7, 7, 7], "c": [0.5, 0.0, 0.0, 0.0], "y": [1.0, 2.0, 3.0, 5.0]})
    packed = encoded(frame, standardize=False, ignore_const_cols=False)
    assert packed.share_not_zero() == np.count_nonzero(packed.matrix()) / 12 == 6 / 12


@pytest.mark.parametrize(
    ("cells", "scaling"),
    [
        ([0, 255], ByteScaling(0.0, 3.5, 0.25)),
        ([-300, -45], ByteScaling(-300.0, 3.5, 0.25)),
        ([0, 256], None),
        ([2**60, 2**60 + 1], None),
        ([], None),
    ],
)
def test_a_byte_must_hold_the_column(cells: list[int], scaling: ByteScaling | None) -> None:
    """Integers that span more than a byte, or that float64 does not hold, stay floats."""
    assert byte_scaling(COLUMN, np.array(cells, dtype=np.int64)) == scaling


def test_integers_scaled_beyond_float32_stay_floats() -> None:
    """A plan made from other rows may scale integers out of range, which floats cut."""
    far = Numeric("a", 0, 0.0, 1e38, 0.0)
    assert byte_scaling(far, np.array([0, 4])) is None
    assert byte_scaling(far, np.array([0, 3])) is not None


def test_columns_with_missing_cells_stay_floats() -> None:
    """A nullable integer column with a hole is kept as floats, its hole as the centre."""
    frame = pd.DataFrame({"a": pd.array([1, None, 3, 4], dtype="Int8"), "b": [1, 2, 3, 5], "y": [1.0, 2.0, 3.0, 5.0]})
    packed = encoded(frame)
    assert (packed.floats.shape[1], packed.cells.shape[1]) == (1, 1)
    assert packed.floats[1, 0] == 0


def in_bytes(numbers: npt.NDArray[Any]) -> PackedNumbers:
    """Return numbers like these, float64, the second and third column of them bytes."""
    scalings = [None, ByteScaling(-2.0, 0.5, 0.75), ByteScaling(0.0, 0.0, 0.125)]
    packed = PackedNumbers.room(len(numbers), scalings)
    packed.cells[:] = np.round(np.abs(numbers[:, 1:]) * 8)
    return replace(packed, floats=np.ascontiguousarray(numbers[:, :1]))


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("loss", ["cross-entropy", "reconstruction"])
def test_learning_from_bytes_is_learning_from_floats(loss: str, batch: int) -> None:
    """Row mode and batches, with input dropout, and an autoencoder's targets read the same numbers either way."""
    network, rows = case_network(Activation.TANH, loss, (0.2, 0.0, 0.0)), case_rows(loss, 10, weighted=True)
    packed = in_bytes(rows.numbers.matrix())
    found = [
        learned(network, replace(rows, numbers=numbers), loss, Optimizer(), batch, 10)[0].parameters.tobytes()
        for numbers in (packed, PackedNumbers.of(packed.matrix()))
    ]
    assert found[0] == found[1]

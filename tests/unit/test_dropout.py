"""Dropout masks: keyed by seed, position and layer; independent; the right share; scaled inputs."""

import numpy as np
import numpy.typing as npt
import pytest
from open_kernels import drop_inputs, drop_units, is_kept, mask_key


def mask(seed: int, position: int, layer: int, units: int = 200, ratio: float = 0.5) -> npt.NDArray[np.bool_]:
    """Return which units are kept."""
    key = np.uint64(mask_key(seed, position, layer))
    return np.array([is_kept(key, unit, ratio) for unit in range(units)])


def test_masks_are_functions_of_their_key() -> None:
    """The same seed, position and layer give the same mask; changing one of them gives an unrelated one."""
    reference = mask(1, 2, 3)
    assert (mask(1, 2, 3) == reference).all()
    for other in (mask(2, 2, 3), mask(1, 3, 3), mask(1, 2, 4)):
        assert 60 < (other == reference).sum() < 140


@pytest.mark.parametrize("ratio", [0.1, 0.5, 0.9])
def test_the_share_of_kept_units(ratio: float) -> None:
    """Over many rows the share of kept units is 1 - p, for each unit and for each row."""
    kept = np.array([mask(9, position, 1, 50, ratio) for position in range(2000)])
    assert kept.mean() == pytest.approx(1 - ratio, abs=0.005)
    assert np.abs(kept.mean(axis=0) - (1 - ratio)).max() < 0.05


def test_units_are_not_correlated() -> None:
    """Neighbouring units, rows and layers are kept independently of each other."""
    first = np.array([mask(9, position, 1, 40) for position in range(2000)]).astype(float)
    second = np.array([mask(9, position, 2, 40) for position in range(2000)]).astype(float)
    correlations = np.corrcoef(np.hstack([first, second]).T) - np.eye(80)
    assert np.abs(correlations).max() < 0.12
    assert abs(np.corrcoef(first[1:].ravel(), first[:-1].ravel())[0, 1]) < 0.02


def test_dropped_units_send_nothing_on_or_back() -> None:
    """A dropped unit has activation and derivative 0; a kept one stays as it is."""
    units, slopes = np.full(100, 0.7), np.full(100, 0.3)
    drop_units(np.uint64(mask_key(1, 2, 3)), 0.5, units, slopes)
    kept = mask(1, 2, 3, 100)
    assert (units == np.where(kept, 0.7, 0.0)).all()
    assert (slopes == np.where(kept, 0.3, 0.0)).all()


def test_kept_inputs_are_divided_by_their_share() -> None:
    """Numbers are dropped or divided by 1 - p, codes dropped by the mask of their input."""
    codes, numbers = np.arange(50, dtype=np.int32), np.ones(50)
    codes[3] = -1
    drop_inputs(np.uint64(mask_key(1, 2, 0)), 0.2, codes, numbers, 60)
    kept = mask(1, 2, 0, 110, 0.2)
    assert (numbers == np.where(kept[60:], 1 / 0.8, 0.0)).all()
    expected = np.where(kept[:50], np.arange(50), -1)
    expected[3] = -1
    assert (codes == expected).all()

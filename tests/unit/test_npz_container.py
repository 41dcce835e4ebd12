"""triplicate.runtime.npz_container: uncompressed arrays in a zip, and nothing else."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from triplicate.runtime.errors import ModelFileError
from triplicate.runtime.npz_container import DTYPES, NpzReader, write_npz

EVERYTHING: dict[str, npt.NDArray[Any]] = {
    "floats": np.array([[1.5, np.nan], [-0.0, 5e-324]]),
    "singles": np.arange(6, dtype=np.float32).reshape(1, 2, 3),
    "integers": np.array([-1, 2**31 - 1], dtype=np.int32),
    "wide": np.array(-(2**63), dtype=np.int64),
    "bytes": np.frombuffer(b"\0\xff", dtype=np.uint8),
    "empty": np.zeros((0, 3)),
}


def test_arrays_come_back_with_their_type_shape_and_bits(tmp_path: Path) -> None:
    """Every dtype and any number of dimensions, none and zero length included."""
    write_npz(tmp_path / "a.npz", EVERYTHING)
    with NpzReader(tmp_path / "a.npz") as reader:
        assert reader.names == list(EVERYTHING)
        for name, array in EVERYTHING.items():
            found = reader.read(name, DTYPES, None)
            assert (found.dtype, found.shape, found.tobytes()) == (array.dtype, array.shape, array.tobytes())


def test_numpy_itself_opens_the_file(tmp_path: Path) -> None:
    """The container is an ordinary .npz."""
    write_npz(tmp_path / "a.npz", EVERYTHING)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as archive:
        for name, array in EVERYTHING.items():
            np.testing.assert_array_equal(archive[name], array)


def test_bytes_do_not_depend_on_clock_order_in_memory_or_byte_order(tmp_path: Path) -> None:
    """Equal arrays give equal files."""
    array = np.arange(6.0).reshape(2, 3)
    for name, form in {"a": array, "b": np.asfortranarray(array), "c": array.astype(">f8")}.items():
        write_npz(tmp_path / name, {"x": form})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes()


@pytest.mark.parametrize("array", [np.array([True]), np.array([1], dtype=np.int16), np.array(["a"]), np.array([None])])
def test_an_array_that_could_not_be_read_back_is_not_written(tmp_path: Path, array: npt.NDArray[Any]) -> None:
    """The writer refuses every dtype that the reader would refuse."""
    with pytest.raises(ModelFileError, match=f"member 'x' is {array.dtype}, which a model file cannot hold"):
        write_npz(tmp_path / "a.npz", {"x": array})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "dtype", "shape", "message"),
    [
        ("nothing", "<f8", (1,), "member 'nothing' is missing: the file is damaged"),
        ("floats", "<f4", (2, 2), "member 'floats.npy' is '<f8' of shape (2, 2) instead of <f4 of shape (2, 2)"),
        ("floats", "<f8", (4,), "member 'floats.npy' is '<f8' of shape (2, 2) instead of <f8 of shape (4,)"),
        ("floats", ("<f4", "<i4"), (2, None), "instead of <f4 or <i4 of shape (2, None)"),
        ("floats", "<f8", (None, 3), "instead of <f8 of shape (None, 3)"),
    ],
)
def test_an_array_of_another_kind_than_asked_for_is_refused(
    tmp_path: Path, name: str, dtype: str, shape: tuple[int | None, ...], message: str
) -> None:
    """The message names the member, what it is, and what it should be."""
    write_npz(tmp_path / "a.npz", EVERYTHING)
    with NpzReader(tmp_path / "a.npz") as reader, pytest.raises(ModelFileError) as caught:
        reader.read(name, dtype, shape)
    assert str(caught.value).startswith(f"{tmp_path / 'a.npz'}: ")
    assert message in str(caught.value)


def test_the_file_is_closed_after_use_and_after_a_refusal(tmp_path: Path) -> None:
    """A file that was read, or refused, can be replaced at once (an open file would warn when collected)."""
    write_npz(tmp_path / "a.npz", EVERYTHING)
    with NpzReader(tmp_path / "a.npz") as reader:
        file = reader._file
    assert file.closed
    with zipfile.ZipFile(tmp_path / "b.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", b"x" * 100)
    with pytest.raises(ModelFileError, match=r"member 'x\.npy' is compressed; model files never are"):
        NpzReader(tmp_path / "b.npz")

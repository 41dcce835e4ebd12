"""triplicate.runtime.model_file: saving and loading, the training state, and what else may be at a path."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from triplicate.runtime import ScoringModel, load_model, load_scorer, save_model
from triplicate.runtime.errors import ModelFileError
from triplicate.runtime.model_file import load_training_state

from random_models import random_model

STATE = {"rates": np.array([[0.1, 0.2]]), "samples": np.array(12345, dtype=np.int64), "g": np.zeros((2, 0), np.float32)}


def model() -> ScoringModel:
    """Return a model with golden rows and two kinds of columns."""
    return random_model(12)


def test_a_model_comes_back_equal_with_its_metadata(tmp_path: Path) -> None:
    """Fingerprint, equality, metadata and row names survive; paths may be text or Path."""
    save_model(model(), str(tmp_path / "m.npz"))
    loaded = load_model(str(tmp_path / "m.npz"))
    assert loaded == model()
    assert loaded.metadata.checksum == model().metadata.checksum
    assert loaded.row_names == model().row_names
    assert load_scorer(tmp_path / "m.npz").model == loaded


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """Neither the clock nor the name nor a round trip enters the file."""
    save_model(model(), tmp_path / "a.npz")
    save_model(load_model(tmp_path / "a.npz"), tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_training_state_travels_beside_the_model(tmp_path: Path) -> None:
    """The named arrays come back as they were, and the model opens as ever."""
    save_model(model(), tmp_path / "m.npz", STATE)
    state = load_training_state(tmp_path / "m.npz")
    assert sorted(state) == sorted(STATE)
    for name, array in STATE.items():
        assert (state[name].dtype, state[name].shape) == (array.dtype, array.shape)
        assert state[name].tobytes() == array.tobytes()
    assert load_model(tmp_path / "m.npz") == model()


def test_the_deployed_file_is_the_small_one(tmp_path: Path) -> None:
    """Without training state the file holds none, and says how to get one."""
    save_model(model(), tmp_path / "small.npz")
    save_model(model(), tmp_path / "large.npz", STATE)
    assert (tmp_path / "small.npz").stat().st_size < (tmp_path / "large.npz").stat().st_size
    with pytest.raises(ModelFileError, match=r"holds no training state; save with training_state=True"):
        load_training_state(tmp_path / "small.npz")


def test_training_state_of_a_type_that_could_not_be_read_back_is_refused(tmp_path: Path) -> None:
    """Nothing is written that a restart would miss."""
    with pytest.raises(ModelFileError, match=r"member 'training\.mask' is bool, which a model file cannot hold"):
        save_model(model(), tmp_path / "m.npz", {"mask": np.array([True])})
    assert not (tmp_path / "m.npz").exists()


WAY_OUT = "; give the .npz that it was exported from (triplicate import makes one of other systems' files)"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing.npz", "cannot be read (No such file or directory)"),
        ("folder", "cannot be read (Is a directory)"),
        ("file/m.npz", "cannot be read (Not a directory)"),
        ("nul\0byte", "cannot be read (embedded null byte)"),
        ("file", "is not a model file, or is damaged (File is not a zip file)"),
        ("text", "is not a model file, or is damaged (File is not a zip file)"),
        ("foreign.zip", f"has an unexpected or repeated member 'readme.txt'{WAY_OUT}"),
        ("net.onnx", f"is not a model file, or is damaged (File is not a zip file){WAY_OUT}"),
        ("foreign.npz", "member 'manifest' is missing: the file is damaged"),
    ],
)
def test_whatever_else_is_at_the_path_is_named(tmp_path: Path, name: str, message: str) -> None:
    """The error begins with the path and says what is wrong; of a graph, a class or a MOJO it says what to give."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "net.onnx").write_bytes(b"\x08\x07")
    (tmp_path / "text").write_text("a,b\n1,2\n" * 100)
    np.savez(tmp_path / "foreign.npz", a=np.ones(3))
    with zipfile.ZipFile(tmp_path / "foreign.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ModelFileError) as caught:
        load_model(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name}: {message}"


def test_a_target_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """A missing folder, a file in place of a folder, and a folder as target are errors that name the path."""
    (tmp_path / "file").write_bytes(b"")
    for target in (tmp_path / "missing" / "m.npz", tmp_path / "file" / "m.npz", tmp_path):
        with pytest.raises(ModelFileError, match="cannot be written") as caught:
            save_model(model(), target)
        assert str(caught.value).startswith(f"{target}: ")
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_failing_disk_leaves_the_old_model_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When syncing fails, the file of before still opens, and no other file is there."""
    save_model(model(), tmp_path / "m.npz")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ModelFileError, match=r"m\.npz: cannot be written \(No space left on device\)"):
        save_model(random_model(3), tmp_path / "m.npz")
    assert load_model(tmp_path / "m.npz") == model()
    assert [entry.name for entry in tmp_path.iterdir()] == ["m.npz"]

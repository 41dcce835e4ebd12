"""triplicate.runtime.atomic_file: the old file or the new one, never half of it."""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

import pytest

from triplicate.runtime.atomic_file import require_writable, write_atomically
from triplicate.runtime.errors import ExportError, ModelFileError, TriplicateError


def test_text_is_written_as_utf_8_with_its_own_line_ends(tmp_path: Path) -> None:
    """Nothing translates line ends."""
    assert write_atomically(tmp_path / "a.txt", "é\r\nb\n") == tmp_path / "a.txt"
    assert (tmp_path / "a.txt").read_bytes() == "é\r\nb\n".encode()


def test_an_existing_file_is_replaced_whole(tmp_path: Path) -> None:
    """A shorter content leaves nothing of the longer one, and no other file beside it."""
    path = tmp_path / "a"
    write_atomically(path, b"long content")
    write_atomically(path, bytearray(b"short"))
    assert path.read_bytes() == b"short"
    assert os.listdir(tmp_path) == ["a"]  # noqa: PTH208


def test_the_file_gets_the_permissions_that_open_would_give(tmp_path: Path) -> None:
    """A temporary file is private at first; the result follows the process's mask."""
    mask = os.umask(0o027)
    try:
        path = write_atomically(tmp_path / "a", b"x")
    finally:
        os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod", "write"])
@pytest.mark.parametrize("reason", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_at_any_step_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, reason: BaseException
) -> None:
    """Whatever fails, and even when the user interrupts, no half-written or temporary file stays."""
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def fail(*_: object, **__: object) -> NoReturn:
        raise reason

    if step == "fsync":
        monkeypatch.setattr("os.fsync", fail)
    elif step == "write":
        monkeypatch.setattr("os.fdopen", fail)
    else:
        monkeypatch.setattr(Path, step, fail)
    expected = TriplicateError if isinstance(reason, OSError) else KeyboardInterrupt
    with pytest.raises(expected) as caught:
        write_atomically(path, b"new")
    monkeypatch.undo()
    assert isinstance(reason, KeyboardInterrupt) or str(caught.value) == (
        f"{path}: cannot be written (No space left on device)"
    )
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing/a", "there is no folder '{0}/missing'; create it first"),
        ("file/a", "there is no folder '{0}/file'; create it first"),
        ("folder", "it is a folder"),
        ("nul\0byte", "embedded null byte"),
        ("n" * 300, "File name too long"),
    ],
)
def test_a_target_that_cannot_be_written_is_an_error_of_the_callers_kind(
    tmp_path: Path, name: str, reason: str
) -> None:
    """The message names the path and the system's reason."""
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    for kind in (ModelFileError, ExportError):
        with pytest.raises(kind) as caught:
            write_atomically(tmp_path / name, b"x", kind)
        assert str(caught.value) == f"{tmp_path / name}: cannot be written ({reason.format(tmp_path)})"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder"]


def test_whether_a_file_can_be_written_is_known_before(tmp_path: Path) -> None:
    """A good target passes and is not made; others raise what writing would raise."""
    require_writable(tmp_path / "new")
    (tmp_path / "old").write_bytes(b"old")
    require_writable(str(tmp_path / "old"))
    assert [entry.name for entry in tmp_path.iterdir()] == ["old"]
    for name in ("missing/a", "old/a", "n" * 300, "."):
        with pytest.raises(TriplicateError) as writing:
            write_atomically(tmp_path / name, b"x")
        with pytest.raises(ExportError, match=re.escape(str(writing.value))):
            require_writable(tmp_path / name, ExportError)


def test_a_folder_that_may_not_be_written_into_is_known_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The system's answer about the folder counts."""
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(TriplicateError, match=r"cannot be written \(Permission denied\)"):
        require_writable(tmp_path / "a")


def test_a_pipe_is_written_into_and_stays_one(tmp_path: Path) -> None:
    """What is no file (a pipe, a device) gets the content and is not replaced by a file, also behind a link."""
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for target in (pipe, link):
        with ThreadPoolExecutor(1) as reader:
            found = reader.submit(pipe.read_bytes)
            assert write_atomically(target, b"content") == target
            assert found.result(timeout=10) == b"content"
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["link", "pipe"]


def test_a_link_to_a_file_stays_a_link(tmp_path: Path) -> None:
    """The file that a link leads to is replaced, whether it is there already or not."""
    (tmp_path / "folder").mkdir()
    link = tmp_path / "latest"
    link.symlink_to(tmp_path / "folder" / "model")
    for content in (b"first", b"second"):
        assert write_atomically(link, content) == link
        assert link.is_symlink()
        assert (tmp_path / "folder" / "model").read_bytes() == content
    assert [entry.name for entry in (tmp_path / "folder").iterdir()] == ["model"]

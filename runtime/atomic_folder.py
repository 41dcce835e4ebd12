"""Writing a folder so that a reader sees all of its files, or none of them."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from triplicate.runtime.errors import TriplicateError

__all__ = ["write_folder"]


def write_folder(
    folder: str | Path, files: Mapping[str, bytes | Callable[[Path], object]], error: type[TriplicateError]
) -> Path:
    """Write files, by their paths in it, into a new folder or one that is there and empty; return the folder.

    A file is given as its content, or as a function that writes it to a path. They are made beside the folder and
    moved into place. `error` is raised when the folder holds something already or cannot be written; nothing
    half-written stays behind.
    """
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise error(f"{target}: is there and is not an empty folder; name a new one, or remove it first")
    if not target.resolve().parent.is_dir():
        raise error(f"{target}: there is no folder {str(target.resolve().parent)!r}; create it first")
    try:
        _write_whole(target, files)
    except OSError as reason:
        raise error(f"{target}: cannot be written ({reason.strerror or reason})") from reason
    return target


def _write_whole(target: Path, files: Mapping[str, bytes | Callable[[Path], object]]) -> None:
    """Write all files beside the target and move them into place, an empty folder that is there keeping its own."""
    parent = target.resolve().parent
    with tempfile.TemporaryDirectory(prefix=f".{target.resolve().name[:40]}.", dir=parent) as name:
        made = Path(name) / "made"
        for path, content in files.items():
            file = made / path
            file.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                file.write_bytes(content)
            else:
                content(file)
        if not target.exists():
            made.rename(target)
            return
        moved: list[Path] = []
        try:
            for entry in sorted(made.iterdir()):
                moved.append(target / entry.name)
                entry.rename(moved[-1])
        except OSError:
            for entry in moved:
                shutil.rmtree(entry, ignore_errors=True)
                entry.unlink(missing_ok=True)
            raise

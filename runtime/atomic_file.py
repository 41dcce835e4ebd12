"""Writing a file so that a reader sees the old one or the new one, never half of it."""

import os
import tempfile
from pathlib import Path

from triplicate.runtime.errors import TriplicateError

__all__ = ["write_atomically"]


def write_atomically(
    path: str | Path, content: bytes | bytearray | memoryview | str, error: type[TriplicateError] = TriplicateError
) -> Path:
    """Write the content under a temporary name beside `path`, sync it, and rename it into place.

    Text is written as UTF-8 without changing its line ends. When anything fails, the temporary file is
    removed and `error` is raised with the path and the system's reason.
    """
    target = Path(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary: str | None = None
    try:
        if target.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".part", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(target)
        temporary = None
    except (OSError, ValueError) as reason:  # ValueError: a NUL in the path
        raise error(f"{target}: cannot be written ({getattr(reason, 'strerror', None) or reason})") from reason
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
    return target


def _umask() -> int:
    """Return the process's file creation mask (reading it needs setting it)."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask

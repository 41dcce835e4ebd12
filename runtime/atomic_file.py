"""Writing a file so that a reader sees the old one or the new one, never half of it."""

import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from triplicate.runtime.errors import TriplicateError

__all__ = ["require_writable", "write_atomically"]


def require_writable(path: str | Path, error: type[TriplicateError] = TriplicateError) -> None:
    """Raise `error` if a file could not be written there: worth knowing before hours of work."""
    target = Path(path)
    reason = None
    try:
        if target.is_dir():
            reason = "it is a folder"
        elif _is_stream(target):
            reason = None if os.access(target, os.W_OK) else os.strerror(errno.EACCES)
        elif not target.parent.is_dir():
            reason = f"there is no folder {str(target.parent)!r}; create it first"
        elif not os.access(target.parent, os.W_OK | os.X_OK):
            reason = os.strerror(errno.EACCES)
    except OSError as system:
        reason = system.strerror
    if reason is not None:
        raise error(f"{target}: cannot be written ({reason})")


def write_atomically(
    path: str | Path,
    content: bytes | bytearray | memoryview | str | Iterator[bytes],
    error: type[TriplicateError] = TriplicateError,
) -> Path:
    """Write the content, whole or in parts, under a temporary name beside `path`, sync it, and rename it into place.

    Text is written as UTF-8 without changing its line ends. A link stays one: the file it leads to is replaced.
    A device or a pipe (/dev/null, /dev/stdout) is written into, never replaced. When anything fails, the
    temporary file is removed and `error` is raised with the path and the system's reason.
    """
    target = Path(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
    parts = iter([data]) if isinstance(data, bytes | bytearray | memoryview) else data
    temporary: str | None = None
    require_writable(target, error)
    try:
        if _is_stream(target):
            with target.open("wb") as stream:
                stream.writelines(parts)
            return target
        final = target.resolve() if target.is_symlink() else target
        handle, temporary = tempfile.mkstemp(prefix=f".{final.name[:40]}.", suffix=".part", dir=final.parent)
        with os.fdopen(handle, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(final)
        temporary = None
    except (OSError, ValueError) as reason:  # ValueError: a NUL in the path
        raise error(f"{target}: cannot be written ({getattr(reason, 'strerror', None) or reason})") from reason
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
    return target


def _is_stream(target: Path) -> bool:
    """Tell whether something is there that is neither a file nor a folder: a device, a pipe, a socket."""
    return target.exists() and not target.is_file() and not target.is_dir()


def _umask() -> int:
    """Return the process's file creation mask (reading it needs setting it)."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask

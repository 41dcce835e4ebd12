"""A zip of text files from an unknown hand: nothing is unpacked, and sizes are checked before anything is read."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from triplicate.runtime.errors import ForeignModelError
from triplicate.runtime.zip_errors import READ_ERRORS

__all__ = ["TextArchive"]

MOST_MEMBERS = 200_000  # a model has one text per categorical column
MOST_BYTES = 4 * 2**30  # of texts, all together
ALWAYS_ALLOWED = 32 * 2**20  # bytes that texts may unpack to, however small the archive is
MOST_INFLATION = 100  # beyond that: bytes per byte of the archive
KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 1  # bit of ZipInfo.flag_bits


class TextArchive:
    """Reads UTF-8 texts by their names in the archive; every refusal is a ForeignModelError that names the file."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._left = 0
        try:
            self._archive = zipfile.ZipFile(self.path)
        except OSError as reason:
            raise self.error(f"cannot be read ({reason.strerror or reason})") from reason
        except READ_ERRORS as reason:
            raise self.error(f"is no zip archive that can be read ({reason})") from reason
        try:
            self._members = self._check_directory()
        except (ForeignModelError, *READ_ERRORS) as reason:
            self._archive.close()
            if isinstance(reason, ForeignModelError):
                raise
            raise self.error(f"has a damaged directory ({reason})") from reason

    def error(self, message: str) -> ForeignModelError:
        """Return a ForeignModelError that begins with the path."""
        return ForeignModelError(f"{self.path}: {message}")

    def _check_directory(self) -> dict[str, zipfile.ZipInfo]:
        """Return the members by name; refuse names that leave a folder, repetition, and too many members."""
        infos = self._archive.infolist()
        if len(infos) > MOST_MEMBERS:
            raise self.error(f"has {len(infos)} members; a model has at most {MOST_MEMBERS}")
        members: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            name = info.filename
            if name.startswith("/") or "\\" in name or "\x00" in name or ".." in name.split("/"):
                raise self.error(f"has a member {name[:80]!r}, whose name leads out of the archive")
            if name in members:
                raise self.error(f"has two members {name[:80]!r}")
            members[name] = info
        size = self.path.stat().st_size
        self._left = min(MOST_BYTES, max(ALWAYS_ALLOWED, MOST_INFLATION * size))
        return members

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def read(self, name: str) -> str:
        """Return the text of a member."""
        info = self._members.get(name)
        if info is None:
            raise self.error(f"has no {name[:80]!r}")
        if info.flag_bits & ENCRYPTED or info.compress_type not in KINDS:
            raise self.error(f"{name[:80]!r} is encrypted, or compressed by another method than deflate")
        if info.file_size > self._left:
            raise self.error(f"{name[:80]!r} unpacks to {info.file_size} bytes, more than such an archive may hold")
        self._left -= info.file_size
        try:
            with self._archive.open(info) as member:
                data = member.read(info.file_size + 1)
            if len(data) != info.file_size:
                raise self.error(f"{name[:80]!r} has another size than the directory says")
            return data.decode("utf-8")
        except READ_ERRORS as reason:
            if isinstance(reason, ForeignModelError):
                raise
            raise self.error(f"{name[:80]!r} is damaged ({reason})") from reason

    def lines(self, name: str) -> Iterator[str]:
        """Yield the lines of a member; LF, CRLF and CR end one."""
        for line in io.StringIO(self.read(name), newline=None):
            yield line.rstrip("\n")

    def __enter__(self) -> "TextArchive":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._archive.close()

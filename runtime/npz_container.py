"""A strict container: uncompressed .npy members in a zip, opened without trusting a single size in it.

NumPy's own reader opens these files too; this one refuses everything that the writer would not have written.
"""

import io
import math
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from triplicate.runtime.atomic_file import write_atomically
from triplicate.runtime.errors import ModelFileError
from triplicate.runtime.zip_errors import READ_ERRORS

__all__ = ["DTYPES", "NpzReader", "write_npz"]

FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # the zip format's first moment, so that bytes do not depend on the clock
DTYPES = ("<f4", "<f8", "<i4", "<i8", "|u1")
OTHER_FORMS = (".onnx", ".java", ".zip")  # what a model is exported to, or imported from
WAY_OUT = "; give the .npz that it was exported from (triplicate import makes one of other systems' files)"
MAGIC = b"\x93NUMPY\x01\x00"
# The header as the writer writes it. NumPy evaluates it as a Python literal, which warns about some damaged texts.
HEADER = re.compile(rb"\{'descr': '(.{3})', 'fortran_order': False, 'shape': \(([0-9, ]*)\), \} *\n")


def write_npz(path: str | Path, members: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write the arrays in their order, with bytes that depend on nothing else; whole or not at all.

    Arrays of other dtypes than DTYPES raise ModelFileError, since the reader would refuse them.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in members.items():
            info = zipfile.ZipInfo(f"{name}.npy", FIXED_TIME)
            info.create_system = 3
            info.external_attr = 0o644 << 16
            little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
            if little.dtype.str not in DTYPES:
                raise ModelFileError(f"{path}: member {name!r} is {array.dtype}, which a model file cannot hold")
            with archive.open(info, "w", force_zip64=little.nbytes >= 2**31 - 2**16) as member:
                header = {"descr": little.dtype.str, "fortran_order": False, "shape": array.shape}
                np.lib.format.write_array_header_1_0(member, header)
                member.write(little.data.cast("B") if little.size else b"")
    write_atomically(path, buffer.getbuffer(), ModelFileError)


class NpzReader:
    """Reads members one by one; each array is made only after its header and stored size have been checked."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            self._file: BinaryIO = self.path.open("rb")
        except (OSError, ValueError) as reason:  # ValueError: a NUL in the path
            raise self.error(f"cannot be read ({getattr(reason, 'strerror', None) or reason})") from reason
        try:
            self._archive = zipfile.ZipFile(self._file)
            self._members = self._check_directory()
        except ModelFileError:
            self._file.close()
            raise
        except READ_ERRORS as reason:
            self._file.close()
            raise self.error(f"is not a model file, or is damaged ({reason})") from reason

    def error(self, message: str) -> ModelFileError:
        """Return a ModelFileError that begins with the path; of a file of another form it says what to give."""
        return ModelFileError(f"{self.path}: {message}{WAY_OUT if self.path.suffix.lower() in OTHER_FORMS else ''}")

    def _check_directory(self) -> dict[str, zipfile.ZipInfo]:
        """Return the members by name; refuse compression, repetition, and sizes beyond the file's."""
        size = self._file.seek(0, io.SEEK_END)
        members: dict[str, zipfile.ZipInfo] = {}
        total = 0
        for info in self._archive.infolist():
            name = info.filename.removesuffix(".npy")
            if name == info.filename or name in members:
                raise self.error(f"has an unexpected or repeated member {info.filename!r}")
            if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
                raise self.error(f"member {info.filename!r} is compressed; model files never are")
            total += info.file_size
            if total > size:
                raise self.error(f"member {info.filename!r} claims more bytes than the file has: it is truncated")
            members[name] = info
        return members

    @property
    def names(self) -> list[str]:
        """Names of the members, in file order."""
        return list(self._members)

    def read(self, name: str, dtype: str | tuple[str, ...], shape: tuple[int | None, ...] | None) -> npt.NDArray[Any]:
        """Return member `name`, which must have one of the dtypes and the shape (None: any length, or any shape)."""
        info = self._members.get(name)
        if info is None:
            raise self.error(f"member {name!r} is missing: the file is damaged")
        try:
            return self._read_member(info, (dtype,) if isinstance(dtype, str) else dtype, shape)
        except ModelFileError:
            raise
        except READ_ERRORS as reason:
            raise self.error(f"member {name!r} is damaged ({reason})") from reason

    def _read_member(
        self, info: zipfile.ZipInfo, dtypes: tuple[str, ...], shape: tuple[int | None, ...] | None
    ) -> npt.NDArray[Any]:
        data = self._archive.read(info)  # no more than the file's own size; ends with the check of the CRC
        start = len(MAGIC) + 2
        if data[: len(MAGIC)] != MAGIC or len(data) < start:
            raise self.error(f"member {info.filename!r} has an unknown array format")
        end = start + int.from_bytes(data[len(MAGIC) : start], "little")
        header = HEADER.fullmatch(data[start:end])
        if header is None:
            raise self.error(f"member {info.filename!r} has a header that no model file has")
        kind = header[1].decode("latin-1")
        found = tuple(int(length) for length in header[2].split(b",") if length.strip())
        fits = shape is None or (
            len(found) == len(shape) and all(want in (None, have) for want, have in zip(shape, found, strict=True))
        )
        if kind not in dtypes or kind not in DTYPES or not fits:
            expected = f"{' or '.join(dtypes)} of shape {shape}"
            raise self.error(f"member {info.filename!r} is {kind!r} of shape {found} instead of {expected}")
        dtype = np.dtype(kind)
        if len(data) - end != math.prod(found) * dtype.itemsize:
            raise self.error(
                f"member {info.filename!r} holds {len(data) - end} bytes, its header promises another number"
            )
        return np.frombuffer(data, dtype=dtype, offset=end).reshape(found)

    def close(self) -> None:
        """Close the file."""
        self._archive.close()
        self._file.close()

    def __enter__(self) -> "NpzReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

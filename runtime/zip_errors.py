"""What Python's zipfile may raise on a damaged or hostile archive, in one place for all who read one."""

import struct
import zipfile
import zlib

__all__ = ["READ_ERRORS"]

READ_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    OverflowError,
    struct.error,
    ValueError,
    LookupError,
    MemoryError,
)

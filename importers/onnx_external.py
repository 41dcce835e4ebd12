"""Tensors that stand in a file beside the model, as torch.onnx.export and onnx.save write them.

The file is not trusted to choose what is read: the name must be one of the model's own folder, and lead to no link.
"""

import os
import stat
from pathlib import Path
from typing import Any

from triplicate.runtime.errors import ForeignModelError

__all__ = ["external_bytes"]

SEPARATORS = "/\\:\0"
MOST_DIGITS = 15


def external_bytes(tensor: Any, size: int, folder: Path) -> bytes:
    """Return the `size` bytes of a tensor; ForeignModelError without the path of the model, which the caller knows."""
    entries = {str(entry.key): str(entry.value) for entry in tensor.external_data}
    location = entries.get("location", "")
    shown = f"tensor {tensor.name[:100]!r} lies in the file {location[:100]!r}"
    if not location or location in (".", "..") or any(mark in location for mark in SEPARATORS):
        raise ForeignModelError(f"{shown}, which is no name of a file beside the model; only such files are read")
    start, length = (_whole(entries.get(key, default)) for key, default in (("offset", "0"), ("length", str(size))))
    if start is None or length != size:
        raise ForeignModelError(f"{shown}, with an offset or a length that does not fit {size} bytes")
    path = folder / location
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            raise ForeignModelError(f"{shown}, which is no file but a link, a folder or a device")
        if start + size > found.st_size:
            raise ForeignModelError(f"{shown}, which has {found.st_size} bytes and needs {start + size}")
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
            file.seek(start)
            data = file.read(size)
    except (OSError, ValueError) as reason:
        raise ForeignModelError(
            f"{shown}, which cannot be read ({getattr(reason, 'strerror', None) or reason}): keep it beside the model"
        ) from reason
    if len(data) != size:
        raise ForeignModelError(f"{shown}, which ends too early")
    return data


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None

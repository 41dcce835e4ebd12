"""The fingerprint: SHA-256 over a canonical byte string of exactly what scoring reads.

docs/scoring-model.md lists the bytes, so that other languages can compute the same digest.
"""

import hashlib
import struct
from dataclasses import fields
from enum import StrEnum
from typing import Any

import numpy as np

from triplicate.runtime.columns import Column
from triplicate.runtime.heads import Head
from triplicate.runtime.layers import Layer

__all__ = ["fingerprint_of"]

TITLE = "triplicate scoring model 1"


def fingerprint_of(
    columns: tuple[Column, ...], layers: tuple[Layer, ...], head: Head, na_values: tuple[str, ...]
) -> str:
    """Return the digest as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for part in (TITLE, columns, layers, head, na_values):
        _feed(digest, part)
    return digest.hexdigest()


def _feed(digest: "hashlib._Hash", value: Any) -> None:
    """Append one value: a tag byte, then lengths as 8-byte and numbers as IEEE little-endian bytes."""
    match value:
        case None:
            digest.update(b"N")
        case StrEnum() | str():
            text = str(value).encode("utf-8")
            digest.update(b"S" + struct.pack("<q", len(text)) + text)
        case int():
            digest.update(b"I" + struct.pack("<q", value))
        case float():
            digest.update(b"F" + struct.pack("<d", value))
        case np.ndarray():
            code = {"<f4": b"f", "<f8": b"d", "<i4": b"i"}[value.dtype.newbyteorder("<").str]
            shape = struct.pack(f"<{value.ndim}q", *value.shape)
            digest.update(b"A" + code + struct.pack("<q", value.ndim) + shape + value.tobytes())
        case tuple():
            digest.update(b"T" + struct.pack("<q", len(value)))
            for item in value:
                _feed(digest, item)
        case _:
            digest.update(b"O")
            _feed(digest, type(value).__name__)
            for field in fields(value):
                _feed(digest, getattr(value, field.name))

"""How much of an ONNX file is structure rather than numbers, counted in its bytes before anything is made of them.

Numbers take the memory that they take in the file. Structure takes up to a hundred times as much once it is parsed:
two bytes can be a node. So its amount is bounded first.
"""

from collections.abc import Mapping
from typing import Final

__all__ = ["has_too_much_structure"]

VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES = 0, 1, 2, 5  # protobuf's wire types that ONNX uses
Message = Mapping[int, "Message | None"]  # field: the message it holds, or None for numbers; other fields are structure
TENSOR: Final[Message] = dict.fromkeys((4, 5, 7, 9, 10))  # float_data, int32_data, int64_data, raw_data, double_data
NODE: Final[Message] = {5: {5: TENSOR}}  # attribute.t
MODEL: Final[Message] = {7: {1: NODE, 5: TENSOR}}  # graph.node, graph.initializer


def has_too_much_structure(content: bytes, most: int) -> bool:
    """Tell whether more than `most` bytes are not the numbers of tensors; damaged bytes count as structure."""
    open_parts = [(0, len(content), MODEL)]
    structure = 0
    while open_parts and structure <= most:
        at, end, message = open_parts.pop()
        while at < end and structure <= most:
            start = at
            tag, at = _varint(content, at, end)
            length, kind = 0, tag & 7
            if kind == VARINT:
                _, at = _varint(content, at, end)
            elif kind == LENGTH:
                length, at = _varint(content, at, end)
            elif kind in (EIGHT_BYTES, FOUR_BYTES):
                at += 8 if kind == EIGHT_BYTES else 4
            else:
                at = end  # groups, which ONNX has none of, or damage
            structure += at - start
            inner = message.get(tag >> 3, {}) if kind == LENGTH else None
            if inner:
                open_parts.append((at, min(at + length, end), inner))
            elif inner is not None:
                structure += length
            at += length
    return structure > most


def _varint(content: bytes, at: int, end: int) -> tuple[int, int]:
    """Return a number of protobuf's variable length and the position after it; the end where it is cut off."""
    value = shift = 0
    while at < end and shift < 70:
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
    return value, end

"""What an exported ONNX graph says about itself, read back from its metadata: nothing in it is trusted."""

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.runtime.errors import ModelFileError

__all__ = ["GraphInformation"]

PREFIX = "triplicate."
NEEDED = ("fingerprint", "input", "arithmetic", "target", "graph", "schema", "outputs", "training")


@dataclass(frozen=True, slots=True)
class GraphInformation:
    """The properties of a graph by their names without "triplicate.", JSON values parsed.

    `proto` is the model, with its weights where they were asked for.
    """

    path: Path
    proto: Any
    properties: dict[str, Any]

    @classmethod
    def open(cls, path: str | Path, *, weights: bool = True) -> "GraphInformation":
        """Read a .onnx file; ModelFileError when it cannot be read or was not exported by this package."""
        from triplicate.exporters.onnx_file import read_onnx

        target = Path(path)
        proto = read_onnx(target, weights=weights)
        said = {entry.key: entry.value for entry in proto.metadata_props}
        missing = [name for name in NEEDED if PREFIX + name not in said]
        if missing:
            raise ModelFileError(f"{target}: is not a graph that this package exported: it has no {PREFIX}{missing[0]}")
        found: dict[str, Any] = {}
        for key, text in said.items():
            if key.startswith(PREFIX):
                name = key.removeprefix(PREFIX)
                try:
                    found[name] = json.loads(text) if text[:1] in ("{", "[") else text
                except (ValueError, RecursionError) as reason:
                    raise ModelFileError(f"{target}: {key} is not JSON ({reason})") from reason
        return cls(target, proto, found)

    def number(self, name: str) -> float | None:
        """Return a number that is stored as the bits of a float64; None where the graph has none of that name."""
        bits = self.properties.get(name)
        if bits is None:
            return None
        with self.reading(name):
            return _number(bits)

    def golden(self) -> tuple[list[list[Any]], dict[str, npt.NDArray[np.float64]]]:
        """Return the golden cells, one list per raw column, and the matrices "outputs" and "allowed"."""
        stored = self.properties.get("golden")
        if stored is None:
            raise ModelFileError(f"{self.path}: holds no golden rows; export it again from a model that has them")
        with self.reading("golden"):
            width = len(self.properties["outputs"])
            matrices = {
                name: np.array([[_number(bits) for bits in row] for row in stored[name]], dtype=np.float64)
                for name in ("outputs", "allowed")
            }
            rows = len(matrices["outputs"])
            if any(matrix.shape != (rows, width) for matrix in matrices.values()) or not rows:
                raise ValueError("its matrices do not fit the outputs")
            cells = [self._column(kind, column) for kind, column in zip(self.schema(), stored["cells"], strict=True)]
            if any(len(column) != rows for column in cells):
                raise ValueError("its columns are not of one length")
            return cells, matrices

    def schema(self) -> list[dict[str, Any]]:
        """Return the raw columns: name, type, units; levels of categorical ones."""
        with self.reading("schema"):
            return [{"name": str(c["name"]), **c} for c in self.properties["schema"]]

    @property
    def complete(self) -> bool:
        """Whether the graph is for complete tables: it looks for no missing number."""
        return self.properties.get("complete") == "true"

    def scale(self, kind: dict[str, Any]) -> tuple[float, float]:
        """Return what is subtracted from a numeric column of the schema, and the factor."""
        with self.reading("schema"):
            return _number(kind["subtract"]), _number(kind["multiply"])

    def reading(self, name: str) -> "_Reading":
        """Return a context in which whatever a damaged property leads to is a ModelFileError that names it."""
        return _Reading(f"{self.path}: {PREFIX}{name} cannot be read back")

    @staticmethod
    def _column(kind: dict[str, Any], column: list[Any]) -> list[Any]:
        if kind["type"] == "categorical":
            return [None if cell is None else str(cell) for cell in column]
        return [math.nan if cell is None else _number(cell) for cell in column]


class _Reading:
    def __init__(self, complaint: str) -> None:
        self._complaint = complaint

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, reason: BaseException | None, trace: object) -> None:
        if isinstance(reason, ValueError | KeyError | TypeError | AttributeError | struct.error | IndexError):
            raise ModelFileError(f"{self._complaint} ({reason})") from reason


def _number(bits: str) -> float:
    value: float = struct.unpack(">d", bytes.fromhex(bits))[0]
    return value

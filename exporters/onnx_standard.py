"""Which version of the ONNX standard a graph is written in."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import onnxruntime
from onnx import ModelProto, TensorProto, defs, helper

__all__ = ["DEFAULT", "Standard", "Target", "standard_of"]

Target = Literal["default", "modern"]
SILENT = 4  # ONNX Runtime's severity "fatal": a refused probe is no news


@dataclass(frozen=True, slots=True)
class Standard:
    """`opset` of ONNX's own operators, `ml` of ai.onnx.ml, and the version `ir` of the file format."""

    opset: int
    ml: int
    ir: int


DEFAULT = Standard(15, 2, 7)  # what ONNX Runtime has read since 1.10


def standard_of(target: Target) -> Standard:
    """Return the standard of a target.

    "default" is fixed. "modern" is the newest opset that the installed onnx defines and the installed ONNX Runtime
    opens, with the newest ai.onnx.ml likewise and the oldest file format that allows them.
    """
    return DEFAULT if target == "default" else _newest()


@cache
def _newest() -> Standard:
    for ml in range(defs.onnx_ml_opset_version(), DEFAULT.ml, -1):
        for opset in range(defs.onnx_opset_version(), DEFAULT.opset, -1):
            imports = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", ml)]
            standard = Standard(opset, ml, helper.find_min_ir_version_for(imports, ignore_unknown=True))
            if _opens(standard):
                return standard
    return DEFAULT


def _opens(standard: Standard) -> bool:
    x, y = (helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["N", 1]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Abs", ["x"], ["y"])], "probe", [x], [y])
    imports = [helper.make_opsetid("", standard.opset), helper.make_opsetid("ai.onnx.ml", standard.ml)]
    probe: ModelProto = helper.make_model(graph, opset_imports=imports, ir_version=standard.ir)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = SILENT
    try:
        onnxruntime.InferenceSession(probe.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except Exception:  # noqa: BLE001 - its errors have no common base
        return False
    return True

"""Which ONNX standard a graph is written in."""

import onnx
import onnxruntime
import pytest
from onnx import checker, defs, helper

from triplicate.exporters.onnx_graph import build_onnx
from triplicate.exporters.onnx_run import open_session
from triplicate.exporters.onnx_standard import DEFAULT, Standard, standard_of
from triplicate.runtime import Classification

from onnx_cases import small_model


def test_the_default_is_fixed() -> None:
    """Opset 15, ai.onnx.ml 2, IR 7, whatever is installed."""
    assert standard_of("default") == DEFAULT == Standard(15, 2, 7)


def test_modern_is_what_onnx_defines_and_onnx_runtime_opens() -> None:
    """Newer than the default, known to onnx, in the oldest file format that allows it."""
    modern = standard_of("modern")
    assert DEFAULT.opset < modern.opset <= defs.onnx_opset_version()
    assert DEFAULT.ml < modern.ml <= defs.onnx_ml_opset_version()
    assert DEFAULT.ir < modern.ir <= onnx.IR_VERSION


def test_onnx_runtime_refuses_the_next_opset_or_onnx_does_not_define_it() -> None:
    """There is no newer one that both know."""
    modern = standard_of("modern")
    if modern.opset == defs.onnx_opset_version():
        with pytest.raises(ValueError, match="opset"):
            helper.find_min_ir_version_for([helper.make_opsetid("", modern.opset + 1)])
        return
    newer = build_onnx(small_model(Classification(("a", "b")), 2), target="modern")
    newer.opset_import[0].version = modern.opset + 1
    with pytest.raises(Exception, match=r"(?i)opset"):
        open_session(newer)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_modern_graph_is_valid_and_says_what_it_is(dtype: str) -> None:
    """The checker accepts it, ONNX Runtime opens it, its metadata names the target."""
    proto = build_onnx(small_model(Classification(("a", "b")), 2), dtype=dtype, target="modern")  # type: ignore[arg-type]
    checker.check_model(proto, full_check=True)
    assert isinstance(open_session(proto), onnxruntime.InferenceSession)
    modern = standard_of("modern")
    assert [entry.version for entry in proto.opset_import] == [modern.opset, modern.ml]
    assert {entry.key: entry.value for entry in proto.metadata_props}["triplicate.target"] == "modern"

"""inspect of an exported graph: everything that was stored comes back."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from triplicate import export_onnx
from triplicate.inspect_file import describe_file
from triplicate.runtime import (
    Categorical,
    Classification,
    LabelRule,
    LabelType,
    Metadata,
    Numeric,
    Reconstruction,
    Regression,
    Scorer,
)
from triplicate.runtime.errors import ModelFileError
from triplicate.runtime.golden import golden_rows

from onnx_cases import small_model


def test_everything_stored_is_said(tmp_path: Path) -> None:
    """Standard, arithmetic, inputs, columns with units and levels, labels, threshold, golden rows, training, errors."""
    head = Classification(("3", "5"), LabelType.INTEGER, LabelRule.THRESHOLD, 0.1)
    model = small_model(head, 2)
    model = model.with_metadata(Metadata.of({"rows": 3, "response": "y"}, golden_rows(Scorer(model))))
    rows = {"x": [0.5, 2.0, None], "colour": ["red", None, "green"]}
    said = dict(describe_file(export_onnx(model, tmp_path / "m.onnx", dtype="float32", rows=rows)))
    assert said["fingerprint"] == model.fingerprint
    assert said["standard"] == "ai.onnx 15, ai.onnx.ml 2, IR 7 (target default)"
    assert said["arithmetic"] == "float32, input columns"
    assert (said["input 'x'"], said["input 'colour'"], said["output 'label'"]) == ("float", "string", "int64")
    assert said["column 'x'"] == "numeric, as in the training table"
    assert said["column 'colour'"] == "categorical, text, 2 levels: 'red', 'green'; unseen levels: row"
    assert said["labels"] == f"'3', '5' (integer, by threshold); none: {-(2**63)}"
    assert float(said["threshold"]) == 0.1
    assert (said["golden rows"], said["training rows"], said["training response"]) == ("10", "3", "y")
    assert said["float32 on golden rows"].startswith("rows 10, largest ")
    assert said["float32 on given rows"].startswith("rows 3, largest ")


def test_heads_without_labels_and_matrices(tmp_path: Path) -> None:
    """A regression has neither labels nor threshold, an autoencoder a threshold; matrices hold indices."""
    said = dict(describe_file(export_onnx(small_model(Regression(offset="o"), 1), tmp_path / "r.onnx", input="matrix")))
    assert not {"labels", "threshold", "float32 on golden rows"} & set(said)
    assert said["column 'o'"] == "offset, of the link"
    assert said["column 'colour'"].startswith("categorical, index of the level")
    head = Reconstruction(np.array([0]), np.ones(1), np.array([0]), np.ones(1), np.zeros(1), threshold=0.25)
    assert dict(describe_file(export_onnx(small_model(head, 1), tmp_path / "a.onnx")))["threshold"] == "0.25"


def test_a_graph_for_complete_tables_says_so(tmp_path: Path) -> None:
    """Other graphs have no such line; ONNX Runtime shows the promise as the model's description."""
    model = small_model(Regression(), 1)
    path = export_onnx(model, tmp_path / "c.onnx", input="matrix", complete=True)
    assert dict(describe_file(path))["complete tables"] == "looks for no missing number: a row that lacks one is NaN"
    assert onnx.load(path).doc_string.startswith("For complete tables: the caller promises")
    plain = export_onnx(model, tmp_path / "m.onnx", input="matrix")
    assert "complete tables" not in dict(describe_file(plain))
    assert not onnx.load(plain).doc_string


def test_long_schemas_are_cut(tmp_path: Path) -> None:
    """Thousands of columns do not fill the screen."""
    columns = (*(Numeric(f"x{i}", 0) for i in range(300)), Categorical("c", (), np.array([[1]] * 2), np.ones((2, 1))))
    model = small_model(Regression(), 1, (*columns, Numeric("y", 2), Numeric("z", 3)))
    said = dict(describe_file(export_onnx(model, tmp_path / "m.onnx", input="matrix")))
    assert said["more columns"] == "103"


def test_a_graph_of_another_hand_is_refused(tmp_path: Path) -> None:
    """It has no properties of ours to be read back."""
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.DOUBLE, [1])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Identity", ["x"], ["y"])], "g", [value], [value])
    onnx.save(onnx.helper.make_model(graph), tmp_path / "other.onnx")
    with pytest.raises(ModelFileError, match="is not a graph that this package exported"):
        describe_file(tmp_path / "other.onnx")

"""Whole graphs: standard, names, shapes, files, notes."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import checker, shape_inference

from triplicate.exporters import export_onnx
from triplicate.exporters.onnx_columns import InputForm
from triplicate.exporters.onnx_graph import ExportWarning, build_onnx, export_notes
from triplicate.exporters.onnx_nodes import FloatName
from triplicate.runtime import (
    Categorical,
    Classification,
    Layer,
    Numeric,
    Reconstruction,
    Regression,
    ScoringModel,
    UnseenPolicy,
)
from triplicate.runtime.errors import ExportError

from onnx_cases import adding_model, one_hot, run_graph, small_model
from random_models import random_model

FORMS: tuple[InputForm, ...] = ("columns", "matrix")
PAIRS: tuple[tuple[InputForm, FloatName], ...] = (("columns", "float32"), ("matrix", "float64"))


def refusing_model() -> ScoringModel:
    """Return a model with a column that refuses unseen levels."""
    column = one_hot("colour", ("red",), 1)
    refusing = Categorical("colour", column.levels, column.inputs, column.values, UnseenPolicy.ERROR)
    return adding_model((Numeric("x", 0), refusing), 3)


@pytest.mark.parametrize("seed", range(28))
def test_random_models_pass_the_checker_and_shape_inference(seed: int) -> None:
    """Both forms, both types; strict inference agrees with every declared output."""
    model = random_model(seed)
    for form, dtype in PAIRS:
        proto = build_onnx(model, input=form, dtype=dtype)
        checker.check_model(proto, full_check=True)
        inferred = shape_inference.infer_shapes(proto, check_type=True, strict_mode=True, data_prop=True)
        shapes = [[d.dim_param or d.dim_value for d in o.type.tensor_type.shape.dim] for o in inferred.graph.output]
        assert all(shape[0] == "N" and all(isinstance(n, int) and n > 0 for n in shape[1:]) for shape in shapes)


def test_the_standard_is_one_that_older_runtimes_read() -> None:
    """Opset 15, ai.onnx.ml 2, IR 7, and no ZipMap."""
    proto = build_onnx(small_model(Classification(("a", "b")), 2))
    assert {opset.domain: opset.version for opset in proto.opset_import} == {"": 15, "ai.onnx.ml": 2}
    assert proto.ir_version == 7
    assert "ZipMap" not in {node.op_type for node in proto.graph.node}


@pytest.mark.parametrize("form", FORMS)
def test_every_inner_name_has_the_prefix(form: InputForm) -> None:
    """Nothing inside a graph can collide with a column, now or in another version."""
    graph = build_onnx(small_model(Regression(), 1), input=form).graph
    outer = {value.name for value in (*graph.input, *graph.output)}
    inner = {edge for node in graph.node for edge in (*node.input, *node.output)} - outer
    inner |= {constant.name for constant in graph.initializer} | {node.name for node in graph.node}
    assert all(name.startswith("triplicate/") for name in inner)


def test_inputs_have_the_type_and_shape_of_their_column() -> None:
    """Numbers in the graph's type, texts as strings, [N, 1] each; or one matrix [N, columns]."""
    model = small_model(Regression(offset="o"), 1)
    types = onnx.TensorProto

    def declared(proto: onnx.ModelProto) -> list[tuple[str, int, list[str | int]]]:
        values = [(value.name, value.type.tensor_type) for value in proto.graph.input]
        return [(name, t.elem_type, [d.dim_param or d.dim_value for d in t.shape.dim]) for name, t in values]

    assert declared(build_onnx(model, dtype="float32")) == [
        ("x", types.FLOAT, ["N", 1]),
        ("colour", types.STRING, ["N", 1]),
        ("o", types.FLOAT, ["N", 1]),
    ]
    assert declared(build_onnx(model))[0] == ("x", types.DOUBLE, ["N", 1])
    assert declared(build_onnx(model, input="matrix")) == [("input", types.DOUBLE, ["N", 3])]


@pytest.mark.parametrize("form", FORMS)
def test_the_same_model_gives_the_same_bytes(form: InputForm, tmp_path: Path) -> None:
    """Two exports of equal models are equal files."""
    model = small_model(Classification(("a", "b")), 2)
    files = [export_onnx(model, tmp_path / name, input=form) for name in ("one", "two")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_an_exported_file_scores(tmp_path: Path) -> None:
    """What was written is what was built, and nothing else is left in the folder."""
    path = export_onnx(adding_model((Numeric("x", 0),), 1), tmp_path / "m.onnx")
    assert run_graph(onnx.load(path), {"x": np.array([[4.0]])})["variable"].tolist() == [[4.0]]
    assert [entry.name for entry in tmp_path.iterdir()] == ["m.onnx"]


def test_a_folder_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    """The message names the path; nothing half-written stays."""
    (tmp_path / "file").write_text("")
    for target in (tmp_path / "missing" / "m.onnx", tmp_path / "file" / "m.onnx", tmp_path):
        with pytest.raises(ExportError, match="cannot be written"):
            export_onnx(adding_model((Numeric("x", 0),), 1), target)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_unknown_forms_and_types_are_refused() -> None:
    """The message lists what there is."""
    model = adding_model((Numeric("x", 0),), 1)
    with pytest.raises(ExportError, match="input must be one of columns, matrix, got 'rows'"):
        build_onnx(model, input="rows")  # type: ignore[arg-type]
    with pytest.raises(ExportError, match="dtype must be one of float64, float32, got 'float16'"):
        build_onnx(model, dtype="float16")  # type: ignore[arg-type]
    with pytest.raises(ExportError, match="target must be one of default, modern, got 'old'"):
        build_onnx(model, target="old")  # type: ignore[arg-type]


def test_weights_beyond_float32_are_refused_in_float32_only() -> None:
    """The message names the layer and the way out."""
    model = ScoringModel((Numeric("x", 0),), (Layer(np.full((1, 1), 1e200), np.zeros(1)),), Regression())
    with pytest.raises(ExportError, match=r"layers\.0\.weights: float32 cannot hold 1e\+200"):
        build_onnx(model, dtype="float32")
    assert run_graph(build_onnx(model), {"x": np.array([[2.0]])})["variable"].tolist() == [[2e200]]


def test_a_model_that_refuses_unseen_levels_exports_with_a_warning(tmp_path: Path) -> None:
    """A graph cannot raise: the warning names the column and the output to watch."""
    with pytest.warns(ExportWarning, match="column 'colour': the model refuses unseen levels"):
        path = export_onnx(refusing_model(), tmp_path / "m.onnx")
    found = run_graph(onnx.load(path), {"x": np.zeros((1, 1)), "colour": np.array([["blue"]], dtype=object)})
    assert found["unseen"].tolist() == [1]


def test_notes_tell_what_a_form_costs_or_cannot_do() -> None:
    """Many columns and names with a NUL concern the column form only; refused levels concern both."""
    wide = adding_model(tuple(Numeric(f"x\0{i}", i) for i in range(65)), 65)
    many, nul = export_notes(wide)
    assert many.startswith("65 columns are 65 inputs")
    assert nul.startswith("column 'x\\x000' and 64 more: the name holds a NUL")
    assert export_notes(wide, "matrix") == export_notes(adding_model((Numeric("x", 0),), 1)) == []
    assert export_notes(refusing_model(), "matrix") == export_notes(refusing_model())
    assert len(export_notes(refusing_model())) == 1


def test_outputs_give_way_to_columns_of_their_name() -> None:
    """An autoencoder over columns named like its outputs keeps both."""
    columns = tuple(Numeric(name, i) for i, name in enumerate(("score", "reasons")))
    ones, both = np.ones(2), np.arange(2, dtype=np.int32)
    head = Reconstruction(both, ones, both, ones, 0 * ones)
    proto = build_onnx(ScoringModel(columns, (Layer(np.eye(2), np.zeros(2)),), head))
    names = [output.name for output in proto.graph.output]
    assert names == ["reconstruction", "score_out", "per_column", "is_anomaly", "reasons_out", "unseen"]
    found = run_graph(proto, {"score": np.ones((1, 1)), "reasons": np.ones((1, 1))})
    assert found["score_out"].tolist() == [[0.0]]

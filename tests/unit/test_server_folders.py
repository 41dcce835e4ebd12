"""Folders for Triton and MLflow: what is in them, and what is refused."""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
import pytest

from triplicate import cli, export_mlflow, export_triton, load_model, save_model
from triplicate.exporters.mlflow_model import LOADER, mlflow_signature
from triplicate.exporters.triton_repository import triton_config
from triplicate.mlflow_flavour import _load_pyfunc
from triplicate.runtime import Activation, Classification, LabelType, Layer, Numeric, Scorer, ScoringModel
from triplicate.runtime.atomic_folder import write_folder
from triplicate.runtime.errors import ExportError, ParameterError

from random_models import random_model, random_rows


@pytest.fixture(scope="module")
def model() -> ScoringModel:
    """Return a classifier of one number with a name that needs escapes."""
    layer = Layer(np.array([[1.0], [2.0]]), np.zeros(2), Activation.LINEAR)
    return ScoringModel((Numeric('a "ü"\n', 0),), (layer,), Classification(("0", "1"), label_type=LabelType.INTEGER))


def test_the_configuration_is_this(model: ScoringModel) -> None:
    """Names are escaped, rows left out of the shapes, and one number per row is shown as [1]."""
    assert triton_config(model, "shop") == (
        'name: "shop"\nbackend: "onnxruntime"\nmax_batch_size: 1024\ndynamic_batching { }\n'
        'input {\n  name: "a \\042\\303\\274\\042\\012"\n  data_type: TYPE_FP64\n  dims: [ 1 ]\n}\n'
        'output {\n  name: "label"\n  data_type: TYPE_INT64\n  dims: [ 1 ]\n  reshape { shape: [ ] }\n}\n'
        'output {\n  name: "probabilities"\n  data_type: TYPE_FP64\n  dims: [ 2 ]\n}\n'
        'output {\n  name: "unseen"\n  data_type: TYPE_INT64\n  dims: [ 1 ]\n  reshape { shape: [ ] }\n}\n'
    )


def test_a_repository_holds_the_graph(model: ScoringModel, tmp_path: Path) -> None:
    """NAME/1/model.onnx runs, and a second model goes into the same repository."""
    folder = export_triton(model, tmp_path / "repository", "shop")
    export_triton(model, tmp_path / "repository", "shop-2", input="matrix", dtype="float32")
    session = onnxruntime.InferenceSession(str(folder / "1" / "model.onnx"), providers=["CPUExecutionProvider"])
    label, _, unseen = session.run(None, {'a "ü"\n': np.array([[3.0], [-3.0]])})
    assert (label.tolist(), unseen.tolist()) == ([1, 0], [0, 0])
    assert sorted(path.name for path in (tmp_path / "repository").iterdir()) == ["shop", "shop-2"]


def test_a_repository_may_hold_a_graph_for_complete_tables(model: ScoringModel, tmp_path: Path) -> None:
    """It has the same inputs and outputs; of raw columns it is refused, and nothing is left behind."""
    folder = export_triton(model, tmp_path / "repository", "shop", input="matrix", complete=True)
    assert (folder / "config.pbtxt").read_text() == triton_config(model, "shop", "matrix")
    session = onnxruntime.InferenceSession(str(folder / "1" / "model.onnx"), providers=["CPUExecutionProvider"])
    assert session.get_modelmeta().custom_metadata_map["triplicate.complete"] == "true"
    with pytest.raises(ParameterError, match="input='matrix'"):
        export_triton(model, tmp_path / "other", "shop", complete=True)
    assert [path.name for path in tmp_path.iterdir()] == ["repository"]


@pytest.mark.parametrize("name", ["", "a b", "../a", ".hidden", "a/b", "x" * 101])
def test_a_name_that_is_no_folder_is_refused(model: ScoringModel, tmp_path: Path, name: str) -> None:
    """A model's name is a folder and a part of a URL; a refusal leaves no repository behind."""
    with pytest.raises(ExportError, match="model name"):
        export_triton(model, tmp_path / "repository", name)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_kept(model: ScoringModel, tmp_path: Path) -> None:
    """Neither export writes into a folder that holds something, nor where there is no folder."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "mine").write_text("kept")
    for export in (lambda: export_triton(model, tmp_path, "shop"), lambda: export_mlflow(model, tmp_path / "shop")):
        with pytest.raises(ExportError, match="is there and is not an empty folder"):
            export()
    with pytest.raises(ExportError, match="there is no folder"):
        export_mlflow(model, tmp_path / "nowhere" / "model")
    with pytest.raises(ExportError, match="cannot be made"):
        export_triton(model, tmp_path / "nowhere" / "repository", "shop")
    assert [path.name for path in tmp_path.rglob("*")] == ["shop", "mine"]


def test_a_failure_leaves_nothing(model: ScoringModel, tmp_path: Path) -> None:
    """When one of the files cannot be written, none is there."""

    def fail(path: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(ExportError, match="No space left on device"):
        write_folder(tmp_path / "made", {"a": b"1", "b": fail}, ExportError)
    assert list(tmp_path.iterdir()) == []


def test_the_mlflow_folder_needs_no_pickle(model: ScoringModel, tmp_path: Path) -> None:
    """It names our loader module and holds the model file; the signature has the columns' types."""
    folder = export_mlflow(model, tmp_path / "m")
    assert {path.name for path in folder.iterdir()} == {
        "MLmodel", "model.npz", "requirements.txt", "python_env.yaml", "conda.yaml",
    }  # fmt: skip
    text = (folder / "MLmodel").read_text(encoding="ascii")
    assert f"loader_module: {LOADER}\n" in text
    assert load_model(folder / "model.npz") == model
    signature = mlflow_signature(model)
    assert json.loads(signature["inputs"]) == [{"type": "double", "name": 'a "ü"\n', "required": True}]
    assert [column["type"] for column in json.loads(signature["outputs"])] == ["long", "double", "double"]


def test_the_loader_predicts(tmp_path: Path) -> None:
    """What MLflow calls gives the columns of predict, with the index of the rows."""
    for seed in range(7):
        model = random_model(seed)
        raw = random_rows(model, 9, seed)
        frame = pd.DataFrame(dict(zip(model.row_names, raw.cells, strict=True)), index=range(5, 14))
        if model.offset is not None:
            frame[model.offset] = 0.5
        folder = export_mlflow(model, tmp_path / f"m{seed}")
        predicted = _load_pyfunc(folder / "model.npz").predict(frame)
        scores = Scorer(model).score(frame)
        assert list(predicted.index) == list(frame.index)
        assert [column["name"] for column in json.loads(mlflow_signature(model)["outputs"])] == list(predicted.columns)
        wanted = scores.outputs[:, -1] if len(predicted.columns) == len(model.output_names) else None
        assert wanted is None or np.array_equal(predicted.iloc[:, -1].to_numpy(float), wanted, equal_nan=True)


def test_warnings_of_the_graph_are_passed_on(tmp_path: Path) -> None:
    """A model of many columns is told the better form when it is exported for Triton too."""
    layer = Layer(np.ones((2, 70)), np.zeros(2), Activation.LINEAR)
    wide = ScoringModel(tuple(Numeric(f"c{i}", i) for i in range(70)), (layer,), Classification(("a", "b")))
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        export_triton(wide, tmp_path / "repository", "wide")
    assert any("input='matrix'" in str(note.message) for note in notes)


def test_the_command_line_writes_both(
    model: ScoringModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`export --triton --mlflow` names the model after its file and says what it wrote."""
    save_model(model, tmp_path / "shop.npz")
    words = ["export", tmp_path / "shop.npz", "--triton", tmp_path / "repository", "--mlflow", tmp_path / "folder"]
    monkeypatch.setattr(sys, "argv", ["triplicate", *map(str, words)])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert not stopped.value.code
    assert (tmp_path / "repository" / "shop" / "1" / "model.onnx").is_file()
    assert (tmp_path / "folder" / "MLmodel").is_file()
    said = capsys.readouterr().out
    assert "model shop for Triton, float64, input columns" in said
    assert "mlflow.pyfunc.load_model reads it" in said

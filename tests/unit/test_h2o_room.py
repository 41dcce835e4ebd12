"""The migration room: frames, files, the registry and models by H2O's names."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

import triplicate.h2o as h2o
from triplicate.h2o.estimators.deeplearning import H2OAutoEncoderEstimator, H2ODeepLearningEstimator
from triplicate.h2o.grid.grid_search import H2OGridSearch
from triplicate.importers import mojo
from triplicate.runtime.errors import ParameterError, TrainingDataError


def irises() -> h2o.Frame:
    """Return iris with its species as the numbers 0 to 2."""
    data = load_iris(as_frame=True)
    return h2o.H2OFrame(data.data.set_axis(list("abcd"), axis="columns").assign(species=data.target))


@pytest.fixture(scope="module")
def trained() -> H2ODeepLearningEstimator:
    """Return a small classifier with validation rows."""
    frame = irises()
    frame["species"] = frame["species"].asfactor()
    train, valid = frame.split_frame([0.7], seed=1)
    model = H2ODeepLearningEstimator(hidden=[4], epochs=5, seed=1, model_id="irises")
    return model.train(x=[0, 1, "c"], y="species", training_frame=train, validation_frame=valid)


def test_columns_are_taken_by_name_position_list_and_slice() -> None:
    """A key without rows always means columns."""
    frame = irises()
    assert frame["b"].names == ["b"]
    assert frame[-1].names == ["species"]
    assert frame[["a", "d"]].names == ["a", "d"]
    assert frame[0:2].names == ["a", "b"]
    assert frame[[0, 2]].dim == [150, 2]


def test_rows_are_taken_together_with_columns() -> None:
    """Two positions give a cell; a slice, a list or booleans give a Frame."""
    frame = irises()
    assert frame[0, "a"] == 5.1
    assert frame[0:3, ["a", "b"]].dim == [3, 2]
    assert frame[[True] + [False] * 149, :].as_data_frame()["a"].tolist() == [5.1]


def test_a_column_that_is_not_there_is_named() -> None:
    """Neither names nor positions beyond the last column are guessed."""
    with pytest.raises(TrainingDataError, match="'z' is not in the frame"):
        irises()["z"]
    with pytest.raises(TrainingDataError, match="5 is not in the frame"):
        irises()[5]


def test_a_column_becomes_a_factor_and_numbers_again() -> None:
    """Levels are the texts of the numbers; asnumeric gives their values back."""
    frame = irises()
    frame["species"] = frame["species"].asfactor()
    assert frame.types["species"] == "enum"
    assert frame["species"].levels() == [["0", "1", "2"]]
    assert frame["species"].isfactor() == [True]
    assert frame["species"].asnumeric().as_data_frame()["species"].equals(irises().as_data_frame()["species"])


def test_a_column_of_the_wrong_length_is_refused() -> None:
    """Assigning takes one column with a cell per row."""
    frame = irises()
    with pytest.raises(TrainingDataError, match="one column of 150 rows, got 2 of 150"):
        frame["a"] = frame[["a", "b"]]


def test_a_split_is_complete_and_repeatable() -> None:
    """Every row is in one part, a seed gives the same parts, and sizes are near the ratios."""
    frame = h2o.H2OFrame({"row": np.arange(10000)})
    parts = frame.split_frame([0.5, 0.3], seed=7)
    again = frame.split_frame([0.5, 0.3], seed=7)
    rows = pd.concat([part.as_data_frame() for part in parts])["row"]
    assert sorted(rows) == list(range(10000))
    assert all(a.as_data_frame().equals(b.as_data_frame()) for a, b in zip(parts, again, strict=True))
    assert [part.nrow / 10000 for part in parts] == pytest.approx([0.5, 0.3, 0.2], abs=0.03)


def test_ratios_that_leave_nothing_are_refused() -> None:
    """They must add up to less than 1."""
    with pytest.raises(ParameterError, match="less than 1"):
        irises().split_frame([0.5, 0.5])


def test_a_description_counts_zeros_and_missing_cells(capsys: pytest.CaptureFixture[str]) -> None:
    """The summary has a row per column, and describe prints it."""
    frame = h2o.H2OFrame({"x": [0.0, 2.0, None], "t": ["a", None, "b"]})
    frame.describe()
    summary = frame.summary()
    assert (summary.loc["x", "zeros"], summary.loc["x", "missing"], summary.loc["x", "mean"]) == (1, 1, 1.0)
    assert summary.loc["t", "type"] == "enum"
    assert "Rows: 3, columns: 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "names", "rows"),
    [("a,b\n1,x\n", ["a", "b"], 1), ("1,2\n3,4\n", ["C1", "C2"], 2), ("a,2\nb,3\n", ["C1", "C2"], 2)],
)
def test_a_header_is_found_or_not(tmp_path: Path, text: str, names: list[str], rows: int) -> None:
    """The first record is a header unless one of its cells is a number."""
    path = tmp_path / "t.csv"
    path.write_text(text)
    frame = h2o.import_file(path)
    assert (frame.names, frame.nrow) == (names, rows)


def test_header_and_names_can_be_given(tmp_path: Path) -> None:
    """header=-1 takes the first record as data, col_names names the columns."""
    path = tmp_path / "t.csv"
    path.write_text("a,b\nc,NA\n")
    frame = h2o.upload_file(path, header=-1, col_names=["one", "two"], na_strings=["NA"])
    assert frame.as_data_frame()["one"].tolist() == ["a", "c"]
    assert frame.summary()["missing"].tolist() == [0, 1]


def test_addresses_are_refused() -> None:
    """Nothing is fetched from a network."""
    with pytest.raises(ParameterError, match="only files are read"):
        h2o.import_file("https://example.org/train.csv")


def test_there_is_no_cluster(capsys: pytest.CaptureFixture[str]) -> None:
    """Starting and stopping say that they do nothing, and which options have no effect."""
    h2o.init(ip="localhost", nthreads=-1)
    h2o.shutdown()
    h2o.cluster().shutdown()
    lines = capsys.readouterr().out.splitlines()
    assert "ip, nthreads without effect" in lines[0]
    assert len(lines) == 3


def test_the_model_answers_in_frames(trained: H2ODeepLearningEstimator) -> None:
    """Predictions have a column p<number> for each class; deep features one per unit."""
    assert trained.predict(irises()).names == ["predict", "p0", "p1", "p2"]
    assert trained.deepfeatures(irises(), 0).dim == [150, 4]
    assert trained.params["epochs"] == {"default": 10.0, "actual": 5.0}
    assert repr(trained).startswith("irises: multinomial model of 'species'")


def test_metrics_take_flags(trained: H2ODeepLearningEstimator) -> None:
    """No flag means training, one its value, several a dict."""
    both = trained.mse(train=True, valid=True)
    assert both == {"train": trained.mse(), "valid": trained.mse(valid=True)}
    assert trained.logloss(valid=True) == trained.model_performance(valid=True).value("logloss")


def test_a_saved_model_predicts_the_same_and_goes_on(trained: H2ODeepLearningEstimator, tmp_path: Path) -> None:
    """A loaded model has the same predictions and metrics, and continues training as a checkpoint."""
    path = h2o.save_model(trained, tmp_path / "new" / "folder")
    loaded = h2o.load_model(path)
    frame = irises()
    frame["species"] = frame["species"].asfactor()
    assert loaded.predict(frame).as_data_frame().equals(trained.predict(frame).as_data_frame())
    assert loaded.model_performance(frame).value("MSE") == trained.model_performance(frame).value("MSE")
    assert loaded.model_id == "irises"
    longer = H2ODeepLearningEstimator(checkpoint=loaded, epochs=8)
    longer.train(y="species", training_frame=frame, validation_frame=frame)
    assert longer.trained.result.samples > trained.trained.result.samples


def test_a_file_is_not_overwritten_unasked(trained: H2ODeepLearningEstimator, tmp_path: Path) -> None:
    """save_model refuses a file that exists unless force is True."""
    h2o.save_model(trained, tmp_path)
    with pytest.raises(ParameterError, match="force=True"):
        h2o.save_model(trained, tmp_path)
    assert h2o.save_model(trained, tmp_path, force=True) == str(tmp_path / "irises.npz")
    with pytest.raises(ParameterError, match="folder cannot be made"):
        h2o.save_model(trained, tmp_path / "irises.npz" / "below")


def test_a_mojo_is_written_into_a_folder_or_a_file(trained: H2ODeepLearningEstimator, tmp_path: Path) -> None:
    """`download_mojo` names the file after the model, and brings no jar."""
    written = trained.download_mojo(tmp_path)
    assert written == str(tmp_path / f"{trained.model_id}.zip")
    assert mojo(written).fingerprint == mojo(trained.download_mojo(tmp_path / "other.zip")).fingerprint
    with pytest.raises(ParameterError, match="Maven Central"):
        trained.download_mojo(tmp_path, get_genmodel_jar=True)


def test_what_is_no_table_is_refused() -> None:
    """Columns of unequal length and single values make no Frame."""
    for strange in ({"a": [1], "b": [1, 2]}, 5):
        with pytest.raises(TrainingDataError, match="no table can be made"):
            h2o.H2OFrame(strange)


def test_other_demos_do_not_exist() -> None:
    """Only neural nets are shown."""
    with pytest.raises(ParameterError, match="demo 'glm' does not exist"):
        h2o.demo("glm")


def test_models_are_found_by_name_until_removed() -> None:
    """A model without a name gets one; remove_all forgets it."""
    frame = irises()
    model = H2OAutoEncoderEstimator(hidden=[2], epochs=1, seed=1).train(training_frame=frame[0:4])
    assert model.model_id is not None
    assert h2o.get_model(model.model_id) is model
    assert model.anomaly(frame).names == ["Reconstruction.MSE"]
    h2o.remove_all()
    with pytest.raises(ParameterError, match="is not the name of a model"):
        h2o.get_model(model.model_id)


def test_a_loaded_autoencoder_is_one(tmp_path: Path) -> None:
    """Its class, name and errors are those of the saved model; a checkpoint finds it by name."""
    frame = irises()
    model = H2OAutoEncoderEstimator(hidden=[2], epochs=2, seed=1, model_id="rebuilt").train(training_frame=frame[0:4])
    errors = model.anomaly(frame).as_data_frame()
    loaded = h2o.load_model(h2o.save_model(model, tmp_path))
    assert isinstance(loaded, H2OAutoEncoderEstimator)
    assert h2o.get_model("rebuilt") is loaded
    assert loaded.anomaly(frame).as_data_frame().equals(errors)
    longer = H2OAutoEncoderEstimator(checkpoint="rebuilt", epochs=4).train(training_frame=frame[0:4])
    assert longer.trained.result.samples == 4 * 150


def test_a_grid_is_found_by_name() -> None:
    """Its models are, too, until the grid is removed."""
    base = H2ODeepLearningEstimator(epochs=1, seed=1)
    grid = H2OGridSearch(base, {"hidden": [[2], [3]]}, "mygrid", {"strategy": "Sequential"}, parallelism=0)
    grid.train(x=irises()[0:4], y="species", training_frame=irises())
    assert h2o.get_grid("mygrid") is grid
    assert [h2o.get_model(name) for name in grid.model_ids] == list(grid)
    assert {model.model_id for model in grid} == {"mygrid_model_1", "mygrid_model_2"}
    h2o.remove(grid)
    for missing in (lambda: h2o.get_grid("mygrid"), lambda: h2o.get_model("mygrid_model_1")):
        with pytest.raises(ParameterError, match="is not the name of a"):
            missing()


def test_folds_give_models_and_frames() -> None:
    """The models of the folds have names, and what they predict are Frames."""
    frame = irises()
    kept = {f"keep_cross_validation_{what}": True for what in ("models", "predictions", "fold_assignment")}
    model = H2ODeepLearningEstimator(hidden=[2], epochs=1, seed=1, nfolds=2, fold_assignment="Modulo", **kept)
    model.train(x=["a", "b"], y="species", training_frame=frame, model_id="folded")
    assert [one.model_id for one in model.cross_validation_models()] == ["folded_cv_1", "folded_cv_2"]
    assert h2o.get_model("folded_cv_2").predict(frame).dim == [150, 1]
    assert [part.nrow for part in model.cross_validation_predictions()] == [75, 75]
    assert model.cross_validation_holdout_predictions().names == ["predict"]
    assert model.cross_validation_fold_assignment()[0:1].as_data_frame()["fold_assignment"].tolist()[:4] == [0, 1, 0, 1]
    assert (model.weights(0).dim, model.biases(1).dim) == ([2, 2], [1, 1])

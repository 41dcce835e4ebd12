"""The booklet's listings run on small data, each as it stands in examples/booklet."""

from pathlib import Path

import pytest

from booklet_data import LISTINGS, run_listings, write_beats, write_digits

PAGE = LISTINGS.parent.parent / "docs" / "migrate-from-h2o.md"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files that the listings read."""
    folder = tmp_path_factory.mktemp("booklet")
    write_digits(folder)
    write_beats(folder)
    return folder


def test_the_listings_of_one_model_run(data: Path, tmp_path: Path) -> None:
    """Import, trial run, predictions, checkpoint, saving, loading and finding by key work one after the other."""
    names = ["other_cluster", "mnist_import", "trial_run", "predictions"]
    more = ["checkpoint_restart", "save_model", "load_model", "get_model"]
    ask = """[
        trial_run.train.dim, trial_run.x[0], trial_run.x[-1], predictions.pred.names, predictions.pred.nrow,
        load_model.saved_model.predict(trial_run.test).as_data_frame().equals(predictions.pred.as_data_frame()),
        get_model.model is checkpoint_restart.model_chkp, checkpoint_restart.model_chkp.trained.result.samples,
        trial_run.model.trained.result.samples]"""
    shape, first, last, columns, rows, same, found, longer, shorter = run_listings([*names, *more], ask, data, tmp_path)
    assert (shape, first, last) == ([700, 785], "C1", "C784")
    assert columns == ["predict", *(f"p{digit}" for digit in range(10))]
    assert rows == 300
    assert same
    assert found
    assert (longer, shorter) == (14000, 7000)
    assert len(list(tmp_path.glob("DeepLearning_model_python_*.npz"))) == 1


def test_the_listings_of_results_importances_and_folds_run(data: Path, tmp_path: Path) -> None:
    """Metrics of validation rows and held out folds are numbers; importances name pixels, the largest first."""
    ask = """[
        trial_run.model.mse(valid=True), cross_validation.model_cv.mse(xval=True),
        variable_importances.model_vi.varimp()]"""
    names = ["trial_run", "cross_validation", "results", "variable_importances"]
    validated, held_out, importances = run_listings(names, ask, data, tmp_path)
    assert 0.0 < validated < 1.0
    assert 0.0 < held_out < 1.0
    assert importances[0][2] == 1.0
    assert [row[1] for row in importances] == sorted((row[1] for row in importances), reverse=True)


def test_the_listing_of_anomalies_finds_them(data: Path, tmp_path: Path) -> None:
    """The three beats of another shape have the largest errors, and every beat is rebuilt."""
    ask = """[
        anomaly_detection.recon_error.as_data_frame()["Reconstruction.MSE"].tolist(),
        anomaly_detection.test_recon.dim, anomaly_detection.test_recon.names[0]]"""
    errors, shape, first = run_listings(["anomaly_detection"], ask, data, tmp_path)
    assert min(errors[20:]) > max(errors[:20])
    assert (shape, first) == ([23, 210], "reconstr_C1")


def test_the_page_names_every_listing() -> None:
    """docs/migrate-from-h2o.md links each file of examples/booklet, and no other."""
    text = PAGE.read_text(encoding="utf-8")
    assert {part.split(")")[0] for part in text.split("(../examples/booklet/")[1:]} == {
        path.name for path in LISTINGS.glob("*.py")
    }

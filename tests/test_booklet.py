"""The booklet's listings run on small data, each as it stands in examples/booklet."""

from pathlib import Path
from typing import Any

import pytest

from booklet_data import LISTINGS, run_listings, write_beats, write_digits, write_irises

PAGE = LISTINGS.parent.parent / "docs" / "migrate-from-h2o.md"
SEED = {"l1=1e-5,": "l1=1e-5, seed=1,"}
LESS = {"epochs=1000": "epochs=2, seed=1", '"max_models": 10': '"max_models": 3', "[1024, 1024, 2048]": "[64, 64]"}
OTHER_SEEDS = {
    "alpha=0.8": "alpha=0.8, seed=1",
    "epochs=10)": "epochs=10, seed=1)",
    "epochs=100)": "epochs=100, seed=1)",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files that the listings read."""
    folder = tmp_path_factory.mktemp("booklet")
    write_digits(folder)
    write_beats(folder)
    write_irises(folder)
    return folder


@pytest.fixture(scope="module")
def digits(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run all listings on MNIST, which go on from each other, in one process on digits."""
    names = ["other_cluster", "mnist_import", "trial_run", "cross_validation", "results", "predictions"]
    names += ["variable_importances", "grid_search", "grid_results", "random_grid_search", "world_record"]
    names += ["checkpoint_restart", "save_model", "load_model", "get_model"]
    ask = """{
        "read": [trial_run.train.dim, trial_run.x[0], trial_run.x[-1]],
        "predicted": [predictions.pred.names, predictions.pred.nrow],
        "reopened": [
            load_model.saved_model.predict(trial_run.test).as_data_frame().equals(predictions.pred.as_data_frame()),
            load_model.saved_model.model_id == trial_run.model.model_id],
        "found": get_model.model is checkpoint_restart.model_chkp,
        "samples": [model.trained.result.samples for model in (trial_run.model, checkpoint_restart.model_chkp)],
        "loglosses": [model.logloss(valid=True) for model in (trial_run.model, checkpoint_restart.model_chkp)],
        "mse": [trial_run.model.mse(valid=True), cross_validation.model_cv.mse(xval=True)],
        "importances": variable_importances.model_vi.varimp(),
        "grid": [[one.model_id, one.logloss(valid=True)] for one in grid_search.model_grid],
        "by_key": all(mnist_import.h2o.get_model(name).model_id == name for name in grid_search.model_grid.model_ids),
        "drawn": [random_grid_search.model_grid.get_hyperparams_dict(place) for place in range(3)],
        "record": 1.0 - world_record.model.model_performance(valid=True).value("misclassification")}"""
    folder = tmp_path_factory.mktemp("digits")
    facts: dict[str, Any] = run_listings(names, ask, data, folder, SEED | LESS, timeout=300)
    return facts | {"saved": len(list(folder.glob("DeepLearning_model_python_*.npz")))}


def test_the_files_are_read_without_a_header(digits: dict[str, Any]) -> None:
    """784 pixels and the digit get the names C1 to C785."""
    assert digits["read"] == [[500, 785], "C1", "C784"]


def test_predictions_have_a_column_per_digit(digits: dict[str, Any]) -> None:
    """The label comes first, then ten probabilities."""
    assert digits["predicted"] == [["predict", *(f"p{digit}" for digit in range(10))], 200]


def test_training_goes_on_from_the_trial_run(digits: dict[str, Any]) -> None:
    """The continued model has seen more rows, and predicts validation rows no worse: the best model is kept."""
    assert digits["samples"][1] > digits["samples"][0] >= 5000
    assert digits["loglosses"][1] <= digits["loglosses"][0] < 2.3


def test_a_saved_model_comes_back(digits: dict[str, Any]) -> None:
    """One file, whose model has the old name and the same predictions; a model is found by its key."""
    assert digits["saved"] == 1
    assert digits["reopened"] == [True, True]
    assert digits["found"]


def test_results_of_validation_rows_and_folds_are_numbers(digits: dict[str, Any]) -> None:
    """Both errors are better than those of a model that knows nothing, 0.81."""
    assert 0.0 < digits["mse"][0] < 0.81
    assert 0.0 < digits["mse"][1] < 0.81


def test_importances_name_pixels(digits: dict[str, Any]) -> None:
    """The largest comes first and is scaled to 1; the shares add up to 1."""
    importances = digits["importances"]
    assert importances[0][2] == 1.0
    assert [row[1] for row in importances] == sorted((row[1] for row in importances), reverse=True)
    assert sum(row[3] for row in importances) == pytest.approx(1.0)
    assert {row[0] for row in importances} <= {f"C{pixel}" for pixel in range(1, 785)}


def test_the_grid_has_six_models_best_first(digits: dict[str, Any]) -> None:
    """Three topologies and two penalties; every model is found by its key."""
    losses = [loss for _, loss in digits["grid"]]
    assert len({name for name, _ in digits["grid"]}) == 6
    assert losses == sorted(losses)
    assert digits["by_key"]


def test_the_random_grid_draws_from_its_lists(digits: dict[str, Any]) -> None:
    """No combination is drawn twice."""
    drawn = digits["drawn"]
    assert len({(tuple(one["hidden"]), one["l1"]) for one in drawn}) == 3
    assert all(one["hidden"] in [[17, 32], [8, 19], [32, 16, 8], [100], [10] * 4] for one in drawn)
    assert all(1e-6 <= one["l1"] <= 1e-3 for one in drawn)


def test_the_parameters_of_the_record_learn_digits(digits: dict[str, Any]) -> None:
    """Two layers of 64 units in place of 1024, 1024 and 2048 recognise three digits of four, from 500."""
    assert digits["record"] > 0.75


def test_the_listings_on_irises_and_beats_run(data: Path, tmp_path: Path) -> None:
    """A high quantile lies above most petals, the common commands know the classes, strange beats stand out."""
    ask = """[
        quantile_regression.dl.parameters.quantile_alpha, quantile_regression.dl.trained.plan.response,
        (quantile_regression.dl.predict(quantile_regression.train).as_data_frame()["predict"]
         >= quantile_regression.train.as_data_frame()["petal_len"]).mean(),
        (common_commands.prediction.as_data_frame()["predict"]
         == common_commands.training_frame.as_data_frame()["class"]).mean(),
        anomaly_detection.recon_error.as_data_frame()["Reconstruction.MSE"].tolist(),
        anomaly_detection.test_recon.dim, anomaly_detection.test_recon.names[0]]"""
    names = ["quantile_regression", "common_commands", "anomaly_detection"]
    alpha, response, above, right, errors, shape, first = run_listings(names, ask, data, tmp_path, OTHER_SEEDS)
    assert (alpha, response) == (0.8, "petal_len")
    assert above > 0.6
    assert right > 0.9
    assert min(errors[20:]) > max(errors[:20])
    assert (shape, first) == ([23, 210], "reconstr_C1")


def test_the_installation_is_checked(data: Path, tmp_path: Path) -> None:
    """The help is that of the estimator, and the demonstration writes a model in all forms."""
    run_listings(["installation"], "0", data, tmp_path)
    assert {path.name for path in (tmp_path / "triplicate-demo").iterdir()} >= {"tumour.npz", "Tumour.java"}


def test_the_page_names_every_listing() -> None:
    """docs/migrate-from-h2o.md links each file of examples/booklet, and no other."""
    text = PAGE.read_text(encoding="utf-8")
    assert {part.split(")")[0] for part in text.split("(../examples/booklet/")[1:]} == {
        path.name for path in LISTINGS.glob("*.py")
    }

"""Grid search: models, order, failures, limits, recovery after a kill."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from triplicate.runtime.errors import ModelFileError, ParameterError
from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator, GridSearch, read_table

from training_tables import classes_table, unlabelled_table

SHARED: dict[str, Any] = {"epochs": 2, "seed": 3}
SPACE: dict[str, Any] = {"hidden": [[2], [8]], "activation": ["Tanh", "Rectifier"]}
CHILD = """
import json
import sys
from triplicate.trainer import DeepLearningEstimator, GridSearch
table, folder, arguments = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
space = {"epochs": arguments["epochs"]}
GridSearch(DeepLearningEstimator, space, recovery_dir=folder, grid_id="g").train(
    y="kind", training_frame=table, **arguments["shared"]
)
"""


@pytest.fixture(scope="module")
def grid() -> GridSearch:
    """Return a search of four models with a validation frame."""
    search = GridSearch(DeepLearningEstimator, SPACE, grid_id="four")
    return search.train(y="kind", training_frame=classes_table(), validation_frame=classes_table(seed=2), **SHARED)


def test_a_search_trains_what_single_trainings_train(grid: GridSearch) -> None:
    """Each model has the bits of one that was trained alone, an id of the grid, and its combination."""
    assert len(grid) == 4
    assert set(grid.model_ids) == {f"four_model_{n}" for n in range(1, 5)}
    assert grid.hyper_names == ["hidden", "activation"]
    assert grid.get_hyperparams_dict("four_model_2") == {"hidden": [8], "activation": "Tanh"}
    alone = DeepLearningEstimator(**SHARED, hidden=[8], activation="Tanh")
    alone.train(y="kind", training_frame=classes_table(), validation_frame=classes_table(seed=2))
    assert grid["four_model_2"].scoring_model == alone.scoring_model
    with pytest.raises(ParameterError, match="has no model 'five'"):
        grid.get_hyperparams_dict("five")


def test_models_are_sorted_by_validation(grid: GridSearch) -> None:
    """By logloss, best first; by any metric in either direction; tables, iteration and places agree."""
    losses = [model.model_performance(valid=True).value("logloss") for model in grid]
    assert losses == sorted(losses)
    table = grid.sorted_metric_table()
    assert list(table.columns) == ["hidden", "activation", "model_ids", "logloss"]
    assert table["logloss"].tolist() == losses
    assert table["model_ids"].tolist() == grid.model_ids
    assert grid[0] is grid.models[0]
    assert grid.get_grid() is grid
    best_first = grid.get_grid(sort_by="auc")
    assert best_first.sorted_metric_table()["AUC"].is_monotonic_decreasing
    assert grid.get_grid(sort_by="auc", decreasing=False).model_ids == best_first.model_ids[::-1]
    assert "four_model_1" in repr(grid)
    with pytest.raises(ParameterError, match="'MAE' does not exist"):
        grid.get_grid(sort_by="mae")


def test_the_best_model_goes_on_as_a_checkpoint(grid: GridSearch) -> None:
    """A model's id is known in the process, as in the booklet's listing."""
    on = DeepLearningEstimator(checkpoint=grid.model_ids[0], epochs=3)
    on.train(training_frame=classes_table(), validation_frame=classes_table(seed=2))
    assert on.trained.result.samples == 900


def test_folds_come_before_validation_rows() -> None:
    """With cross-validation the models are compared on held out rows; an estimator may bring shared parameters."""
    search = GridSearch(DeepLearningEstimator(**SHARED, hidden=[3], nfolds=2), {"l2": [0.0, 0.5]})
    search.train(y="kind", training_frame=classes_table())
    table = search.sorted_metric_table()
    assert table["logloss"].tolist() == [m.model_performance(xval=True).value("logloss") for m in search]


def test_autoencoders_are_searched_by_their_error() -> None:
    """The table of an autoencoder search is sorted by MSE."""
    search = GridSearch(AutoEncoderEstimator, {"hidden": [[1], [3]]})
    search.train(training_frame=unlabelled_table(), activation="Tanh", **SHARED)
    assert search.sorted_metric_table()["MSE"].is_monotonic_increasing


def test_a_failed_model_is_reported_and_not_fatal() -> None:
    """The message, the combination and the trace of the failure are kept; without any model there is an error."""
    search = GridSearch(DeepLearningEstimator, {"rho": [1.5, 0.99], "hidden": [[2]]})
    search.train(y="kind", training_frame=classes_table(), **SHARED)
    assert len(search) == 1
    assert search.failed_params == [{"rho": 1.5, "hidden": [2]}]
    assert "rho must be in (0, 1), got 1.5" in search.failure_details[0]
    assert "Traceback" in search.failure_stack_traces[0]
    assert "1 combinations failed" in repr(search)
    with pytest.raises(ParameterError, match=r"has no model: ParameterError: rho must be in \(0, 1\), got 2"):
        GridSearch(DeepLearningEstimator, {"rho": [2]}).train(y="kind", training_frame=classes_table())


def test_a_file_is_read_once_for_all_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Training and validation table of four models are two reads, and the models are those of the frames."""
    opened: list[str] = []
    monkeypatch.setattr(
        read_table,
        "_read_csv",
        lambda path, *more, read=read_table._read_csv: opened.append(path.name) or read(path, *more),
    )
    classes_table().to_csv(tmp_path / "t.csv", index=False)
    classes_table(seed=2).to_csv(tmp_path / "v.csv", index=False)
    search = GridSearch(DeepLearningEstimator, SPACE, grid_id="files")
    search.train(y="kind", training_frame=tmp_path / "t.csv", validation_frame=tmp_path / "v.csv", **SHARED)
    assert opened == ["t.csv", "v.csv"]
    alone = DeepLearningEstimator(**SHARED, hidden=[8], activation="Tanh")
    alone.train(y="kind", training_frame=tmp_path / "t.csv", validation_frame=tmp_path / "v.csv")
    assert search["files_model_2"].scoring_model == alone.scoring_model
    assert search["files_model_2"].model_performance(valid=True).frame == str(tmp_path / "v.csv")


def test_limits_end_the_search() -> None:
    """max_models counts models, time is shared, and rounds without a better model stop."""
    table, space = classes_table(), {"l2": [k / 1000 for k in range(40)]}
    options: dict[str, Any] = {"hidden": [2], "epochs": 1}
    three = GridSearch(DeepLearningEstimator, space, {"strategy": "RandomDiscrete", "max_models": 3, "seed": 5})
    three.train(y="kind", training_frame=table, **options)
    seeds = [three[f"{three.grid_id}_model_{k + 1}"].trained.parameters.seed for k in range(3)]
    assert seeds == [5, 6, 7]
    begun = time.monotonic()
    timed = GridSearch(DeepLearningEstimator, space, {"max_runtime_secs": 0.5})
    timed.train(y="kind", training_frame=table, hidden=[2], epochs=1e6, stopping_rounds=0)
    assert len(timed) == 1
    assert time.monotonic() - begun < 5
    same = {"seed": list(range(40))}
    criteria = {"stopping_rounds": 2, "stopping_tolerance": 0.5}
    stopped = GridSearch(DeepLearningEstimator, same, criteria).train(y="kind", training_frame=table, **options)
    assert 4 <= len(stopped) < 40


def test_refusals() -> None:
    """A parameter both searched and given, something that is no estimator, and an untrained search."""
    search = GridSearch(DeepLearningEstimator, {"l1": [0.1]})
    with pytest.raises(ParameterError, match=r"l1 is searched and cannot be given too, got 0\.2"):
        search.train(y="kind", training_frame=classes_table(), l1=0.2)
    with pytest.raises(ParameterError, match="has no model yet"):
        search.sorted_metric_table()
    with pytest.raises(ParameterError, match="needs an estimator or its class"):
        GridSearch("deeplearning", {"l1": [0.1]})  # type: ignore[arg-type]


def test_a_killed_search_goes_on(tmp_path: Path) -> None:
    """After SIGKILL the same search trains only what was not finished; its models are those of one go."""
    folder, table = tmp_path / "grid", tmp_path / "table.csv"
    classes_table().to_csv(table, index=False)
    shared = {"hidden": [4], "seed": 3, "stopping_rounds": 0, "classification_stop": -1}
    epochs = [1, 2, 300]
    arguments = json.dumps({"epochs": epochs, "shared": shared})
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(table), str(folder), arguments])
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and child.poll() is None:
        if (folder / "grid.json").exists() and len(json.loads((folder / "grid.json").read_text())["done"]) == 2:
            break
        time.sleep(0.01)
    child.kill()
    child.wait()
    finished = [entry["model_id"] for entry in json.loads((folder / "grid.json").read_text())["done"].values()]
    assert len(finished) >= 2
    before = {name: (folder / f"{name}.npz").stat().st_mtime_ns for name in finished}
    again = GridSearch(DeepLearningEstimator, {"epochs": epochs}, recovery_dir=folder)
    again.train(y="kind", training_frame=str(table), **shared)
    assert again.grid_id == "g"
    assert len(again) == 3
    assert before == {name: (folder / f"{name}.npz").stat().st_mtime_ns for name in finished}
    alone = DeepLearningEstimator(**shared, epochs=2).train(y="kind", training_frame=str(table))
    assert again["g_model_2"].scoring_model == alone.scoring_model
    assert again["g_model_2"].predict(str(table)).equals(alone.predict(str(table)))


def test_a_search_with_functions_and_models_goes_on(tmp_path: Path) -> None:
    """A metric of one's own and a pretrained model are the same search again when they are made anew."""
    table, space = classes_table(60), {"epochs": [1, 2]}
    for _ in range(2):
        source = AutoEncoderEstimator(activation="Tanh", hidden=[3], epochs=1, seed=1)
        source.train(training_frame=table.drop(columns="kind"))

        def metric(actual: Any, predicted: Any, weights: Any) -> float:
            """Judge nothing."""
            return 1.0

        search = GridSearch(DeepLearningEstimator, space, recovery_dir=tmp_path / "grid")
        search.train(
            y="kind", training_frame=table, activation="Tanh", hidden=[3], seed=1, custom_metric_func=metric,
            stopping_metric="custom", pretrained_autoencoder=source,
        )  # fmt: skip
        assert len(search) == 2
    other = GridSearch(DeepLearningEstimator, space, recovery_dir=tmp_path / "grid")
    with pytest.raises(ParameterError, match="holds a search with other parameters"):
        other.train(y="kind", training_frame=table, activation="Tanh", hidden=[3], seed=1)


def test_a_folder_of_another_search_is_refused(tmp_path: Path) -> None:
    """Other lists, another id, a damaged file, and a folder that cannot be made."""
    table, folder = classes_table(50), tmp_path / "grid"
    options: dict[str, Any] = {"y": "kind", "training_frame": table, "epochs": 1, "seed": 1}
    GridSearch(DeepLearningEstimator, {"hidden": [[2]]}, grid_id="a", recovery_dir=folder).train(**options)
    with pytest.raises(ParameterError, match="holds a search with other hyper_params"):
        GridSearch(DeepLearningEstimator, {"hidden": [[3]]}, recovery_dir=folder).train(**options)
    with pytest.raises(ParameterError, match="holds the grid 'a', not 'b'"):
        GridSearch(DeepLearningEstimator, {"hidden": [[2]]}, grid_id="b", recovery_dir=folder).train(**options)
    (folder / "grid.json").write_text("{")
    with pytest.raises(ModelFileError, match="is not the file of a grid search"):
        GridSearch(DeepLearningEstimator, {"hidden": [[2]]}, recovery_dir=folder).train(**options)
    with pytest.raises(ParameterError, match="cannot be made"):
        GridSearch(DeepLearningEstimator, {"hidden": [[2]]}, recovery_dir=folder / "grid.json" / "x").train(**options)


def test_export_checkpoints_dir_holds_every_model(tmp_path: Path) -> None:
    """The folder receives one file per model, and each reopens as an estimator with its metrics and history."""
    search = GridSearch(
        DeepLearningEstimator, {"hidden": [[2], [3]]}, export_checkpoints_dir=str(tmp_path), grid_id="e"
    )
    search.train(y="kind", training_frame=classes_table(), validation_frame=classes_table(seed=2), **SHARED)
    for model_id, model in zip(search.model_ids, search, strict=True):
        again = DeepLearningEstimator.reopen(tmp_path / f"{model_id}.npz")
        assert again.scoring_model == model.scoring_model
        assert again.summary() == model.summary()
        for valid in (False, True):
            one, other = again.model_performance(valid=valid), model.model_performance(valid=valid)
            assert one.value("logloss") == other.value("logloss")
            assert (one.rows, one.threshold) == (other.rows, other.threshold)
        assert len(again.scoring_history()) <= len(model.scoring_history())

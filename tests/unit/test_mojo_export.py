"""export_mojo: what a MOJO holds comes back from it as the same model; what it cannot hold is refused by name."""

import warnings
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import triplicate as tp
from triplicate.cli import app
from triplicate.exporters.mojo_file import build_mojo, export_mojo
from triplicate.importers import mojo
from triplicate.runtime import (
    Activation,
    Categorical,
    Classification,
    LabelRule,
    Layer,
    Link,
    Metadata,
    Numeric,
    Reconstruction,
    Regression,
    Scorer,
    ScoringModel,
    UnseenPolicy,
    raw_rows,
    save_model,
)
from triplicate.runtime.errors import ExportError

from mojo_cases import rows_for, tame_model
from mojo_files import FIVE, ROWS, TWO, MojoSpec, write_zip
from training_tables import classes_table

TABLE: list[tuple[str, list[str] | None]] = [
    ("colour", ["red", "green", "blue"]),
    ("age", None),
    ("b", ["0", "1"]),
    ("answer", ["no", "yes"]),
]
PROJECTION = [0.25, -0.5, 0.7071067811865476, 0.125, 0.8, 0.0, 0.0]
SPECS = {
    "two": MojoSpec(**TWO, threshold=0.3),
    "balanced": MojoSpec(**TWO, prior=(0.9, 0.1), trained=(0.5, 0.5)),
    "five": MojoSpec(**FIVE, use_all=False),
    "maxout": MojoSpec(**FIVE, activation="MaxoutWithDropout", dropout=(0.5, 0.125)),
    "exp": MojoSpec(activation="ExpRectifier", response_scale=(0.25, -3.5)),
    "log": MojoSpec(activation="TanhWithDropout", dropout=(0.1, 0.0), distribution="gamma"),
    "logistic": MojoSpec(distribution="bernoulli"),
    "raw": MojoSpec(scaled=False, hidden=()),
    "autoencoder": MojoSpec(category="AutoEncoder", activation="Maxout"),
    "label": MojoSpec({}, ["colour", "age", "b"], **TWO, encoding="LabelEncoder", original=TABLE),
    "eigen": MojoSpec(
        {}, ["colour.Eigen", "age", "b.Eigen"], **TWO, encoding="Eigen", original=TABLE, projection=PROJECTION
    ),
    "binary": MojoSpec({}, ["age", "colour:0", "colour:1", "b:0", "b:1"], **TWO, encoding="Binary", original=TABLE),
}


def imported(path: Path) -> ScoringModel:
    """Return the imported model; its notes are checked elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return mojo(path)


def assert_same(model: ScoringModel, back: ScoringModel, rows: Any) -> None:
    """Both give the same numbers for the rows within 1e-12, and the same labels or flags."""
    ours, theirs = Scorer(model).score(rows).outputs, Scorer(back).score(rows).outputs
    if isinstance(
        model.head, Reconstruction
    ):  # columns may come in another order: errors per column are compared by name
        order = [back.output_names.index(name) for name in model.output_names[: 2 + len(model.columns)]]
        ours, theirs = ours[:, : len(order)], theirs[:, order]
    np.testing.assert_allclose(theirs, ours, rtol=1e-12, atol=1e-12)
    if isinstance(model.head, Classification):
        np.testing.assert_array_equal(theirs[:, 0], ours[:, 0])


@pytest.mark.parametrize("name", SPECS)
def test_a_mojo_comes_back_from_its_import(name: str, tmp_path: Path) -> None:
    """MOJO to model to MOJO to model: both models score the same."""
    spec = SPECS[name]
    model = imported(write_zip(tmp_path / "given.zip", spec.texts()))
    back = imported(export_mojo(model, tmp_path / "ours.zip"))
    assert_same(model, back, ROWS)
    kept = [replace(model, metadata=Metadata()), replace(back, metadata=Metadata())]
    assert kept[0].fingerprint == kept[1].fingerprint


def test_random_models_come_back(tmp_path: Path) -> None:
    """Shared and hashed inputs, mixed activations, filled missing numbers: the file's model scores the same."""
    count = 0
    for seed in range(80):
        model = tame_model(seed)
        try:
            path = export_mojo(model, tmp_path / "model.zip")
        except ExportError:
            continue
        raw = rows_for(model, seed)
        rows = {name: list(cells) for name, cells in zip(model.row_names, raw.cells, strict=True)}
        assert_same(model, imported(path), rows)
        count += 1
    assert count > 40


def test_the_bytes_depend_on_the_model_alone() -> None:
    """Two exports are equal, and nothing in the archive has a date of today."""
    model = tame_model(0)
    assert build_mojo(model) == build_mojo(model)


def test_the_archive_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """A refused model leaves the file that was there."""
    path = tmp_path / "model.zip"
    path.write_text("before")
    with pytest.raises(ExportError, match="offset"):
        export_mojo(net(head=Regression(offset="exposure")), path)
    assert path.read_text() == "before"


def test_an_anomaly_threshold_comes_back(tmp_path: Path) -> None:
    """H2O knows no threshold for anomalies, but a key of the file keeps ours."""
    spec = SPECS["autoencoder"]
    model = imported(write_zip(tmp_path / "given.zip", spec.texts()))
    assert isinstance(model.head, Reconstruction)
    model = replace(model, head=replace(model.head, threshold=0.375))
    back = imported(export_mojo(model, tmp_path / "ours.zip"))
    assert isinstance(back.head, Reconstruction)
    assert back.head.threshold == 0.375


def test_equal_probabilities_are_the_first_label_by_argmax(tmp_path: Path) -> None:
    """Two labels by argmax become a threshold just above one half."""
    model = net(Layer(np.zeros((2, 2), np.float32), np.zeros(2)), head=Classification(("no", "yes")))
    back = imported(export_mojo(model, tmp_path / "model.zip"))
    assert isinstance(back.head, Classification)
    assert back.head.rule is LabelRule.THRESHOLD
    assert Scorer(back).score([{"x": 1.0, "c": "a"}]).outputs.tolist() == [[0.0, 0.5, 0.5]]


def test_the_response_keeps_its_name(tmp_path: Path) -> None:
    """The last column of the file is the response of the training, another name where a column has it."""
    model = net()
    for known, expected in (({"response": "price"}, "price"), ({"source": {"response": "x"}}, "x_"), ({}, "response")):
        path = export_mojo(model.with_metadata(Metadata.of(known)), tmp_path / "model.zip")
        with zipfile.ZipFile(path) as archive:
            lines = archive.read("model.ini").decode().split("\n")
        assert lines[lines.index("[domains]") - 2] == expected


def test_estimators_and_the_command_line_export(tmp_path: Path) -> None:
    """`export_mojo` of an estimator and `triplicate export --mojo` write the same file."""
    estimator = tp.DeepLearningEstimator(hidden=[3], epochs=1, seed=1)
    model = estimator.train(y="kind", training_frame=classes_table(60)).scoring_model
    first = estimator.export_mojo(tmp_path / "one.zip")
    save_model(model, tmp_path / "model.npz")
    result = CliRunner().invoke(app, ["export", str(tmp_path / "model.npz"), "--mojo", str(tmp_path / "two.zip")])
    assert result.exit_code == 0, result.output
    assert first.read_bytes() == (tmp_path / "two.zip").read_bytes() == build_mojo(model)
    assert_same(model, imported(first), classes_table(60).drop(columns="kind"))


def net(*layers: Layer, head: Any = None, columns: Any = None) -> ScoringModel:
    """Return a small model of a number `x` and a category `c`; two inputs that levels and numbers share."""
    one_hot = Categorical("c", ("a", "b"), np.array([[1], [-1], [-1], [-1]]), np.array([[1.0], [0.0], [0.0], [0.0]]))
    given = layers or (Layer(np.ones((1, 2), np.float32), np.zeros(1)),)
    return ScoringModel(columns or (Numeric("x", 0), one_hot), given, head or Regression())


def table(*rows: tuple[int, float], unseen: UnseenPolicy = UnseenPolicy.ROW, name: str = "c") -> Categorical:
    """Return a category of as many levels as there are rows, less two."""
    levels = tuple("abcdefgh"[: len(rows) - 2])
    inputs, values = np.array([[place] for place, _ in rows]), np.array([[value] for _, value in rows])
    return Categorical(name, levels, inputs, values, unseen)


ONE = np.ones((1, 2), np.float32)
NOTHING = (-1, 0.0)
REFUSED: dict[str, tuple[ScoringModel, str]] = {
    "offset": (net(head=Regression(Link.LOG, offset="exposure")), "offset column 'exposure': h2o-genmodel ignores"),
    "float64": (net(Layer(ONE.astype(np.float64) * 0.1, np.zeros(1))), "layer 0 has float64 weights"),
    "clipped": (net(columns=(Numeric("x", 0, high=3.0), Numeric("y", 1))), "'x': its numbers are clipped"),
    "multiplied by 0": (net(columns=(Numeric("x", 0, multiply=0.0), Numeric("y", 1))), "'x': is multiplied by 0"),
    "unseen": (
        net(columns=(Numeric("x", 0), table((1, 1.0), NOTHING, NOTHING, (1, 1.0)))),
        "'c': an unseen level scores unlike a missing cell",
    ),
    "policies": (
        net(
            columns=(
                table((0, 1.0), NOTHING, NOTHING),
                table((1, 1.0), NOTHING, NOTHING, unseen=UnseenPolicy.ERROR, name="d"),
            )
        ),
        "columns 'd' and 'c'",
    ),
    "odd numbers": (
        net(columns=(Numeric("x", 0), table((1, 0.1), (1, 0.2), (1, 0.7), NOTHING, NOTHING))),
        "'c': their levels count as numbers that no encoding",
    ),
    "leaky": (
        net(Layer(ONE, np.zeros(1), Activation.LEAKY_RECTIFIER, 0.1), Layer(ONE[:, :1], np.zeros(1))),
        "layer 0 is a leaky rectifier",
    ),
    "elu": (
        net(Layer(ONE, np.zeros(1), Activation.ELU, 0.5), Layer(ONE[:, :1], np.zeros(1))),
        "layer 0 is elu with alpha 0.5",
    ),
    "mixed": (
        net(
            Layer(ONE, np.zeros(1), Activation.TANH),
            Layer(ONE[:, :1], np.zeros(1), Activation.RECTIFIER),
            Layer(ONE[:, :1], np.zeros(1)),
        ),
        "layers are rectifier, tanh",
    ),
    "scale 0": (net(head=Regression(scale=0.0)), "predictions are multiplied by 0"),
    "correction 0": (
        net(
            Layer(np.ones((2, 2), np.float32), np.zeros(2)),
            head=Classification(("no", "yes"), correction=np.array([1.0, 0.0])),
        ),
        "label 'yes': its probability is multiplied by 0",
    ),
    "blank name": (net(columns=(Numeric(" x", 0), Numeric("y", 1))), "begins or ends with a blank"),
    "lost name": (net(columns=(Numeric("#x", 0), Numeric("y", 1))), "begins with #"),
    "two lines": (net(columns=(Numeric("x\ny", 0), Numeric("y", 1))), "holds the end of a line"),
    "title": (net(columns=(Numeric("[domains]", 0), Numeric("y", 1))), "title of a section"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_format_cannot_hold_is_refused(name: str, tmp_path: Path) -> None:
    """The reason names the part, and no file is left."""
    model, reason = REFUSED[name]
    with pytest.raises(ExportError) as caught:
        export_mojo(model, tmp_path / "model.zip")
    assert reason in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def autoencoder(**changes: Any) -> ScoringModel:
    """Return an autoencoder of two numbers, changed."""
    given: dict[str, Any] = {
        "targets": np.arange(2),
        "weights": np.full(2, 0.5),
        "groups": np.arange(2),
        "scale": np.ones(2),
        "shift": np.zeros(2),
    }
    layer = Layer(np.eye(2, dtype=np.float32), np.zeros(2), changes.pop("activation", Activation.TANH))
    columns = changes.pop("columns", (Numeric("x", 0), Numeric("y", 1)))
    return ScoringModel(columns, (layer,), Reconstruction(**(given | changes)))


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (autoencoder(weights=np.array([0.25, 0.75])), "errors of the autoencoder are weighted"),
        (autoencoder(targets=np.zeros(2, np.int64)), "does not rebuild each input"),
        (autoencoder(scale=np.array([1.0, 2.0])), "scales its reconstructions"),
        (autoencoder(columns=(Numeric("x", 0, missing=1.0), Numeric("y", 1))), "fills missing numbers"),
        (autoencoder(activation=Activation.LOGISTIC), "output of the autoencoder is logistic"),
        (autoencoder(columns=(Numeric("y", 1), table((0, 1.0), NOTHING, NOTHING))), "does not rebuild each input"),
        (autoencoder(columns=(Numeric("y", 1), table(NOTHING, (0, 1.0), (0, 1.0)))), "no input for first levels"),
    ],
)
def test_autoencoders_unlike_those_of_h2o_are_refused(model: ScoringModel, reason: str) -> None:
    """Weights of errors, targets, scales and activations must be those that H2O's reader assumes."""
    with pytest.raises(ExportError, match=reason):
        build_mojo(model)


def test_an_eigen_model_needs_its_scaling(tmp_path: Path) -> None:
    """Without the scaling in the metadata, or with a wrong one, the projection cannot be written."""
    spec = SPECS["eigen"]
    model = imported(write_zip(tmp_path / "given.zip", spec.texts()))
    scaling = model.metadata.training_summary()["code_scaling"]
    assert set(scaling) == {"colour", "b"}
    off = [[scaling["colour"][0][0] + 0.1, 1.0]]
    for wrong in ({}, {"colour": "x", "b": [0, 1]}, {"colour": ["x"]}, {"colour": off, "b": scaling["b"]}):
        with pytest.raises(ExportError, match="no encoding"):
            build_mojo(model.with_metadata(Metadata.of({"code_scaling": wrong})))


def test_levels_with_line_ends_and_backslashes_come_back(tmp_path: Path) -> None:
    """One-hot levels keep every character; blanks around them too."""
    levels = ("a\nb", "back\\slash", " blanks ", "\r", "\\n", "é😀")
    places = np.array([[0], [1], [2], [3], [4], [5], [6], [6]])
    column = Categorical("c", levels, places, np.ones((8, 1)))
    model = ScoringModel((column,), (Layer(np.arange(7, dtype=np.float32)[None], np.zeros(1)),), Regression())
    back = imported(export_mojo(model, tmp_path / "model.zip"))
    assert isinstance(back.columns[0], Categorical)
    assert back.columns[0].levels == levels
    assert_same(model, back, raw_rows(model, {"c": [*levels, None, "unseen"]}))

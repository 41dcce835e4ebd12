"""MOJOs become ScoringModels that score what the format says."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triplicate.importers import mojo
from triplicate.runtime import Classification, Scorer, ScoringModel
from triplicate.runtime.errors import ForeignModelError

from mojo_files import FIVE, ROWS, TWO, Cell, MojoSpec, answers, naive_scores, write_zip

ACTIVATIONS = ("Tanh", "Rectifier", "ExpRectifier", "Maxout")
SHARES = {"prior": (0.9, 0.1), "trained": (0.5, 0.5)}


def imported(spec: MojoSpec, folder: Path) -> ScoringModel:
    """Return the model of a file that is written as the specification says."""
    path = write_zip(folder / "model.zip", spec.texts())
    if spec.category != "AutoEncoder":
        return mojo(path)
    with pytest.warns(UserWarning, match="a row with a missing number no error"):
        return mojo(path)


@pytest.mark.parametrize(
    "spec",
    [
        *(pytest.param({"activation": name}, id=name) for name in ACTIVATIONS),
        *(
            pytest.param({"activation": f"{name}WithDropout", "dropout": (0.25, 0.5)}, id=f"{name}WithDropout")
            for name in ACTIVATIONS
        ),
        pytest.param({"activation": "Rectifier", "dropout": (0.25, 0.5)}, id="ratios without dropout"),
        *(pytest.param({"distribution": name}, id=name) for name in ("laplace", "quantile", "huber", "AUTO")),
        *(pytest.param({"distribution": name}, id=name) for name in ("poisson", "gamma", "tweedie")),
        pytest.param({"response_scale": (0.25, 3.5)}, id="standardised response"),
        pytest.param({"distribution": "poisson", "response_scale": (2.0, -0.5)}, id="standardised before a log"),
        pytest.param({"hidden": ()}, id="no hidden layer"),
        pytest.param({"hidden": (1,), "categories": {}, "numbers": ["age"]}, id="one number, one unit"),
        pytest.param({"numbers": []}, id="no numbers"),
        pytest.param({"scaled": False}, id="not standardised"),
        pytest.param({"use_all": False}, id="first level without input"),
        pytest.param({"use_all": False, "activation": "Maxout", **TWO}, id="first level without input, Maxout"),
        pytest.param({"version": "1.00"}, id="oldest version"),
        pytest.param({"special": ("weight", "fold")}, id="columns that the net does not see"),
        pytest.param({**TWO, "threshold": 0.3}, id="two classes"),
        pytest.param({**TWO, **SHARES}, id="two balanced classes"),
        pytest.param({**TWO, "prior": (1.0, 0.0), "trained": (0.5, 0.5)}, id="a class without prior"),
        pytest.param(FIVE, id="five classes"),
        pytest.param({**FIVE, "prior": (0.2,) * 5, "trained": (0.1, 0.2, 0.3, 0.2, 0.2)}, id="five balanced classes"),
        pytest.param({"category": "AutoEncoder", "activation": "Tanh"}, id="autoencoder"),
        pytest.param({"category": "AutoEncoder", "scaled": False}, id="autoencoder, not standardised"),
        pytest.param({"category": "AutoEncoder", "use_all": False}, id="autoencoder, first level without input"),
        pytest.param(
            {"category": "AutoEncoder", "activation": "MaxoutWithDropout", "dropout": (0.5, 0.5)},
            id="Maxout autoencoder",
        ),
    ],
)
def test_a_mojo_scores_as_the_format_says(spec: dict[str, Any], tmp_path: Path) -> None:
    """Every branch of the format gives the numbers of a plain reading of it."""
    said = MojoSpec(**spec)
    expected = [naive_scores(said, row) for row in ROWS]
    np.testing.assert_allclose(answers(imported(said, tmp_path), ROWS), expected, rtol=1e-11, atol=1e-12)


def test_labels_follow_the_threshold_of_the_file(tmp_path: Path) -> None:
    """Two classes: the second label from default_threshold on; the labels keep their texts."""
    model = imported(MojoSpec(**TWO, labels=("0", "1"), threshold=0.125), tmp_path)
    scores = Scorer(model).score(ROWS)
    expected = ["1" if p >= 0.125 else "0" for p in scores.outputs[:, 2]]
    assert list(scores.labels) == expected
    assert isinstance(model.head, Classification)
    assert model.head.threshold == 0.125


def test_several_labels_follow_the_largest_probability(tmp_path: Path) -> None:
    """More classes: the first of the most probable ones."""
    scores = Scorer(imported(MojoSpec(**FIVE), tmp_path)).score(ROWS)
    expected = [FIVE["labels"][int(k)] for k in scores.outputs[:, 1:].argmax(axis=1)]
    assert list(scores.labels) == expected


def test_weights_stay_those_of_the_file(tmp_path: Path) -> None:
    """Weights are float32 with the bits of the file, biases float64; Maxout's channels stand one below the other."""
    spec = MojoSpec(activation="Maxout")
    weights, biases, _, _ = spec.parameters()
    layer = imported(spec, tmp_path).layers[0]
    assert layer.weights.dtype == np.float32
    assert np.array_equal(layer.weights[1::2], weights[0][:, :, 1])
    assert np.array_equal(layer.bias, biases[0].ravel())


@pytest.mark.parametrize(("distribution", "scale"), [("gaussian", None), ("gaussian", (0.25, 3.5)), ("poisson", None)])
def test_an_offset_counts_and_is_told(distribution: str, scale: tuple[float, float] | None, tmp_path: Path) -> None:
    """The offset column is read, offsets of both signs count, and a note says that H2O's reader ignores them."""
    spec = MojoSpec(distribution=distribution, response_scale=scale, offset="exposure", special=("exposure",))
    with pytest.warns(UserWarning, match="'exposure': h2o-genmodel ignores it"):
        model = imported(spec, tmp_path)
    rows = [{**row, "exposure": offset} for row, offset in zip(ROWS, (0.0, -0.5, 0.75, 0.1, -2.0), strict=True)]
    expected = [naive_scores(spec, row) for row in rows]
    np.testing.assert_allclose(answers(model, rows), expected, rtol=1e-11)
    assert model.offset == "exposure"
    assert "ignores it" in str(model.metadata.training_summary()["source"]["notes"])


def test_modified_huber_keeps_the_probabilities_of_the_net(tmp_path: Path) -> None:
    """H2O's reader gives such a model constant probabilities; the import gives the net's own, and says so."""
    spec = MojoSpec(category="Binomial", distribution="modified_huber")
    with pytest.warns(UserWarning, match="the same probabilities"):
        model = imported(spec, tmp_path)
    np.testing.assert_allclose(answers(model, ROWS), [naive_scores(spec, row) for row in ROWS], rtol=1e-11)


def test_levels_may_hold_line_ends_and_backslashes(tmp_path: Path) -> None:
    """Escapes of the file become the characters they stand for; blanks stay."""
    levels = ["two\nlines", "back\\slash", "cr\rhere", " blanks ", "# no comment", '"quoted"']
    spec = MojoSpec(categories={"a=b": levels}, numbers=["heures=semaine €"])
    model = imported(spec, tmp_path)
    assert model.columns[0].levels == tuple(levels)  # type: ignore[union-attr]
    rows: list[dict[str, Cell]] = [{"a=b": level, "heures=semaine €": 1.0} for level in levels]
    np.testing.assert_allclose(answers(model, rows), [naive_scores(spec, row) for row in rows], rtol=1e-11)


def test_an_old_file_has_no_escapes(tmp_path: Path) -> None:
    """Version 1.00 without escape_domain_values: a backslash is a backslash."""
    model = imported(MojoSpec(categories={"a": ["x\\n", "y"]}, version="1.00"), tmp_path)
    assert model.columns[0].levels == ("x\\n", "y")  # type: ignore[union-attr]


def test_an_empty_level_is_left_out_and_told(tmp_path: Path) -> None:
    """A level '' cannot be met, since an empty cell is missing; the other levels keep their inputs."""
    spec = MojoSpec(categories={"a": ["x", "", "y"]})
    with pytest.warns(UserWarning, match="its level '' is left out"):
        model = imported(spec, tmp_path)
    rows: list[dict[str, Cell]] = [{"a": "y", "age": 1.0, "size": 2.0}, {"a": None, "age": 1.0, "size": 2.0}]
    np.testing.assert_allclose(answers(model, rows), [naive_scores(spec, row) for row in rows], rtol=1e-11)


COLOURS, SIZES = ["red", "green", "blue"], ["10", "20"]
TABLE: list[tuple[str, list[str] | None]] = [
    ("colour", COLOURS),
    ("age", None),
    ("b", SIZES),
    ("answer", ["no", "yes"]),
]
PROJECTION = [0.1, -0.7, 0.7, 0.2, -0.9, 9.0, 9.0]  # those of the response too


def bits(code: int, count: int) -> list[float]:
    """Return the lowest bits of a number, the lowest first."""
    return [float(code >> k & 1) for k in range(count)]


def encoded(encoding: str, colour: str | None, size: str | None, age: float) -> list[float]:
    """Return the net's columns of a row: the encoded category of colours, age, the one of sizes."""
    result: list[list[float]] = []
    for cell, levels, values in ((colour, COLOURS, PROJECTION[:3]), (size, SIZES, PROJECTION[3:5])):
        code = levels.index(cell) if cell in levels else None
        match encoding:
            case "Binary":
                width = 2
                result.append([math.nan] * width if cell is None else bits(0 if code is None else code + 1, width))
            case "Eigen":
                result.append([math.nan if code is None else float(np.float32(values[code]))])
            case _:
                number = None if code is None else float(cell) if levels is SIZES else float(code)  # type: ignore[arg-type]
                result.append([math.nan if number is None else number])
    return [*result[0], age, *result[1]]


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("Binary", ["colour:0", "colour:1", "age", "b:0", "b:1"]),
        ("Eigen", ["colour.Eigen", "age", "b.Eigen"]),
        ("LabelEncoder", ["colour", "age", "b"]),
    ],
)
@pytest.mark.parametrize("more", [{}, {"scaled": False}, {"category": "AutoEncoder", "activation": "Tanh"}])
def test_an_encoding_is_undone(encoding: str, names: list[str], more: dict[str, Any], tmp_path: Path) -> None:
    """A model of encoded columns reads the original table: known, missing and unseen levels."""
    spec = MojoSpec({}, names, encoding=encoding, original=TABLE, projection=PROJECTION, **more)
    model = imported(spec, tmp_path)
    assert [column.name for column in model.columns] == ["colour", "age", "b"]
    cells = [("red", "20"), ("blue", "10"), (None, "20"), ("green", None), ("violet", "30"), (None, None)]
    rows: list[dict[str, Cell]] = [{"colour": colour, "b": size, "age": 1.5} for colour, size in cells]
    expected = [naive_scores(spec, {}, encoded(encoding, colour, size, 1.5)) for colour, size in cells]
    np.testing.assert_allclose(answers(model, rows), expected, rtol=1e-11, atol=1e-12)


def test_labels_that_only_partly_spell_numbers_are_places(tmp_path: Path) -> None:
    """Label encoding of levels of both kinds: training took places, h2o-genmodel takes numbers; a note says so."""
    table: list[tuple[str, list[str] | None]] = [("a", ["0", "10", "x"]), ("answer", None)]
    spec = MojoSpec({}, ["a"], encoding="LabelEncoder", original=table)
    with pytest.warns(UserWarning, match="encoding of 'a': h2o-genmodel"):
        model = imported(spec, tmp_path)
    rows: list[dict[str, Cell]] = [{"a": level} for level in ("0", "10", "x")]
    np.testing.assert_allclose(answers(model, rows), [naive_scores(spec, {}, [k]) for k in (0.0, 1.0, 2.0)], rtol=1e-11)


def test_binary_codes_beside_weights_stand_where_training_put_them(tmp_path: Path) -> None:
    """A column of weights makes h2o-genmodel misplace the bits; the import does not, and says so."""
    names = ["age", "colour:0", "colour:1", "b:0", "b:1"]
    table = [*TABLE[:3], ("weight", None), TABLE[3]]
    spec = MojoSpec({}, names, encoding="Binary", original=table, special=("weight",))
    with pytest.warns(UserWarning, match="puts the bits on wrong inputs"):
        model = imported(spec, tmp_path)
    expected = [naive_scores(spec, {}, [1.5, 0.0, 1.0, 1.0, 0.0])]
    np.testing.assert_allclose(answers(model, [{"colour": "green", "b": "10", "age": 1.5}]), expected, rtol=1e-11)


def test_encoded_levels_keep_their_blanks(tmp_path: Path) -> None:
    """h2o-genmodel trims the levels of encoded columns; the import knows them as training did, and says so."""
    table: list[tuple[str, list[str] | None]] = [("a", [" x", "y"]), ("answer", None)]
    spec = MojoSpec({}, ["a"], encoding="LabelEncoder", original=table)
    with pytest.warns(UserWarning, match="it trims them"):
        model = imported(spec, tmp_path)
    expected = [naive_scores(spec, {}, [0.0]), naive_scores(spec, {}, [np.nan])]
    np.testing.assert_allclose(answers(model, [{"a": " x"}, {"a": "x"}]), expected, rtol=1e-11)


def test_a_regression_of_odds_ends_in_the_logistic_function(tmp_path: Path) -> None:
    """Distribution bernoulli of a number: the link's inverse is the logistic function."""
    spec = MojoSpec(distribution="bernoulli", seed=1)
    linear = [naive_scores(MojoSpec(seed=1), row)[0] for row in ROWS[:2]]
    expected = [[1 / (1 + math.exp(-value))] for value in linear]
    np.testing.assert_allclose(answers(imported(spec, tmp_path), ROWS[:2]), expected, rtol=1e-11)


def test_a_hashed_net_is_refused(tmp_path: Path) -> None:
    """Fewer inputs than columns make: max_categorical_features is named."""
    texts = MojoSpec(categories={"a": ["x", "y", "z"]}).texts()
    texts["model.ini"] = texts["model.ini"].replace("cat_offsets = [0, 4]", "cat_offsets = [0, 9]")
    with pytest.raises(ForeignModelError, match="max_categorical_features"):
        mojo(write_zip(tmp_path / "model.zip", texts))

"""verify --against: H2O's predictions of the same rows are met, and its errors are known."""

import csv
import json
import sys
import warnings
from pathlib import Path

import pytest

from triplicate import ParityReport, cli, load_model, verify
from triplicate.importers import mojo
from triplicate.runtime import Scorer, ScoringModel
from triplicate.runtime.errors import ParameterError, RowError

from mojo_files import FIVE, ROWS, TWO, Cell, MojoSpec, naive_scores, write_zip

THREE = {**FIVE, "labels": ("a", "b", "c")}
OFFSETS = (0.0, -0.5, 0.75, 0.1, -2.0)


def imported(spec: MojoSpec, folder: Path) -> ScoringModel:
    """Return the model; its notes are tested elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return mojo(write_zip(folder / "model.zip", spec.texts()))


def predictions(path: Path, header: list[str], rows: list[list[object]]) -> Path:
    """Write a CSV file as H2O's reader writes it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def compared(
    model: ScoringModel, rows: list[dict[str, Cell]], against: Path, *, like_h2o: bool = False
) -> ParityReport:
    """Compare Python with H2O's predictions, and no other form."""
    return verify(model, rows, java=False, onnx=False, against=against, like_h2o=like_h2o)


def test_equal_predictions_pass(tmp_path: Path) -> None:
    """Numbers within 1e-10 and equal labels pass, over all rows."""
    model = imported(MojoSpec(**TWO), tmp_path)
    scores = Scorer(model).score(ROWS)
    table = [[label, *row] for label, row in zip(scores.labels, scores.probabilities.tolist(), strict=True)]
    report = compared(model, ROWS, predictions(tmp_path / "h2o.csv", ["predict", "no", "yes"], table))
    assert report.passed
    assert report.pairs[-1].pair == "H2O"
    assert report.pairs[-1].promised_rows == len(ROWS)


def test_another_number_and_another_label_are_found(tmp_path: Path) -> None:
    """A probability off by 1e-9 breaks the demand; a label other than ours is listed with its margin."""
    model = imported(MojoSpec(**TWO), tmp_path)
    scores = Scorer(model).score(ROWS)
    table = [[label, *row] for label, row in zip(scores.labels, scores.probabilities.tolist(), strict=True)]
    table[2][2] += 1e-9
    other = "no" if table[3][0] == "yes" else "yes"
    table[3][0] = other
    pair = compared(model, ROWS, predictions(tmp_path / "h2o.csv", ["predict", "no", "yes"], table)).pairs[-1]
    assert pair.mismatch is not None
    assert (pair.mismatch.row, pair.mismatch.output) == (2, "probability of yes")
    assert [(decision.row, decision.found, decision.excused) for decision in pair.decisions] == [(3, other, False)]


@pytest.mark.parametrize("scale", [None, (0.25, 3.5)])
def test_ignored_offsets_are_expected_like_h2o(scale: tuple[float, float] | None, tmp_path: Path) -> None:
    """H2O's reader ignores the offset: the plain comparison fails, that like H2O passes."""
    spec = MojoSpec(offset="exposure", special=("exposure",), response_scale=scale)
    model = imported(spec, tmp_path)
    ignoring = MojoSpec(response_scale=scale)
    table: list[list[object]] = [list(naive_scores(ignoring, row)) for row in ROWS]
    against = predictions(tmp_path / "h2o.csv", ["predict"], table)
    rows = [{**row, "exposure": offset} for row, offset in zip(ROWS, OFFSETS, strict=True)]
    assert not compared(model, rows, against).passed
    assert compared(model, rows, against, like_h2o=True).passed


def test_errors_that_are_not_numbers_are_expected_like_h2o(tmp_path: Path) -> None:
    """H2O's reader gives an autoencoder's row with a missing number no error; the reconstruction still counts."""
    spec = MojoSpec(category="AutoEncoder", activation="Tanh", seed=3)
    model = imported(spec, tmp_path)
    table: list[list[object]] = [list(naive_scores(spec, row)) for row in ROWS]
    for row, cells in zip(ROWS, table, strict=True):
        if row["age"] is None or row["size"] is None:
            cells[-1] = "NaN"
    header = [*(f"reconstr_{k}" for k in range(len(table[0]) - 1)), "Reconstruction.MSE"]
    against = predictions(tmp_path / "h2o.csv", header, table)
    assert not compared(model, ROWS, against).passed
    assert compared(model, ROWS, against, like_h2o=True).passed
    table[3][0] = 0.0
    assert not compared(model, ROWS, predictions(against, header, table), like_h2o=True).passed


def test_errors_of_encoded_categories_are_expected_like_h2o(tmp_path: Path) -> None:
    """A missing category whose code is NaN in H2O's reader has no error there either."""
    original: list[tuple[str, list[str] | None]] = [("a", ["x", "y"]), ("age", None)]
    spec = MojoSpec({}, ["age", "a:0", "a:1"], encoding="Binary", original=original, category="AutoEncoder")
    model = imported(spec, tmp_path)
    rows: list[dict[str, Cell]] = [{"a": "y", "age": 1.0}, {"a": None, "age": 1.0}]
    nan = float("nan")
    table = [list[object](naive_scores(spec, {}, codes)) for codes in ([1.0, 0.0, 1.0], [1.0, nan, nan])]
    table[1][-1] = "NaN"
    header = ["reconstr_age", "reconstr_a:0", "reconstr_a:1", "Reconstruction.MSE"]
    against = predictions(tmp_path / "h2o.csv", header, table)
    assert not compared(model, rows, against).passed
    assert compared(model, rows, against, like_h2o=True).passed


def test_constant_probabilities_are_expected_like_h2o(tmp_path: Path) -> None:
    """modified_huber: H2O's reader gives each row the same probabilities."""
    model = imported(MojoSpec(category="Binomial", distribution="modified_huber"), tmp_path)
    table: list[list[object]] = [["no", 0.7310585786300049, 0.2689414213699951] for _ in ROWS]
    against = predictions(tmp_path / "h2o.csv", ["predict", "no", "yes"], table)
    assert not compared(model, ROWS, against).passed
    assert compared(model, ROWS, against, like_h2o=True).passed


def test_levels_that_h2o_takes_for_numbers_are_left_out_like_h2o(tmp_path: Path) -> None:
    """Label encoding of mixed levels: rows of the levels concerned are not judged, the others are."""
    original: list[tuple[str, list[str] | None]] = [("a", ["0", "10", "x"]), ("answer", None)]
    spec = MojoSpec({}, ["a"], encoding="LabelEncoder", original=original)
    model = imported(spec, tmp_path)
    rows: list[dict[str, Cell]] = [{"a": level} for level in ("0", "10", "x")]
    table: list[list[object]] = [list(naive_scores(spec, {}, [code])) for code in (0.0, 10.0, 2.0)]
    against = predictions(tmp_path / "h2o.csv", ["predict"], table)
    assert not compared(model, rows, against).passed
    report = compared(model, rows, against, like_h2o=True)
    assert report.passed
    assert report.pairs[-1].promised_rows == 2


def test_misplaced_bits_are_left_out_like_h2o(tmp_path: Path) -> None:
    """Binary codes beside a column of weights: no prediction of H2O's reader can be relied on."""
    original: list[tuple[str, list[str] | None]] = [
        ("a", ["x", "y"]),
        ("age", None),
        ("weight", None),
        ("answer", None),
    ]
    spec = MojoSpec({}, ["age", "a:0", "a:1"], encoding="Binary", original=original, special=("weight",))
    model = imported(spec, tmp_path)
    against = predictions(tmp_path / "h2o.csv", ["predict"], [[123.0]])
    rows: list[dict[str, Cell]] = [{"a": "x", "age": 1.0}]
    assert not compared(model, rows, against).passed
    report = compared(model, rows, against, like_h2o=True)
    assert report.passed
    assert report.pairs[-1].promised_rows == 0


def test_a_drawn_label_among_equals_is_excused_like_h2o(tmp_path: Path) -> None:
    """Among equally probable classes H2O's reader draws one; ours is the first."""
    spec = MojoSpec(**THREE, hidden=(), numbers=["age"], categories={}, scaled=False)
    texts = spec.texts()
    lines = texts["model.ini"].split("\n")
    flat = {"weight_layer0": "[0.5, 1.5, 1.5]", "bias_layer0": "[0.0, 1.0, 1.0]"}
    texts["model.ini"] = "\n".join(
        f"{key} = {flat[key]}" if (key := line.split(" = ")[0]) in flat else line for line in lines
    )
    model = mojo(write_zip(tmp_path / "model.zip", texts))
    rows: list[dict[str, Cell]] = [{"age": 1.0}]
    (p,) = Scorer(model).score(rows).probabilities.tolist()
    for drawn in ("a", "c"):
        against = predictions(tmp_path / "h2o.csv", ["predict", "a", "b", "c"], [[drawn, *p]])
        assert compared(model, rows, against, like_h2o=True).passed
    assert not compared(model, rows, against=predictions(against, ["predict", "a", "b", "c"], [["a", *p]])).passed


def test_rows_that_h2o_refused_are_counted_out(tmp_path: Path) -> None:
    """A prediction that is an error message is not compared."""
    model = imported(MojoSpec(), tmp_path)
    table: list[list[object]] = [list(naive_scores(MojoSpec(), row)) for row in ROWS]
    table[1] = ["error: Unknown categorical level"]
    report = compared(model, ROWS, predictions(tmp_path / "h2o.csv", ["predict"], table))
    assert report.passed
    assert report.pairs[-1].promised_rows == len(ROWS) - 1
    two = imported(MojoSpec(**TWO), tmp_path)
    one: list[list[object]] = [["error: Predicted class probability NaN!", "", ""]]
    report = compared(two, ROWS[:1], predictions(tmp_path / "h2o.csv", ["predict", "no", "yes"], one))
    assert report.passed
    with pytest.raises(RowError, match="holds something that is not a number"):
        compared(model, ROWS[:1], predictions(tmp_path / "h2o.csv", ["predict"], [["many"]]))


def test_files_that_do_not_belong_to_the_rows_are_refused(tmp_path: Path) -> None:
    """Another number of rows, other columns, and like_h2o without a file are errors."""
    model = imported(MojoSpec(**TWO), tmp_path)
    autoencoder = imported(MojoSpec(category="AutoEncoder"), tmp_path)
    with pytest.raises(RowError, match="1 predictions for 5 rows"):
        compared(model, ROWS, predictions(tmp_path / "a.csv", ["predict", "no", "yes"], [["no", 0.5, 0.5]]))
    with pytest.raises(RowError, match="no column 'yes'"):
        compared(model, ROWS, predictions(tmp_path / "b.csv", ["predict", "no"], [["no", 0.5]]))
    with pytest.raises(RowError, match=r"must have 9 columns reconstr_"):
        compared(autoencoder, ROWS, predictions(tmp_path / "c.csv", ["reconstr_a", "Reconstruction.MSE"], [[1, 2]]))
    with pytest.raises(ParameterError, match="like_h2o"):
        verify(model, ROWS, java=False, onnx=False, like_h2o=True)


def test_the_command_line_imports_and_compares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`import` writes a model file and tells the notes; `verify --against --like-h2o` judges H2O's predictions too."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["triplicate", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        return code, *capsys.readouterr()

    spec = MojoSpec(offset="exposure", special=("exposure",), distribution="poisson")
    source, model = write_zip(tmp_path / "model.zip", spec.texts()), tmp_path / "m.npz"
    code, out, err = run("import", source, "-o", model)
    assert code == 0
    assert load_model(model).fingerprint in out
    assert "note: " in err
    assert "'exposure': h2o-genmodel ignores it" in err
    table: list[list[object]] = [list(naive_scores(MojoSpec(distribution="poisson"), row)) for row in ROWS]
    against = predictions(tmp_path / "mojo_predictions.csv", ["predict"], table)
    names = [*ROWS[0], "exposure"]
    cells = [
        [*("" if cell is None else cell for cell in row.values()), offset]
        for row, offset in zip(ROWS, OFFSETS, strict=True)
    ]
    rows = predictions(tmp_path / "rows.csv", names, cells)
    report = tmp_path / "report.json"
    words = ("verify", model, rows, "--no-java", "--no-onnx", "--against", against, "--json", report)
    assert run(*words)[0] == 1
    assert run(*words, "--like-h2o")[0] == 0
    assert json.loads(report.read_text(encoding="utf-8"))["pairs"][-1]["pair"] == "H2O"
    assert run("import", source, "-o", tmp_path / "m.zip")[0] == 2
    assert (
        "algorithm"
        in run(
            "import",
            write_zip(tmp_path / "g.zip", {"model.ini": "[info]\nalgorithm = GLM\nn_columns = 0"}),
            "-o",
            model,
        )[2]
    )

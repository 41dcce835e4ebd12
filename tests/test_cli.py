"""The command line as a user types it: outputs, exit codes, and one clear line for each mistake."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
import pytest
from sklearn.datasets import load_iris, load_wine

from triplicate import cli, load_model, load_scorer
from triplicate.trainer.compile_notice import NOTICE

from dense_graphs import bytes_of, torch_style

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs the command line in this process: (exit code, standard output, standard error)."""
    monkeypatch.setenv("COLUMNS", "200")

    def command(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["triplicate", *map(str, words)])
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


@pytest.fixture(scope="module")
def wine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a CSV file of scikit-learn's wines: 13 measurements, a named band with holes, the class by name."""
    data = load_wine(as_frame=True)
    frame = data.data.rename(columns={"od280/od315_of_diluted_wines": "dilution, od280/315"})
    bands = pd.qcut(frame["hue"], 3, labels=["pale", "middle", "deep"]).astype(object)
    frame["hue"] = bands.where(np.arange(len(frame)) % 17 != 0, None)
    frame["kind"] = data.target.map(lambda k: data.target_names[k])
    path = tmp_path_factory.mktemp("wine") / "wine.csv"
    frame.sample(frac=1.0, random_state=0).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def model(wine: Path) -> Path:
    """Train in a process of its own, with standard output piped, and return the model file."""
    path = wine.parent / "wine.npz"
    words = ["train", wine, "--response", "kind", "--hidden", "10,10", "--epochs", "20", "--seed", "1", "--model", path]
    done = subprocess.run(
        [sys.executable, "-m", "triplicate", *map(str, words)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "fingerprint" in done.stdout
    assert done.stderr in (
        "",
        NOTICE + "\n",
    )  # no progress bar when piped; the notice only where nothing is compiled yet
    return path


def test_predictions_have_a_header_and_a_row_per_row(run: Run, model: Path, wine: Path, tmp_path: Path) -> None:
    """`predict -o` writes the label and a probability per class, equal to what the scorer gives."""
    code, _, _ = run("predict", model, wine, "-o", tmp_path / "out.csv")
    written = pd.read_csv(tmp_path / "out.csv", dtype=str)
    assert code == 0
    assert list(written.columns) == ["predict", "class_0", "class_1", "class_2"]
    assert (written["predict"] == pd.read_csv(wine)["kind"]).mean() > 0.9
    assert np.array_equal(written.iloc[:, 1:].to_numpy().astype(float), load_scorer(model).score(wine).outputs[:, 1:])


def test_predictions_go_to_standard_output_without_a_file(run: Run, model: Path, wine: Path) -> None:
    """Without -o the CSV text is all that standard output holds."""
    code, out, _ = run("predict", model, wine)
    assert code == 0
    assert out.startswith("predict,class_0,class_1,class_2\n")
    assert len(out.splitlines()) == 179


def test_exported_files_name_the_same_fingerprint(run: Run, model: Path, tmp_path: Path) -> None:
    """`inspect` finds the model's fingerprint in the model file, the class and the graph."""
    java, onnx = tmp_path / "Wine.java", tmp_path / "wine.onnx"
    assert run("export", model, "--java", java, "--onnx", onnx)[0] == 0
    fingerprint = load_model(model).fingerprint
    for path in (model, java, onnx):
        code, out, _ = run("inspect", path)
        assert code == 0
        assert fingerprint in out


def test_a_graph_for_complete_tables(run: Run, model: Path, tmp_path: Path) -> None:
    """--onnx-complete: export, inspect and verify say for which tables the graph is."""
    graph = tmp_path / "wine.onnx"
    code, out, _ = run("export", model, "--onnx", graph, "--onnx-input", "matrix", "--onnx-complete")
    assert (code, out.startswith(f"{graph}: float64, input matrix, target default, for complete tables\n")) == (0, True)
    assert "complete tables" in run("inspect", graph)[1]
    code, out, _ = run("verify", graph)
    assert (code, "onnx wine.onnx: for complete tables: 1 of 10 rows lack a number and must be NaN" in out) == (0, True)


def test_a_maven_project_is_exported(run: Run, model: Path, tmp_path: Path) -> None:
    """--maven writes the project and says how to build it; the class is named after the folder."""
    code, out, _ = run("export", model, "--maven", tmp_path / "wine-model", "--package", "com.shop")
    assert (code, "Maven project of class WineModel; build and test it with mvn package" in out) == (0, True)
    assert (tmp_path / "wine-model/src/main/java/com/shop/WineModel.java").is_file()
    assert (tmp_path / "wine-model/pom.xml").is_file()


def test_verify_passes_and_writes_json(run: Run, model: Path, wine: Path, tmp_path: Path) -> None:
    """`verify` exits 0 when all forms agree, and the JSON report says the same."""
    code, out, _ = run("verify", model, wine, "--json", tmp_path / "report.json")
    assert code == 0
    assert "all forms agree" in out
    assert json.loads((tmp_path / "report.json").read_text())["passed"] is True


def test_verify_fails_with_exit_code_one(run: Run, model: Path, wine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`verify` exits 1 when a demand does not hold, and names the row and both values."""
    from triplicate.exporters.onnx_run import OnnxScores, run_onnx

    def wrong(*arguments: object, **options: object) -> OnnxScores:
        scores = run_onnx(*arguments, **options)  # type: ignore[arg-type]
        return OnnxScores(scores.outputs * 1.01, scores.unseen)

    monkeypatch.setattr("triplicate.exporters.onnx_run.run_onnx", wrong)
    code, out, _ = run("verify", model, wine, "--no-java")
    assert code == 1
    assert "row " in out
    assert "FAILED" in out


def test_verify_opens_files_that_were_exported(run: Run, model: Path, wine: Path, tmp_path: Path) -> None:
    """--onnx names the graph to check: one that was changed after its export fails."""
    graph = tmp_path / "wine.onnx"
    assert run("export", model, "--onnx", graph)[0] == 0
    code, out, _ = run("verify", model, wine, "--no-java", "--onnx", graph)
    assert (code, "onnx wine.onnx" in out) == (0, True)
    proto = onnx.load(graph)
    proto.graph.initializer[0].CopyFrom(proto.graph.initializer[1])
    onnx.save(proto, graph)
    assert run("verify", model, wine, "--no-java", "--onnx", graph)[0] == 1


def test_a_training_goes_on_from_a_checkpoint(run: Run, wine: Path, tmp_path: Path) -> None:
    """--training-state writes what --checkpoint continues, to the bits of one long training; without it it says so."""
    steady = ["--hidden", "5", "--seed", "1", "--mini-batch-size", "1", "--train-samples-per-iteration", "0"]
    words = ["--response", "kind", *steady, "--stopping-rounds", "0", "--model"]
    first, on, once = (tmp_path / f"{name}.npz" for name in ("first", "on", "once"))
    assert run("train", wine, *words, first, "--epochs", "2", "--training-state")[0] == 0
    code, out, _ = run("train", wine, "--checkpoint", first, "--epochs", "4", "--verbose", "true", "--model", on)
    assert code == 0
    assert "training_logloss" in out
    assert run("train", wine, *words, once, "--epochs", "4")[0] == 0
    assert load_model(on).fingerprint == load_model(once).fingerprint
    code, _, err = run("train", wine, "--checkpoint", once, "--epochs", "6", "--model", tmp_path / "more.npz")
    assert code == 2
    assert "training state" in err


def test_an_autoencoder_names_the_columns_of_each_anomaly(run: Run, tmp_path: Path) -> None:
    """`anomaly` prints the most anomalous rows, and the column that was corrupted leads its reasons."""
    frame = load_iris(as_frame=True).data
    rows, model = tmp_path / "iris.csv", tmp_path / "iris.npz"
    frame.to_csv(rows, index=False)
    words = ("--autoencoder", "true", "--activation", "Tanh", "--hidden", "8,3,8", "--epochs", "40", "--seed", "1")
    assert run("train", rows, *words, "--model", model)[0] == 0
    frame.loc[7, "petal width (cm)"] = 30.0
    frame.to_csv(rows, index=False)
    files = ("-o", tmp_path / "scores.csv", "--plot", tmp_path / "scores.png")
    code, out, _ = run("anomaly", model, rows, "--top", "1", "--reasons", "2", *files)
    assert code == 0
    lines = out.splitlines()
    assert lines[2].split()[0] == "7"
    assert "petal width (cm) is 30, expected about" in lines[2]
    assert lines[2].split()[2] == "yes"
    assert len(lines) == 4
    table = pd.read_csv(tmp_path / "scores.csv")
    assert table.columns.tolist()[:3] == ["score", "is_anomaly", "error of sepal length (cm)"]
    assert table.columns.tolist()[-2:] == ["reason 1", "reason 2"]
    assert table.loc[7, "reason 1"] in lines[2]
    assert (tmp_path / "scores.png").read_bytes().startswith(b"\x89PNG")
    assert run("anomaly", model, rows, "--plot", tmp_path / "scores.doc")[0] == 2


def text_in_a_number(path: Path) -> None:
    """Spoil one cell."""
    frame = pd.read_csv(path, dtype=str)
    frame.loc[3, "alcohol"] = "strong"
    frame.to_csv(path, index=False)


def without_a_column(path: Path) -> None:
    """Drop one column and add one with nearly its name."""
    pd.read_csv(path).rename(columns={"alcohol": "Alcohol"}).to_csv(path, index=False)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (text_in_a_number, ["record 4", "'alcohol'", "'strong'", "--bad-numbers missing"]),
        (without_a_column, ["'alcohol' is missing", "did you mean 'Alcohol'"]),
    ],
)
def test_rows_that_do_not_fit_are_refused_in_one_line(
    run: Run, model: Path, wine: Path, tmp_path: Path, spoil: Callable[[Path], None], said: list[str]
) -> None:
    """The error names row, column, cell and the way out; exit code 2, and no output file appears."""
    rows = tmp_path / "rows.csv"
    rows.write_bytes(wine.read_bytes())
    spoil(rows)
    code, _, err = run("predict", model, rows, "-o", tmp_path / "out.csv")
    assert code == 2
    assert err.startswith("error: ")
    assert len(err.splitlines()) == 1
    assert all(words in err for words in said), err
    assert not (tmp_path / "out.csv").exists()


def test_bad_numbers_can_count_as_missing(run: Run, model: Path, wine: Path, tmp_path: Path) -> None:
    """`--bad-numbers missing` goes on where the default stops."""
    rows = tmp_path / "rows.csv"
    rows.write_bytes(wine.read_bytes())
    text_in_a_number(rows)
    assert run("predict", model, rows, "--bad-numbers", "missing")[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("train", "{wine}", "--response", "knd", "--model", "{out}/m.npz"), "did you mean 'kind'"),
        (("train", "{wine}", "--response", "kind", "--rho", "1.2", "--model", "{out}/m.npz"), "rho must be in (0, 1)"),
        (("train", "{wine}", "--response", "kind", "--epochs", "x", "--model", "{out}/m.npz"), "epochs must be"),
        (("train", "{wine}", "--response", "kind", "--model", "{out}/m.bin"), "must end in .npz"),
        (("train", "{wine}", "--response", "kind", "--model", "{out}/no/m.npz"), "create it first"),
        (
            ("train", "{wine}", "--response", "kind", "--copies", "500", "--model", "{out}/m.npz"),
            "copies must be at most",
        ),
        (("verify", "{model}", "{wine}", "--json", "{out}/no/report.json"), "create it first"),
        (("demo", "--folder", "{wine}/demo"), "the folder cannot be made"),
        (("train", "{wine}", "--model", "{out}/m.npz"), "--response"),
        (("train", "{out}/none.csv", "--response", "kind", "--model", "{out}/m.npz"), "none.csv"),
        (("predict", "{wine}", "{wine}"), "not a model file"),
        (("predict", "{out}/none.npz", "{wine}"), "none.npz"),
        (("anomaly", "{model}", "{wine}"), "no autoencoder"),
        (("export", "{model}"), "nothing to export"),
        (("export", "{model}", "--java", "{out}/A.java", "--class-name", "B"), "--class-name goes with --maven"),
        (("export", "{model}", "--maven", "{wine}"), "is not an empty folder; name a new one"),
        (("export", "{model}", "--java", "{out}/class.java"), "class"),
        (("export", "{model}", "--java", "{out}/no/where/Wine.java"), "Wine.java"),
        (("export", "{model}", "--onnx", "{wine}/x.onnx"), "x.onnx"),
        (("export", "{model}", "--onnx", "{out}/x.onnx", "--onnx-complete"), "with --onnx-input matrix"),
        (
            ("export", "{model}", "--java", "{out}/A.java", "--onnx-complete", "--onnx-input", "matrix"),
            "with --onnx or",
        ),
        (("inspect", "{wine}"), "inspect reads"),
        (("inspect", "{out}/none.onnx"), "none.onnx: there is no such file"),
        (("inspect", "{out}/none.java"), "none.java: there is no such file"),
    ],
)
def test_mistakes_are_answered_in_one_line(
    run: Run, model: Path, wine: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    """Each mistake gives exit code 2 and one line on standard error that names it; nothing is written."""
    code, _, err = run(*(word.format(model=model, wine=wine, out=tmp_path) for word in words))
    assert code == 2
    assert said in err, err
    assert err.startswith("error: ")
    assert list(tmp_path.iterdir()) == []


def test_help_names_every_parameter_that_works(run: Run) -> None:
    """`train --help` lists the parameters as options."""
    code, out, _ = run("train", "--help")
    assert code == 0
    assert all(flag in out for flag in ("--hidden-dropout-ratios", "--stopping-rounds", "--na-values", "--l1"))


def notes_of(err: str) -> list[str]:
    """Return the lines of stderr, without the one of a training that is the first of its kind on this machine."""
    return [line for line in err.splitlines() if line != NOTICE]


@pytest.mark.filterwarnings("default")
def test_warnings_of_training_are_one_line_notes(run: Run, tmp_path: Path) -> None:
    """What Python would show as a warning in our source is a note, with the option that decides."""
    rows = tmp_path / "rows.csv"
    rows.write_text("a,y\n" + "".join(f"{i},{i % 2}\n" for i in range(20)))
    words = ("train", rows, "--response", "y", "--hidden", "2", "--epochs", "1", "--model", tmp_path / "m.npz")
    code, _, err = run(*words)
    assert code == 0
    (line,) = notes_of(err)
    assert line.startswith("note: response 'y' holds only the numbers 0 and 1")
    assert "--classification" in line
    assert notes_of(run(*words, "--classification")[2]) == []


def test_what_is_inspected_can_be_searched(run: Run, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Piped into a narrow place, `inspect` keeps each fact on its line, and shows brackets as they are."""
    monkeypatch.setenv("COLUMNS", "40")
    code, out, _ = run("inspect", model)
    facts = dict(line.split("  ", 1) for line in out.splitlines())
    assert not any(line.endswith(" ") for line in out.splitlines())
    assert code == 0
    assert facts["fingerprint"].strip() == load_model(model).fingerprint
    assert facts["training layers"].strip().startswith('["')


def test_rows_may_be_a_parquet_file(run: Run, model: Path, wine: Path, tmp_path: Path) -> None:
    """`predict` and `verify` read what `train` reads."""
    rows = tmp_path / "rows.parquet"
    pd.read_csv(wine).to_parquet(rows)
    assert run("predict", model, rows)[:2] == run("predict", model, wine)[:2]
    assert run("verify", model, rows, "--no-java", "--no-onnx")[0] == 0


def test_a_negative_number_of_anomalies_is_refused(run: Run, model: Path, wine: Path) -> None:
    """`--top` counts from 0."""
    assert run("anomaly", model, wine, "--top", "-3")[0] == 2


def test_import_of_an_onnx_graph(run: Run, tmp_path: Path) -> None:
    """A dense graph becomes a model file that scores; options of graphs are refused for other files."""
    graph, model = bytes_of(torch_style(), tmp_path / "net.onnx"), tmp_path / "net.npz"
    named = ("--columns", "a,b,c,d", "--labels", "low,middle,high")
    code, output, _ = run("import", graph, "-o", model, *named)
    assert code == 0
    assert "4 columns, 3 layers" in output
    assert load_model(model).row_names == ("a", "b", "c", "d")
    assert load_scorer(model).score([{"a": 1, "b": 2, "c": 3, "d": 4}]).labels[0] in {"low", "middle", "high"}
    code, _, error = run("import", tmp_path / "net.zip", "-o", model, *named)
    assert code == 2
    assert "--columns is for .onnx files" in error

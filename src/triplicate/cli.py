"""The command line: train, import, predict, anomaly, export, verify, serve, inspect, demo."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from triplicate import __version__
from triplicate.cli_import import add_import_command
from triplicate.cli_serve import add_serve_command
from triplicate.cli_train import add_train_command
from triplicate.runtime.errors import ExportError, TriplicateError

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Train a neural net on a table once; carry it as Python, one Java class and ONNX that agree.",
)
add_train_command(app)
add_import_command(app)
add_serve_command(app)

ModelPath = Annotated[Path, typer.Argument(help="Model file (.npz) written by train.")]
RowsPath = Annotated[Path, typer.Argument(help="Rows to score: .csv, .csv.gz or .parquet.")]
BadNumbersOption = Annotated[
    Literal["error", "missing"], typer.Option(help="What to do with text in a numeric column: stop, or go on.")
]
SHOW_WARNING = warnings.showwarning
FAILED, REFUSED = 1, 2  # exit codes: a demand does not hold; the command could not be carried out


def main() -> None:
    """Run the command line; an error of ours becomes one line on standard error and exit code 2."""
    with warnings.catch_warnings():
        warnings.showwarning = _note
        try:
            app()
        except TriplicateError as reason:
            print(f"error: {reason}", file=sys.stderr)  # noqa: T201 - the command line speaks here
            sys.exit(REFUSED)


def _note(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
    """Show a warning that is meant for the user as one line without our source; others as Python does."""
    if issubclass(category, UserWarning):
        print(f"note: {message}", file=sys.stderr)  # noqa: T201 - the command line speaks here
    else:
        SHOW_WARNING(message, category, *where, **more)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"triplicate {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print version.")
    ] = False,
) -> None:
    pass


@app.command()
def predict(
    model: ModelPath,
    rows: RowsPath,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="CSV file; standard output if absent.")] = None,
    fast: Annotated[bool, typer.Option(help="Use BLAS: faster, and equal within the contract's bounds only.")] = False,
    bad_numbers: BadNumbersOption = "error",
) -> None:
    """Score rows: `predict` and a probability per label, or the predicted number, or anomaly scores."""
    from triplicate.prediction_files import predictions_as_csv, write_predictions
    from triplicate.scoring import load_scorer, rows_of

    scores = load_scorer(model).score(rows_of(rows), fast=fast, bad_numbers=bad_numbers)
    if output is None:
        typer.echo(predictions_as_csv(scores), nl=False)
    else:
        write_predictions(scores, output)
    _tell_counts(int(scores.unseen.sum()), int(scores.replaced.sum()), len(scores), output)


def _tell_counts(unseen: int, replaced: int, rows: int, output: Path | None) -> None:
    where = "" if output is None else f" into {output}"
    notes = [f"{rows} rows scored{where}"] if output is not None else []
    if unseen:
        notes.append(f"{unseen} cells hold levels that training did not see")
    if replaced:
        notes.append(f"{replaced} numbers were not usable (infinite after scaling) and counted as missing")
    for note in notes:
        typer.echo(note, err=True)


@app.command()
def anomaly(
    model: ModelPath,
    rows: RowsPath,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="CSV file with all rows and columns.")] = None,
    top: Annotated[int, typer.Option(min=0, help="How many rows to print, most anomalous first.")] = 10,
    reasons: Annotated[int, typer.Option(min=1, help="How many columns to name as the reasons of a row.")] = 3,
    plot: Annotated[
        Path | None,
        typer.Option(help="Picture of the scores and the threshold: .png, .svg or .pdf (needs matplotlib)."),
    ] = None,
    bad_numbers: BadNumbersOption = "error",
) -> None:
    """Score rows with an autoencoder; print the most anomalous ones, and why they are."""
    from triplicate.anomaly_table import anomaly_columns, anomaly_table, require_autoencoder
    from triplicate.plots import plot_anomalies
    from triplicate.prediction_files import columns_as_csv
    from triplicate.runtime.atomic_file import require_writable, write_atomically
    from triplicate.scoring import load_scorer, rows_of

    for path in (output, plot):
        if path is not None:
            require_writable(path)
    scorer = load_scorer(model)
    head = require_autoencoder(scorer.model.head)
    numbers = scorer.row_numbers(rows_of(rows), bad_numbers=bad_numbers)
    scores = scorer.score_numbers(numbers)
    if output is not None:
        write_atomically(output, columns_as_csv(anomaly_columns(scores, numbers, reasons)))
    if plot is not None:
        plot_anomalies(scores.anomaly_scores, head.threshold, path=plot)
    Console().print(anomaly_table(scores, numbers, top, reasons))
    _tell_counts(int(scores.unseen.sum()), int(scores.replaced.sum()), len(scores), output)


@app.command()
def export(
    model: ModelPath,
    java: Annotated[Path | None, typer.Option(help="Java source to write; the class is named after the file.")] = None,
    maven: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Maven project to write, with a parity test: a new folder.")
    ] = None,
    class_name: Annotated[
        str | None, typer.Option(help="Name of the class in the Maven project; from DIR's name if absent.")
    ] = None,
    package: Annotated[str | None, typer.Option(help="Java package of the class; Maven's groupId as well.")] = None,
    java_weights: Annotated[
        Literal["source", "resource"], typer.Option(help="Weights in the class, or in CLASS.weights beside it.")
    ] = "source",
    onnx: Annotated[Path | None, typer.Option(help="ONNX file to write.")] = None,
    onnx_input: Annotated[
        Literal["columns", "matrix"], typer.Option(help="One ONNX input per raw column, or one numeric matrix.")
    ] = "columns",
    onnx_dtype: Annotated[
        Literal["float64", "float32"], typer.Option(help="Arithmetic of the ONNX graph.")
    ] = "float64",
    onnx_target: Annotated[
        Literal["default", "modern"],
        typer.Option("--onnx-target", "--target", help="ONNX of opset 15, or the newest that is installed here."),
    ] = "default",
    onnx_complete: Annotated[
        bool, typer.Option("--onnx-complete", help="With matrix: promise that no number is missing; a faster graph.")
    ] = False,
    onnx_rows: Annotated[
        Path | None, typer.Option(help="Rows on which float32's error is measured, besides the golden rows.")
    ] = None,
    mojo: Annotated[Path | None, typer.Option(help="MOJO to write (.zip), for what reads H2O's models.")] = None,
    triton: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Triton's model repository to write the graph into.")
    ] = None,
    mlflow: Annotated[Path | None, typer.Option(metavar="DIR", help="MLflow model to write: a new folder.")] = None,
) -> None:
    """Write the model as a Java class, a Maven project of it, an ONNX graph, an H2O MOJO, for Triton or MLflow."""
    from triplicate.runtime import load_model

    if all(target is None for target in (java, maven, onnx, mojo, triton, mlflow)):
        raise ExportError(
            "nothing to export: give --java FILE.java, --maven DIR, --onnx FILE.onnx, --mojo FILE.zip, --triton DIR, "
            "--mlflow DIR, or several"
        )
    if class_name is not None and maven is None:
        raise ExportError("--class-name goes with --maven; with --java the class is named after the file")
    if onnx_complete and (onnx_input != "matrix" or (onnx is None and triton is None)):
        raise ExportError("--onnx-complete goes with --onnx or --triton, and with --onnx-input matrix")
    promise = ", for complete tables" if onnx_complete else ""
    loaded = load_model(model)
    if java is not None:
        from triplicate.exporters import export_java

        typer.echo(f"{export_java(loaded, java, package=package, weights=java_weights)}: class {java.stem}")
    if maven is not None:
        from triplicate.exporters import export_maven

        written = export_maven(loaded, maven, class_name, package, weights=java_weights)
        typer.echo(f"{maven}: Maven project of class {written.stem}; build and test it with mvn package")
    if onnx is not None:
        from triplicate.exporters.onnx_export import export_measured
        from triplicate.scoring import rows_of

        measured_on = None if onnx_rows is None else rows_of(onnx_rows)
        with _notes_at_the_end():
            errors = export_measured(
                loaded, onnx, onnx_input, onnx_dtype, onnx_target, measured_on, complete=onnx_complete
            )
            typer.echo(f"{onnx}: {onnx_dtype}, input {onnx_input}, target {onnx_target}{promise}")
            for name, error in errors.items():
                typer.echo(f"float32 on {'the golden rows' if name == 'golden' else onnx_rows}: {error}")
    if mojo is not None:
        from triplicate.exporters import export_mojo

        typer.echo(f"{export_mojo(loaded, mojo)}: MOJO 1.10")
    if triton is not None:
        from triplicate.exporters import export_triton

        with _notes_at_the_end():
            written = export_triton(
                loaded, triton, model.stem, input=onnx_input, dtype=onnx_dtype, complete=onnx_complete
            )
            typer.echo(f"{written}: model {written.name} for Triton, {onnx_dtype}, input {onnx_input}{promise}")
    if mlflow is not None:
        from triplicate.exporters import export_mlflow

        typer.echo(f"{export_mlflow(loaded, mlflow)}: MLflow model, mlflow.pyfunc.load_model reads it")
    typer.echo(f"fingerprint {loaded.fingerprint}")


@contextmanager
def _notes_at_the_end() -> Iterator[None]:
    """Print the warnings of an export, one line each, after what was exported."""
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        yield
    for note in notes:
        typer.echo(f"note: {note.message}", err=True)


@app.command()
def verify(
    model: Annotated[Path, typer.Argument(help="Model file (.npz); or an exported .onnx file alone, without rows.")],
    rows: Annotated[Path | None, typer.Argument(help="Rows to score: .csv, .csv.gz or .parquet.")] = None,
    json: Annotated[Path | None, typer.Option(help="Also write the report as JSON.")] = None,
    java: Annotated[Path | None, typer.Option(help="Check this exported class; a fresh one if absent.")] = None,
    onnx: Annotated[Path | None, typer.Option(help="Check this exported graph; fresh ones if absent.")] = None,
    no_java: Annotated[bool, typer.Option("--no-java", help="Leave Java out.")] = False,
    no_onnx: Annotated[bool, typer.Option("--no-onnx", help="Leave ONNX out.")] = False,
    bad_numbers: BadNumbersOption = "error",
    against: Annotated[Path | None, typer.Option(help="H2O's predictions of the same rows, to be met too.")] = None,
    like_h2o: Annotated[
        bool, typer.Option("--like-h2o", help="With --against: expect there what H2O's reader does wrong.")
    ] = False,
) -> None:
    """Score the rows in Python, Java and ONNX and compare; exit code 1 when a demand does not hold.

    A .onnx file alone is run on the golden rows that it carries.
    """
    from triplicate.report_table import print_report
    from triplicate.runtime.atomic_file import require_writable, write_atomically
    from triplicate.verification import verify as run_verify

    if json is not None:
        require_writable(json)
    report = run_verify(
        model,
        rows,
        java=java or not no_java,
        onnx=onnx or not no_onnx,
        bad_numbers=bad_numbers,
        against=against,
        like_h2o=like_h2o,
    )
    print_report(report, Console())
    if json is not None:
        write_atomically(json, report.to_json())
    if not report.passed:
        raise typer.Exit(FAILED)


@app.command()
def inspect(file: Annotated[Path, typer.Argument(help="A .npz, .onnx or .java file of this package.")]) -> None:
    """Say what a model file or an exported form holds: fingerprint, columns, layers, training summary."""
    from triplicate.inspect_file import describe_file

    lines = [(_printable(name), _printable(value)) for name, value in describe_file(file)]
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:  # a fingerprint that is searched for, or cut out, stands on one line
        width = max(len(name) for name, _ in lines)
        typer.echo("\n".join(f"{name:<{width}}  {value}" for name, value in lines))
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for line in lines:
        table.add_row(*line)
    console.print(table)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where the model and its exports are written.")] = Path(
        "triplicate-demo"
    ),
) -> None:
    """Train on real data, export Java and ONNX, compile, score three ways, prove that they agree."""
    from triplicate.demo import run_demo

    if not run_demo(folder, Console()):
        raise typer.Exit(FAILED)


if __name__ == "__main__":
    main()

"""The command `import`: a model file of another system becomes a model file of this package."""

import warnings
from pathlib import Path
from typing import Annotated, Literal

import typer

from triplicate.runtime import ScoringModel
from triplicate.runtime.errors import ParameterError

__all__ = ["add_import_command"]


def add_import_command(app: typer.Typer) -> None:
    """Give the command line its command `import`."""
    app.command("import")(_import)


def _import(
    file: Annotated[Path, typer.Argument(help="An H2O Deep Learning MOJO (.zip), or a dense ONNX graph (.onnx).")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Model file (.npz) to write.")],
    columns: Annotated[str | None, typer.Option(help="ONNX: names of the values, separated by commas.")] = None,
    labels: Annotated[str | None, typer.Option(help="ONNX: texts of the classes, separated by commas.")] = None,
    task: Annotated[
        Literal["classification", "regression"] | None,
        typer.Option(help="ONNX: what the graph is, if its end is unclear."),
    ] = None,
    graph_output: Annotated[str | None, typer.Option(help="ONNX: the output to take, if there are several.")] = None,
) -> None:
    """Read a model of another system; the notes say where it now differs from there."""
    from triplicate.runtime import save_model
    from triplicate.runtime.atomic_file import require_writable

    if output.suffix != ".npz":
        raise ParameterError(f"--output must end in .npz, got {output}")
    require_writable(output)
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        model = _read(file, columns, labels, task, graph_output)
    save_model(model, output)
    typer.echo(f"{output}: {len(model.columns)} columns, {len(model.layers)} layers, fingerprint {model.fingerprint}")
    for note in notes:
        typer.echo(f"note: {note.message}", err=True)


def _read(
    file: Path,
    columns: str | None,
    labels: str | None,
    task: Literal["classification", "regression"] | None,
    graph_output: str | None,
) -> ScoringModel:
    from triplicate.importers import mojo, onnx_dense

    if file.suffix.lower() == ".onnx":
        names, classes = (None if texts is None else texts.split(",") for texts in (columns, labels))
        return onnx_dense(file, names, labels=classes, task=task, output=graph_output)
    told = {"--columns": columns, "--labels": labels, "--task": task, "--graph-output": graph_output}
    for option, value in told.items():
        if value is not None:
            raise ParameterError(f"{option} is for .onnx files, got {file}")
    return mojo(file)

"""The command `import`: a model file of another system becomes a model file of this package."""

import warnings
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["add_import_command"]


def add_import_command(app: typer.Typer) -> None:
    """Give the command line its command `import`."""
    app.command("import")(_import)


def _import(
    file: Annotated[Path, typer.Argument(help="An H2O Deep Learning MOJO (.zip).")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Model file (.npz) to write.")],
) -> None:
    """Read a model of another system; the notes say where it now differs from there."""
    from triplicate.importers import mojo
    from triplicate.runtime import save_model
    from triplicate.runtime.atomic_file import require_writable
    from triplicate.runtime.errors import ParameterError

    if output.suffix != ".npz":
        raise ParameterError(f"--output must end in .npz, got {output}")
    require_writable(output)
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        model = mojo(file)
    save_model(model, output)
    typer.echo(f"{output}: {len(model.columns)} columns, {len(model.layers)} layers, fingerprint {model.fingerprint}")
    for note in notes:
        typer.echo(f"note: {note.message}", err=True)

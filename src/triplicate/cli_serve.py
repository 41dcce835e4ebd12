"""The command `serve`: a model behind HTTP."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

import typer

from triplicate.runtime.errors import ToolError

__all__ = ["add_serve_command"]

NEEDED = ("fastapi", "uvicorn", "prometheus_client")


def add_serve_command(app: typer.Typer) -> None:
    """Give the command line its command `serve`."""
    app.command("serve")(_serve)


def _serve(
    model: Annotated[Path, typer.Argument(help="Model file (.npz) written by train.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8080,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all of the machine's.")] = "127.0.0.1",
    name: Annotated[str | None, typer.Option(help="Name of the model in paths; the file's name if absent.")] = None,
    engine: Annotated[
        Literal["numpy", "onnx"], typer.Option(help="Exact arithmetic (the digits of predict), or ONNX Runtime.")
    ] = "numpy",
    max_body: Annotated[int, typer.Option(min=1, help="Largest request body, in bytes.")] = 8 * 2**20,
    max_rows: Annotated[int, typer.Option(min=1, help="Most rows of one request.")] = 10_000,
    max_connections: Annotated[int, typer.Option(min=1, help="Most clients at once; the next ones get 503.")] = 1000,
    stop_seconds: Annotated[
        float, typer.Option(min=1, help="Time for requests under way to finish after SIGTERM.")
    ] = 10.0,
    missing_columns: Annotated[
        Literal["error", "missing"], typer.Option(help="What a record without one of the columns is.")
    ] = "error",
    unknown_columns: Annotated[
        Literal["ignore", "error"], typer.Option(help="What becomes of columns that the model does not read.")
    ] = "ignore",
) -> None:
    """Serve predictions over HTTP: JSON records, Open Inference Protocol v2, Prometheus metrics, a page to try it."""
    lacking = [package for package in NEEDED if find_spec(package) is None]
    if lacking:
        raise ToolError(
            f"serve needs {', '.join(package.replace('_', '-') for package in lacking)}: "
            "pip install 'triplicate[serve]'"
        )
    from triplicate.scoring import load_scorer
    from triplicate.serving import Engine, NumpyEngine, OnnxEngine, Settings, run_server

    settings = Settings(
        max_body=max_body,
        max_rows=max_rows,
        stop_seconds=stop_seconds,
        max_connections=max_connections,
        missing_columns=missing_columns,
        unknown_columns=unknown_columns,
    )
    scorer = load_scorer(model)
    chosen: Engine = OnnxEngine(scorer) if engine == "onnx" else NumpyEngine(scorer)
    named = name or model.stem

    def started(address: str) -> None:
        typer.echo(f"{named}: {address}/  ({chosen.name}; stop with Ctrl+C or SIGTERM)")

    run_server(chosen, named, host=host, port=port, settings=settings, started=started)
    typer.echo("stopped")

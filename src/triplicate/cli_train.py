"""The command `train`: every training parameter is an option, made from the one place that declares them."""

import inspect
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

__all__ = ["add_train_command"]

DATA_PANEL, PARAMETER_PANEL = "Data", "Training parameters"


def add_train_command(app: typer.Typer) -> None:
    """Register `train` with the app; its options are built when the command line is parsed."""
    from triplicate.trainer.parameter_options import command_options

    def command(**options: Any) -> None:
        _train(**options)

    parameters = _data_parameters()
    taken = {parameter.name for parameter in parameters}
    for option in command_options():
        if option.name in taken:
            continue
        default = "" if option.default is None else f" Default: {option.default}."
        shown = typer.Option(
            option.flag,
            help=option.help + default,
            metavar=option.kind.value.upper(),
            rich_help_panel=PARAMETER_PANEL,
        )
        parameters.append(_parameter(option.name, Annotated[str | None, shown], None))
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    app.command("train", help="Train on a table (.csv, .csv.gz, .parquet) and write a model file.")(command)


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _data_parameters() -> list[inspect.Parameter]:
    """Return the options that name files and columns."""
    panel: dict[str, Any] = {"rich_help_panel": DATA_PANEL}
    table = typer.Argument(help="Training table: .csv, .csv.gz or .parquet.")
    model = typer.Option("--model", help="Model file to write (.npz).", **panel)
    response = typer.Option("--response", help="Column to predict; none for an autoencoder.", **panel)
    validation = typer.Option("--validation", help="Table for early stopping and the best model.", **panel)
    classification = typer.Option(
        "--classification/--regression", help="What a response of numbers asks for (default: regression).", **panel
    )
    categorical = typer.Option("--categorical", help="Column to take as categories (repeatable).", **panel)
    numeric = typer.Option("--numeric", help="Column to take as numbers (repeatable).", **panel)
    na_values = typer.Option("--na-values", help="Cell text that means missing (repeatable).", **panel)
    checkpoint = typer.Option(
        "--checkpoint", help="Model file of an earlier training to go on from (saved with --training-state).", **panel
    )
    state = typer.Option("--training-state", help="Also write what --checkpoint needs.", **panel)
    return [
        _parameter("table", Annotated[Path, table]),
        _parameter("model", Annotated[Path, model]),
        _parameter("response", Annotated[str | None, response], None),
        _parameter("validation", Annotated[Path | None, validation], None),
        _parameter("checkpoint", Annotated[Path | None, checkpoint], None),
        _parameter("training_state", Annotated[bool, state], False),
        _parameter("classification", Annotated[bool | None, classification], None),
        _parameter("categorical", Annotated[list[str] | None, categorical], None),
        _parameter("numeric", Annotated[list[str] | None, numeric], None),
        _parameter("na_values", Annotated[list[str] | None, na_values], None),
    ]


def _train(
    table: Path,
    model: Path,
    response: str | None,
    validation: Path | None,
    checkpoint: Path | None,
    training_state: bool,
    classification: bool | None,
    categorical: list[str] | None,
    numeric: list[str] | None,
    na_values: list[str] | None,
    **options: str | None,
) -> None:
    """Train, save, and say what came of it."""
    from triplicate.runtime.atomic_file import require_writable
    from triplicate.runtime.errors import ParameterError
    from triplicate.trainer import AutoEncoderEstimator, DeepLearningEstimator
    from triplicate.trainer.parameter_options import parse_option

    parameters = {name: parse_option(name, text) for name, text in options.items() if text is not None}
    autoencoder = parameters.get("autoencoder", False)
    if response is None and not autoencoder and checkpoint is None:
        raise ParameterError("--response names the column to predict (or --autoencoder true learns without one)")
    if response is not None and autoencoder:
        raise ParameterError("an autoencoder has no response: leave --response out")
    if model.suffix != ".npz":
        raise ParameterError(f"--model must end in .npz, got {model}")
    require_writable(model)
    columns = {"categorical": categorical, "numeric": numeric, "na_values": na_values}
    parameters.update({name: value for name, value in columns.items() if value})
    if classification is not None:
        parameters["classification"] = classification
    if checkpoint is not None:
        parameters["checkpoint"] = checkpoint
    kind = AutoEncoderEstimator if parameters.pop("autoencoder", False) else DeepLearningEstimator
    estimator = kind(**parameters)
    estimator.train(y=response, training_frame=table, validation_frame=validation)
    estimator.save(model, training_state=training_state)
    Console(highlight=False).print(estimator.summary())
    typer.echo(f"{model}: fingerprint {estimator.scoring_model.fingerprint}")

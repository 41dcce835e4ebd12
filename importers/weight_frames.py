"""h2o_weights: a net from the tables that H2O's export_weights_and_biases gives, where no MOJO can be had."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.importers.h2o_columns import Encoding, InputColumns, Scaling, encoded_columns, one_hot_columns
from triplicate.importers.h2o_heads import Response
from triplicate.importers.h2o_net import H2ONet, scoring_model
from triplicate.runtime.csv_rows import open_text, records
from triplicate.runtime.errors import ForeignModelError
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["h2o_weights"]

Floats = npt.NDArray[np.float64]
ONE_HOT = ("AUTO", "OneHotInternal", "SortByResponse")
MISSING = "missing(NA)"


def h2o_weights(
    weights: Sequence[Any],
    biases: Sequence[Any],
    columns: Mapping[str, Sequence[str] | None],
    *,
    activation: str,
    labels: Sequence[str] | None = None,
    autoencoder: bool = False,
    distribution: str = "AUTO",
    hidden_dropout_ratios: Sequence[float] | None = None,
    use_all_factor_levels: bool = True,
    categorical_encoding: str = "AUTO",
    normmul: Any = None,
    normsub: Any = None,
    respmul: Any = None,
    respsub: Any = None,
    offset_column: str | None = None,
    threshold: float = 0.5,
    prior: Sequence[float] | None = None,
    trained: Sequence[float] | None = None,
) -> ScoringModel:
    """Return the ScoringModel of an H2O net, from `model.weights(0)`, `model.biases(0)` and so on.

    `weights`, `biases`: one per layer: an H2OFrame, a DataFrame, a matrix, or the path of a CSV file with a header.
    `columns`: each predictor with its levels in H2O's order, or None for a number. Their order does not matter where
    weights[0] has names; else it is that of the model: categories, then numbers.
    `activation`, `hidden_dropout_ratios` (of the dropout activations; 0.5 by default), `distribution`,
    `use_all_factor_levels`, `categorical_encoding` (AUTO, Binary, LabelEncoder): as trained.
    `labels`: levels of the response, None for a number or an autoencoder. `threshold`: of two labels the second is
    given from this probability on (H2O: model.default_threshold()). `prior`, `trained`: shares of the labels before and
    after balance_classes. `normmul`, `normsub`, `respmul`, `respsub`: what the model's methods of these names return.

    ForeignModelError says what does not fit; a UserWarning where the model differs from H2O's own scoring.
    """
    if len(weights) != len(biases) or not weights:
        raise ForeignModelError(f"{len(weights)} tables of weights and {len(biases)} of biases: one each per layer")
    tables = [_table(frame, f"weights[{index}]") for index, frame in enumerate(weights)]
    flat_biases = [_table(frame, f"biases[{index}]")[1].ravel() for index, frame in enumerate(biases)]
    names, first = tables[0]
    hidden = len(tables) - 1
    doubled = activation.startswith("Maxout")
    units = [
        len(table) // (2 if doubled and (index < hidden or autoencoder) else 1)
        for index, (_, table) in enumerate(tables)
    ]
    dropout = _ratios(activation, hidden_dropout_ratios, hidden)
    scaling = (normsub, normmul)
    if categorical_encoding in ONE_HOT:
        inputs = _one_hot(names, columns, use_all_factor_levels, scaling)
    else:
        inputs = _encoded(names, columns, categorical_encoding, scaling)
    response = Response(
        None if labels is None else tuple(labels),
        autoencoder,
        distribution,
        multiply=float(_numbers(respmul, "respmul", 1, 1.0)[0]),
        subtract=float(_numbers(respsub, "respsub", 1, 0.0)[0]),
        offset=offset_column,
        threshold=float(threshold),
        prior=_shares(prior, "prior", labels, trained),
        trained=_shares(trained, "trained", labels, prior),
    )
    net = H2ONet(
        activation,
        [first.shape[1], *units],
        [table.ravel() for _, table in tables],  # Maxout's rows are no channels: only the flat order has a meaning
        flat_biases,
        dropout,
        inputs,
        response,
        {"format": "H2O weights and biases", "distribution": distribution},
    )
    model, notes = scoring_model(net)
    for note in notes:
        warnings.warn(note, UserWarning, stacklevel=2)
    return model


def _table(frame: Any, what: str) -> tuple[list[str] | None, Floats]:
    """Return the names of a table's columns (None: it has none) and its numbers (float64, two-dimensional)."""
    names: list[str] | None = None
    values: Any
    if isinstance(frame, str | Path):
        with open_text(frame) as text:
            rows = [cells for _, cells in records(text, str(frame))]
        names, values = (rows[0], rows[1:]) if rows else ([], [])
    else:
        if hasattr(frame, "as_data_frame"):  # an H2OFrame
            frame = frame.as_data_frame()
        names = [str(name) for name in frame.columns] if hasattr(frame, "columns") else None
        values = frame.to_numpy() if hasattr(frame, "to_numpy") else frame
    try:
        numbers = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as reason:
        raise ForeignModelError(f"{what} is no table of numbers ({reason})") from reason
    numbers = numbers[:, None] if numbers.ndim == 1 else numbers
    if numbers.ndim != 2 or not numbers.size or not np.isfinite(numbers).all():
        raise ForeignModelError(f"{what} must be a table of finite numbers, got shape {numbers.shape}")
    return names, numbers


def _ratios(activation: str, given: Sequence[float] | None, hidden: int) -> list[float]:
    """Return a ratio per layer; H2O's default is one half wherever dropout is on."""
    ratios = [0.5 if activation.endswith("WithDropout") else 0.0] * hidden if given is None else list(given)
    if len(ratios) != hidden or not all(0.0 <= ratio < 1.0 for ratio in ratios):
        raise ForeignModelError(f"hidden_dropout_ratios must be {hidden} numbers from 0 to below 1, got {ratios}")
    return [*map(float, ratios), 0.0]


def _numbers(value: Any, name: str, count: int, default: float) -> Floats:
    """Return `count` numbers; None, or a list of nothing, is the default for all."""
    try:
        numbers = np.full(count, default) if value is None else np.array(value, dtype=np.float64).ravel()
    except (TypeError, ValueError) as reason:
        raise ForeignModelError(f"{name} must be numbers ({reason})") from reason
    numbers = numbers if numbers.size else np.full(count, default)
    if len(numbers) != count or not np.isfinite(numbers).all():
        raise ForeignModelError(f"{name} must be {count} finite numbers, got {len(numbers)}")
    return numbers + 0.0


def _shares(shares: Any, name: str, labels: Sequence[str] | None, other: Any) -> Floats | None:
    if shares is None:
        return None
    if labels is None or other is None:
        raise ForeignModelError("prior and trained go together, and with labels")
    return _numbers(shares, name, len(labels), 0.0)


def _scaling(given: tuple[Any, Any], count: int) -> Scaling:
    return Scaling(_numbers(given[0], "normsub", count, 0.0), _numbers(given[1], "normmul", count, 1.0))


def _one_hot(
    names: list[str] | None, columns: Mapping[str, Sequence[str] | None], use_all: bool, scaling: tuple[Any, Any]
) -> InputColumns:
    """Return the columns, in the order in which weights[0] names their inputs."""
    skipped = 0 if use_all else 1
    blocks = {
        name: [name] if levels is None else [f"{name}.{level}" for level in (*list(levels)[skipped:], MISSING)]
        for name, levels in columns.items()
    }
    order = sorted(columns, key=lambda name: columns[name] is None) if names is None else _order(names, blocks)
    categories = [levels for name in order if (levels := columns[name]) is not None]
    widths = [len(blocks[name]) for name in order if columns[name] is not None]
    if any(columns[name] is None for name in order[: len(categories)]):
        raise ForeignModelError("weights[0] has a number before a category: the table is not H2O's")
    offsets = [0, *np.cumsum(widths).tolist()]
    return one_hot_columns(order, categories, offsets, use_all, _scaling(scaling, len(order) - len(categories)))


def _order(names: list[str], blocks: dict[str, list[str]]) -> list[str]:
    """Return the columns in the order of the inputs' names; each must be met whole."""
    first = {block[0]: name for name, block in blocks.items()}
    order: list[str] = []
    place = 0
    while place < len(names):
        name = first.pop(names[place], None)
        block = [] if name is None else blocks[name]
        if name is None or names[place : place + len(block)] != block:
            wrong = names[place] if name is None else f"{name}: levels {block[:4]}…"
            raise ForeignModelError(
                f"input {place} of weights[0] is called {names[place]!r}, which `columns` does not lead to ({wrong}):"
                " give every predictor, and its levels in H2O's order"
            )
        order.append(name)
        place += len(block)
    if first:
        raise ForeignModelError(f"weights[0] has no input for column {next(iter(first.values()))!r}")
    return order


def _encoded(
    names: list[str] | None, columns: Mapping[str, Sequence[str] | None], encoding: str, scaling: tuple[Any, Any]
) -> InputColumns:
    known = [str(kind) for kind in Encoding if kind is not Encoding.EIGEN]
    if names is None or encoding not in known:
        raise ForeignModelError(
            f"categorical_encoding {encoding!r}: must be one of {', '.join((*ONE_HOT, *known))}, and the last two need"
            " weights[0] with names"
        )
    levels = [None if given is None else list(given) for given in columns.values()]
    return encoded_columns(Encoding(encoding), names, _scaling(scaling, len(names)), list(columns), levels, None)

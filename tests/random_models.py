"""Random valid ScoringModels and hostile rows: what the parity tests draw instead of training runs.

Seeds, not shrinking strategies, so that one javac call and one JVM can take all models of a run. `KINDS`
cycles through every activation, head and shape of column table, so that a run of 200 covers each many times.
"""

import numpy as np
import numpy.typing as npt

from triplicate.runtime import (
    Activation,
    Categorical,
    Classification,
    Column,
    GoldenRows,
    Head,
    LabelRule,
    LabelType,
    Layer,
    Link,
    Metadata,
    Numeric,
    RawRows,
    Reconstruction,
    Regression,
    Scorer,
    ScoringModel,
    encode_rows,
)

__all__ = ["HOSTILE_TEXTS", "random_model", "random_rows"]

HOSTILE_TEXTS = (
    "plain", "two words", "Ünïcödé", "quote\"s", "back\\slash", "line\nfeed", "carriage\rreturn", "\\u0022", "*/ }",
    "// comment", "tab\there", "nul\0byte", "emoji 😀", " blanks ", "class", "label", "unseen", "probabilities", "42",
    "a,b", "=1+1", "${x}", "{{ x }}", "<script>", "é" * 40, "%s", "'", "NaN", "null", "A", "a", "row", "set", "1e5",
    "triplicate/x", "\u2028", "\x7f", "#", "get Class", "score",
)  # fmt: skip
HEADS = ("binomial", "multinomial", "identity", "log", "identity_offset", "log_offset", "reconstruction")
ACTIVATIONS = tuple(Activation)
TABLES = ("one_hot", "first_dropped", "binary", "eigen", "label", "hashed", "empty", "nothing", "own_unseen")


def random_model(seed: int) -> ScoringModel:
    """Return a valid model; consecutive seeds walk through heads, activations and table shapes."""
    rng = np.random.default_rng([7, seed])
    names = _names(rng, int(rng.integers(1, 9)))
    shared = seed % 5 == 4  # columns hash into the same inputs
    columns, inputs = _columns(rng, seed, names, shared)
    head_kind = HEADS[seed % len(HEADS)]
    depth = int(rng.integers(0, 4))
    widths = [int(rng.choice([1, 2, 3, 5, 8, 17])) for _ in range(depth)]
    last = inputs if head_kind == "reconstruction" else 1
    if head_kind == "binomial":
        last = 2
    if head_kind == "multinomial":
        last = int(rng.integers(2, 7))
    layers: list[Layer] = []
    before = inputs
    for position, width in enumerate([*widths, last]):
        is_last = position == depth
        plain_last = is_last and seed % 3 != 0
        activation = (
            Activation.LINEAR if plain_last else ACTIVATIONS[(seed // len(HEADS) + position) % len(ACTIVATIONS)]
        )
        layers.append(_layer(rng, before, width, activation, is_last=is_last))
        before = width
    head = _head(rng, seed, head_kind, last, columns)
    na_values = ("NA", "?") if seed % 4 == 0 else ()
    model = ScoringModel(tuple(columns), tuple(layers), head, na_values)
    return with_golden_rows(model, seed) if seed % 2 == 0 else model


def with_golden_rows(model: ScoringModel, seed: int, rows: int = 4) -> ScoringModel:
    """Return the model carrying a few random rows and their exact outputs."""
    raw = random_rows(model, rows, seed + 1)
    outputs = Scorer(model).score_numbers(encode_rows(model, raw)[0]).outputs
    cells = tuple(
        tuple(None if cell is None or cell != cell else (cell if isinstance(cell, str) else float(cell)) for cell in c)
        for c in raw.cells
    )
    return model.with_metadata(Metadata.of({"note": "random", "seed": seed}, GoldenRows(cells, outputs)))


def _names(rng: np.random.Generator, count: int) -> list[str]:
    picked = rng.permutation(len(HOSTILE_TEXTS))[:count]
    return [f"column {i}" if rng.random() < 0.5 else HOSTILE_TEXTS[p] for i, p in enumerate(picked)]


def _finite(rng: np.random.Generator, shape: tuple[int, ...], scale: float = 1.0) -> npt.NDArray[np.float64]:
    """Return normal numbers with some exact zeros and no -0."""
    values = rng.normal(0.0, scale, shape)
    return np.where(rng.random(shape) < 0.1, 0.0, values) + 0.0


def _columns(rng: np.random.Generator, seed: int, names: list[str], shared: bool) -> tuple[list[Column], int]:
    columns: list[Column] = []
    inputs = 3 if shared else 0
    for position, name in enumerate(names):
        if rng.random() < 0.45:
            target = int(rng.integers(0, 3)) if shared else inputs
            columns.append(_numeric(rng, name, target))
            width = 1
        else:
            table = TABLES[(seed + position) % len(TABLES)]
            column, width = _categorical(rng, name, table, 0 if shared else inputs, 3 if shared else None)
            columns.append(column)
        inputs += 0 if shared else width
    return columns, max(inputs, 1)


def _numeric(rng: np.random.Generator, name: str, target: int) -> Numeric:
    low, high = (-np.inf, np.inf) if rng.random() < 0.6 else (-2.0, float(rng.uniform(-1, 3)))
    missing = 0.0 if rng.random() < 0.7 else float(rng.normal())
    multiply = float(rng.choice([1.0, 0.37, -2.5, 1e-3]))
    return Numeric(name, target, float(_finite(rng, ())), multiply, missing, low, high)


def _categorical(
    rng: np.random.Generator, name: str, table: str, start: int, hashed_into: int | None
) -> tuple[Categorical, int]:
    """Return a column whose table has the given shape, and the number of inputs it takes."""
    count = 0 if table == "empty" else int(rng.integers(1, 7))
    levels = tuple(HOSTILE_TEXTS[p] for p in rng.permutation(len(HOSTILE_TEXTS))[:count])
    rows = count + 2
    if table == "hashed" or hashed_into is not None:
        buckets = hashed_into or 3
        inputs = rng.integers(0, buckets, (rows, 2))
        return Categorical(name, levels, inputs + (start if hashed_into is None else 0), np.ones((rows, 2))), buckets
    if table == "nothing":
        return Categorical(name, levels, np.zeros((rows, 0), np.int32), np.zeros((rows, 0))), 0
    if table == "binary":
        width = max(1, count.bit_length())
        bits = (np.arange(1, rows + 1)[:, np.newaxis] >> np.arange(width)) & 1
        inputs = np.where(bits == 1, start + np.arange(width), -1)
        return Categorical(name, levels, inputs, bits.astype(np.float64)), width
    if table in ("eigen", "label"):
        values = _finite(rng, (rows, 1)) if table == "eigen" else np.arange(rows, dtype=np.float64)[:, np.newaxis]
        return Categorical(name, levels, np.full((rows, 1), start), values), 1
    if table == "own_unseen":
        return Categorical(name, levels, start + np.arange(rows)[:, np.newaxis], np.ones((rows, 1))), rows
    inputs = start + np.minimum(np.arange(rows), count)[:, np.newaxis]
    values = np.ones((rows, 1))
    if table == "first_dropped":
        inputs[0], values[0] = -1, 0.0
    return Categorical(name, levels, inputs, values), count + 1


def _layer(rng: np.random.Generator, before: int, units: int, activation: Activation, *, is_last: bool) -> Layer:
    rows = units * (2 if activation is Activation.MAXOUT else 1)
    weights = _finite(rng, (rows, before), 1.0 / np.sqrt(before))
    if rng.random() < 0.7:
        weights = weights.astype(np.float32)
    alpha = float(rng.uniform(0.01, 1.5)) if activation in (Activation.LEAKY_RECTIFIER, Activation.ELU) else 0.0
    retain = 1.0 if is_last or rng.random() < 0.6 else 0.5
    return Layer(weights, _finite(rng, (rows,), 0.5), activation, alpha, retain)


def _head(rng: np.random.Generator, seed: int, kind: str, units: int, columns: list[Column]) -> Head:
    if kind in ("binomial", "multinomial"):
        label_type = (LabelType.STRING, LabelType.INTEGER, LabelType.BOOLEAN)[seed % (3 if units == 2 else 2)]
        labels = {
            LabelType.STRING: tuple(HOSTILE_TEXTS[p] for p in rng.permutation(len(HOSTILE_TEXTS))[:units]),
            LabelType.INTEGER: tuple(str(n) for n in (-3, 0, 7, 11, 2**40, 5, 6)[:units]),
            LabelType.BOOLEAN: ("False", "True"),
        }[label_type]
        correction = rng.uniform(0.1, 3.0, units) if rng.random() < 0.4 else None
        if units == 2 and rng.random() < 0.6:
            return Classification(labels, label_type, LabelRule.THRESHOLD, float(rng.uniform(0.1, 0.9)), correction)
        return Classification(labels, label_type, correction=correction)
    if kind == "reconstruction":
        groups = np.zeros(units, np.int32)
        for index, column in enumerate(columns):
            reached = [column.input] if isinstance(column, Numeric) else column.inputs[column.inputs >= 0]
            groups[reached] = index
        chosen = _finite(rng, (units,))
        by_column = np.array([1.0 if isinstance(columns[g], Numeric) else 0.5 for g in groups]) / len(columns)
        weights = (np.full(units, 1.0 / units), by_column, np.abs(chosen))[int(rng.integers(3))]
        threshold = np.inf if rng.random() < 0.3 else float(rng.uniform(0.1, 2.0))
        targets = np.arange(units) if rng.random() < 0.7 else rng.permutation(units)
        return Reconstruction(targets, weights, groups, _finite(rng, (units,)) + 2.0, _finite(rng, (units,)), threshold)
    offset = "the offset" if kind.endswith("offset") else None
    if kind.startswith("log"):
        return Regression(Link.LOG, offset=offset)
    return Regression(Link.IDENTITY, float(rng.uniform(0.5, 20)), float(_finite(rng, (), 10)), offset)


HOSTILE_NUMBERS = (
    0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e300, -1e300, 1.7976931348623157e308, 5e-324, -2e-310, 1e-300,
    2.2250738585072014e-308, 123456789.123456789, -7.5, 0.1,
)  # fmt: skip


def random_rows(model: ScoringModel, rows: int, seed: int) -> RawRows:
    """Return raw rows: ordinary ones, and ones with missing, unseen, infinite, huge and subnormal cells."""
    rng = np.random.default_rng([11, seed])
    wild = rng.random(rows) < 0.4
    cells: list[npt.NDArray[np.generic]] = []
    for column in model.columns:
        if isinstance(column, Numeric):
            numbers = rng.normal(0, 3, rows)
            hostile = rng.choice(HOSTILE_NUMBERS, rows)
            cells.append(np.where(wild & (rng.random(rows) < 0.5), hostile, numbers))
            continue
        choices: list[str | None] = [*column.levels, None, "never seen", "NA"]
        weights = np.array([4.0] * len(column.levels) + [1.0, 1.0, 0.2])
        texts = np.empty(rows, dtype=object)
        texts[:] = [choices[p] for p in rng.choice(len(choices), rows, p=weights / weights.sum())]
        cells.append(texts)
    if model.offset is not None:
        cells.append(rng.normal(0, 2, rows))
    return RawRows(tuple(cells), rows)

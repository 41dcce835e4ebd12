"""Properties of the runtime over random models and hostile rows."""

import csv
import io
import math
import re
import warnings
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from bit_patterns import bits
from hypothesis import example, given, settings
from hypothesis import strategies as st

from triplicate.runtime import (
    Activation,
    Categorical,
    Classification,
    Numeric,
    RawRows,
    Scorer,
    ScoringModel,
    encode_rows,
    load_model,
    raw_rows,
    save_model,
)
from triplicate.runtime.cells import parse_number
from triplicate.runtime.csv_rows import open_text, records
from triplicate.runtime.errors import RowError
from triplicate.runtime.yardstick import output_bounds, yardstick

from naive import naive_outputs
from random_models import random_model, random_rows

SEEDS = range(150)
NUMBER = st.from_regex(
    r"[ \t]{0,2}[+-]?([0-9]{1,25}(\.[0-9]{0,25})?|\.[0-9]{1,25})([eE][+-]?[0-9]{1,3})?[ \t]{0,2}", fullmatch=True
)
SPELLED = re.compile(r"[ \t]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?[ \t]*", re.ASCII)


def test_the_random_models_cover_every_shape() -> None:
    """Every activation, head, rule, weight type and kind of column is among the models of this run."""
    models = [random_model(seed) for seed in SEEDS]
    layers = [layer for model in models for layer in model.layers]
    assert {layer.activation for layer in layers} == set(Activation)
    assert {layer.weights.dtype.name for layer in layers} == {"float32", "float64"}
    assert {type(column) for model in models for column in model.columns} == {Numeric, Categorical}
    heads = [model.head for model in models]
    assert len({type(head) for head in heads}) == 3
    assert len({head.rule for head in heads if isinstance(head, Classification)}) == 2
    assert {model.offset is None for model in models} == {True, False}


def test_saving_and_loading_is_the_identity(tmp_path: Path) -> None:
    """Fingerprint, metadata, names and the file's bytes survive a round trip of 75 models."""
    for seed in range(75):
        model = random_model(seed)
        save_model(model, tmp_path / "a.npz")
        loaded = load_model(tmp_path / "a.npz")
        save_model(loaded, tmp_path / "b.npz")
        assert loaded == model
        assert loaded.metadata.checksum == model.metadata.checksum
        assert loaded.output_names == model.output_names
        assert loaded.input_names == model.input_names
        assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_the_exact_path_gives_the_bits_of_the_plain_twin() -> None:
    """Every output of every row, NaN and the sign of zero included, one number at a time against vectors."""
    for seed in SEEDS:
        model = random_model(seed)
        numbers, _ = encode_rows(model, random_rows(model, 12, seed))
        expected = np.array([naive_outputs(model, row) for row in numbers.tolist()])
        np.testing.assert_array_equal(bits(Scorer(model).score_numbers(numbers).outputs), bits(expected), f"{seed=}")


def naive_counts(model: ScoringModel, raw: RawRows, row: int) -> tuple[int, int]:
    """Return the unseen levels and the unusable numbers of one row."""
    unseen = replaced = 0
    for column, cells in zip(model.columns, raw.cells, strict=False):
        cell = cells[row]
        if isinstance(column, Categorical):
            unseen += cell is not None and cell not in column.levels
        elif not math.isnan(cell):
            replaced += not math.isfinite((float(cell) - column.subtract) * column.multiply)
    return unseen, replaced


def test_unseen_levels_and_unusable_numbers_are_counted_per_row() -> None:
    """Both counts, from raw rows and from row numbers."""
    seen = np.zeros(2, dtype=int)
    for seed in SEEDS:
        model = random_model(seed)
        raw = random_rows(model, 12, seed)
        scores = Scorer(model).score(raw)
        expected = np.array([naive_counts(model, raw, row) for row in range(raw.rows)])
        np.testing.assert_array_equal(np.column_stack((scores.unseen, scores.replaced)), expected, f"{seed=}")
        np.testing.assert_array_equal(encode_rows(model, raw)[1], expected[:, 0])
        seen += expected.sum(axis=0)
    assert (seen > 50).all()


def test_the_fast_path_stays_within_its_demand() -> None:
    """Linear outputs within 1e-14 A, probabilities within 1e-12 + 1e-14 A, labels the same outside of that margin."""
    compared = 0
    for seed in SEEDS:
        model = random_model(seed)
        scorer = Scorer(model)
        numbers, _ = encode_rows(model, random_rows(model, 40, seed))
        exact = scorer.score_numbers(numbers).outputs
        fast = scorer.score_numbers(numbers, fast=True).outputs
        bounds = output_bounds(scorer, numbers, exact)
        with np.errstate(invalid="ignore"):  # inf - inf where both forms are infinite
            close = np.abs(fast - exact) <= bounds.allowed(1e-14, 1e-12)
        same = (fast == exact) | (np.isnan(fast) & np.isnan(exact))
        promised = bounds.promised[:, np.newaxis] & ~bounds.decision
        assert (close | same)[promised.nonzero()].all(), f"{seed=}"
        compared += int(promised.sum())
    assert compared > 10_000


def test_layers_of_the_fast_path_stay_within_the_yardstick() -> None:
    """Each unit of each layer differs by at most 1e-14 A, computed in the test itself."""
    for seed in SEEDS:
        model = random_model(seed)
        scorer = Scorer(model)
        numbers, _ = encode_rows(model, random_rows(model, 20, seed))
        scale = np.abs(scorer.inputs(numbers))
        ordinary = np.ones(len(numbers), dtype=bool)
        for index, layer in enumerate(model.layers):
            with np.errstate(all="ignore"):
                scale = scale @ np.abs(layer.weights).T.astype(np.float64) + np.abs(layer.bias)
                if layer.activation is Activation.MAXOUT:
                    scale = np.maximum(scale[:, 0::2], scale[:, 1::2])
                scale = scale * max(1.0, layer.alpha)
            if layer.activation in (Activation.TANH, Activation.LOGISTIC, Activation.ELU):
                scale = np.maximum(scale, 1.0)
            ordinary &= (scale < 1e308).all(axis=1)
            exact = scorer.layer_outputs(numbers, index)[ordinary]
            fast = scorer.layer_outputs(numbers, index, fast=True)[ordinary]
            assert (np.abs(fast - exact) <= 1e-14 * scale[ordinary]).all(), f"{seed=}, {index=}"
            np.testing.assert_allclose(yardstick(scorer, numbers)[index + 1][ordinary], scale[ordinary], rtol=1e-12)


def test_sums_beyond_float64_give_the_twins_infinities_and_nans() -> None:
    """Rows whose A is above 1e308: no warning, no exception, and the bits of the twin."""
    for seed in range(70):
        model = random_model(seed)
        numeric = [i for i, column in enumerate(model.columns) if isinstance(column, Numeric)]
        numbers, _ = encode_rows(model, random_rows(model, 8, seed))
        numbers[:, numeric] = np.random.default_rng(seed).choice([1.7e308, -1.7e308, 1e308], (8, len(numeric)))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = Scorer(model).score_numbers(numbers).outputs
            Scorer(model).score_numbers(numbers, fast=True)
        expected = np.array([naive_outputs(model, row) for row in numbers.tolist()])
        np.testing.assert_array_equal(bits(found), bits(expected), f"{seed=}")


def test_golden_rows_score_to_the_bit_as_a_table() -> None:
    """The rows a model carries are a table that it can score."""
    checked = 0
    for seed in SEEDS:
        model = random_model(seed)
        golden = model.metadata.golden
        if golden is not None:
            table = dict(zip(model.row_names, golden.cells, strict=True))
            np.testing.assert_array_equal(bits(Scorer(model).score(table).outputs), bits(golden.outputs), f"{seed=}")
            checked += 1
    assert checked > 50


def test_rows_written_as_csv_score_as_the_rows_themselves(tmp_path: Path) -> None:
    """Hostile names and levels, quoted by the csv module; numbers by repr, which is exact."""
    for seed in range(0, 150, 3):
        model = random_model(seed)
        raw = random_rows(model, 10, seed)
        finite = [np.where(np.isinf(c), 1e300, c) if c.dtype == np.float64 else c for c in raw.cells]
        raw = RawRows(tuple(finite), raw.rows)
        with (tmp_path / "rows.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow(model.row_names)
            writer.writerows(
                ["" if cell is None or cell != cell else str(cell) for cell in row]
                for row in zip(*raw.cells, strict=True)
            )
        for expected, found in zip(raw.cells, raw_rows(model, tmp_path / "rows.csv").cells, strict=True):
            # "NA" is a level of these rows, and a missing cell in the file of a model whose na_values hold it.
            known = [None if cell in model.na_values else cell for cell in expected.tolist()]
            np.testing.assert_array_equal(found, np.array(known, dtype=found.dtype), f"{seed=}")


@given(NUMBER)
@example("9007199254740993")
@example("2.2250738585072011e-308")
def test_a_number_is_the_nearest_float64_of_its_digits(text: str) -> None:
    """Against exact decimal arithmetic: no other float64 is nearer."""
    found = parse_number(text)
    assert found is not None
    exact = Decimal(text.strip(" \t"))
    if math.isinf(found):
        assert abs(exact) >= Decimal(2) ** 1024 - Decimal(2) ** 970
        return
    error = abs(exact - Decimal(found))
    for neighbour in (math.nextafter(found, math.inf), math.nextafter(found, -math.inf)):
        assert math.isinf(neighbour) or error <= abs(exact - Decimal(neighbour))


@given(st.text(alphabet="0123456789+-.eE \txnaif_,١\n", max_size=8))
def test_a_text_is_a_number_exactly_when_the_grammar_says_so(text: str) -> None:
    """Nothing that Python's own float() would take in addition."""
    assert (parse_number(text) is not None) == (SPELLED.fullmatch(text) is not None)


TABLE = st.integers(2, 4).flatmap(
    lambda width: st.lists(
        st.lists(st.text(st.characters(codec="utf-8"), max_size=6), min_size=width, max_size=width),
        min_size=1,
        max_size=5,
    )
)


@settings(deadline=None)
@given(TABLE, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_any_table_written_by_rfc_4180_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], end: str, mark: bool
) -> None:
    """Every text that UTF-8 can carry, with every kind of line end, with and without a byte order mark."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator=end).writerows(table)
    path = tmp_path_factory.getbasetemp() / "table.csv"
    path.write_bytes((b"\xef\xbb\xbf" if mark else b"") + buffer.getvalue().encode("utf-8"))
    with open_text(path) as text:
        assert [cells for _, cells in records(text, "table.csv")] == table


@settings(deadline=None)
@given(st.binary(max_size=60))
@example(b'a,b\n"')
@example(b'"\n')
def test_any_bytes_are_records_or_a_row_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Nothing else ever comes out of a CSV file."""
    path = tmp_path_factory.getbasetemp() / "bytes.csv"
    path.write_bytes(content)
    try:
        with open_text(path) as text:
            found = list(records(text, "bytes.csv"))
    except RowError as reason:
        message = str(reason)
    else:
        message = "bytes.csv"
        assert len({len(cells) for _, cells in found}) <= 1
    assert message.startswith("bytes.csv")

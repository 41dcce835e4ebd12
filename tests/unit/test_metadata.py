"""triplicate.runtime.metadata: training summary, golden rows, and their checksum."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triplicate.runtime import (
    Categorical,
    GoldenRows,
    Layer,
    Metadata,
    Numeric,
    Regression,
    ScoringModel,
    load_model,
    save_model,
)
from triplicate.runtime.errors import InvalidModelError


def model_with(golden: GoldenRows | None) -> ScoringModel:
    """Return a model of one numeric and one categorical column with an offset."""
    columns = (Numeric("n", 0), Categorical("c", ("x",), [[0], [-1], [-1]], [[1.0], [0.0], [0.0]]))  # type: ignore[arg-type]
    head = Regression(offset="o")
    return ScoringModel(columns, (Layer(np.ones((1, 1)), np.zeros(1)),), head, (), Metadata("{}", golden))


@pytest.mark.parametrize(
    ("training", "message"),
    [
        (None, "metadata.training: must be a string, got NoneType"),
        ("", "metadata.training: must not be empty"),
        ("{", "metadata.training: is not JSON"),
        ("[1]", "metadata.training: must be a JSON object"),
        ("[" * 100_000, "metadata.training: is not JSON"),
    ],
)
def test_a_training_summary_is_a_json_object(training: Any, message: str) -> None:
    """Anything else is refused with the reason."""
    with pytest.raises(InvalidModelError) as caught:
        Metadata(training)
    assert str(caught.value).startswith(message)


def test_a_training_summary_comes_back_as_it_was_given() -> None:
    """The summary is stored as canonical text, and every call returns a fresh dict."""
    summary = {"epochs": 10, "auc": 0.9, "name": "é", "list": [1, None, True]}
    metadata = Metadata.of(summary)
    assert metadata.training_summary() == summary
    assert metadata.training_summary() is not metadata.training_summary()
    assert Metadata.of(dict(reversed(summary.items()))).training == metadata.training


@pytest.mark.parametrize(
    ("cells", "outputs", "message"),
    [
        (((1.0,), ("x",), (0.0,)), [1.0], "metadata.golden.outputs: must be a matrix, got shape (1,)"),
        (((1.0,), ("x",)), [[1.0]], "metadata.golden.cells: 2 columns instead of 3"),
        (((1.0,), ("x",), (0.0,)), [[1.0, 2.0]], "metadata.golden.outputs: must have 1 columns"),
        (((1.0, 2.0), ("x",), (0.0,)), [[1.0]], "metadata.golden.cells[0]: 2 cells for 1 rows"),
        ((("1",), ("x",), (0.0,)), [[1.0]], "metadata.golden.cells[0]: '1' is of the wrong type"),
        (((1.0,), (1.0,), (0.0,)), [[1.0]], "metadata.golden.cells[1]: 1.0 is of the wrong type"),
        (((1.0,), ("x",), ("0",)), [[1.0]], "metadata.golden.cells[2]: '0' is of the wrong type"),
        (((1.0,), ("",), (0.0,)), [[1.0]], "metadata.golden.cells[1]: must not be empty"),
        (
            ((1.0,), ("\ud800",), (0.0,)),
            [[1.0]],
            "metadata.golden.cells[1]: '\\ud800' holds a lone surrogate, which no text format can carry",
        ),
    ],
)
def test_golden_rows_that_do_not_fit_the_model_are_refused(cells: Any, outputs: Any, message: str) -> None:
    """Cells follow the model's row names and their types, outputs its output names."""
    with pytest.raises(InvalidModelError) as caught:
        model_with(GoldenRows(cells, outputs))
    assert str(caught.value) == message


def test_golden_rows_survive_the_model_file_with_missing_and_strange_cells(tmp_path: Path) -> None:
    """NaN and None are both "missing"; infinities, -0 and subnormals keep their bits."""
    cells = ((float("nan"), None, np.inf, -0.0, 5e-324), ("x", None, "unseen", "é\n", "x"), (0.0, 1.0, 2.0, 3.0, 4.0))
    model = model_with(GoldenRows(cells, np.array([[np.nan], [np.inf], [-np.inf], [-0.0], [1e-310]])))
    save_model(model, tmp_path / "m.npz")
    golden, loaded = model.metadata.golden, load_model(tmp_path / "m.npz").metadata.golden
    assert golden is not None
    assert loaded is not None
    assert loaded.cells == golden.cells
    assert loaded.cells[0][:2] == (None, None)
    assert np.signbit(loaded.cells[0][3])  # type: ignore[arg-type]
    assert loaded.outputs.tobytes() == golden.outputs.tobytes()


def test_the_checksum_changes_with_every_part_of_the_metadata() -> None:
    """Summary, cells and outputs each enter the checksum; equal metadata has an equal one."""
    cells, outputs = ((1.0,), ("x",), (0.0,)), np.ones((1, 1))
    checksums = [
        Metadata().checksum,
        Metadata('{"a":1}').checksum,
        Metadata("{}", GoldenRows(cells, outputs)).checksum,
        Metadata("{}", GoldenRows(((1.0,), ("y",), (0.0,)), outputs)).checksum,
        Metadata("{}", GoldenRows(((1.0,), (None,), (0.0,)), outputs)).checksum,
        Metadata("{}", GoldenRows(cells, outputs + 1)).checksum,
    ]
    assert len(set(checksums)) == len(checksums)
    assert Metadata("{}", GoldenRows(cells, outputs)).checksum == checksums[2]


def test_every_nan_of_golden_outputs_has_one_bit_pattern() -> None:
    """NaNs with other payloads or signs give the same bytes, hence the same checksum."""
    strange = np.array([[0x7FF8000000000123], [-1]], dtype=np.int64).view(np.float64)
    outputs = GoldenRows(((1.0, 2.0),), strange).outputs
    assert outputs.tobytes() == np.array([[np.nan], [np.nan]]).tobytes()

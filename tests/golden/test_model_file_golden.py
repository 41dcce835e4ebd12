"""Model files kept as bytes: today's writer still writes them, and every later reader opens them.

`model_files/*.npz` are version 1 files, `*.txt` what is in them, to be read in diffs. After a deliberate change of
the format, run this file as a program to write new ones, and keep the old ones as files that must open.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from triplicate.runtime import (
    Activation,
    Categorical,
    Classification,
    GoldenRows,
    LabelRule,
    LabelType,
    Layer,
    Link,
    Metadata,
    Numeric,
    Reconstruction,
    Regression,
    Scorer,
    ScoringModel,
    UnseenPolicy,
    encode_rows,
    load_model,
    raw_rows,
    save_model,
)

FOLDER = Path(__file__).parent / "model_files"


def tiny() -> ScoringModel:
    """Return the model of the worked example in docs/scoring-model.md."""
    columns = (
        Numeric("age", 0, subtract=40.0, multiply=0.1),
        Categorical(
            "colour", ("blue", "red"), np.array([[1], [2], [-1], [-1]]), np.array([[1.0], [1.0], [0.0], [0.0]])
        ),
    )
    layer = Layer(np.array([[0.5, -1.0, 2.0]], dtype=np.float32), np.array([0.25]))
    return ScoringModel(columns, (layer,), Regression(Link.IDENTITY, 10.0, 100.0))


def classifier() -> ScoringModel:
    """Return a classifier with every field of columns, layers and head in use, and golden rows."""
    columns = (
        Numeric("x", 0, 1.5, 0.25, -0.5, -3.0, 3.0),
        Categorical(
            "city\n😀", ("a", 'b"', "c"), np.array([[1, 2], [1, -1], [2, -1], [-1, -1], [1, 2]]),
            np.array([[1.0, 0.5], [2.0, 0.0], [0.25, 0.0], [0.0, 0.0], [0.125, 0.125]]), UnseenPolicy.ROW,
        ),
    )  # fmt: skip
    hidden = Layer(np.linspace(-1, 1, 12).reshape(4, 3), np.linspace(-0.5, 0.5, 4), Activation.MAXOUT, 0.0, 0.5)
    middle = Layer(np.array([[1.0, -2.0], [0.5, 0.75]], dtype=np.float32), np.array([0.1, 0.2]), Activation.ELU, 1.25)
    last = Layer(np.array([[1.0, -1.0], [-1.0, 1.0]]), np.zeros(2))
    head = Classification(("False", "True"), LabelType.BOOLEAN, LabelRule.THRESHOLD, 0.375, np.array([0.5, 1.5]))
    model = ScoringModel(columns, (hidden, middle, last), head, ("NA", "?"))
    return _with_golden(model, {"x": [1.0, None, 1e300, -2.0], "city\n😀": ["a", 'b"', None, "elsewhere"]})


def autoencoder() -> ScoringModel:
    """Return an autoencoder over two numeric columns."""
    columns = (Numeric("p", 0, 2.0, 0.5), Numeric("q", 1, -1.0, 4.0))
    inner = Layer(np.array([[0.5, 0.25]], dtype=np.float32), np.array([0.125]), Activation.TANH)
    outer = Layer(np.array([[1.0], [2.0]], dtype=np.float32), np.array([0.0, 0.5]))
    head = Reconstruction(
        np.array([0, 1]), np.array([0.5, 0.5]), np.array([0, 1]), np.array([2.0, 0.25]), np.array([2.0, -1.0]), 0.75
    )  # fmt: skip
    return _with_golden(ScoringModel(columns, (inner, outer), head), {"p": [2.0, 3.0, None], "q": [-1.0, 0.5, 9.0]})


def _with_golden(model: ScoringModel, rows: dict[str, list[float | str | None]]) -> ScoringModel:
    raw = raw_rows(model, rows)
    cells = tuple(tuple(rows[name]) for name in model.row_names)
    outputs = Scorer(model).score_numbers(encode_rows(model, raw)[0]).outputs
    return model.with_metadata(Metadata.of({"summary": "written by hand"}, GoldenRows(cells, outputs)))


MODELS = {"regression": tiny, "classification": classifier, "reconstruction": autoencoder}


def described(path: Path) -> str:
    """Return fingerprint, manifest and arrays of a file as text: floats in hexadecimal."""
    with np.load(path, allow_pickle=False) as archive:
        manifest = json.loads(archive["manifest"].tobytes())
        lines = [f"# {path.name}: {path.stat().st_size} bytes", json.dumps(manifest, indent=1, ensure_ascii=False)]
        for name in archive.files[1:]:
            array = archive[name]
            values = [value.hex() if isinstance(value, float) else str(value) for value in array.ravel().tolist()]
            lines.append(f"{name} {array.dtype.str} {array.shape}: {' '.join(values)}".rstrip())
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", MODELS)
def test_the_writer_still_writes_the_same_bytes(name: str, tmp_path: Path) -> None:
    """A model has one file, on every machine and in every release of this format version."""
    save_model(MODELS[name](), tmp_path / f"{name}.npz")
    assert (tmp_path / f"{name}.npz").read_bytes() == (FOLDER / f"{name}.npz").read_bytes()


@pytest.mark.parametrize("name", MODELS)
def test_the_kept_file_opens_as_the_same_model(name: str) -> None:
    """Files of every released version open in every later one, metadata included."""
    loaded, model = load_model(FOLDER / f"{name}.npz"), MODELS[name]()
    assert loaded.fingerprint == model.fingerprint
    assert loaded.metadata.checksum == model.metadata.checksum


@pytest.mark.parametrize("name", MODELS)
def test_the_description_in_the_diff_is_that_of_the_file(name: str) -> None:
    """The text beside each file says what is in it."""
    assert described(FOLDER / f"{name}.npz") == (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["classification", "reconstruction"])
def test_the_golden_rows_of_a_kept_file_are_still_what_it_scores(name: str) -> None:
    """Today's arithmetic gives the stored outputs to the bit."""
    model = load_model(FOLDER / f"{name}.npz")
    golden = model.metadata.golden
    assert golden is not None
    rows = dict(zip(model.row_names, golden.cells, strict=True))
    assert Scorer(model).score(rows).outputs.tobytes() == golden.outputs.tobytes()


def main() -> None:
    """Write the files and their descriptions anew."""
    FOLDER.mkdir(exist_ok=True)
    for name, make in MODELS.items():
        save_model(make(), FOLDER / f"{name}.npz")
        (FOLDER / f"{name}.txt").write_text(described(FOLDER / f"{name}.npz"), encoding="utf-8")
        sys.stdout.write(f"{name}: {make().fingerprint}\n")


if __name__ == "__main__":
    main()

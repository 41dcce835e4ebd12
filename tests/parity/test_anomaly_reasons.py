"""The reasons of anomalies: Java says what Python says, to the letter, and ONNX names the same columns."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from triplicate import AutoEncoderEstimator
from triplicate.exporters.onnx_graph import build_onnx
from triplicate.exporters.onnx_heads import REASONS
from triplicate.exporters.onnx_run import open_session, row_feeds
from triplicate.runtime import Numeric, RawRows, Scorer, ScoringModel, encode_rows
from triplicate.runtime.reasons import Reasons, largest_errors

from java_cases import classes_of, run_class
from random_models import HEADS, random_model, random_rows
from training_tables import unlabelled_table

MODELS, ROWS, COUNT = 14, 40, 4
MORE_THAN_THERE_ARE = 99
PROGRAM = r"""
import java.io.*;
import java.lang.reflect.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;

public final class Program {
    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, "US-ASCII");
        for (String line : Files.readAllLines(Paths.get(arguments[0]), StandardCharsets.US_ASCII)) {
            String[] cells = line.split(" ");
            Class<?> kind = Class.forName(cells[0]);
            Class<?> rowKind = Class.forName(cells[0] + "$Row");
            Object row = rowKind.getConstructor().newInstance();
            for (int column = 1; column < cells.length; column++) {
                String text = cells[column].substring(1);
                if (cells[column].startsWith("N")) {
                    double number = Double.longBitsToDouble(Long.parseUnsignedLong(text, 16));
                    rowKind.getMethod("set", int.class, double.class).invoke(row, column - 1, number);
                } else {
                    String level = new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
                    rowKind.getMethod("set", int.class, String.class).invoke(row, column - 1, level);
                }
            }
            Object found = kind.getMethod("predict", rowKind).invoke(kind.getConstructor().newInstance(), row);
            StringBuilder words = new StringBuilder();
            for (String method : new String[] {"reasons", "reasonSentences"}) {
                for (Object word : (List<?>) found.getClass().getMethod(method, int.class).invoke(found, COUNT)) {
                    byte[] bytes = word.toString().getBytes(StandardCharsets.UTF_8);
                    words.append(words.length() == 0 ? "" : " ").append(Base64.getEncoder().encodeToString(bytes));
                }
            }
            out.println(words);
        }
        out.flush();
    }
}
""".replace("COUNT", str(COUNT))


def autoencoders() -> list[ScoringModel]:
    """Return random autoencoders: every table shape, weights of 0, shared inputs, targets in any order."""
    last = HEADS.index("reconstruction")
    return [random_model(seed) for seed in range(last, last + MODELS * len(HEADS), len(HEADS))]


def cell_words(model: ScoringModel, raw: RawRows, row: int) -> str:
    """Return the cells of a row as the program reads them."""
    words = []
    for column, cells in zip(model.columns, raw.cells, strict=True):
        if isinstance(column, Numeric):
            words.append("N" + np.float64(cells[row]).tobytes()[::-1].hex())
        else:
            words.append("T" + base64.b64encode((cells[row] or "").encode()).decode())
    return " ".join(words)


def words_of(line: str) -> list[str]:
    """Return the texts of a line that the program printed."""
    return [base64.b64decode(word).decode() for word in line.split(" ")]


def test_java_gives_python_s_reasons_to_the_letter(tmp_path: Path) -> None:
    """Names and sentences of hostile rows of random autoencoders: missing, unseen, infinite and huge cells."""
    models = {f"Model{number}": model for number, model in enumerate(autoencoders())}
    classes_of(tmp_path, models, PROGRAM)
    lines, expected = [], []
    for seed, (name, model) in enumerate(models.items()):
        raw = random_rows(model, ROWS, seed)
        numbers, _ = encode_rows(model, raw)
        scores, reasons = Scorer(model).score_numbers(numbers), Reasons(model)
        for row in range(raw.rows):
            found = reasons.of_row(numbers[row], scores.outputs[row], COUNT)
            assert [reason.column for reason in found] == scores.reasons(COUNT)[row].tolist()
            expected.append([reason.column for reason in found] + [reason.sentence for reason in found])
            lines.append(f"{name} {cell_words(model, raw, row)}")
    (tmp_path / "rows.txt").write_text("\n".join(lines), encoding="ascii")
    done = run_class(tmp_path, "Program", tmp_path / "rows.txt")
    assert done.returncode == 0, done.stderr.decode()
    assert [words_of(line) for line in done.stdout.decode("ascii").splitlines()] == expected
    said = " | ".join(sentence for words in expected for sentence in words)
    for phrase in ("is missing", "did not see", "expected about", 'expected "', "as expected", "a missing cell",
                   "does not rebuild", "% of the error", "e+300"):  # fmt: skip
        assert phrase in said


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_graph_names_the_columns_of_its_own_errors_by_the_same_rule(dtype: str) -> None:
    """`reasons` are the first of `per_column` by falling error, earlier columns first among equals, NaN as infinite."""
    for seed, model in enumerate(autoencoders()):
        raw = random_rows(model, ROWS, seed)
        session = open_session(build_onnx(model, "columns", dtype), threads=1)  # type: ignore[arg-type]
        outputs = session.run(None, row_feeds(model, raw, "columns", np.dtype(dtype)))
        errors, named = errors_and_reasons(outputs)
        names = np.array([column.name for column in model.columns], dtype=object)
        np.testing.assert_array_equal(named, names[largest_errors(errors, REASONS)])


def errors_and_reasons(outputs: list[npt.NDArray[np.generic]]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.str_]]:
    """Return `per_column` and `reasons` among the outputs of a graph."""
    return np.asarray(outputs[2], dtype=np.float64), outputs[4]  # type: ignore[return-value]


@pytest.mark.parametrize(
    "options",
    [
        {"column_weighting": "column", "unseen_levels": "anomaly", "contamination": 0.05, "input_dropout_ratio": 0.3},
        {"column_weighting": "column", "categorical_encoding": "Eigen", "anomaly_quantile": 0.5},
        {"activation": "TanhWithDropout", "sparsity_beta": 0.1, "average_activation": 0.1},
    ],
    ids=["by column", "coded levels", "sparse"],
)
def test_trained_autoencoders_of_every_kind_are_verified(options: dict[str, Any]) -> None:
    """Denoising, sparse, coded, weighted by column: all forms agree on rows with unseen, missing and infinite cells."""
    table = unlabelled_table(120)
    model = AutoEncoderEstimator(**({"hidden": [4], "activation": "Tanh", "epochs": 2, "seed": 1} | options))
    model.train(training_frame=table)
    rows = table.assign(side=table["side"].where(table.index % 5 > 0, "new").where(table.index % 7 > 0, None))
    rows.loc[1, "s1"], rows.loc[2, "s2"], rows.loc[3, "s3"] = np.nan, 1e300, np.inf
    assert model.verify(rows).passed


def test_there_are_no_more_reasons_than_columns() -> None:
    """Asking for more gives all columns."""
    model = autoencoders()[0]
    numbers, _ = encode_rows(model, random_rows(model, 3, 1))
    assert Scorer(model).score_numbers(numbers).reasons(MORE_THAN_THERE_ARE).shape == (3, len(model.columns))

"""Reading tables for training: files, cells, and what is refused."""

import gzip
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import pytest

from triplicate.runtime.errors import TrainingDataError
from triplicate.trainer.read_table import read_table


def written(folder: Path, text: str, name: str = "rows.csv") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(text.encode("utf-8"))
    return path


def test_a_frame_is_returned_unchanged() -> None:
    """A DataFrame passes through as the same object."""
    frame = pd.DataFrame({"a": [1]})
    assert read_table(frame) is frame


def test_other_tables_are_converted() -> None:
    """Anything with to_pandas (polars, Arrow) becomes a DataFrame."""
    assert read_table(pyarrow.table({"a": [1, None]}))["a"].isna().tolist() == [False, True]


def test_numbers_texts_and_missing_cells(tmp_path: Path) -> None:
    """Columns of numbers are numbers, others text; empty cells, quoted or not, are missing in both."""
    frame = read_table(written(tmp_path, 'i,f,t,m\r\n1,0.1,x,\r\n 2 ,,"",3\r\n+3,1e-3,"a ""b"",\n c",4\r\n'))
    assert frame["i"].tolist() == [1, 2, 3]
    assert frame["i"].dtype == np.int64
    assert frame["f"].fillna(-1).tolist() == [0.1, -1, 0.001]
    assert frame["m"].isna().tolist() == [True, False, False]
    assert frame["t"].isna().tolist() == [False, True, False]
    assert frame["t"].tolist()[2] == 'a "b",\n c'


def test_numbers_keep_every_bit(tmp_path: Path) -> None:
    """Numbers written with 17 digits come back to the bit."""
    numbers = np.random.default_rng(1).standard_normal(2000) * 10.0 ** np.arange(-100, 100).repeat(10)
    path = written(tmp_path, "x\n" + "\n".join(repr(float(number)) for number in numbers) + "\n")
    assert (read_table(path)["x"].to_numpy() == numbers).all()


@pytest.mark.parametrize("cells", [["TRUE", "FALSE", "TRUE"], ["true", "", "false"], ["True", "False", "False"]])
def test_truth_values_stay_text_as_written(tmp_path: Path, cells: list[str]) -> None:
    """Cells that spell truth values stay the texts they are, because scoring sees texts."""
    frame = read_table(written(tmp_path, "a,b\n" + "".join(f"{cell},1\n" for cell in cells)))
    assert frame["a"].dropna().tolist() == [cell for cell in cells if cell]


def test_categorical_columns_keep_their_digits(tmp_path: Path) -> None:
    """A column declared categorical is text, leading zeros and blanks included."""
    frame = read_table(written(tmp_path, "zip,b\n00123,1\n 7,2\n"), categorical=["zip"])
    assert frame["zip"].tolist() == ["00123", " 7"]


def test_na_values_are_missing_in_every_column(tmp_path: Path) -> None:
    """The given texts mean missing, in numbers and in texts, and nothing else does."""
    frame = read_table(written(tmp_path, "n,t\n1,?\n?,NA\n3,x\n"), na_values=["?"])
    assert frame["n"].isna().tolist() == [False, True, False]
    assert frame["t"].fillna("-").tolist() == ["-", "NA", "x"]


@pytest.mark.parametrize("token", ["NA", "nan", "null", "?", "-", "n/a", "inf", "1,5", "0x10", "1_000", "1e"])
def test_a_few_texts_among_numbers_are_refused(tmp_path: Path, token: str) -> None:
    """A column of numbers with a few texts names column, texts, counts and both ways out."""
    path = written(tmp_path, "age,b\n1,1\n2,1\n3,1\n" + f'"{token}",1\n' * 2)
    message = (
        f"column 'age': numbers in 3 cells, but also the texts '{token}' (2 times); read them as missing with "
        f"na_values=['{token}'], or the whole column as categories with categorical=['age']"
    )
    with pytest.raises(TrainingDataError, match=re.escape(message)):
        read_table(path)


def test_a_known_sign_for_missing_is_refused_even_where_it_prevails(tmp_path: Path) -> None:
    """Mostly "NA" with a few numbers is no column of categories."""
    with pytest.raises(TrainingDataError, match=r"'NA' \(3 times\)"):
        read_table(written(tmp_path, "a,b\nNA,1\nNA,1\nNA,1\n4,1\n"))


def test_texts_with_some_digits_among_them_are_categories(tmp_path: Path) -> None:
    """A column of texts of which a minority spells numbers is text."""
    frame = read_table(written(tmp_path, "a,b\nx,1\ny,1\n3,1\n"))
    assert frame["a"].tolist() == ["x", "y", "3"]


def test_numbers_beyond_all_bounds_are_refused(tmp_path: Path) -> None:
    """A number that overflows to infinity names record, column and cell."""
    with pytest.raises(TrainingDataError, match=r"record 2, column 'a': '1e999' is beyond the largest number"):
        read_table(written(tmp_path, "a,b\n1,1\n1e999,1\n"))


def test_whole_numbers_too_long_for_an_integer_are_floats(tmp_path: Path) -> None:
    """Digits beyond 64 bits are read as the nearest float64."""
    assert read_table(written(tmp_path, "a,b\n99999999999999999999,1\n1,2\n"))["a"].tolist() == [1e20, 1.0]


@pytest.mark.parametrize("row", ["1", "1,2,3"])
def test_a_record_of_another_width_is_refused(tmp_path: Path, row: str) -> None:
    """A record with too few or too many cells is named."""
    with pytest.raises(TrainingDataError, match=r"rows\.csv, record 2: \d cells, but the header has 2"):
        read_table(written(tmp_path, f"a,b\n1,2\n{row}\n"))


def test_blank_lines_are_skipped_but_are_cells_in_one_column(tmp_path: Path) -> None:
    """A blank line is no record, unless the file has one column: then it is a missing cell."""
    assert len(read_table(written(tmp_path, "a,b\n1,2\n\n3,4\n"))) == 2
    assert read_table(written(tmp_path, "a\n1\n\n3\n", "one.csv"))["a"].isna().tolist() == [False, True, False]


def test_compressed_files_and_byte_order_marks(tmp_path: Path) -> None:
    """A .csv.gz file reads like the plain one, and a byte order mark is no part of the first name."""
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress("\ufeffä,b\n1,ü\n".encode()))
    assert read_table(path).to_dict("list") == {"ä": [1], "b": ["ü"]}


def test_parquet_files_are_read(tmp_path: Path) -> None:
    """A Parquet file keeps its types."""
    path = tmp_path / "rows.parquet"
    pd.DataFrame({"a": [1.5, math.nan], "b": ["x", None]}).to_parquet(path)
    assert read_table(path)["a"].isna().tolist() == [False, True]


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pyarrow is not installed, the message says how to get it."""
    path = written(tmp_path, "", "rows.parquet")

    def without_pyarrow(*_: Any, **__: Any) -> None:
        raise ImportError("no pyarrow")

    monkeypatch.setattr(pd, "read_parquet", without_pyarrow)
    with pytest.raises(TrainingDataError, match="pip install pyarrow"):
        read_table(path)


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    """Bytes that are no Parquet file raise TrainingDataError."""
    with pytest.raises(TrainingDataError, match="cannot be read as Parquet"):
        read_table(written(tmp_path, "nonsense", "rows.parquet"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("a,a\n1,2\n", "the header has column 'a' 2 times"),
        ("a,\n1,2\n", "column 2 of the header has no name"),
        ('a,b\n1,"2\n', "unexpected end of data"),
    ],
)
def test_files_that_are_no_table(tmp_path: Path, text: str, message: str) -> None:
    """Empty files, doubled or empty names and broken quotes raise with the file's path."""
    with pytest.raises(TrainingDataError, match=re.escape(message)):
        read_table(written(tmp_path, text))


def test_bytes_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    """A file in another encoding says so."""
    path = tmp_path / "rows.csv"
    path.write_bytes("a,b\nü,1\n".encode("latin-1"))
    with pytest.raises(TrainingDataError, match="not UTF-8"):
        read_table(path)


def test_a_missing_categorical_column_is_named(tmp_path: Path) -> None:
    """A categorical column that the file lacks raises with the closest name."""
    with pytest.raises(TrainingDataError, match=r"column 'Zip' \(categorical\) is missing; did you mean 'zip'"):
        read_table(written(tmp_path, "zip,b\n1,2\n"), categorical=["Zip"])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere.csv", "there is no such file"),
        (7, "a table is a pandas, polars or Arrow table or the path"),
    ],
)
def test_what_is_no_table_at_all(source: object, message: str) -> None:
    """A path that does not exist and other objects are refused."""
    with pytest.raises(TrainingDataError, match=message):
        read_table(source)


def test_other_file_names_are_refused(tmp_path: Path) -> None:
    """A file of another kind says which names are read."""
    with pytest.raises(TrainingDataError, match=r"must end in \.csv, \.csv\.gz or \.parquet"):
        read_table(written(tmp_path, "a", "rows.xlsx"))


@pytest.mark.parametrize(
    "cells", [["0,5", "-1,25", "3"], ["1,234.50", "12,000", "9,1.5"], ["1.234,5", "2.000,1", ",5"], ["1,5", "", ""]]
)
def test_numbers_written_with_commas_are_refused(tmp_path: Path, cells: list[str]) -> None:
    """Decimal commas and thousands make no categories: the error shows one and says both ways out."""
    text = "a,b\n" + "".join(f'"{cell}",1\n' for cell in cells)
    with pytest.raises(TrainingDataError, match=r"column 'a': numbers are written with commas .* categorical=\['a'\]"):
        read_table(written(tmp_path, text))
    assert read_table(written(tmp_path, text), categorical=["a"])["a"].tolist()[0] == cells[0]


@pytest.mark.parametrize("cells", [["1,5", "x"], ["x,y", "z"], [",", "1,5"], ["1,a", "2,b"]])
def test_texts_with_commas_stay_texts(tmp_path: Path, cells: list[str]) -> None:
    """A comma alone makes no number."""
    assert read_table(written(tmp_path, "a,b\n" + "".join(f'"{c}",1\n' for c in cells)))["a"].tolist() == cells


@pytest.mark.parametrize("choice", [{"ignored": ["a"]}, {"ignored": (0,)}, {"wanted": {"b"}}, {"wanted": {1}}])
def test_columns_that_are_not_used_may_hold_anything(tmp_path: Path, choice: dict[str, Any]) -> None:
    """A column that is ignored, or not among the wanted ones, is text and refused for nothing."""
    for cells in ("1\n2\n?", "1e999\n1\n2", '"1,5"\n"2,5"\n3'):
        path = written(tmp_path, "a,b\n" + "".join(f"{cell},{i}\n" for i, cell in enumerate(cells.split("\n"))))
        with pytest.raises(TrainingDataError, match="column 'a'"):
            read_table(path)
        frame = read_table(path, **choice)
        assert frame["b"].tolist() == [0, 1, 2]
        assert isinstance(frame["a"][0], str)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a;b;c\n1;2;3\n", ["'a;b;c'", "separated by semicolons", "sep=';'"]),
        ("a;b\n1,5;2\n", ["record 1: 2 cells, but the header has 1", "separated by semicolons"]),
        ("a\tb\n1\t2\n", ["separated by tabs", r"sep='\t'"]),
        ("a|b\n1|2\n", ["separated by bars"]),
        (",a\n0,1\n", ["column 1 of the header has no name", "index=False"]),
        ("1.5,2,1.5\n1,2,3\n", ["'1.5' 2 times", "numbers only", "names"]),
    ],
)
def test_what_the_header_lacks_is_explained(tmp_path: Path, text: str, said: list[str]) -> None:
    """Other separators, an index without a name and a missing header are named with the way out."""
    with pytest.raises(TrainingDataError) as caught:
        read_table(written(tmp_path, text))
    assert [words for words in said if words not in str(caught.value)] == []


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    """The path of a folder is called one."""
    with pytest.raises(TrainingDataError, match="is a folder"):
        read_table(tmp_path)

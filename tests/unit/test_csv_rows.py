"""triplicate.runtime.csv_rows: the CSV grammar that all forms share."""

import csv
import gzip
from contextlib import suppress
from pathlib import Path

import pytest

from triplicate.runtime.csv_rows import open_text, read_header, records
from triplicate.runtime.errors import MissingColumnError, RowError


def parsed(tmp_path: Path, content: bytes, name: str = "rows.csv") -> list[list[str]]:
    """Return the cells of every record, the header included."""
    path = tmp_path / name
    path.write_bytes(content)
    with open_text(path) as text:
        found = list(records(text, str(path)))
    assert [number for number, _ in found] == list(range(len(found)))
    return [cells for _, cells in found]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        (b"a,b\n1,2", [["a", "b"], ["1", "2"]]),
        (b"a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
        (b"a,b\r1,2\r", [["a", "b"], ["1", "2"]]),
        (b"a,b\r1,2\n3,4\r\n5,6", [["a", "b"], ["1", "2"], ["3", "4"], ["5", "6"]]),
        (b"\xef\xbb\xbfa,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        (b'\xef\xbb\xbf"a",b\n1,2\n', [["a", "b"], ["1", "2"]]),
        (b'"a","b"\n"1","2"\n', [["a", "b"], ["1", "2"]]),
        (b'a,b\n"x,y","say ""hi"""\n', [["a", "b"], ["x,y", 'say "hi"']]),
        (b'a,b\n"line\nfeed","cr\rlf\r\n"\n', [["a", "b"], ["line\nfeed", "cr\rlf\r\n"]]),
        (b'a,b\n"",\n,""\n', [["a", "b"], ["", ""], ["", ""]]),
        (b"a,b\n x , y\t\n", [["a", "b"], [" x ", " y\t"]]),
        (b'a,b\nx"y, "z"\n', [["a", "b"], ['x"y', ' "z"']]),
        (b"a,b\n\n1,2\n\r\n\r3,4\n\n", [["a", "b"], ["1", "2"], ["3", "4"]]),
        (b"\n\na,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        (b'a\n1\n\n""\n2\n\n', [["a"], ["1"], [""], [""], ["2"], [""]]),
        (b"\na\n1\n", [["a"], ["1"]]),
        (b"a,b\n\0,x\0y\n", [["a", "b"], ["\0", "x\0y"]]),
        (b"a;b\n1;2\n", [["a;b"], ["1;2"]]),
        (b"a,b\n1\t2,'x'\n", [["a", "b"], ["1\t2", "'x'"]]),
        (b"a,b\n\\,\\n\n", [["a", "b"], ["\\", "\\n"]]),
        (b"# a,b\n1,2\n", [["# a", "b"], ["1", "2"]]),
        ("a,b\né,😀\n".encode(), [["a", "b"], ["é", "😀"]]),
        ("a,b\nx\u2028y\x0b\x0c\x1c\x85,\ufeff\n".encode(), [["a", "b"], ["x\u2028y\x0b\x0c\x1c\x85", "\ufeff"]]),
        (b"", []),
        (b"\n\n", []),
        (b"a,b", [["a", "b"]]),
        (b"a,b\n,\n", [["a", "b"], ["", ""]]),
    ],
)
def test_bytes_become_records(tmp_path: Path, content: bytes, expected: list[list[str]]) -> None:
    """Line ends, quotes, blanks, blank lines, a byte order mark and strange characters."""
    assert parsed(tmp_path, content) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1\n", "record 1: 1 cells, but the header has 2"),
        (b"a,b\n1,2\n1,2,3\n", "record 2: 3 cells, but the header has 2"),
        (b"a,b\n \n", "record 1: 1 cells, but the header has 2"),
        (b'a,b\n"1"x,2\n', "record 1: ',' expected after '\"'"),
        (b'a,b\n"1" ,2\n', "record 1: ',' expected after '\"'"),
        (b'a,b\n1,2\n"3,4\n', "record 2: unexpected end of data"),
        (b'"a,b\n', "record 0: unexpected end of data"),
        (b"a,b\n\xff,2\n", "not UTF-8 text (invalid start byte); save it as UTF-8"),
        (b"a,b\n\xed\xa0\x80,2\n", "not UTF-8 text (invalid continuation byte); save it as UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "not UTF-8 text (invalid start byte); save it as UTF-8"),
        (b"a,b\n\xc3", "not UTF-8 text (unexpected end of data); save it as UTF-8"),
    ],
)
def test_a_damaged_record_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    """The error says which record, counted from 1 after the header, and what is wrong."""
    with pytest.raises(RowError) as caught:
        parsed(tmp_path, content)
    assert str(caught.value).startswith(f"{tmp_path / 'rows.csv'}")
    assert message in str(caught.value)


@pytest.mark.parametrize("name", ["rows.csv.gz", "ROWS.CSV.GZ"])
def test_a_gz_file_is_read_as_what_it_holds(tmp_path: Path, name: str) -> None:
    """The name's ending decides, in either case; several gzip members are one text."""
    content = gzip.compress(b"\xef\xbb\xbfa,b\n1,") + gzip.compress(b"2\n")
    assert parsed(tmp_path, content, name) == [["a", "b"], ["1", "2"]]


def test_a_damaged_gz_file_is_refused(tmp_path: Path) -> None:
    """Truncated, foreign, empty, and every one-byte change of its data: refused, or the same records."""
    whole = gzip.compress(b"a,b\n" + b"1,2\n3,4\n" * 50)
    for content in (b"a,b\n1,2\n", whole[:-1], whole[:20]):
        with pytest.raises(RowError, match="cannot be read"):
            parsed(tmp_path, content, "rows.csv.gz")
    for position in range(10, len(whole)):
        changed = bytearray(whole)
        changed[position] ^= 0x10
        with suppress(RowError):  # a few bits of a compressed text mean nothing
            assert parsed(tmp_path, bytes(changed), "rows.csv.gz") == parsed(tmp_path, whole, "whole.csv.gz")


def test_long_cells_are_read(tmp_path: Path) -> None:
    """A cell of a million characters passes, and the limit of the csv module is as it was before."""
    limit = csv.field_size_limit()
    long = "x" * 1_000_000
    assert parsed(tmp_path, f'a,b\n{long},"{long}"\n'.encode()) == [["a", "b"], [long, long]]
    assert csv.field_size_limit() == limit
    with pytest.raises(RowError):
        parsed(tmp_path, b"a,b\n1\n")
    assert csv.field_size_limit() == limit


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.csv", "No such file or directory"),
        ("folder", "Is a directory"),
        ("nul\0byte", "embedded null byte"),
    ],
)
def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, name: str, reason: str) -> None:
    """The message holds the path and the system's reason."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(RowError) as caught, open_text(tmp_path / name):
        pass
    assert str(caught.value) == f"{tmp_path / name}: cannot be read ({reason})"


def test_the_header_gives_the_positions_of_the_wanted_columns() -> None:
    """In any order, others ignored, even repeated ones."""
    assert read_header(iter([(0, ["c", "a", "x", "b", "x"])]), ["a", "b", "c"], "f") == [1, 3, 0]


def test_a_header_without_or_with_twice_a_wanted_column_is_refused() -> None:
    """The message lists what is there and guesses what was meant; names are compared exactly."""
    with pytest.raises(MissingColumnError) as missing:
        read_header(iter([(0, ["Age", "hours"])]), ["age", "income"], "f.csv")
    assert str(missing.value) == (
        "f.csv: column 'age' is missing (and 1 more); the model reads 'age', 'income', the rows have 'Age', 'hours'; "
        "did you mean 'Age'?"
    )
    with pytest.raises(RowError, match=r"f\.csv: the header has column 'a' 2 times"):
        read_header(iter([(0, ["a", "a"])]), ["a"], "f.csv")
    with pytest.raises(MissingColumnError, match="the rows have no columns"):
        read_header(iter([]), ["a"], "f.csv")


@pytest.mark.parametrize(("header", "words"), [("a;b", "semicolons"), ("a\tb", "tabs"), ("a|b", "bars")])
def test_another_separator_is_named(tmp_path: Path, header: str, words: str) -> None:
    """A header of one cell that holds semicolons, tabs or bars: both errors that follow say so."""
    with pytest.raises(MissingColumnError, match=f"cells seem to be separated by {words}: "):
        read_header(iter([(0, [header])]), ["a"], "f.csv")
    with pytest.raises(RowError, match=f"2 cells, but the header has 1; cells seem to be separated by {words}: "):
        parsed(tmp_path, f"{header}\n1,5\n".encode())


def test_a_separator_inside_one_of_several_names_is_none() -> None:
    """Names may hold semicolons, tabs and bars."""
    with pytest.raises(MissingColumnError) as caught:
        read_header(iter([(0, ["a;b", "c|d"])]), ["a"], "f.csv")
    assert "separated" not in str(caught.value)

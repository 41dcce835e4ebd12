"""The parity report on the terminal."""

import io

from rich.console import Console

from triplicate.parity_report import DecisionDifference, PairResult, ParityReport
from triplicate.report_table import print_report


def printed(*pairs: PairResult) -> str:
    """Return what is printed of a report with these pairs."""
    out = io.StringIO()
    print_report(ParityReport("ab" * 32, 500, 1, 2, pairs), Console(width=200, file=out))
    return out.getvalue()


def pair(decisions: tuple[DecisionDifference, ...] = (), error: str | None = None) -> PairResult:
    """Return a pair over 500 rows."""
    return PairResult("onnx", "1e-14 A", 500, 500, 1e-15, 1e-13, 3, None, decisions, error=error)


def test_a_report_that_passed() -> None:
    """Fingerprint, counts, a line per pair, the verdict."""
    text = printed(pair())
    assert "model " + "ab" * 32 in text
    assert "500 rows, 1 unseen levels, 2 unusable numbers" in text
    assert "passed" in text
    assert text.rstrip().endswith("all forms agree")


def test_a_label_that_is_not_excused_is_printed_whatever_stands_before_it() -> None:
    """Of many differing labels 100 are printed, the inexcusable ones first, and the others counted."""
    excused = [DecisionDifference(row, "yes", "no", 0.0, 1.0) for row in range(300)]
    text = printed(pair((*excused, DecisionDifference(400, "yes", "no", 0.5, 1e-9))))
    assert "onnx: row 400: yes in Python, no found; margin 0.5, bound 1e-09: NOT inside the bound" in text
    assert "onnx: 201 more labels differ; --json lists all of them" in text
    assert text.count("onnx: row ") == 100
    assert text.rstrip().endswith("the forms do not agree")


def test_an_error_is_printed_with_its_pair() -> None:
    """A form that could not run says why."""
    assert "onnx: no such runtime" in printed(pair(error="no such runtime"))

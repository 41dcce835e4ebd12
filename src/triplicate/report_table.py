"""A parity report on the terminal."""

from rich.console import Console
from rich.table import Table

from triplicate.parity_report import PairResult, ParityReport

__all__ = ["print_report"]

MOST_DECISIONS = 100  # differing labels printed one by one, those that are not excused first


def print_report(report: ParityReport, console: Console) -> None:
    """Print the table of pairs, what failed and where, and the verdict.

    `rows` are those the demand covers (of all), `largest` the difference that uses most of its bound, `labels`
    the labels or flags that differ.
    """
    console.print(f"model {report.fingerprint}", highlight=False)
    counted = f"{report.rows} rows, {report.unseen} unseen levels, {report.replaced} unusable numbers"
    console.print(counted, highlight=False)
    table = Table(box=None, pad_edge=False)
    for title in ("Python and", "demand"):
        table.add_column(title, no_wrap=True)
    for title in ("rows", "largest", "bound", "ulp", "labels", "verdict"):
        table.add_column(title, justify="right", no_wrap=True)
    for pair in report.pairs:
        table.add_row(*_cells(pair))
    console.print(table)
    for pair in report.pairs:
        for line in _explanations(pair):
            console.print(line, highlight=False, markup=False)
    verdict = "[green]all forms agree[/]" if report.passed else "[red]the forms do not agree[/]"
    console.print(verdict)


def _cells(pair: PairResult) -> list[str]:
    covered = str(pair.rows) if pair.promised_rows == pair.rows else f"{pair.promised_rows}/{pair.rows}"
    return [
        pair.pair,
        pair.demand,
        covered,
        f"{pair.largest_difference:.3g}",
        f"{pair.bound:.3g}",
        "" if pair.largest_ulp is None else str(pair.largest_ulp),
        str(len(pair.decisions)),
        "[green]passed[/]" if pair.passed else "[red]FAILED[/]",
    ]


def _explanations(pair: PairResult) -> list[str]:
    lines = [f"{pair.pair}: {text}" for text in (pair.note, pair.error) if text is not None]
    if pair.mismatch is not None:
        m = pair.mismatch
        where = "; the layers agree: the head or the row's encoding differs" if m.located else ""
        if m.layer is not None:
            where = f"; the first difference is in layer {m.layer}, unit {m.unit}"
        values = f"{m.expected!r} in Python, {m.found!r} found, {m.allowed:.3g} allowed"
        lines.append(f"{pair.pair}: row {m.row}, {m.output}: {values}{where}")
    for decision in sorted(pair.decisions, key=lambda decision: decision.excused)[:MOST_DECISIONS]:
        state = "inside the bound" if decision.excused else "NOT inside the bound"
        margin = f"margin {decision.margin:.3g}, bound {decision.allowed:.3g}: {state}"
        lines.append(
            f"{pair.pair}: row {decision.row}: {decision.expected} in Python, {decision.found} found; {margin}"
        )
    hidden = len(pair.decisions) - MOST_DECISIONS
    if hidden > 0:
        lines.append(f"{pair.pair}: {hidden} more labels differ; --json lists all of them")
    return lines

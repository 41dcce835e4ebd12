"""What the Java benchmark must show: every demand with what was measured, whichever nets a run has."""

from collections.abc import Iterator
from typing import Any

__all__ = ["demand_table"]

H2O = {"Adult 200-200": 6.0, "MNIST 200-200": 5.5, "MNIST 1024-1024-2048": 3.0}
"""How many times faster than H2O's POJO and MOJO a single row must be."""

ONNX, ONNX_NETS = 1.5, ("20-64-32-2", "Adult 200-200", "MNIST 200-200")
SMALL, SMALL_MICROSECONDS = "20-64-32-2", 1.0
LARGE, LARGE_JAVAC, LARGE_LOAD = "MNIST 1024-1024-2048", 8.0, 3.0
MOST_BYTES, FROM_WEIGHTS = 5.5, 100_000
SMALLEST_OBJECT = 16  # bytes; JMH's own garbage, a few kB a second, is less than that a row


def demand_table(results: dict[str, Any]) -> str:
    """Return a line per net and demand: what was measured, and whether it holds."""
    lines = ["| net | demand | measured | holds |", "|---|---|---|---|"]
    for net, facts in results.items():
        for demand, measured, holds in (*_speed(net, facts["forms"]), *_sizes(net, facts)):
            lines.append(f"| {net} | {demand} | {measured} | {'yes' if holds else 'NO'} |")
    return "\n".join(lines)


def _speed(net: str, forms: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Yield the demands on times and garbage of a row."""
    ours = forms["ours"]["ns"]
    peers = {"pojo": H2O.get(net), "mojo": H2O.get(net), "onnx": ONNX if net in ONNX_NETS else None}
    for peer, least in peers.items():
        if least is not None:
            ratio = forms[peer]["ns"] / ours
            yield f"single row at least {least} × faster than {peer}", f"{ratio:.2f} ×", ratio >= least
    if net == SMALL:
        yield f"single row at most {SMALL_MICROSECONDS} µs", f"{ours / 1000:.2f} µs", ours <= SMALL_MICROSECONDS * 1000
    batch = forms["oursBatch"]["ns"] / ours
    yield "batch no slower per row", f"{batch:.2f} of a single row", batch <= 1
    garbage = max(forms["ours"]["bytes"], forms["oursBatch"]["bytes"])
    yield "no object allocated per row", f"{garbage:.2f} bytes with JMH's own", garbage < SMALLEST_OBJECT


def _sizes(net: str, facts: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Yield the demands on bytes per weight, on javac and on loading."""
    weights, javac, load = facts["weights"], facts["javac"], facts["load"]
    if weights >= FROM_WEIGHTS:
        for what in ("source", "classes"):
            each = facts[what][0] / weights
            yield f"{what}: at most {MOST_BYTES} bytes a weight", f"{each:.2f}", each <= MOST_BYTES
    loads = load["pojo"] / load["ours"]
    least = LARGE_LOAD if net == LARGE else 1.0
    yield f"load at least {least} × faster than the POJO's", f"{loads:.1f} ×", loads >= least
    if net == LARGE:
        ratio = javac[1] / javac[0]
        yield (f"javac, within 1 GB, at least {LARGE_JAVAC} × faster than the POJO's", f"{ratio:.1f} ×",
               ratio >= LARGE_JAVAC)  # fmt: skip

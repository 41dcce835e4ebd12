"""Our ONNX graphs beside those that skl2onnx makes of the same scikit-learn nets, in one ONNX Runtime and one run.

    python benchmarks/onnx/compare.py DATA --peers .venv-peers/bin/python [--rounds 15]

DATA is the folder of adult_train.csv.gz and adult_test.csv.gz. The peers' Python (make peers) fits the nets and writes
their graphs; the same nets, fitted here, become ScoringModels and our graphs. Answers are compared first. Ratios are
medians over rounds, in each of which all take turns: how many times as fast as the peer each of ours is. Label and
probabilities are asked for in both. Of a matrix there are graphs for complete tables (`complete=True`), which like the
peer's look for no missing cell, and those that do. Rows of Adult are timed twice: as Python texts, which ONNX Runtime
copies one by one in both, and as tensors that are ready, as a server in C++, C# or Java holds them.
"""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from nets import BATCH, NETS, adult_pipeline, matrix_net
from onnx import TensorProto, helper

from triplicate.exporters.onnx_graph import build_onnx
from triplicate.exporters.onnx_nodes import FloatName
from triplicate.importers import sklearn_pipeline

KINDS = {"": "skl2onnx", ".zipmap": "skl2onnx, its default (ZipMap)", ".imputer": "skl2onnx, behind an imputer"}
FORMS: dict[str, tuple[FloatName, bool]] = {  # number type and whether the graph is for complete tables
    "float32, complete": ("float32", True),
    "float32": ("float32", False),
    "float64, complete": ("float64", True),
    "float64": ("float64", False),
}
RAW_FORMS: list[FloatName] = ["float32", "float64"]  # of raw columns
Call = Callable[[], object]


def open_graph(content: bytes, threads: int) -> onnxruntime.InferenceSession:
    """Open a graph on the CPU; 0 threads are ONNX Runtime's default."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def call(session: onnxruntime.InferenceSession, feeds: dict[str, Any], *, ready: bool = False) -> Call:
    """Return a call for label and probabilities; with `ready`, of tensors that ONNX Runtime holds already."""
    names = [output.name for output in session.get_outputs()][:2]
    if not ready:
        return lambda: session.run(names, feeds)
    values = {name: held(array) for name, array in feeds.items()}
    return lambda: session.run_with_ort_values(names, values)


def held(array: npt.NDArray[Any]) -> onnxruntime.OrtValue:
    """Return an array as a tensor of ONNX Runtime, which takes no texts from Python: a graph looks them up there."""
    if array.dtype != object:
        return onnxruntime.OrtValue.ortvalue_from_numpy(array)
    texts, places = np.unique(array.astype(str), return_inverse=True)
    table = helper.make_tensor("texts", TensorProto.STRING, texts.shape, [text.encode() for text in texts])
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Gather", ["texts", "places"], ["cells"])],
        "texts",
        [value("places", TensorProto.INT64, ["N", 1])],
        [value("cells", TensorProto.STRING, ["N", 1])],
        [table],
    )
    opsets = [helper.make_opsetid("", 15)]
    session = open_graph(helper.make_model(graph, opset_imports=opsets, ir_version=7).SerializeToString(), 1)
    where = onnxruntime.OrtValue.ortvalue_from_numpy(places.reshape(array.shape).astype(np.int64))
    cells: onnxruntime.OrtValue = session.run_with_ort_values(["cells"], {"places": where})[0]
    return cells


def timed(calls: dict[str, Call], rounds: int, repeats: int) -> dict[str, list[float]]:
    """Return the times of each call by round, each call warm.

    Every round has another order: whoever follows itself, as the ends of a list do that is read to and fro, finds its
    weights in the caches and its threads awake.
    """
    times: dict[str, list[float]] = {name: [] for name in calls}
    order, shuffled = list(calls.items()), random.Random(1)  # noqa: S311 - no secret
    for _ in range(rounds):
        for name, made in order:
            made()
            begun = time.perf_counter()
            for _ in range(repeats):
                made()
            times[name].append((time.perf_counter() - begun) / repeats)
        shuffled.shuffle(order)
    return times


def head(forms: Sequence[str]) -> None:
    """Print the head of a table."""
    print(f"| | peer | µs | {' | '.join(f'{form}, µs | ratio' for form in forms)} |\n{'|---' * (3 + 2 * len(forms))}|")


def line(case: str, found: dict[str, list[float]], peer: str, forms: Sequence[str]) -> None:
    """Print a row of the table: median times in microseconds, and how many times as fast as the peer ours are."""
    cells = []
    for form in forms:
        ratio = statistics.median(theirs / ours for theirs, ours in zip(found[peer], found[form], strict=True))
        cells.append(f"{statistics.median(found[form]) * 1e6:.1f} | {ratio:.2f} ×")
    print(f"| {case} | {peer} | {statistics.median(found[peer]) * 1e6:.1f} | {' | '.join(cells)} |", flush=True)


def compare_matrices(name: str, folder: Path, rounds: int) -> None:
    """Time a net over a numeric matrix."""
    net, rows = matrix_net(name)
    model = sklearn_pipeline(net)
    peers = {peer: (folder / f"{name}{kind}.onnx").read_bytes() for kind, peer in KINDS.items()}
    for threads in (1, 0):
        for batch in (1, BATCH):
            calls = {}
            for peer, content in peers.items():
                session = open_graph(content, threads)
                calls[peer] = call(session, {session.get_inputs()[0].name: rows[:batch]})
            for form, (dtype, complete) in FORMS.items():
                proto = build_onnx(model, "matrix", dtype, complete=complete)
                session = open_graph(proto.SerializeToString(), threads)
                calls[form] = call(session, {"input": rows[:batch].astype(dtype)})
            require_agreement(calls, "skl2onnx", [*FORMS])
            found = timed(calls, rounds, 200 if batch == 1 else 4)
            for peer in peers:
                line(f"{name}, {batch} row{'s' * (batch > 1)}, {threads or 'default'} threads", found, peer, [*FORMS])


def compare_adult(data: Path, folder: Path, rounds: int) -> None:
    """Time raw rows of Adult through the whole pipelines."""
    whole, cells = adult_pipeline(data)
    model, content = sklearn_pipeline(whole), (folder / "adult.onnx").read_bytes()
    for threads in (1, 0):
        for batch in (1, BATCH):
            for ready in (False, True):
                some = {name: np.ascontiguousarray(column[:batch]) for name, column in cells.items()}
                calls = {"skl2onnx": call(open_graph(content, threads), some, ready=ready)}
                for dtype in RAW_FORMS:
                    session = open_graph(build_onnx(model, "columns", dtype).SerializeToString(), threads)
                    typed = {n: c if c.dtype == object else c.astype(dtype) for n, c in some.items()}
                    calls[dtype] = call(session, typed, ready=ready)
                if not ready:
                    require_agreement(calls, "skl2onnx", RAW_FORMS)
                found = timed(calls, rounds, 100 if batch == 1 else 4)
                given = "ready tensors" if ready else "Python texts"
                case = f"Adult, {batch} row{'s' * (batch > 1)}, {given}, {threads or 'default'} threads"
                line(case, found, "skl2onnx", RAW_FORMS)


def require_agreement(calls: dict[str, Call], peer: str, forms: Sequence[str]) -> None:
    """Stop when ours and the peer's are not the same net."""
    answers: dict[str, Any] = {name: calls[name]() for name in (peer, *forms)}
    for form in forms:
        difference = np.abs(np.asarray(answers[peer][1]) - np.asarray(answers[form][1])).max()
        if difference > 1e-5:
            sys.exit(f"the graphs disagree: {form}: {difference}")


def main() -> None:
    """Write the peers' graphs and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--peers", default=".venv-peers/bin/python", help="Python with skl2onnx")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", choices=["matrices", "adult", *NETS], help="a part of the table")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, script = Path(name), Path(__file__).with_name("with_skl2onnx.py")
        subprocess.run([given.peers, str(script), str(given.data), name], check=True)
        if given.only != "adult":
            head([*FORMS])
            for net in [given.only] if given.only in NETS else NETS:
                compare_matrices(net, folder, given.rounds)
        if given.only in (None, "adult"):
            head(RAW_FORMS)
            compare_adult(given.data, folder, given.rounds)


if __name__ == "__main__":
    main()

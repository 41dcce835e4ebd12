"""The generated class beside H2O's POJO and MOJO and ONNX Runtime for Java: speed by JMH, sizes, javac, loading.

    make bench-java                          (what the tables of docs/benchmarks.md show)
    python benchmarks/java/compare.py FOLDER --peers PYTHON [--nets "20-64-32-2,Adult 200-200"] [--quick] [--out FILE]

FOLDER holds mnist.npz and Adult. PYTHON is an interpreter with h2o, whose jar has the peers' classes; Maven fetches JMH
and ONNX Runtime. H2O's nets are trained on the same tables as ours: few rows, for only scoring is measured. Writes FILE
with everything as JSON, and prints tables as markdown; the last one has the demands. One thread scores; every time is
a row's, the median of JMH's iterations. The forms take turns: in each of three rounds, every form that a demand names
gets a JVM of its own; those that take rows by column name are measured in the first round only.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from demands import demand_table
from nets import NETS, Net, prepare

from triplicate.jdk import find_jdk

HERE = Path(__file__).parent
HARNESS = HERE.parents[1] / "java_harness" / "jmh"
FORMS = ("ours", "oursBatch", "pojo", "mojo", "onnx", "onnxBatch")
NAMED = ("oursNamed", "pojoEasy", "mojoEasy")
CAREFUL = ("-f", "1", "-wi", "3", "-w", "1", "-i", "3", "-r", "1")
QUICK = ("-f", "1", "-wi", "3", "-w", "1", "-i", "3", "-r", "500ms")
ROUNDS = 3
LOADED = ("ours", "pojo", "mojo", "onnx")
CAREFUL_ROWS, QUICK_ROWS = 10_000, 2_000  # to train on, which takes H2O most of the time


def run(*words: str | Path, timeout: float = 3600) -> str:
    """Run a command and return its standard output; end the benchmark when it fails."""
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode != 0:
        sys.exit(f"{words[0]} failed:\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout


def libraries(folder: Path, peers: str) -> list[Path]:
    """Return the jars: what Maven copies to the folder, and H2O's from its Python package."""
    goal = ("dependency:copy-dependencies", f"-DoutputDirectory={folder}")
    run("mvn", "-B", "-q", "-f", HARNESS / "pom.xml", *goal)
    h2o = run(peers, "-c", "import h2o; print(h2o.__path__[0])").strip()
    return [folder / "*", Path(h2o) / "backend" / "bin" / "h2o.jar"]


def path_of(*entries: Path) -> str:
    """Return a class path."""
    return os.pathsep.join(map(str, entries))


def compiled(sources: list[Path], target: Path, classes: list[Path], *options: str) -> float:
    """Compile, and return how long it took."""
    target.mkdir(exist_ok=True)
    begun = time.perf_counter()
    run(find_jdk().javac, *options, "-nowarn", "-cp", path_of(*classes), "-d", target, *sources)
    return time.perf_counter() - begun


def size(folder: Path) -> int:
    """Return the bytes of all class files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*.class"))


def built(net: Net, folder: Path, jars: list[Path]) -> dict[str, Any]:
    """Compile a net's class, within 1 GB, and its POJO; return seconds and bytes."""
    ours, pojo = [folder / "Model.java"], [folder / "pojo" / "H2OModel.java"]
    facts: dict[str, Any] = {
        "weights": net.weights(folder),
        "javac": [
            compiled(ours, folder / "ours", [], "-J-Xmx1g"),
            compiled(pojo, folder / "theirs", jars, f"-J-Xmx{8 if net.large else 4}g"),
        ],
        "source": [path.stat().st_size for path in (ours[0], pojo[0], folder / "mojo.zip", folder / "model.onnx")],
        "classes": [size(folder / "ours"), size(folder / "theirs")],
    }
    return facts


def measured(folder: Path, jars: list[Path], bench: Path, *, quick: bool) -> dict[str, Any]:
    """Run JMH over a net and return nanoseconds and allocated bytes of a row per form; and milliseconds of loading."""
    classes = path_of(folder / "ours", folder / "theirs", bench, *jars)
    java: list[str | Path] = [find_jdk().java, "-Xmx4g", f"-Dbench.net={folder}", "-cp", classes]
    spans: dict[str, list[float]] = {}
    garbage: dict[str, float] = {}
    loads: dict[str, list[float]] = {form: [] for form in LOADED}
    for turn in range(1 if quick else ROUNDS):
        wanted = "|".join(FORMS if turn else FORMS + NAMED)
        arguments = (f"RowBenchmark.({wanted})$", "-prof", "gc", "-rf", "json", "-rff", str(folder / "jmh.json"))
        run(*java, "org.openjdk.jmh.Main", *arguments, *(QUICK if quick else CAREFUL))
        for result in json.loads((folder / "jmh.json").read_text()):
            form = result["benchmark"].rsplit(".", 1)[1]
            spans.setdefault(form, []).extend(value for fork in result["primaryMetric"]["rawData"] for value in fork)
            allocated = next(v for k, v in result["secondaryMetrics"].items() if k.endswith("gc.alloc.rate.norm"))
            garbage[form] = max(garbage.get(form, 0.0), allocated["score"])
        for form, times in loads.items():
            times.append(float(run(*java, "bench.LoadTimer", form).split()[-1]))
    forms = {form: {"ns": statistics.median(times), "bytes": garbage[form], "all": times}
             for form, times in spans.items()}  # fmt: skip
    return {"forms": forms, "load": {form: statistics.median(times) for form, times in loads.items()}}


def speed_table(results: dict[str, Any]) -> str:
    """Return nanoseconds of a row per form and net, with ours as the measure."""
    lines = ["| form | " + " | ".join(results) + " | bytes allocated |", "|---|" + "---|" * (len(results) + 1)]
    for form in FORMS + NAMED:
        cells, garbage = [], []
        for facts in results.values():
            figure, base = facts["forms"][form], facts["forms"]["ours"]["ns"]
            cells.append(f"{figure['ns'] / 1000:.2f} µs ({figure['ns'] / base:.2f} ×)")
            garbage.append(f"{figure['bytes']:.0f}")
        lines.append(f"| {form} | " + " | ".join(cells) + f" | {', '.join(garbage)} |")
    return "\n".join(lines)


def size_table(results: dict[str, Any]) -> str:
    """Return sizes, javac and loading per net."""
    lines = [
        "| net | weights | bytes each: source, classes; POJO's | javac s; POJO's | load ms: ours, POJO, MOJO, ONNX |",
        "|---|---|---|---|---|",
    ]
    for name, facts in results.items():
        weights, source, classes = facts["weights"], facts["source"], facts["classes"]
        each = [f"{value / weights:.2f}" for value in (source[0], classes[0], source[1], classes[1])]
        javac = [f"{value:.1f}" for value in facts["javac"]]
        loads = [f"{facts['load'][form]:.0f}" for form in LOADED]
        lines.append(
            f"| {name} | {weights:,} | {each[0]}, {each[1]}; {each[2]}, {each[3]} "
            f"| {javac[0]}; {javac[1]} | {', '.join(loads)} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Train, compile, measure, print."""
    parser = argparse.ArgumentParser(description="The generated class beside its peers.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peers", required=True, help="an interpreter with h2o 3.46.0.7")
    parser.add_argument("--nets", default=",".join(NETS))
    parser.add_argument(
        "--quick", action="store_true", help="fewer rows to train on, one round, short iterations: does it work?"
    )
    parser.add_argument("--out", type=Path, default=Path("java.json"))
    parser.add_argument("--work", type=Path, help="a new folder that keeps tables, models and classes")
    options = parser.parse_args()
    names = options.nets.split(",")
    with tempfile.TemporaryDirectory() as name:
        work = options.work or Path(name)
        work.mkdir(exist_ok=True)
        jars = libraries(work / "jars", options.peers)
        most = QUICK_ROWS if options.quick else CAREFUL_ROWS
        asked = [prepare(NETS[net], options.folder, work / net, most) for net in names]
        print("training H2O's nets")
        run(options.peers, "-P", HERE / "train_h2o.py", json.dumps(asked))
        results: dict[str, Any] = {}
        for net in names:
            facts = built(NETS[net], work / net, jars)
            if not results:
                processor = ("-processorpath", path_of(*(work / "jars").glob("*.jar")))
                sources = sorted((HARNESS / "bench").glob("*.java"))
                compiled(sources, work / "bench", [work / net / "ours", *jars], *processor)
            print(f"measuring {net}")
            results[net] = facts | measured(work / net, jars, work / "bench", quick=options.quick)
            options.out.write_text(json.dumps(results, indent=1) + "\n")
    print(f"{speed_table(results)}\n\n{size_table(results)}\n\n{demand_table(results)}")


if __name__ == "__main__":
    main()

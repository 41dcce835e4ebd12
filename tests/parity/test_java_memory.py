"""What generated classes do not allocate: nothing per row on the array path, no more for a longer file."""

import gzip
from pathlib import Path

import pytest

from triplicate.exporters import export_java
from triplicate.jdk import find_jdk
from triplicate.runtime import ScoringModel

from java_cases import autoencoder, classes_of, float_net, person_model, regression, run_class
from random_models import random_model

MODELS: dict[str, ScoringModel] = {
    "Person": person_model(),
    "Claims": regression("exposure"),
    "Auto": autoencoder(),
    "Corrected": random_model(11),
    "Maxout": random_model(27),
    "Logistic": random_model(15),
}
METHOD = """
    static String of%(name)s(com.sun.management.ThreadMXBean threads) {
        double[][] rows = new double[70][%(name)s.columns().size()];
        double[][] outs = new double[70][%(name)s.outputNames().size()];
        for (int i = 0; i < rows.length; i++) {
            java.util.Arrays.fill(rows[i], 0, rows[i].length, i %% 5 - 1);
        }
        %(name)s model = new %(name)s();
        %(name)s.Scratch scratch = model.newScratch();
        model.scoreBatch(rows, outs, scratch);
        long id = Thread.currentThread().getId();
        threads.getThreadAllocatedBytes(id);
        long leastSingle = Long.MAX_VALUE;
        long leastBatch = Long.MAX_VALUE;
        for (int round = 0; round < 4; round++) { // the JVM itself allocates a little while it compiles
            long begun = threads.getThreadAllocatedBytes(id);
            for (int i = 0; i < 10_000; i++) {
                model.score(rows[i %% 70], outs[i %% 70], scratch);
            }
            long single = threads.getThreadAllocatedBytes(id);
            for (int i = 0; i < 150; i++) {
                model.scoreBatch(rows, outs, scratch);
            }
            leastSingle = Math.min(leastSingle, single - begun);
            leastBatch = Math.min(leastBatch, threads.getThreadAllocatedBytes(id) - single);
        }
        return "%(name)s " + leastSingle + " " + leastBatch;
    }
"""


def program() -> str:
    """Return a program that prints, for every model, the bytes of 10,000 single rows and of 150 batches."""
    methods = "".join(METHOD % {"name": name} for name in MODELS)
    calls = "\n".join(f"        System.out.println(of{name}(threads));" for name in MODELS)
    return f"""
public final class Program {{
    public static void main(String[] arguments) {{
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean)
                java.lang.management.ManagementFactory.getThreadMXBean();
{calls}
    }}
{methods}
}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the classes."""
    folder = tmp_path_factory.mktemp("java_memory")
    classes_of(folder, MODELS, program())
    return folder


def test_the_array_path_allocates_not_one_byte(folder: Path) -> None:
    """Neither score nor scoreBatch leaves garbage, whatever the kind of model."""
    done = run_class(folder, "Program")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == [f"{name} 0 0" for name in MODELS]


def test_a_long_file_is_scored_in_little_memory(folder: Path, tmp_path: Path) -> None:
    """A file of 80 MB, packed, with long cells in quotes, passes through a heap of 10 MB."""
    record = b'25,Private,12.5,2,"' + b"a long remark, " * 130 + b'"\n'
    with gzip.open(tmp_path / "rows.csv.gz", "wb", compresslevel=1) as file:
        file.write(b"age,work-class,capital-gain,children,remark\n")
        for _ in range(40):
            file.write(record * 1_000)
    done = run_class(folder, "Person", tmp_path / "rows.csv.gz", options=["-Xmx10m", "-XX:+UseSerialGC"])
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.splitlines()
    assert (len(lines), len(set(lines))) == (40_001, 2)


def test_a_net_of_a_million_weights_loads_in_little_memory(tmp_path: Path) -> None:
    """Weights are read part by part: beside their 8 bytes each, a class needs little, inside or beside."""
    model = float_net(1_000, 1_000, 1)
    sources = [export_java(model, tmp_path / "Inside.java")]
    sources.append(export_java(model, tmp_path / "Beside.java", weights="resource"))
    find_jdk().compile(sources, tmp_path)
    (tmp_path / "rows.csv").write_text(",".join(f"x{i}" for i in range(1_000)) + "\n" + "," * 999 + "\n")
    written = [
        run_class(tmp_path, name, tmp_path / "rows.csv", options=[f"-Xmx{memory}m", "-XX:+UseSerialGC"])
        for name, memory in (("Inside", 32), ("Beside", 16))
    ]
    assert [(done.returncode, done.stderr) for done in written] == [(0, b""), (0, b"")]
    assert written[0].stdout == written[1].stdout

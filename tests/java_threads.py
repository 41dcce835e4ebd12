"""One instance of a generated class, scored by many threads at once and then by one."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from triplicate.exporters.java_source import render_java
from triplicate.jdk import find_jdk
from triplicate.runtime import ScoringModel

__all__ = ["hostile_numbers", "score_in_threads"]

PROGRAM = r"""
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicInteger;

/** Scores the rows of a file by many threads, blocks of rows in no order, and compares with one thread. */
public final class Program {
    static final int BLOCK = 77;

    public static void main(String[] arguments) throws Exception {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(Paths.get(arguments[0])));
        int threads = Integer.parseInt(arguments[2]);
        double[][] rows = new double[in.getInt()][in.getInt()];
        for (double[] row : rows) {
            in.asDoubleBuffer().get(row);
            in.position(in.position() + 8 * row.length);
        }
        Model model = new Model();
        double[][] outs = new double[rows.length][Model.outputNames().size()];
        AtomicInteger next = new AtomicInteger();
        CyclicBarrier start = new CyclicBarrier(threads);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        List<Future<?>> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            all.add(pool.submit(() -> work(model, rows, outs, next, start)));
        }
        for (Future<?> one : all) {
            one.get();
        }
        pool.shutdown();
        ByteBuffer bytes = ByteBuffer.allocate(8 * rows.length * outs[0].length);
        double[] alone = new double[outs[0].length];
        Model.Scratch scratch = model.newScratch();
        int differing = 0;
        for (int i = 0; i < rows.length; i++) {
            model.score(rows[i], alone, scratch);
            differing += Arrays.equals(alone, outs[i]) ? 0 : 1; // by bits
            for (double number : outs[i]) {
                bytes.putDouble(number);
            }
        }
        Files.write(Paths.get(arguments[1]), bytes.array());
        System.out.println(differing);
    }

    /** Takes block after block until none is left: by score, by scoreBatch, in turns. */
    static Object work(Model model, double[][] rows, double[][] outs, AtomicInteger next, CyclicBarrier start)
            throws Exception {
        Model.Scratch scratch = model.newScratch();
        start.await(60, TimeUnit.SECONDS);
        for (int from = next.getAndAdd(BLOCK); from < rows.length; from = next.getAndAdd(BLOCK)) {
            int to = Math.min(from + BLOCK, rows.length);
            if (from / BLOCK % 2 == 0) {
                model.scoreBatch(Arrays.copyOfRange(rows, from, to), Arrays.copyOfRange(outs, from, to), scratch);
            } else {
                for (int i = from; i < to; i++) {
                    model.score(rows[i], outs[i], scratch);
                }
            }
            Thread.yield();
        }
        return null;
    }
}
"""
HOSTILE = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, -1.0, 0.5, 5e-310, 1e9, 1e308, -1.7e308])


def hostile_numbers(numbers: npt.NDArray[np.float64], share: float, seed: int) -> npt.NDArray[np.float64]:
    """Return the row numbers with a share of all cells missing, unseen, infinite, tiny, huge or no level at all."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(numbers.shape) < share, rng.choice(HOSTILE, numbers.shape), numbers)


def score_in_threads(
    folder: Path, model: ScoringModel, numbers: npt.NDArray[np.float64], threads: int = 64
) -> tuple[npt.NDArray[np.float64], int]:
    """Return what the threads got, and the number of rows for which one thread then got other bits."""
    kit = find_jdk()
    (folder / "Model.java").write_text(render_java(model, "Model"), encoding="ascii")
    (folder / "Program.java").write_text(PROGRAM, encoding="ascii")
    kit.compile([folder / "Model.java", folder / "Program.java"], folder)
    shape = np.array(numbers.shape, dtype=">i4").tobytes()
    (folder / "rows.bin").write_bytes(shape + numbers.astype(">f8").tobytes())
    said = kit.run(["-Xmx2g", "-cp", folder, "Program", folder / "rows.bin", folder / "outs.bin", str(threads)])
    outputs = np.fromfile(folder / "outs.bin", dtype=">f8").astype(np.float64)
    return outputs.reshape(len(numbers), -1), int(said)

"""Python's exp against StrictMath.exp, which every JVM must compute as fdlibm does: the same bits."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from triplicate.jdk import find_jdk
from triplicate.runtime.exponential import OVERFLOW, UNDERFLOW, exp

PROGRAM = """
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Paths;

public class Exponential {
    public static void main(String[] arguments) throws java.io.IOException {
        ByteBuffer bits = ByteBuffer.wrap(Files.readAllBytes(Paths.get(arguments[0]))).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < bits.capacity(); at += 8) {
            bits.putDouble(at, StrictMath.exp(bits.getDouble(at)));
        }
        Files.write(Paths.get(arguments[1]), bits.array());
    }
}
"""


def points() -> npt.NDArray[np.float64]:
    """Return 1.3 million points: the range, its ends, every branch's border, all exponents, special values."""
    rng = np.random.default_rng(20)
    ranges = [(UNDERFLOW, OVERFLOW, 400_000), (-40.0, 40.0, 300_000), (-1.1, 1.1, 200_000), (-746.0, -708.0, 100_000)]
    drawn = [rng.uniform(low, high, count) for low, high, count in ranges]
    any_bits = rng.integers(0, 2**63, 200_000, dtype=np.int64).view(np.float64)
    borders = np.array(
        [UNDERFLOW, OVERFLOW, 0.5 * np.log(2), 1.5 * np.log(2), 2.0**-28, 1.0, 2.0**-1022, 708.3964185322641]
    )
    near = (borders.view(np.int64)[:, np.newaxis] + np.arange(-5000, 5000)).ravel().view(np.float64)
    special = np.array([0.0, np.inf, np.nan, 5e-324, 1.7976931348623157e308])
    return np.concatenate((*drawn, any_bits, -any_bits, near, -near, special, -special))


def test_every_bit_equals_strictmaths(tmp_path: Path) -> None:
    """0 differing bits in more than a million points, NaN counted as one value."""
    x = points()
    assert len(x) > 1_000_000
    source = tmp_path / "Exponential.java"
    source.write_text(PROGRAM, encoding="ascii")
    (tmp_path / "x").write_bytes(x.astype("<f8").tobytes())
    jdk = find_jdk()
    jdk.compile([source], tmp_path)
    jdk.run(["-cp", str(tmp_path), "Exponential", str(tmp_path / "x"), str(tmp_path / "y")])
    java = np.fromfile(tmp_path / "y", dtype="<f8")
    java[np.isnan(java)] = np.nan
    different = np.flatnonzero(exp(x).view(np.int64) != java.view(np.int64))
    assert [(float(x[i]).hex(), float(java[i]).hex()) for i in different[:5]] == []

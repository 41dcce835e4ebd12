"""What a trainer is asked on its command line, and what it answers: one line of JSON on standard output."""

import argparse
import json
import resource
from dataclasses import asdict, dataclass, field
from pathlib import Path

__all__ = ["Answer", "Question", "ask", "peak_memory"]


@dataclass(frozen=True)
class Question:
    """One training: the data, the network, and how long."""

    folder: Path
    data: str
    hidden: list[int]
    batch: int
    epochs: int
    seed: int
    optimizer: str
    sparse: bool
    whole: list[float]


@dataclass
class Answer:
    """One training: rows a second of learning alone, seconds of the whole call, the test error along the way.

    `curve` holds (seconds of learning so far, test error) pairs. Where `whole` trainings were asked for, seconds count
    from the data frame in hand: ours are a pair for each, (seconds of the whole call, test error of the finished
    model). `peak` is the largest resident memory in MB.
    """

    rows_per_second: float
    wall: float
    error: float
    curve: list[tuple[float, float]] = field(default_factory=list)
    peak: float = 0.0

    def print(self) -> None:
        """Write the answer; memory is this process's own unless it is set."""
        self.peak = self.peak or peak_memory()
        print(json.dumps(asdict(self)), flush=True)


def peak_memory() -> float:
    """Return the largest resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ask() -> Question:
    """Read the question from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", choices=["mnist", "adult"], default="mnist")
    parser.add_argument("--hidden", default="200,200")
    parser.add_argument("--batch", type=int, default=0, help="0: the library's own default")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--optimizer", default="default", choices=["default", "adam"])
    parser.add_argument("--sparse", action="store_true")
    parser.add_argument("--whole", default="", help="epochs of whole trainings that make the curve, such as 1,2,5")
    given = parser.parse_args()
    hidden = [int(width) for width in given.hidden.split(",")]
    whole = [float(epochs) for epochs in given.whole.split(",") if epochs]
    return Question(
        given.folder, given.data, hidden, given.batch, given.epochs, given.seed, given.optimizer, given.sparse, whole
    )

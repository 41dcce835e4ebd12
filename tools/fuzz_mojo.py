"""Damage MOJOs and import them: python tools/fuzz_mojo.py [CASES] [FIRST SEED].

Every case must end in a model that scores, or in a ForeignModelError, quickly. Prints what came of all of them.
"""

import collections
import sys
import tempfile
import time
import tracemalloc
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from triplicate.importers import mojo
from triplicate.runtime import Scorer
from triplicate.runtime.errors import ForeignModelError

from mojo_mutations import damaged_mojo, healthy_mojos

SLOW = 2.0  # seconds
MOST_MEMORY = 64 * 2**20  # bytes, for files of some kilobytes


def main(cases: int, first: int) -> int:
    """Run the cases; return 1 when one of them ended otherwise than it may."""
    warnings.simplefilter("ignore")
    healthy = healthy_mojos()
    ends: collections.Counter[str] = collections.Counter()
    longest, wrong, began = 0.0, 0, time.perf_counter()
    tracemalloc.start()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.zip"
        for seed in range(first, first + cases):
            path.write_bytes(damaged_mojo(seed, healthy))
            tracemalloc.reset_peak()
            start = time.perf_counter()
            try:
                model = mojo(path)
                Scorer(model).score([dict.fromkeys(model.row_names[: len(model.columns)]) | {model.offset or "": 0.0}])
                ends["model"] += 1
            except ForeignModelError:
                ends["ForeignModelError"] += 1
            except BaseException as reason:  # noqa: BLE001 - anything else is what is looked for
                ends[type(reason).__name__] += 1
                wrong += 1
                print(f"seed {seed}: {type(reason).__name__}: {reason}")
            took = time.perf_counter() - start
            longest = max(longest, took)
            if took > SLOW or tracemalloc.get_traced_memory()[1] > MOST_MEMORY:
                wrong += 1
                print(f"seed {seed}: {took:.1f} s, {tracemalloc.get_traced_memory()[1]} bytes")
    took = time.perf_counter() - began
    print(f"{cases} cases from seed {first} in {took:.0f} s, longest {longest:.3f} s: {dict(ends)}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, int(sys.argv[2]) if len(sys.argv) > 2 else 0))

"""The same seed and data give the same model: in another process, with 1 and 2 threads, in rows and in batches."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from triplicate.trainer import DeepLearningEstimator

from training_tables import classes_table

SHARED: dict[str, Any] = {"hidden": [40, 40], "epochs": 2, "seed": 7}
CHILD = """
import json
import sys
from triplicate.trainer import DeepLearningEstimator
table, options = sys.argv[1], json.loads(sys.argv[2])
prints = {}
for batch in (1, 64):
    model = DeepLearningEstimator(**options, mini_batch_size=batch).train(y="kind", training_frame=table)
    prints[batch] = model.scoring_model.fingerprint
print(json.dumps(prints))
"""


def fingerprints_of_a_process(table: Path, threads: int) -> dict[str, str]:
    """Return the fingerprints, by batch size, that a process of its own comes to with so many threads."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(table), json.dumps(SHARED)],
        env=os.environ | dict.fromkeys(names, str(threads)), capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    prints: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return prints


def trained_with_cache(cache: Path, table: Path, options: dict[str, Any]) -> str:
    """Return the fingerprint that a process of its own comes to, whose compiled kernels lie in a folder."""
    code = CHILD.replace("(1, 64)", "(64,)")
    done = subprocess.run(
        [sys.executable, "-c", code, str(table), json.dumps(options)],
        env=os.environ | {"NUMBA_CACHE_DIR": str(cache)}, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    return str(done.stdout.splitlines()[-1])


def test_a_process_that_compiles_comes_to_the_bits_of_one_that_loads(tmp_path: Path) -> None:
    """Whether a kernel was compiled by this process or loaded from the cache changes no bit."""
    table, cache = tmp_path / "table.csv", tmp_path / "cache"
    classes_table(500).to_csv(table, index=False)
    options = SHARED | {"optimizer": "adam", "l1": 1e-5}
    assert trained_with_cache(cache, table, options) == trained_with_cache(cache, table, options)


def test_processes_and_threads_change_no_bit(tmp_path: Path) -> None:
    """Two other processes, with one thread and with two, come to the fingerprints of this one."""
    table = tmp_path / "table.csv"
    classes_table(2000).to_csv(table, index=False)
    here = {}
    for batch in (1, 64):
        model = DeepLearningEstimator(**SHARED, mini_batch_size=batch).train(y="kind", training_frame=str(table))
        here[str(batch)] = model.scoring_model.fingerprint
    assert here["1"] != here["64"]
    assert fingerprints_of_a_process(table, 1) == here
    assert fingerprints_of_a_process(table, 2) == here

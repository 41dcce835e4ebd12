"""Where tests run in several processes, each keeps its compiled kernels for itself.

numba's cache is not made for two writers: both may take the same file name for different kernels.
"""

import os
from importlib.util import find_spec
from pathlib import Path

WORKER = os.environ.get("PYTEST_XDIST_WORKER")
if WORKER is not None:  # before anything imports numba, and for the processes that tests start as well
    found = find_spec("triplicate.trainer")
    assert found is not None
    assert found.origin is not None
    os.environ["NUMBA_CACHE_DIR"] = str(Path(found.origin).parent / "__pycache__" / WORKER)

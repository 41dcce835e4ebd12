"""The migration room: scripts written for H2O's Python client run with their import lines changed.

`import triplicate.h2o as h2o`, then `init`, `import_file`, Frames, estimators, grids and model files by their old
names. Everything happens in this process; there is no cluster. docs/migrate-from-h2o.md says what differs.
"""

import sys
from pathlib import Path
from typing import Any

from triplicate.h2o import estimators, grid
from triplicate.h2o.frame import Frame
from triplicate.h2o.import_files import import_file, upload_file
from triplicate.h2o.model_files import load_model, save_model
from triplicate.h2o.registry import get_grid, get_model, remove, remove_all
from triplicate.runtime.errors import ParameterError

__all__ = [
    "Cluster",
    "Frame",
    "H2OFrame",
    "cluster",
    "demo",
    "estimators",
    "get_grid",
    "get_model",
    "grid",
    "import_file",
    "init",
    "load_model",
    "predict",
    "remove",
    "remove_all",
    "save_model",
    "shutdown",
    "upload_file",
]

H2OFrame = Frame


def predict(model: Any, newdata: Any) -> Frame:
    """Return what `model.predict(newdata)` does."""
    found: Frame = model.predict(newdata)
    return found


def demo(name: str) -> None:
    """Train, export and compare on real data, in the folder triplicate-demo; "deeplearning" is the only demo."""
    if name != "deeplearning":
        raise ParameterError(f"demo {name!r} does not exist: there are neural nets only, which are 'deeplearning'")
    from rich.console import Console

    from triplicate.demo import run_demo

    run_demo(Path("triplicate-demo"), Console())


def init(**options: Any) -> None:
    """Say that nothing needs to be started; options such as ip, port and nthreads have no effect."""
    ignored = f"; {', '.join(sorted(options))} without effect" if options else ""
    sys.stdout.write(f"Triplicate works in this process: there is no cluster to start or connect to{ignored}.\n")


def shutdown(prompt: bool = False) -> None:
    """Say that nothing needs to be stopped; models and frames stay as they are."""
    del prompt
    sys.stdout.write("Triplicate works in this process: there is no cluster to shut down.\n")


class Cluster:
    """What `cluster()` returns: this process."""

    def shutdown(self, prompt: bool = False) -> None:
        """Say that nothing needs to be stopped."""
        shutdown(prompt)


def cluster() -> Cluster:
    """Return what stands for the cluster: there is none."""
    return Cluster()

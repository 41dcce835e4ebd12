"""The migration room: scripts written for H2O's Python client run with their import lines changed.

`import triplicate.h2o as h2o`, then `init`, `import_file`, Frames, estimators and model files by their old names.
Everything happens in this process; there is no cluster. docs/migrate-from-h2o.md says what differs.
"""

import sys
from typing import Any

from triplicate.h2o import estimators
from triplicate.h2o.frame import Frame
from triplicate.h2o.import_files import import_file, upload_file
from triplicate.h2o.model_files import LoadedModel, load_model, save_model
from triplicate.h2o.registry import get_model, remove, remove_all

__all__ = [
    "Cluster",
    "Frame",
    "H2OFrame",
    "LoadedModel",
    "cluster",
    "estimators",
    "get_model",
    "import_file",
    "init",
    "load_model",
    "remove",
    "remove_all",
    "save_model",
    "shutdown",
    "upload_file",
]

H2OFrame = Frame


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

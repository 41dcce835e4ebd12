"""A backend for Triton in the place of its own ONNX Runtime backend, which is on no package index.

Triton loads it as BACKENDS/onnxruntime/model.py, in a Python of its own that finds nothing: TRIPLICATE_MODULES tells it
of ONNX Runtime and of a NumPy 1, for which Triton was compiled. It runs the graph; all around it is Triton's.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path += os.environ["TRIPLICATE_MODULES"].split(os.pathsep)

import numpy as np
import onnxruntime
import triton_python_backend_utils as triton

__all__ = ["TritonPythonModel"]


class TritonPythonModel:
    """The class that Triton looks for: one session per model."""

    def initialize(self, arguments: dict[str, str]) -> None:
        """Open the graph of the version that Triton chose."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        graph = Path(arguments["model_repository"], arguments["model_version"], "model.onnx")
        self.session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        self.outputs = [output["name"] for output in json.loads(arguments["model_config"])["output"]]

    def execute(self, requests: list[Any]) -> list[Any]:
        """Run the graph once on the rows of all requests that Triton batched, and give each its own rows."""
        parts = [
            {given.name: self._texts(given, triton.get_input_tensor_by_name(request, given.name).as_numpy())
             for given in self.session.get_inputs()}
            for request in requests
        ]  # fmt: skip
        feeds = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        ends = np.cumsum([len(next(iter(part.values()))) for part in parts])[:-1]
        answers = [np.split(tensor, ends) for tensor in self.session.run(self.outputs, feeds)]
        return [
            triton.InferenceResponse([
                triton.Tensor(name, rows[number]) for name, rows in zip(self.outputs, answers, strict=True)
            ])
            for number in range(len(requests))
        ]  # fmt: skip

    def _texts(self, given: Any, cells: Any) -> Any:
        if given.type != "tensor(string)":
            return cells
        return np.array([cell.decode() for cell in cells.ravel()], dtype=object).reshape(cells.shape)

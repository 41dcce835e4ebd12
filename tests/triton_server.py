"""A Triton server over a model repository, and a client of its HTTP protocol that sends and takes tensors in binary."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

__all__ = ["Triton", "triton"]

TYPES = {"FP64": "<f8", "FP32": "<f4", "INT64": "<i8", "BOOL": "?"}  # BYTES: each with its length in front
HEADER = "Inference-Header-Content-Length"
SECONDS = 120


@dataclass(frozen=True, slots=True)
class Triton:
    """A server on this port of 127.0.0.1."""

    port: int

    def ask(self, path: str, body: bytes | None = None, header: int | None = None) -> tuple[int, bytes, int]:
        """Send a GET, or a POST of a body of which `header` bytes are JSON; return status, body, and bytes of JSON."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)) as connection:
            headers = {} if header is None else {HEADER: str(header)}
            connection.request("GET" if body is None else "POST", path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            return answer.status, content, int(answer.headers.get(HEADER, len(content)))

    def get(self, path: str) -> Any:
        """Return what a path says, as JSON."""
        status, body, _ = self.ask(path)
        assert status == 200, body
        return json.loads(body)

    def infer(self, model: str, feeds: Mapping[str, npt.NDArray[Any]]) -> tuple[int, dict[str, Any]]:
        """Return the status, and the outputs by name, or what is wrong under the name "error"."""
        parts = {name: _bytes(tensor) for name, tensor in feeds.items()}
        inputs = [
            {
                "name": name,
                "datatype": _datatype(tensor),
                "shape": tensor.shape,
                "parameters": {"binary_data_size": len(parts[name])},
            }
            for name, tensor in feeds.items()
        ]
        question = json.dumps({"inputs": inputs, "parameters": {"binary_data_output": True}}).encode()
        status, body, size = self.ask(f"/v2/models/{model}/infer", question + b"".join(parts.values()), len(question))
        said, rest = json.loads(body[:size]), memoryview(body)[size:]
        if status != 200:
            return status, said
        outputs = {}
        for output in said["outputs"]:
            length = output["parameters"]["binary_data_size"]
            outputs[output["name"]] = _tensor(bytes(rest[:length]), output["datatype"]).reshape(output["shape"])
            rest = rest[length:]
        return status, outputs


def _datatype(tensor: npt.NDArray[Any]) -> str:
    named = {np.dtype(code): name for name, code in TYPES.items()}
    return named.get(tensor.dtype, "BYTES")


def _bytes(tensor: npt.NDArray[Any]) -> bytes:
    if tensor.dtype != object:
        return tensor.tobytes()
    texts = [text.encode() for text in tensor.ravel()]
    return b"".join(len(text).to_bytes(4, "little") + text for text in texts)


def _tensor(content: bytes, datatype: str) -> npt.NDArray[Any]:
    if datatype != "BYTES":
        return np.frombuffer(content, TYPES[datatype])
    texts, start = [], 0
    while start < len(content):
        end = start + 4 + int.from_bytes(content[start : start + 4], "little")
        texts.append(content[start + 4 : end].decode())
        start = end
    return np.array(texts, dtype=object)


@contextmanager
def triton(repository: Path, room: Path) -> Iterator[Triton]:
    """Run the server of .venv-triton over the repository until the block ends; its models are READY when it begins.

    Configurations are taken as they are (--disable-auto-complete-config). In the place of its own ONNX Runtime backend
    stands triton_backend.py. `room` is a new folder for that and the server's log.
    """
    checkout = os.environ.get("TRIPLICATE_CHECKOUT")
    assert checkout is not None, "these tests need .venv-triton of the checkout: run them by `make acceptance`"
    package = Path(checkout, ".venv-triton", "pytriton", "tritonserver")
    backends = room / "backends"
    (backends / "onnxruntime").mkdir(parents=True)
    shutil.copyfile(Path(__file__).with_name("triton_backend.py"), backends / "onnxruntime" / "model.py")
    shutil.copytree(package / "backends" / "python", backends / "python")
    stub = package / "python_backend_stubs" / f"{sys.version_info.major}.{sys.version_info.minor}"
    shutil.copy(stub / "triton_python_backend_stub", backends / "python")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = Triton(free.getsockname()[1])
    own = package.parents[1]
    libraries = [str(own / "nvidia_pytriton.libs"), str(sysconfig.get_config_var("LIBDIR"))]
    modules = [str(own), str(Path(onnxruntime.__file__).parents[1])]
    command = [
        str(package / "bin" / "tritonserver"), f"--model-repository={repository}", f"--backend-directory={backends}",
        "--disable-auto-complete-config", "--http-address=127.0.0.1", f"--http-port={server.port}",
        "--allow-grpc=false", "--allow-metrics=false", "--exit-timeout-secs=5",
    ]  # fmt: skip
    behind = {"TRIPLICATE_MODULES": os.pathsep.join(modules), "LD_LIBRARY_PATH": os.pathsep.join(libraries)}
    log = room / "log"
    with log.open("wb") as written:
        process = subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT, env={**os.environ, **behind})
    try:
        _wait(process, server, log)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _wait(process: subprocess.Popen[bytes], server: Triton, log: Path) -> None:
    """Wait until the server listens, which it does when its models are there; it ends when one of them is refused."""
    end = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            if server.ask("/v2/health/ready")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text(errors="replace")[-6000:])

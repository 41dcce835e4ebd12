"""Requests of single rows at a fixed rate against `triplicate serve`: times, failures, and a stop under load.

    python benchmarks/serving_load.py DATA [--rate 1000] [--seconds 60] [--engine numpy|onnx] [--connections 32]

DATA is the folder that holds adult_train.csv.gz. A net (50,50) learns Adult for one epoch; the server runs in a
process of its own on a free port of 127.0.0.1. Requests are due at fixed times and are timed from then on, so
that a server that stalls is charged for everybody who waited. Afterwards SIGTERM is sent in the middle of the
same load: whatever was answered must be whole, and the exit code 0.
"""

import argparse
import asyncio
import csv
import gzip
import json
import math
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import cast

import numpy as np

import triplicate as tp

ROWS = 2000
HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
LIMIT_SECONDS = 0.020


class Connection(asyncio.Protocol):
    """One keep-alive connection that has one request under way at most."""

    def __init__(self, load: "Load") -> None:
        self.load, self.due, self.buffer = load, 0.0, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Join those that wait for a request."""
        self.transport = cast("asyncio.Transport", transport)
        self.load.idle.append(self)

    def send(self, due: float, request: bytes) -> None:
        """Send a request that was due at this time of the loop's clock."""
        self.due, self.buffer = due, b""
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Collect the answer; when it is whole, note its time and its status."""
        self.buffer += data
        head, found, body = self.buffer.partition(HEAD_END)
        length = LENGTH.search(head)
        if not found or length is None or len(body) < int(length[1]):
            return
        self.load.seconds.append(time.perf_counter() - self.due)
        if not head.startswith(b"HTTP/1.1 200") or b"label" not in body:
            self.load.refused += 1
        self.due = 0.0
        if self.load.waiting:
            self.send(*self.load.waiting.pop(0))
        else:
            self.load.idle.append(self)

    def connection_lost(self, _: Exception | None) -> None:
        """Count an answer that broke off; a request that got no byte back was not answered."""
        self.load.open -= 1
        if self in self.load.idle:
            self.load.idle.remove(self)
        if self.due:
            self.load.broken += bool(self.buffer)
            self.load.unanswered += not self.buffer


class Load:
    """Requests at a fixed rate over some connections, and what came of them."""

    def __init__(self, port: int, requests: list[bytes], connections: int) -> None:
        self.port, self.requests, self.connections = port, requests, connections
        self.idle: list[Connection] = []
        self.waiting: list[tuple[float, bytes]] = []
        self.seconds: list[float] = []
        self.refused = self.broken = self.unanswered = self.open = 0

    async def run(self, rate: float, seconds: float) -> None:
        """Send rate * seconds requests, each when it is due, and wait for the last answers."""
        loop = asyncio.get_running_loop()
        for _ in range(self.connections):
            await loop.create_connection(lambda: Connection(self), "127.0.0.1", self.port)
            self.open += 1
        start, total = time.perf_counter(), int(rate * seconds)
        for number in range(total):
            due = start + number / rate
            while (ahead := due - time.perf_counter()) > 0:
                await asyncio.sleep(ahead)
            if not self.open:
                break
            request = self.requests[number % len(self.requests)]
            if self.idle:
                self.idle.pop().send(due, request)
            else:
                self.waiting.append((due, request))
            if number % 20 == 0:
                await asyncio.sleep(0)
        for _ in range(500):
            if not self.open or len(self.idle) == self.open:
                break
            await asyncio.sleep(0.01)


def requests_of(data: Path, port: int) -> list[bytes]:
    """Return whole HTTP requests, one row of Adult each, cells as JSON."""
    with gzip.open(data / "adult_train.csv.gz", "rt", encoding="utf-8") as file:
        rows = [row for _, row in zip(range(ROWS), csv.DictReader(file), strict=False)]
    requests = []
    for row in rows:
        body = json.dumps({name: int(cell) if cell.isdigit() else cell or None for name, cell in row.items()})
        head = f"POST /predict HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        requests.append(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    return requests


def start_server(model: Path, engine: str) -> tuple[subprocess.Popen[str], int]:
    """Start `triplicate serve` on a free port; return the process and the port once it listens."""
    command = [sys.executable, "-m", "triplicate", "serve", str(model), "--port", "0", "--engine", engine]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline() if process.stdout else ""
    found = re.search(r":(\d+)/", line)
    if found is None:
        sys.exit(f"the server did not start: {line}")
    return process, int(found[1])


def processor_seconds(port: int) -> float:
    """Return the processor time that the server has used, from its metrics."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        found = re.search(r"^process_cpu_seconds_total (\S+)", answer.read().decode(), re.MULTILINE)
    return float(found[1]) if found else math.nan


async def stop_under_load(load: Load, process: subprocess.Popen[str], rate: float) -> None:
    """Send SIGTERM after two seconds of load."""
    running = asyncio.create_task(load.run(rate, 4.0))
    await asyncio.sleep(2.0)
    process.send_signal(signal.SIGTERM)
    await running


def main() -> int:
    """Measure and print; the exit code is 1 when a demand does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--rate", type=float, default=1000.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--engine", choices=("numpy", "onnx"), default="numpy")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--model", type=Path, help="a model of Adult trained before, instead of a new one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = given.model
        if model is None:
            model = Path(folder) / "income.npz"
            net = tp.DeepLearningEstimator(hidden=[50, 50], epochs=1, seed=1, quiet_mode=True)
            net.train(y="income", training_frame=given.data / "adult_train.csv.gz")
            net.save(model)
        process, port = start_server(model, given.engine)
        try:
            requests = requests_of(given.data, port)
            load = Load(port, requests, given.connections)
            before = processor_seconds(port)
            asyncio.run(load.run(given.rate, given.seconds))
            times = np.array(load.seconds)
            p50, p99, worst = np.quantile(times, [0.5, 0.99, 1.0]) * 1000
            wanted = int(given.rate * given.seconds)
            failed = load.refused + load.broken + load.unanswered + wanted - len(times)
            print(
                f"{given.engine}: {len(times)} of {wanted} requests answered, {failed} failed, {given.rate:g} a second"
            )
            print(f"from due time to answer: median {p50:.2f} ms, p99 {p99:.2f} ms, worst {worst:.1f} ms")
            spent = (processor_seconds(port) - before) / len(times) * 1e3
            print(f"processor time of the server: {spent:.2f} ms a request")
            stopping = Load(port, requests, given.connections)
            asyncio.run(stop_under_load(stopping, process, given.rate))
            code = process.wait(timeout=30)
            whole, broken = len(stopping.seconds), stopping.broken
            print(f"SIGTERM under load: {whole} answered whole, {broken} broken off, exit code {code}")
        finally:
            process.kill()
            process.wait()
    good = failed == 0 and p99 < LIMIT_SECONDS * 1000 and stopping.broken == 0 and stopping.refused == 0 and code == 0
    print("holds" if good else "does not hold")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

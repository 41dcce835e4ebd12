"""A Triton server loads the exported repository as it is, and answers with the graph's numbers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from triton_server import Triton, triton

from triplicate import export_triton
from triplicate.exporters.onnx_columns import InputForm
from triplicate.exporters.onnx_nodes import FloatName
from triplicate.exporters.onnx_run import row_feeds
from triplicate.exporters.onnx_signature import graph_inputs, graph_outputs
from triplicate.runtime import Layer, Numeric, Regression, ScoringModel

from random_models import HOSTILE_TEXTS, random_model, random_rows

pytestmark = pytest.mark.acceptance
SEEDS = range(7)  # one model of each kind of head
ROWS = 20


@dataclass(frozen=True, slots=True)
class Exported:
    """A model of the repository, some hostile rows as its graph takes them, and the graph."""

    name: str
    model: ScoringModel
    form: InputForm
    dtype: FloatName
    graph: Path
    feeds: dict[str, npt.NDArray[Any]]

    def answers(self) -> dict[str, npt.NDArray[Any]]:
        """Return what ONNX Runtime says here by output, one number per row as [rows, 1], as Triton shows it."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(self.graph), options, providers=["CPUExecutionProvider"])
        outputs = zip(session.get_outputs(), session.run(None, self.feeds), strict=True)
        return {output.name: found.reshape(len(found), -1) for output, found in outputs}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> list[Exported]:
    """Return a repository of a model per kind of head, each third a float32 matrix, and of one with hostile names."""
    repository = tmp_path_factory.mktemp("triton") / "repository"
    made = []
    for seed, model in enumerate([*map(random_model, SEEDS), _hostile_names()]):
        form, dtype = _form(seed)
        folder = export_triton(model, repository, f"m{seed}", input=form, dtype=dtype)
        feeds = row_feeds(model, random_rows(model, ROWS, seed), form, np.dtype(dtype))
        made.append(Exported(folder.name, model, form, dtype, folder / "1" / "model.onnx", feeds))
    return made


def _hostile_names() -> ScoringModel:
    """Return a regressor with a number under each hostile name, but for NUL, which no C interface passes on."""
    names = [text for text in HOSTILE_TEXTS if "\0" not in text]
    columns = tuple(Numeric(name, place) for place, name in enumerate(names))
    return ScoringModel(columns, (Layer(np.ones((1, len(names))), np.zeros(1)),), Regression())


def _form(seed: int) -> tuple[InputForm, FloatName]:
    return ("matrix", "float32") if seed % 3 == 2 else ("columns", "float64")


@pytest.fixture(scope="module")
def server(exported: list[Exported], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Triton]:
    """Return a server that has loaded all of them."""
    with triton(exported[0].graph.parents[2], tmp_path_factory.mktemp("server")) as running:
        yield running


def test_triton_takes_the_configurations(server: Triton, exported: list[Exported]) -> None:
    """Names, types and shapes that Triton read, without completing them, are those of the graph."""
    for one in exported:
        config = server.get(f"/v2/models/{one.name}/config")
        assert (config["name"], config["backend"], config["max_batch_size"]) == (one.name, "onnxruntime", 1024)
        floats = "FP64" if one.dtype == "float64" else "FP32"
        for kind, signature in (("input", graph_inputs), ("output", graph_outputs)):
            tensors = signature(one.model, floats, one.form)  # type: ignore[operator]
            named = [(t.name, f"TYPE_{t.datatype.replace('BYTES', 'STRING')}", t.shape[1:]) for t in tensors]
            given = [(entry["name"], entry["data_type"], entry["dims"], "reshape" in entry) for entry in config[kind]]
            assert given == [(name, datatype, list(shape or (1,)), not shape) for name, datatype, shape in named]


def test_triton_answers_as_the_graph(server: Triton, exported: list[Exported]) -> None:
    """Every output of every model for hostile rows, NaN included, is that of ONNX Runtime to the bit."""
    for one in exported:
        status, found = server.infer(one.name, one.feeds)
        assert status == 200, found
        wanted = one.answers()
        assert list(found) == list(wanted)
        for name, tensor in wanted.items():
            assert found[name].dtype == tensor.dtype
            assert np.array_equal(found[name], tensor, equal_nan=tensor.dtype.kind == "f"), (one.name, name)


def test_triton_batches_rows_of_several_requests(server: Triton, exported: list[Exported]) -> None:
    """Requests of one row that come together are scored together, and each gets its own row."""
    one = exported[0]
    wanted = one.answers()
    rows = [{name: tensor[[row]] for name, tensor in one.feeds.items()} for row in range(ROWS)]
    together = 0
    for _ in range(50):
        before = _counts(server, one.name)
        with ThreadPoolExecutor(ROWS) as pool:
            answers = list(pool.map(lambda feeds: server.infer(one.name, feeds), rows))
        for row, (status, found) in enumerate(answers):
            assert status == 200, found
            assert found["label"].tolist() == wanted["label"][[row]].tolist()
            p, q = found["probabilities"], wanted["probabilities"][[row]]
            assert np.allclose(p, q, rtol=0, atol=1e-12, equal_nan=True)
        scored, executed = (after - then for after, then in zip(_counts(server, one.name), before, strict=True))
        assert scored == ROWS
        together += scored - executed
        if together:
            break
    assert together > 0


def _counts(server: Triton, name: str) -> tuple[int, int]:
    """Return how many rows Triton scored so far, in how many calls of the graph."""
    (counts,) = server.get(f"/v2/models/{name}/stats")["model_stats"]
    return counts["inference_count"], counts["execution_count"]


def test_triton_refuses_what_the_configuration_does_not_allow(server: Triton, exported: list[Exported]) -> None:
    """More rows than max_batch_size, a number of another type and an unknown input are refused with a reason."""
    one = next(one for one in exported if one.form == "matrix")
    (name,) = one.feeds
    width = one.feeds[name].shape[1]
    many, wide = np.zeros((1025, width), dtype=np.float32), np.zeros((1, width))
    for feeds, reason in (({name: many}, "must be <= 1024"), ({name: wide}, "FP64"), ({"x": many[:1]}, "x")):
        status, said = server.infer(one.name, feeds)
        assert (status, reason in said["error"]) == (400, True), said

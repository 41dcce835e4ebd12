"""Dense ONNX graphs come in: the answers of ONNX Runtime within float32's error, then the same in every form."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pandas as pd
import pytest

from triplicate import scorer, verify
from triplicate.importers import onnx_dense
from triplicate.java_parity import JavaJob, run_java
from triplicate.runtime import Classification, ScoringModel, raw_rows

from dense_graphs import INPUTS, bytes_of, keras_style, run, torch_style

ROWS = 300
FLOAT32 = 1e-5  # of values around 1 to 30 that went through three layers


def rows_of(model: ScoringModel) -> pd.DataFrame:
    """Return rows of float32 numbers, so that both sides read the same ones."""
    values = np.random.default_rng(8).normal(size=(ROWS, INPUTS)).astype(np.float32).astype(np.float64)
    return pd.DataFrame(values, columns=list(model.row_names))


GRAPHS: dict[str, tuple[onnx.ModelProto, dict[str, Any]]] = {
    "torch, softmax": (torch_style(), {}),
    "torch, logits": (torch_style(end=None), {"task": "classification", "labels": ["a", "b", "c"]}),
    "torch, one sigmoid": (torch_style(1, "Sigmoid", "Tanh"), {"labels": [False, True]}),
    "torch, one logit": (torch_style(1, None, "LeakyRelu"), {"task": "classification", "labels": ["no", "yes"]}),
    "torch, a number": (torch_style(1, None, "Sigmoid"), {"columns": ["a", "b", "c", "d"]}),
    "torch, a number between 0 and 1": (torch_style(1, "Sigmoid", "Elu"), {"task": "regression"}),
    "torch, a positive number": (torch_style(1, "Relu"), {}),
    "keras, softmax": (keras_style(), {}),
    "keras, a number": (keras_style(1, None), {}),
    "keras, one sigmoid": (keras_style(1, "Sigmoid"), {}),
}


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write the graphs."""
    folder = tmp_path_factory.mktemp("graphs")
    return {name: bytes_of(graph, folder / f"{i}.onnx") for i, (name, (graph, _)) in enumerate(GRAPHS.items())}


@pytest.fixture(scope="module")
def models(paths: dict[str, Path]) -> dict[str, ScoringModel]:
    """Return what the graphs become."""
    return {name: onnx_dense(path, **GRAPHS[name][1]) for name, path in paths.items()}


def expected(name: str, found: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return the probabilities, or the numbers, that the output of a graph means."""
    values = found.astype(np.float64)
    if "logit" in name:
        scores = values if values.shape[1] > 1 else np.column_stack((np.zeros(len(values)), values))
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))
    return np.column_stack((1.0 - values, values)) if name.endswith("one sigmoid") else values


@pytest.mark.parametrize("name", GRAPHS)
def test_the_answers_are_those_of_onnx_runtime(
    name: str, paths: dict[str, Path], models: dict[str, ScoringModel]
) -> None:
    """Probabilities and numbers agree within float32's error, and so do labels that are not a tie."""
    rows = rows_of(models[name])
    wanted = expected(name, run(paths[name], rows.to_numpy()))
    scores = scorer(models[name]).score(rows)
    if isinstance(models[name].head, Classification):
        assert np.abs(scores.probabilities - wanted).max() <= FLOAT32
        clear = np.diff(np.sort(wanted, axis=1)[:, -2:], axis=1)[:, 0] > FLOAT32
        assert clear.mean() > 0.9
        labels = np.array(GRAPHS[name][1].get("labels", range(wanted.shape[1])), dtype=object)
        assert list(scores.labels[clear]) == list(labels[wanted.argmax(axis=1)][clear])
    else:
        assert np.abs(scores.values[:, np.newaxis] - wanted).max() <= FLOAT32 * np.abs(wanted).max()


def test_each_becomes_a_java_class_with_the_same_bits(models: dict[str, ScoringModel]) -> None:
    """All classes, compiled at once, agree with Python to the bit."""
    jobs = [JavaJob(model, raw_rows(model, rows_of(model))) for model in models.values()]
    for job, java in zip(jobs, run_java(jobs), strict=True):
        assert not java.errors
        assert not java.disagreements  # its selfTest over golden rows included
        assert job.model.metadata.golden is not None
        assert java.outputs.tobytes() == scorer(job.model).score(job.raw).outputs.tobytes()


@pytest.mark.parametrize("name", GRAPHS)
def test_the_other_forms_agree(name: str, models: dict[str, ScoringModel]) -> None:
    """Verify passes: NumPy, BLAS and the ONNX graphs that are exported again."""
    report = verify(models[name], rows_of(models[name]), java=False)
    assert [pair.pair for pair in report.pairs if not pair.passed] == []

"""Files of graphs: one, or two when the weights need more room than a protocol buffer has."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from triplicate.exporters.onnx_file import graph_digest, is_large, read_onnx, write_onnx
from triplicate.exporters.onnx_graph import build_onnx
from triplicate.exporters.onnx_run import open_session
from triplicate.runtime import Layer, Numeric, Regression, ScoringModel
from triplicate.runtime.errors import ExportError, ModelFileError

LIMIT = 12000  # bytes, in place of 2 GiB


def wide(factor: float = 1.0) -> onnx.ModelProto:
    """Return a graph whose weights take 24 kB."""
    hidden = Layer(np.ones((1000, 1)), np.zeros(1000))
    layer = Layer(np.arange(1000.0)[np.newaxis] * factor, np.zeros(1))
    return build_onnx(ScoringModel((Numeric("x", 0),), (hidden, layer), Regression()), input="matrix")


def answer(path: Path) -> float:
    """Return what ONNX Runtime, which opens the file by its path, says for a row of ones."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return float(session.run(["variable"], {"input": np.ones((1, 1))})[0][0, 0])


def names(folder: Path) -> list[str]:
    """Return the files of a folder."""
    return sorted(entry.name for entry in folder.iterdir())


def test_large_weights_lie_in_a_second_file(tmp_path: Path) -> None:
    """ONNX Runtime finds them; read back, the graph is the one that was written; the given graph is untouched."""
    proto = wide()
    before = proto.SerializeToString(deterministic=True)
    path = write_onnx(proto, tmp_path / "m.onnx", LIMIT)
    graph, weights = names(tmp_path)
    assert (graph, weights[:7], weights[-8:]) == ("m.onnx", "m.onnx.", ".weights")
    assert path.stat().st_size < (tmp_path / weights).stat().st_size
    assert answer(path) == 499500.0
    assert graph_digest(read_onnx(path)) == graph_digest(proto)
    assert proto.SerializeToString(deterministic=True) == before


def test_small_weights_stay_inside(tmp_path: Path) -> None:
    """One file, unless the limit is passed."""
    path = write_onnx(wide(), tmp_path / "m.onnx")
    assert names(tmp_path) == ["m.onnx"]
    assert answer(path) == 499500.0


def test_a_new_export_replaces_both_files(tmp_path: Path) -> None:
    """The weights of the old one go; a small one leaves a single file; the same one leaves the same two."""
    write_onnx(wide(), tmp_path / "m.onnx", LIMIT)
    first = names(tmp_path)
    write_onnx(wide(), tmp_path / "m.onnx", LIMIT)
    assert names(tmp_path) == first
    path = write_onnx(wide(2.0), tmp_path / "m.onnx", LIMIT)
    assert len(names(tmp_path)) == 2
    assert names(tmp_path) != first
    assert answer(path) == 999000.0
    write_onnx(wide(), tmp_path / "m.onnx")
    assert names(tmp_path) == ["m.onnx"]


def test_weights_of_another_name_are_left_alone(tmp_path: Path) -> None:
    """A graph that was renamed still names the file of its first name, which belongs to that."""
    write_onnx(wide(), tmp_path / "a.onnx", LIMIT)
    (tmp_path / "b.onnx").write_bytes((tmp_path / "a.onnx").read_bytes())
    write_onnx(wide(2.0), tmp_path / "b.onnx")
    assert answer(tmp_path / "a.onnx") == 499500.0


def test_nothing_half_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the graph cannot be written, its weights are taken away again, and the old pair still answers."""
    path = write_onnx(wide(), tmp_path / "m.onnx", LIMIT)
    before = names(tmp_path)
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if Path(target).suffix == ".onnx":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ExportError, match="No space left"):
        write_onnx(wide(2.0), path, LIMIT)
    assert names(tmp_path) == before
    assert answer(path) == 499500.0


@pytest.mark.parametrize("location", ["../m.weights", "/etc/passwd", "other.bin", "a/b.0123456789abcdef.weights"])
def test_a_graph_that_names_a_foreign_file_is_refused(tmp_path: Path, location: str) -> None:
    """Only a neighbour with the name that this package gives is read."""
    path = write_onnx(wide(), tmp_path / "m.onnx", LIMIT)
    proto = onnx.load(str(path), load_external_data=False)
    for tensor in proto.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = location
    path.write_bytes(proto.SerializeToString())
    with pytest.raises(ModelFileError, match="no file of this package"):
        read_onnx(path)


def test_missing_weights_are_named(tmp_path: Path) -> None:
    """A graph that was copied alone says what it lacks."""
    path = write_onnx(wide(), tmp_path / "m.onnx", LIMIT)
    (tmp_path / names(tmp_path)[1]).unlink()
    with pytest.raises(ModelFileError, match="its weights cannot be read"):
        read_onnx(path)
    assert len(read_onnx(path, weights=False).graph.node) > 0


def test_a_graph_beyond_the_limit_is_opened_through_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be handed over as one text of bytes still runs."""
    proto = wide()
    assert is_large(proto, LIMIT)
    monkeypatch.setattr("triplicate.exporters.onnx_run.is_large", lambda given: is_large(given, LIMIT))
    monkeypatch.setattr("triplicate.exporters.onnx_file.is_large", lambda given, _: is_large(given, LIMIT))
    assert open_session(proto).run(["variable"], {"input": np.ones((1, 1))})[0].tolist() == [[499500.0]]

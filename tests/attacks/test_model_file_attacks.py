"""Damaged and crafted model files: the identical model, or ModelFileError; never anything else, never a warning."""

import io
import json
import pickle
import struct
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triplicate.runtime import (
    Categorical,
    GoldenRows,
    Layer,
    Metadata,
    Numeric,
    Regression,
    ScoringModel,
    load_model,
    save_model,
)
from triplicate.runtime.errors import ModelFileError
from triplicate.runtime.model_file import FORMAT_VERSION, load_training_state

Members = list[tuple[str, bytes]]


def small_model() -> ScoringModel:
    """Return a model that uses every kind of member in few bytes."""
    table = Categorical("c", ("x",), np.array([[0], [-1], [0]]), np.array([[1.0], [0.0], [0.5]]))
    metadata = Metadata.of({"a": 1}, GoldenRows(((1.5,), ("x",)), np.array([[2.5]])))
    layer = Layer(np.ones((1, 1), dtype=np.float32), np.array([0.5]))
    return ScoringModel((Numeric("n", 0), table), (layer,), Regression(), ("NA",), metadata)


IDENTITY = (small_model().fingerprint, small_model().metadata.checksum)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the small model's file."""
    save_model(small_model(), tmp_path / "m.npz")
    return tmp_path / "m.npz"


@pytest.fixture(autouse=True)
def no_warning() -> Iterator[None]:
    """Fail when anything warns: recorded, since a warning turned into an error would pass for a refusal."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    assert [str(warning.message) for warning in caught] == []


def refused(path: Path, content: bytes) -> str:
    """Return the message with which a file of this content is refused; "" when it gives the identical model."""
    path.write_bytes(content)
    return refusal(path)


def refusal(path: Path) -> str:
    """Return the message with which this file is refused; "" when it gives the identical model."""
    try:
        loaded = load_model(path)
    except ModelFileError as reason:
        message = str(reason)
    else:
        assert (loaded.fingerprint, loaded.metadata.checksum) == IDENTITY
        return ""
    assert message.startswith(f"{path}: ")
    return message


def members_of(path: Path) -> Members:
    """Return name and content of each member."""
    with zipfile.ZipFile(path) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


def zipped(members: Members, compression: int = zipfile.ZIP_STORED) -> bytes:
    """Return a zip file of these members, correct CRCs included."""
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", compression) as archive:
        warnings.simplefilter("ignore")  # zipfile warns when the attack repeats a name
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return buffer.getvalue()


def npy(array: Any) -> bytes:
    """Return the array as NumPy saves it."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def header(text: str, data: bytes = b"") -> bytes:
    """Return an .npy member of this header text and data."""
    body = text.encode("latin-1")
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(body)) + body + data


def with_manifest(path: Path, change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return the file with its manifest changed and every CRC correct."""
    members = members_of(path)
    manifest = json.loads(np.load(io.BytesIO(members[0][1])).tobytes())
    change(manifest)
    return with_manifest_text(path, json.dumps(manifest).encode())


def with_manifest_text(path: Path, text: bytes) -> bytes:
    """Return the file with its manifest replaced and every CRC correct."""
    return zipped([("manifest.npy", npy(np.frombuffer(text, dtype=np.uint8))), *members_of(path)[1:]])


def test_the_untouched_file_opens(path: Path) -> None:
    """Also after its members were packed again by another zip writer."""
    assert refused(path, path.read_bytes()) == ""
    assert refused(path, zipped(members_of(path))) == ""


def test_a_file_truncated_at_any_length_is_refused(path: Path) -> None:
    """Every proper prefix, the empty one included."""
    with path.open("r+b") as file:
        for length in reversed(range(path.stat().st_size)):
            file.truncate(length)
            assert refusal(path) != ""


@pytest.mark.parametrize(
    "new_value",
    [
        pytest.param(lambda old: old ^ 0x01, id="lowest bit"),
        pytest.param(lambda old: old ^ 0x80, id="highest bit"),
        pytest.param(lambda old: 0xFF if old == 0 else 0, id="zero"),
        pytest.param(lambda old: 0x5C if old != 0x5C else 0x4C, id="backslash"),
    ],
)
def test_every_one_byte_change_gives_the_identical_model_or_is_refused(
    path: Path, new_value: Callable[[int], int]
) -> None:
    """Each position of the file takes four other values; most changes must be noticed."""
    content = path.read_bytes()
    noticed = 0
    with path.open("r+b", buffering=0) as file:
        for position, old in enumerate(content):
            file.seek(position)
            file.write(bytes([new_value(old)]))
            noticed += refusal(path) != ""
            file.seek(position)
            file.write(bytes([old]))
    assert path.read_bytes() == content
    assert noticed > 0.8 * len(content)  # the rest are dates, permissions and the like in the zip's own records


def test_bytes_lost_or_added_anywhere_are_refused_or_harmless(path: Path) -> None:
    """A byte left out, or a stray one put in, at every thirteenth position."""
    content = path.read_bytes()
    for position in range(0, len(content), 13):
        refused(path, content[:position] + content[position + 1 :])
        refused(path, content[:position] + b"\n" + content[position:])
    assert refused(path, content.replace(b"\n", b"\r\n")) != ""


def test_a_header_that_claims_745_gibibytes_costs_nothing(path: Path) -> None:
    """Size is checked against the bytes that are there before any array is made."""
    text = "{'descr': '<f4', 'fortran_order': False, 'shape': (200000, 1000000), }\n"
    content = with_manifest(path, lambda m: m["layers"][0].update(rows=200_000, inputs=1_000_000))
    members = [(n, header(text, b"\0" * 4) if n == "layers.0.weights.npy" else c) for n, c in _members(content)]
    tracemalloc.start()
    message = refused(path, zipped(members))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "layers.0.weights.npy' holds 4 bytes, its header promises another number" in message
    assert peak < 5_000_000


def _members(content: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


def test_a_directory_that_claims_more_bytes_than_the_file_has_is_refused(path: Path) -> None:
    """Both sizes of the last member's directory record say 4 GiB."""
    content = bytearray(path.read_bytes())
    record = content.rindex(b"PK\x01\x02")
    content[record + 20 : record + 28] = struct.pack("<II", 0xFFFFFFF0, 0xFFFFFFF0)
    assert "claims more bytes than the file has: it is truncated" in refused(path, bytes(content))


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressed_members_are_refused(path: Path, compression: int) -> None:
    """A small file could otherwise unpack to any size."""
    message = refused(path, zipped(members_of(path), compression))
    assert "member 'manifest.npy' is compressed; model files never are" in message


@pytest.mark.parametrize("name", ["manifest.npy", "layers.0.bias.npy"])
def test_a_repeated_member_is_refused(path: Path, name: str) -> None:
    """Two readers could otherwise see two different models."""
    members = members_of(path)
    repeated = zipped([*members, (name, dict(members)[name])])
    assert f"has an unexpected or repeated member '{name}'" in refused(path, repeated)


@pytest.mark.parametrize("name", ["extra.npy", "layers.1.bias.npy", "training.rates.npy", "../evil.npy"])
def test_an_extra_member_is_refused(path: Path, name: str) -> None:
    """Nothing rides along that the manifest does not speak of."""
    message = refused(path, zipped([*members_of(path), (name, npy(np.ones(1)))]))
    assert "has missing or unexpected members" in message


def test_each_missing_member_is_refused(path: Path) -> None:
    """The message names the member."""
    members = members_of(path)
    for index, (name, _) in enumerate(members):
        message = refused(path, zipped(members[:index] + members[index + 1 :]))
        assert f"member '{name.removesuffix('.npy')}' is missing" in message


class Exploit:
    """An object whose unpickling would leave a trace."""

    ran = False

    @classmethod
    def run(cls) -> None:
        """Leave the trace."""
        cls.ran = True

    def __reduce__(self) -> tuple[Any, ...]:
        return (Exploit.run, ())


@pytest.mark.parametrize("name", ["manifest.npy", "layers.0.weights.npy", "golden.outputs.npy"])
def test_a_pickled_member_is_refused_and_never_run(path: Path, name: str) -> None:
    """Object arrays and bare pickles execute nothing."""
    for evil in (npy(np.array([Exploit()], dtype=object)), pickle.dumps(Exploit())):
        members = [(n, evil if n == name else content) for n, content in members_of(path)]
        assert refused(path, zipped(members)) != ""
    assert not Exploit.ran


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "{",
        "[" * 4000 + "\n",
        "(" * 60000 + "\n",
        "{'descr': '<f8', 'fortran_order': True, 'shape': (1,), }\n",
        "{'descr': '>f8', 'fortran_order': False, 'shape': (1,), }\n",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1L,), }\n",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }\n",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1 1,), }\n",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (" + "9" * 5000 + ",), }\n",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'extra': 1}\n",
        "{'\\escr': '<f8', 'fortran_order': False, 'shape': (1,), }\n",
        "__import__('os').abort()\n",
    ],
)
def test_an_array_header_that_the_writer_does_not_write_is_refused(path: Path, text: str) -> None:
    """Headers are matched, never evaluated; not even those that NumPy would take with a warning."""
    members = [(n, header(text, b"\0" * 8) if n == "layers.0.bias.npy" else c) for n, c in members_of(path)]
    assert "layers.0.bias" in refused(path, zipped(members))


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x02\x00\x00\x00\x00\x00"])
def test_a_member_that_is_no_array_is_refused(path: Path, content: bytes) -> None:
    """Empty, cut and newer array headers are refused by name."""
    members = [(n, content if n == "layers.0.bias.npy" else c) for n, c in members_of(path)]
    assert "layers.0.bias" in refused(path, zipped(members))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"null",
        b"[]",
        b'"triplicate model"',
        b'{"format":"triplicate model"}',
        b'{"format":"triplicate model","version":1}',
        b'{"format":"triplicate model","version":' + b"9" * 5000 + b"}",
    ],
)
def test_a_manifest_that_is_no_manifest_is_refused(path: Path, text: bytes) -> None:
    """Empty, cut, not UTF-8, nested beyond the stack, of another type, or without its fields."""
    assert refused(path, with_manifest_text(path, text)) != ""


def _delete(key: str) -> Callable[[dict[str, Any]], object]:
    return lambda manifest: manifest.pop(key)


def _set(*keys: Any, value: Any) -> Callable[[dict[str, Any]], object]:
    def change(manifest: Any) -> None:
        for key in keys[:-1]:
            manifest = manifest[key]
        manifest[keys[-1]] = value

    return change


@pytest.mark.parametrize("key", ["columns", "layers", "head", "na_values", "training", "golden", "training_state"])
def test_a_manifest_field_of_any_other_type_is_refused(path: Path, key: str) -> None:
    """Each field left out, or replaced by every kind of JSON value, long integers and wrong lists included."""
    original = path.read_bytes()
    for value in (True, 0, -1, 10**30, 1e308, "x", "é", [], [1], [[]], ["x"], [{}], {}, {"kind": "numeric"}):
        path.write_bytes(original)
        refused(path, with_manifest(path, _set(key, value=value)))
    path.write_bytes(original)
    assert "its manifest is damaged (KeyError" in refused(path, with_manifest(path, _delete(key)))


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (("version",), FORMAT_VERSION + 1, f"has format version {FORMAT_VERSION + 1}; this release reads up to"),
        (("version",), 0, "has format version 0"),
        (("version",), "1", "has format version '1'"),
        (("format",), "another", "is an .npz file, but not a model of this package"),
        (("fingerprint",), "0" * 64, "the fingerprint does not fit the model"),
        (("fingerprint",), None, "the fingerprint does not fit the model"),
        (("metadata_checksum",), "", "the checksum of the metadata does not fit"),
        (("training",), '{"a": 2}', "the checksum of the metadata does not fit"),
        (("training",), "{", "describes an invalid model: metadata.training: is not JSON"),
        (("training",), "[" * 100_000, "describes an invalid model: metadata.training: is not JSON"),
        (("columns", 0, "name"), "m", "the fingerprint does not fit the model"),
        (("columns", 0, "name"), "", "describes an invalid model: Numeric.name: must not be empty"),
        (("columns", 0, "name"), "\ud800", "holds a lone surrogate"),
        (("columns", 0, "name"), "c", "describes an invalid model: columns[1].name: 'c' comes twice"),
        (("columns", 0, "input"), 1, "describes an invalid model: columns[0]: input 1 does not exist"),
        (("columns", 0, "input"), 10**400, "input"),
        (("columns", 0, "subtract"), "nan", "describes an invalid model: Numeric('n').subtract: must not be NaN"),
        (("columns", 0, "subtract"), -0.0, "describes an invalid model: Numeric('n').subtract: must not be -0"),
        (("columns", 0, "subtract"), 10**400, "its manifest is damaged (OverflowError"),
        (("columns", 0, "kind"), "text", "its manifest is damaged (ValueError: unknown kind of column 'text')"),
        (("columns", 1, "levels"), ["x", "y"], "columns.1.inputs.npy' is '<i4' of shape (3, 1) instead of"),
        (("columns", 1, "contributions"), 2**62, "columns.1.inputs.npy' is '<i4' of shape (3, 1) instead of"),
        (("columns", 1, "unseen"), "maybe", "its manifest is damaged (ValueError"),
        (("layers", 0, "activation"), "relu", "its manifest is damaged (ValueError"),
        (("layers", 0, "rows"), -1, "layers.0.weights.npy' is '<f4' of shape (1, 1) instead of"),
        (("layers", 0, "retain"), 2, "describes an invalid model: Layer.retain: must be in (0, 1], got 2.0"),
        (("layers",), [], "describes an invalid model: layers: needs at least one"),
        (("head", "kind"), "ranking", "its manifest is damaged (ValueError: unknown kind of head 'ranking')"),
        (("golden", "texts"), [], "its manifest is damaged (StopIteration"),
        (("golden", "texts"), [[]], "describes an invalid model: metadata.golden.cells[1]: 0 cells for 1 rows"),
        (("golden", "numbers"), 0, "golden.numbers.npy' is '<f8' of shape (1, 1) instead of"),
        (("training_state",), ["rates"], "has missing or unexpected members ['training.rates']"),
        (("training_state",), [1], "its manifest is damaged (TypeError"),
    ],
)
def test_a_manifest_that_was_altered_is_refused_with_the_reason(
    path: Path, keys: tuple[Any, ...], value: Any, message: str
) -> None:
    """CRCs are correct here: the rules of a model, then fingerprint and checksum, notice the change."""
    assert message in refused(path, with_manifest(path, _set(*keys, value=value)))


def test_an_altered_array_is_noticed_although_its_crc_is_correct(path: Path) -> None:
    """One weight changed by a careful hand."""
    members = members_of(path)
    changed = [(n, npy(np.full((1, 1), 2.0, np.float32)) if n == "layers.0.weights.npy" else c) for n, c in members]
    assert "the fingerprint does not fit the model" in refused(path, zipped(changed))


def test_a_damaged_training_state_is_refused(tmp_path: Path) -> None:
    """Every byte of a member of the state, changed in turn, ends in ModelFileError."""
    target = tmp_path / "m.npz"
    save_model(small_model(), target, {"rates": np.arange(3.0)})
    content = target.read_bytes()
    start = content.index(np.arange(3.0).tobytes())
    for position in range(start, start + 24):
        changed = bytearray(content)
        changed[position] ^= 0x01
        target.write_bytes(changed)
        with pytest.raises(ModelFileError, match=r"member 'training\.rates' is damaged"):
            load_training_state(target)

"""Files from an unknown hand: every damaged MOJO ends in a model or in one clear refusal."""

import struct
import tracemalloc
import warnings
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from triplicate.importers import mojo, mojo_info, text_archive
from triplicate.runtime import ScoringModel
from triplicate.runtime.errors import ForeignModelError

from fuzz_mojo import outcome
from mojo_files import TWO, MojoSpec, write_zip
from mojo_mutations import damaged_mojo, healthy_mojos

CASES = 600  # `python tests/fuzz_mojo.py` tries as many as one likes


def test_damaged_files_end_in_a_model_or_a_refusal(tmp_path: Path) -> None:
    """Damaged texts, members and bytes: no foreign exception, and every refusal names the file."""
    healthy = healthy_mojos()
    ends = Counter(outcome(damaged_mojo(seed, healthy), tmp_path / "model.zip") for seed in range(CASES))
    assert set(ends) == {"model", "ForeignModelError"}
    assert ends["model"] > 10


def changed(folder: Path, old: str, new: str, **more: object) -> Path:
    """Return a file whose model.ini has `new` in place of `old`."""
    texts = MojoSpec(**more).texts()  # type: ignore[arg-type]
    assert old in texts["model.ini"]
    texts["model.ini"] = texts["model.ini"].replace(old, new, 1)
    return write_zip(folder / "model.zip", texts)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("algorithm = Deep Learning", "algorithm = Gradient Boosting Machine", "'Gradient Boosting Machine'"),
        ("mojo_version = 1.10", "mojo_version = 1.20", "mojo_version '1.20'"),
        ("mojo_version = 1.10", "mojo_version = 0.90", "mojo_version '0.90'"),
        ("category = Regression", "category = Clustering", "category 'Clustering'"),
        ("activation = Rectifier", "activation = Softplus", "activation 'Softplus' is unknown"),
        ("distribution = gaussian", "distribution = custom", "distribution 'custom' is unknown"),
        ("_genmodel_encoding = AUTO", "_genmodel_encoding = null", "enum_limited"),
        ("_genmodel_encoding = AUTO", "_genmodel_encoding = EnumLimited", "'EnumLimited'"),
        ("neural_network_sizes = [9, 4, 3, 1]", "neural_network_sizes = [9, 4, 3, 0]", "numbers above 0"),
        ("neural_network_sizes = [9, 4, 3, 1]", "neural_network_sizes = [9, 4, 99999999, 1]", "are needed"),
        ("n_columns = 5", "n_columns = 6", "names 5 columns instead of 6"),
        ("n_features = 4", "n_features = 3", "do not make the 3 features"),
        ("nums = 2", "nums = two", "nums must be a whole number, got 'two'"),
        ("cat_offsets = [0, 4, 7]", "cat_offsets = [0, 4, 99999999999999999]", "but its columns make"),
        ("cat_offsets = [0, 4, 7]", "cat_offsets = [0, 99999999999999999, 7]", "has no input for column"),
        ("cat_offsets = [0, 4, 7]", "cat_offsets = [0, 7]", "cat_offsets must begin with 0"),
        ("cat_offsets = [0, 4, 7]", "cat_offsets = [0, 2, 7]", "has 3 levels, but cat_offsets leave 2"),
        ("use_all_factor_levels = true", "use_all_factor_levels = maybe", "must be true or false, got 'maybe'"),
        ("bias_layer1 = [", "bias_layer1 = [NaN, ", "the training of the model was unstable"),
        ("weight_layer1 = [", "weight_layer1 = [1.5, ", "weight_layer1 has 13 numbers, but 12 are needed"),
        ("weight_layer0", "weight_layer9", "model.ini has no weight_layer0"),
        ("0: 3 d000.txt", "0: 4 d000.txt", "has 3 levels instead of 4"),
        ("0: 3 d000.txt", "0: 3 ../d000.txt", "does not say where"),
        ("0: 3 d000.txt", "9: 3 d000.txt", "nowhere where the levels of column 'colour' stand"),
        ("[info]", "", "does not begin with"),
        ("age\n", "#age\n", "begin with #"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, message: str, tmp_path: Path) -> None:
    """A refusal says what was found."""
    with pytest.raises(ForeignModelError) as refusal:
        mojo(changed(tmp_path, old, new))
    assert message in str(refusal.value)


def test_a_balanced_classifier_needs_its_shares(tmp_path: Path) -> None:
    """balance_classes without class distributions cannot be scored."""
    with pytest.raises(ForeignModelError, match="prior_class_distrib"):
        mojo(changed(tmp_path, "balance_classes = false", "balance_classes = true", **TWO))


@pytest.mark.parametrize("name", ["../model.ini", "/etc/passwd", "a\\..\\b", "x/../../y"])
def test_names_that_lead_out_of_the_archive_are_refused(name: str, tmp_path: Path) -> None:
    """Nothing is unpacked, and an archive that tries is refused all the same."""
    with pytest.raises(ForeignModelError, match="leads out of the archive"):
        mojo(write_zip(tmp_path / "model.zip", MojoSpec().texts() | {name: "x"}))


def test_a_text_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size in the directory is checked first."""
    monkeypatch.setattr(text_archive, "ALWAYS_ALLOWED", 1000)
    texts = MojoSpec().texts()
    texts["model.ini"] += "\n" * 10_000_000
    with pytest.raises(ForeignModelError, match="more than such an archive may hold"):
        mojo(write_zip(tmp_path / "model.zip", texts))


def test_lines_without_end_are_not_collected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and levels are counted while they are read."""
    monkeypatch.setattr(mojo_info, "MOST_LINES", 1000)
    texts = MojoSpec().texts()
    with pytest.raises(ForeignModelError, match="more than 1000 lines"):
        mojo(write_zip(tmp_path / "a.zip", texts | {"model.ini": "[info]\n" + "x = 1\n" * 5000}))
    with pytest.raises(ForeignModelError, match="has more than 3 levels instead of 3"):
        mojo(write_zip(tmp_path / "b.zip", texts | {"domains/d000.txt": "x\n" * 5000}))
    texts["model.ini"] = texts["model.ini"].replace("[9, 4, 3, 1]", "[" + "1, " * 5000 + "1]")
    with pytest.raises(ForeignModelError, match="more than 1000 numbers"):
        mojo(write_zip(tmp_path / "c.zip", texts))


def test_numbers_take_no_more_room_than_their_text(tmp_path: Path) -> None:
    """A list of 200,000 numbers in a file of one kilobyte: eight bytes each, and no text per number."""
    sizes = "[200000, 1]"
    texts = MojoSpec(hidden=()).texts()
    texts["model.ini"] = texts["model.ini"].replace("[9, 1]", sizes)
    weights = next(line for line in texts["model.ini"].split("\n") if line.startswith("weight_layer0"))
    texts["model.ini"] = texts["model.ini"].replace(weights, "weight_layer0 = [" + "1," * 199_999 + "1]")
    path = write_zip(tmp_path / "model.zip", texts)
    tracemalloc.start()
    try:
        with pytest.raises(ForeignModelError, match="but its columns make 9"):
            mojo(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12e6


def test_a_directory_that_lies_about_a_size_is_found_out(tmp_path: Path) -> None:
    """No more is unpacked than the directory says."""
    path = write_zip(tmp_path / "model.zip", {**MojoSpec().texts(), "model.ini": "x" * 5000})
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\x01\x02")  # model.ini is the last member
    data[entry + 24 : entry + 28] = struct.pack("<I", 40)
    path.write_bytes(data)
    with pytest.raises(ForeignModelError, match=r"damaged|another size"):
        mojo(path)


def test_other_compression_and_repeated_members_are_refused(tmp_path: Path) -> None:
    """Only deflate is unpacked, and a name stands for one text."""
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("model.ini", "[info]\n")
    with pytest.raises(ForeignModelError, match="another method than deflate"):
        mojo(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.ini", "[info]\n")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("model.ini", "[info]\n")
    with pytest.raises(ForeignModelError, match="two members"):
        mojo(path)


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06", b"not a zip", b"\x93NUMPY"])
def test_other_files_are_refused(data: bytes, tmp_path: Path) -> None:
    """Whatever is no zip is refused by name."""
    path = tmp_path / "model.zip"
    path.write_bytes(data)
    with pytest.raises(ForeignModelError, match=r"model\.zip: is no zip archive"):
        mojo(path)


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    """What cannot be read is refused with the system's own words."""
    with pytest.raises(ForeignModelError, match="Is a directory"):
        mojo(tmp_path)
    with pytest.raises(ForeignModelError, match=r"missing\.zip: cannot be read \(No such file"):
        mojo(tmp_path / "missing.zip")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """model.ini must be UTF-8."""
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model.ini", b"[info]\nalgorithm = \xff\xfe")
    with pytest.raises(ForeignModelError, match="damaged"):
        mojo(path)


def test_a_healthy_file_of_each_kind_is_read(tmp_path: Path) -> None:
    """What the fuzzer damages was whole before."""
    for texts in healthy_mojos():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            assert isinstance(mojo(write_zip(tmp_path / "model.zip", texts)), ScoringModel)

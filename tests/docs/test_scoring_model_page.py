"""docs/scoring-model.md: its code scores like the library, its examples are what the library says."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from bit_patterns import bits

from triplicate.runtime import Scorer, ScoringModel, encode_rows, load_model, raw_rows
from triplicate.runtime.exponential import OVERFLOW, UNDERFLOW, exp

from random_models import random_model, random_rows

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scoring-model.md").read_text(encoding="utf-8")


def code() -> dict[str, Callable[..., Any]]:
    """Return what the page's Python blocks define."""
    names: dict[str, Any] = {}
    exec("\n\n".join(re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)), names)  # noqa: S102
    return names


def tiny() -> ScoringModel:
    """Return the model of the worked example."""
    return load_model(ROOT / "tests" / "golden" / "model_files" / "regression.npz")


def test_the_page_s_code_gives_the_library_s_bits() -> None:
    """Whoever types the page's blocks into an editor has a scorer that is right to the bit."""
    outputs_of = code()["outputs_of"]
    for seed in range(100):
        model = random_model(seed)
        numbers, _ = encode_rows(model, random_rows(model, 6, seed))
        found = [outputs_of(model, row) for row in numbers.tolist()]
        np.testing.assert_array_equal(bits(found), bits(Scorer(model).score_numbers(numbers).outputs), f"{seed=}")


def test_the_page_s_exponential_gives_the_library_s_bits() -> None:
    """Over the whole range, its ends, and numbers that are none."""
    rng = np.random.default_rng(3)
    points = np.concatenate(
        [rng.uniform(UNDERFLOW - 1, OVERFLOW + 1, 20_000), rng.uniform(-2, 2, 10_000), rng.uniform(-746, -708, 5_000),
         [0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, 1e-9, -1e-9, OVERFLOW, UNDERFLOW]]
    )  # fmt: skip
    page_exp = code()["exp"]
    np.testing.assert_array_equal(bits([page_exp(x) for x in points.tolist()]), bits(exp(points)))


def test_the_worked_fingerprint_is_that_of_its_bytes_and_of_its_model() -> None:
    """The dumped string, its length, the printed digest and the kept file agree."""
    dumped = bytes.fromhex("".join(re.findall(r"^[0-9a-f]{4}  ([0-9a-f ]+)$", PAGE, re.MULTILINE)))
    digest = hashlib.sha256(dumped).hexdigest()
    assert f"The string has {len(dumped)} bytes" in PAGE
    assert f"the fingerprint is `{digest}`" in PAGE
    assert tiny().fingerprint == digest


def test_the_worked_answers_are_those_of_the_model() -> None:
    """Each line of the table of answers: inputs, value, and the counts it mentions."""
    table = PAGE.split("| age | colour | inputs | value |")[1].split("\n\n")[0]
    lines = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", table.replace("−", "-"), re.MULTILINE)
    answers = [line for line in lines if not line[0].startswith("---")]
    assert len(answers) == 5
    cells = [[None if c == "missing" else c.strip("`") for c in line[:2]] for line in answers]
    rows = {"age": [row[0] for row in cells], "colour": [row[1] for row in cells]}
    scores = Scorer(tiny()).score(rows)
    assert [float(line[3].split(",")[0]) for line in answers] == scores.outputs[:, 0].tolist()
    numbers = [[float(x) for x in line[2].split(",")] for line in answers]
    assert numbers == Scorer(tiny()).inputs(encode_rows(tiny(), raw_rows(tiny(), rows))[0]).tolist()
    counted = ["one cell replaced, one unseen" in line[3] for line in answers]
    assert (scores.replaced == counted).all()
    assert (scores.unseen == counted).all()


def test_the_page_names_every_field_member_and_choice() -> None:
    """Whatever a kept file holds is specified."""
    described = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests/golden/model_files").glob("*.txt"))
    fields = set(re.findall(r'^ *"([a-z_]+)": ', described, re.MULTILINE))
    members = {re.sub(r"\d", "i", name) for name in re.findall(r"^([a-z]+\.[a-z0-9.]+) <", described, re.MULTILINE)}
    assert len(fields) > 30
    assert [name for name in sorted(fields) if f'"{name}"' not in PAGE and f"`{name}`" not in PAGE] == []
    assert [name for name in sorted(members) if f"`{name}`" not in PAGE] == []

"""Small stand-ins for the files of the booklet's listings, and a run of the listings themselves."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits, load_iris

LISTINGS = Path(__file__).parent.parent / "examples" / "booklet"


def write_digits(folder: Path) -> None:
    """Write scikit-learn's digits in MNIST's layout: 28 x 28 pixels of 0 to 255, then the digit, no header."""
    digits = load_digits()
    images = np.pad(np.kron(digits.images * 15, np.ones((3, 3))), ((0, 0), (2, 2), (2, 2))).astype(int)
    table = pd.DataFrame(images.reshape(len(images), -1)).assign(digit=digits.target)
    table[:500].to_csv(folder / "mnist_train.csv", header=False, index=False)
    table[500:700].to_csv(folder / "mnist_test.csv", header=False, index=False)


def write_beats(folder: Path) -> None:
    """Write 20 beats of 210 points, and the same with three of another shape after them; no header."""
    rng = np.random.default_rng(1)
    time = np.linspace(0.0, 2.0 * np.pi, 210)
    good = np.sin(time) * (1.0 + 0.1 * rng.random((20, 1))) + 0.01 * rng.random((20, 210))
    bad = np.cos(3.0 * time) * (1.0 + 0.1 * rng.random((3, 1)))
    np.savetxt(folder / "ecg_discord_train.csv", good, delimiter=",")
    np.savetxt(folder / "ecg_discord_test.csv", np.vstack([good, bad]), delimiter=",")


def write_irises(folder: Path) -> None:
    """Write iris with the column names of the booklet's file."""
    data = load_iris(as_frame=True)
    names = ["sepal_len", "sepal_wid", "petal_len", "petal_wid"]
    classes = data.target.map(lambda k: f"Iris-{data.target_names[k]}")
    data.data.set_axis(names, axis="columns").assign(**{"class": classes}).to_csv(
        folder / "iris_wheader.csv", index=False
    )


def run_listings(
    names: Sequence[str], ask: str, data: Path, work: Path, changes: Mapping[str, str] | None = None, timeout: int = 120
) -> Any:
    """Import the listings in one new process, and return the value of the expression `ask`, as JSON carries it.

    In it each listing is a module of its own name. The process stands in the folder `work`. `changes` maps texts of
    the listings to others, such as fewer epochs.
    """
    copies = work / "listings"
    copies.mkdir(exist_ok=True)
    texts = {path.name: path.read_text(encoding="utf-8") for path in LISTINGS.glob("*.py")}
    for old, new in (changes or {}).items():
        assert any(old in texts[f"{name}.py"] for name in names), f"{old!r} is in none of {names}"
        texts = {name: text.replace(old, new) for name, text in texts.items()}
    for name, text in texts.items():
        (copies / name).write_text(text, encoding="utf-8")
    imports = "\n".join(f"import {name}" for name in names)
    program = f"import json, sys\nsys.path.insert(0, {str(copies)!r})\n{imports}\nprint(json.dumps({ask}))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=work,
        env=os.environ | {"BOOKLET_DATA": str(data), "PAGER": "cat"},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return json.loads(done.stdout.splitlines()[-1])

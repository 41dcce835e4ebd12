"""Every example runs, and the three forms print the same answer."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from triplicate.jdk import find_jdk

EXAMPLES = Path(__file__).parent.parent / "examples"


def printed(*words: str | Path, cwd: Path) -> str:
    """Run a command and return the last line it prints."""
    done = subprocess.run([*map(str, words)], cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()[-1]


def test_the_three_examples_give_the_same_answer(tmp_path: Path) -> None:
    """Python, the embedded class and ONNX Runtime name the same grower; Java's probability has Python's bits."""
    python = printed(sys.executable, EXAMPLES / "train_and_export.py", tmp_path, cwd=tmp_path).split()
    jdk = find_jdk()
    sources = [tmp_path / "Wine.java", EXAMPLES / "java" / "plain" / "EmbedInJava.java"]
    subprocess.run([str(jdk.javac), "-d", str(tmp_path), *map(str, sources)], check=True, timeout=300)
    java = printed(jdk.java, "-cp", tmp_path, "EmbedInJava", cwd=tmp_path).split()
    onnx = printed(sys.executable, EXAMPLES / "serve_with_onnx.py", tmp_path / "wine.onnx", cwd=tmp_path).split()
    assert python[0] == java[0] == onnx[0]
    assert float(python[1]) == float(java[1])
    assert float(onnx[1]) == pytest.approx(float(python[1]), rel=0, abs=1e-10)


def test_a_stacked_autoencoder_helps_where_few_rows_are_labelled(tmp_path: Path) -> None:
    """With 100 labels a classifier that starts from the stack tells clearly more digits than one that does not."""
    alone, pretrained = map(float, printed(sys.executable, EXAMPLES / "stacked_autoencoder.py", cwd=tmp_path).split())
    assert pretrained > alone + 0.04
    assert pretrained > 0.85


def test_every_example_is_in_the_list() -> None:
    """examples/README.md names each file and folder, examples/java/README.md each file below it."""
    names = re.findall(r"`([^`]+?)/?`", (EXAMPLES / "README.md").read_text(encoding="utf-8"))
    assert [p.name for p in EXAMPLES.iterdir() if p.name not in (*names, "README.md", "__pycache__")] == []
    java = (EXAMPLES / "java" / "README.md").read_text(encoding="utf-8")
    files = [p.relative_to(EXAMPLES / "java").as_posix() for p in (EXAMPLES / "java").rglob("*") if p.is_file()]
    assert [file for file in files if file not in java and file != "README.md"] == []

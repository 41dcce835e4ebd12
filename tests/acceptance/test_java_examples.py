"""The Java examples that need more than a JDK: a Maven build, and a function of Spark over a DataFrame."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from triplicate import export_maven, load_model, load_scorer
from triplicate.jdk import Jdk, find_jdks

pytestmark = pytest.mark.acceptance
EXAMPLES = Path(__file__).parents[2] / "examples"
COPIES = 6  # of the wines for Spark, so that every partition has some


def printed(*words: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command in its folder and return what it prints on standard output; its failure is the test's."""
    done = subprocess.run(
        [*map(str, words)],
        cwd=cwd,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-8000:]
    return done.stdout


@pytest.fixture(scope="module")
def wine(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder of train_and_export.py, and the answer that it prints: grower and probability."""
    folder = tmp_path_factory.mktemp("wine")
    return folder, printed(sys.executable, EXAMPLES / "train_and_export.py", folder, cwd=folder).splitlines()[-1]


def test_the_maven_example(wine: tuple[Path, str], tmp_path: Path) -> None:
    """The project passes its own test, an application on it says what Python says, two builds make the same jar."""
    folder, python = wine
    project = tmp_path / "maven"
    shutil.copytree(EXAMPLES / "java" / "maven", project)
    export_maven(load_model(folder / "wine.npz"), project / "wine-model", "Wine", "com.example.wine")
    printed("mvn", "-B", "-q", "package", cwd=project)
    report = project / "wine-model/target/surefire-reports/com.example.wine.WineTest.txt"
    assert "Tests run: 4, Failures: 0, Errors: 0, Skipped: 0" in report.read_text(encoding="utf-8")
    model, shop = project / "wine-model/target/wine-1.0.0.jar", project / "shop/target/shop-1.0.0.jar"
    answer = printed("java", "-cp", f"{model}{os.pathsep}{shop}", "com.example.shop.WineShop", cwd=project)
    assert answer.split()[0] == python.split()[0]
    assert float(answer.split()[1]) == float(python.split()[1])
    first = hashlib.sha256(model.read_bytes()).hexdigest()
    shutil.rmtree(model.parent)
    printed("mvn", "-B", "-q", "-o", "-DskipTests", "package", cwd=project / "wine-model")
    assert hashlib.sha256(model.read_bytes()).hexdigest() == first


def test_the_spark_example(wine: tuple[Path, str], tmp_path: Path) -> None:
    """Every probability that Spark computes over a DataFrame has the bits of Python's."""
    folder, _ = wine
    checkout = os.environ.get("TRIPLICATE_CHECKOUT")
    assert checkout is not None, "this test needs the Spark that tools/set_up_spark.sh installs: make acceptance"
    python = Path(checkout) / ".venv-spark" / "bin" / "python"
    jdk = next((jdk for jdk in find_jdks() if jdk.version in (17, 21)), None)
    assert jdk is not None, "Spark 4.0 runs on JDK 17 and 21; none is on this machine"
    rows = wines(folder, tmp_path / "wines.csv")
    jar = function_jar(folder, tmp_path, python, jdk)
    output = printed(
        python,
        EXAMPLES / "java" / "spark" / "score_with_spark.py",
        jar,
        tmp_path / "wines.csv",
        cwd=tmp_path,
        JAVA_HOME=str(jdk.java.resolve().parents[1]),
        PYSPARK_PYTHON=str(python),
    )
    spark = [json.loads(line) for line in output.splitlines()]
    scores = load_scorer(folder / "wine.npz").score(rows)
    assert [row[0] for row in spark] == rows["id"].tolist()
    assert [row[1] for row in spark] == list(scores.labels)
    assert np.array([row[2] for row in spark]).tobytes() == np.ascontiguousarray(scores.probabilities).tobytes()
    assert [row[3] for row in spark] == scores.unseen.tolist()
    assert scores.unseen.sum() > 0


def wines(folder: Path, path: Path) -> pd.DataFrame:
    """Write wines between those that the model was trained on, with holes and unseen levels, as CSV; return them."""
    model = load_model(folder / "wine.npz")
    rng = np.random.default_rng(4)
    count = 178 * COPIES
    table: dict[str, object] = {"id": np.arange(count)}
    for column in model.columns:
        if hasattr(column, "levels"):
            table[column.name] = rng.choice(np.array([*column.levels, "violet", None], dtype=object), count)
        else:
            numbers = column.subtract + rng.normal(size=count) / column.multiply
            table[column.name] = np.where(rng.random(count) < 0.1, np.nan, numbers)
    frame = pd.DataFrame(table)
    frame.to_csv(path, index=False)
    return frame


def function_jar(folder: Path, target: Path, python: Path, jdk: Jdk) -> Path:
    """Compile the function with the generated class, and pack both."""
    spark = printed(python, "-c", "import pyspark; print(pyspark.__path__[0])", cwd=target).strip()
    classes = target / "classes"
    sources = [folder / "Wine.java", EXAMPLES / "java" / "spark" / "WineUdf.java"]
    printed(jdk.javac, "-cp", f"{spark}/jars/*", "-d", classes, *sources, cwd=target)
    jar = target / "wine-udf.jar"
    printed(jdk.javac.with_name("jar"), "--create", "--file", jar, "-C", classes, ".", cwd=target)
    return jar

"""`java Person.java rows.csv` writes the same predictions as Python, and names what it cannot read."""

import csv
import gzip
import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from triplicate.exporters import export_java
from triplicate.jdk import find_jdk
from triplicate.prediction_files import predictions_as_csv
from triplicate.runtime import Layer, Numeric, Regression, Scorer, ScoringModel
from triplicate.runtime.errors import RowError

from java_cases import autoencoder, classes_of, person_model, regression, run_class
from random_models import random_model

HEADER = "age,work-class,capital-gain,children\n"
GOOD_FILES = {
    "plain": HEADER + "25,Private,0,1\n61.5,State-gov,1e3,0\n",
    "any order, other columns": "name,children,capital-gain,age,work-class\nx,1,0,25,Private\n",
    "missing and unseen": HEADER + ",,,\n?,?,?,?\n30,Pirate,0,7\n",
    "crlf": (HEADER + "25,Private,0,1\n61.5,State-gov,1e3,0\n").replace("\n", "\r\n"),
    "cr": (HEADER + "25,Private,0,1\n61.5,State-gov,1e3,0\n").replace("\n", "\r"),
    "no last line end": HEADER + "25,Private,0,1",
    "last cell empty": HEADER + "25,Private,0,",
    "byte order mark": "\ufeff" + HEADER + "25,Private,0,1\n",
    "blank lines": "\n\r\n" + HEADER + "\n25,Private,0,1\n\n\n26,Private,0,1\n\n",
    "quotes": '"age","work-class",capital-gain,"chil' + 'dren"\n"25","Pri""vate","0",""\n26,a "b",0,1\n',
    "line ends in quotes": HEADER + '25,"Pri\r\nva\nte",0,1\n',
    "blanks": HEADER + " 25\t, Private,  0 ,1 \n",
    "numbers": HEADER
    + "".join(f"{n},Private,{n},1\n" for n in ("+1", "-.5", "1.", "1E+05", "1e-400", "-1e999", "007")),
    "hard to round": HEADER + "9007199254740993,Private,2.2250738585072011e-308,1\n0.1,Private,123456789.123456789,1\n",
    "no rows": HEADER,
    "unicode": HEADER + "25,Ünï😀,0,\u2028\n",
}
BAD_FILES = {
    "": "the header has no column 'age'\n",
    "age,children\n1,1\n": "the header has no column 'work-class'; its first is 'age'",
    "age;children\n1;1\n": "the header has no column 'age'; its first is 'age;children'",
    HEADER.replace("children", "age") + "1,Private,0,1\n": "column 'age' more than once",
    "age," + HEADER + "1,1,Private,0,1\n": "column 'age'",
    HEADER + "25,Private,0,1\nold,Private,0,1\n": "record 2, column 'age': 'old' is not a number",
    HEADER + "25,Private,0x10,1\n": "record 1, column 'capital-gain': '0x10' is not a number",
    HEADER + "25,Private, ,1\n": "record 1, column 'capital-gain': ' ' is not a number",
    HEADER + "NaN,Private,0,1\n": "record 1, column 'age': 'NaN' is not a number",
    HEADER + "25f,Private,0,1\n": "record 1, column 'age': '25f' is not a number",
    HEADER + "25,Private\n": "record 1: 2 cells, but the header has 4",
    HEADER + '25,"Private,0,1\n': "record 1: ",
    HEADER + '25,"Private"x,0,1\n': "record 1: ",
    HEADER + "  \n": "record 1: 1 cells, but the header has 4",
}


ODD_ARGUMENTS: dict[str, tuple[str, ...]] = {
    "none": (),
    "help": ("--help",),
    "two files": ("a", "b"),
    "unknown choice": ("--bad-numbers", "zero", "rows.csv"),
}
DAMAGED = {"cut": gzip.compress(HEADER.encode() * 50)[:40], "broken": b"\x1f\x8b\x08broken", "plain": b"no gzip at all"}
HEADS = {
    "Claims": (regression("exposure"), "x,colour,exposure\n1.5,red,0.25\n,,-2\n"),
    "Plain": (regression(), "x,colour\n1.5,green\n1e999,blue\n"),
    "Auto": (autoencoder(), "x,colour\n1.5,green\n0,red\n,\n7,?\n"),
}
HOSTILE = range(14)
PROGRAM = """
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Arrays;

/** Runs the command line of classes: a line per run, class name and arguments; a form feed after each run. */
public final class Program {
    public static void main(String[] files) throws Exception {
        for (String line : Files.readAllLines(Paths.get(files[0]), StandardCharsets.UTF_8)) {
            String[] words = line.split("\t");
            Method run = Class.forName(words[0]).getDeclaredMethod("run", java.util.List.class);
            run.setAccessible(true);
            Object code = run.invoke(null, Arrays.asList(words).subList(1, words.length));
            System.out.print(code + "\f");
            System.out.flush();
            System.err.print("\f");
        }
    }
}
"""


class Outcome(NamedTuple):
    """What one run of a class's command line gave."""

    code: int
    written: str
    message: str
    rows: Path


class Bench:
    """Classes compiled at once, and runs of their command lines, all in one JVM."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._runs: dict[str, tuple[str, ...]] = {}
        self.outcomes: dict[str, Outcome] = {}

    def add(self, key: str, class_name: str, content: bytes | str, *before: str, ending: str = ".csv") -> None:
        """Plan a run over a file of this content, with arguments before its name."""
        path = self.folder / f"rows{len(self._runs)}{ending}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        self._runs[key] = (class_name, *before, str(path))

    def add_arguments(self, key: str, class_name: str, *arguments: str) -> None:
        """Plan a run with these arguments only."""
        self._runs[key] = (class_name, *arguments)

    def run(self) -> None:
        """Start the JVM once and split what it wrote."""
        plan = self.folder / "plan.txt"
        plan.write_text("".join("\t".join(run) + "\n" for run in self._runs.values()), encoding="utf-8")
        done = run_class(self.folder, "Program", plan)
        written, messages = done.stdout.decode("utf-8").split("\f"), done.stderr.decode("utf-8").split("\f")
        assert len(written) == len(messages) == len(self._runs) + 1, messages[-1]
        for key, output, message in zip(self._runs, written, messages, strict=False):
            rows = Path(self._runs[key][-1])
            self.outcomes[key] = Outcome(int(output[-1]), output[:-1], message, rows)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """Return what every run of this file gave."""
    bench = Bench(tmp_path_factory.mktemp("java_csv"))
    models = {"Person": person_model(), "One": one_column(), "Echo": echo()} | {
        name: model for name, (model, _) in HEADS.items()
    }
    models |= {f"Random{seed}": random_model(seed) for seed in HOSTILE}
    classes_of(bench.folder, models, PROGRAM)
    for key, content in (GOOD_FILES | {f"bad {text}": text for text in BAD_FILES}).items():
        bench.add(key, "Person", content)
    for name, (_, content) in HEADS.items():
        bench.add(name, name, gzip.compress(content.encode("utf-8")), ending=".csv.gz")
    for seed in HOSTILE:
        bench.add(f"hostile {seed}", f"Random{seed}", hostile_csv(random_model(seed)))
    for name, damaged in DAMAGED.items():
        bench.add(f"damaged {name}", "Person", damaged, ending=".csv.GZ")
    for name, arguments in ODD_ARGUMENTS.items():
        bench.add_arguments(f"arguments {name}", "Person", *arguments)
    bench.add("bad numbers", "Person", HEADER + "old,Private,0,1\n25,Private,,1\n", "--bad-numbers", "missing")
    bench.add("digits", "Echo", "x\n" + "".join(f"{number!r}\n" for number in hard_numbers()))
    bench.add("one column", "One", "x\n1\n\n\n2\n")
    bench.add("unusual", "Person", HEADER + "1e999,Pirate,0,7\n")
    bench.add("latin-1", "Person", (HEADER + "25,Privé,0,1\n").encode("latin-1"))
    bench.add_arguments("no such file", "Person", "missing.csv")
    bench.add_arguments("self-test", "Person", "--self-test")
    bench.add_arguments("no self-test", "Plain", "--self-test")
    bench.run()
    return bench.outcomes


def one_column() -> ScoringModel:
    """Return a regression over a single number."""
    return ScoringModel(regression().columns[:1], regression().layers, regression().head)


def echo() -> ScoringModel:
    """Return a regression whose output is its only column."""
    layer = Layer(np.ones((1, 1)), np.zeros(1))
    return ScoringModel((Numeric("x", 0),), (layer,), Regression())


def hard_numbers() -> list[float]:
    """Return finite numbers of all sizes: powers of 2 and 10, subnormals, short and long digits, random bits."""
    rng = np.random.default_rng(8)
    bits = rng.integers(0, 2**63, 3000).view(np.float64)
    short = [float(f"{digits}e{power}") for digits in (1, 25, 123, 4.5) for power in range(-323, 306, 9)]
    powers = [sign * base**power for sign in (1, -1) for base in (2.0, 10.0) for power in range(-300, 300)]
    edges = [0.1, 1 / 3, 1e15, 1e16, 9999999999999998.0, 0.0001, 0.00001, 5e-324, 2.2250738585072014e-308, -3.0]
    return [number for number in (*edges, *short, *powers, *bits[np.isfinite(bits)].tolist()) if np.isfinite(number)]


def hostile_csv(model: ScoringModel) -> str:
    """Return rows with every level of every column, all cells in quotes."""
    columns: list[list[str]] = []
    for column in model.columns:
        cells = ["1", "-2.5"] if isinstance(column, Numeric) else [*column.levels, "never seen"]
        columns.append([cells[row % len(cells)] for row in range(8)])
    columns += [["0.5"] * 8] if model.offset else []
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([model.row_names, *zip(*columns, strict=True)])
    return text.getvalue()


def check_same(outcome: Outcome, model: ScoringModel) -> None:
    """Demand the text that Python writes, to the letter."""
    assert outcome.code == 0, outcome.message
    assert outcome.written == predictions_as_csv(Scorer(model).score(outcome.rows))


@pytest.mark.parametrize("case", GOOD_FILES)
def test_files_are_read_like_python_reads_them(outcomes: dict[str, Outcome], case: str) -> None:
    """One grammar of CSV: header order, quotes, line ends, blanks, missing tokens, every spelling of numbers."""
    check_same(outcomes[case], person_model())


@pytest.mark.parametrize("content", BAD_FILES)
def test_what_cannot_be_read_is_named(outcomes: dict[str, Outcome], content: str) -> None:
    """Where Python raises RowError, Java ends with exit code 1 and a line that names record and column."""
    outcome = outcomes[f"bad {content}"]
    assert outcome.code == 1
    assert outcome.message.startswith(f"{outcome.rows}: ")
    assert BAD_FILES[content] in outcome.message
    assert outcome.message.count("\n") == 1
    with pytest.raises(RowError):
        Scorer(person_model()).score(outcome.rows)


def test_records_before_a_bad_one_are_written(outcomes: dict[str, Outcome]) -> None:
    """A file of a billion rows does not lose what was scored before its first bad cell."""
    bad = next(content for content, reason in BAD_FILES.items() if "record 2" in reason)
    assert len(outcomes[f"bad {bad}"].written.splitlines()) == 2


def test_bad_numbers_may_count_as_missing(outcomes: dict[str, Outcome]) -> None:
    """With --bad-numbers missing, text in a numeric column is a missing cell."""
    outcome = outcomes["bad numbers"]
    expected = Scorer(person_model()).score({"age": [None, 25.0], "work-class": ["Private"] * 2,
                                             "capital-gain": [0.0, None], "children": ["1"] * 2})  # fmt: skip
    first = [float(line.split(",")[1]) for line in outcome.written.splitlines()[1:]]
    assert first == expected.outputs[:, 1].tolist()


@pytest.mark.parametrize("name", HEADS)
def test_every_head_writes_pythons_columns(outcomes: dict[str, Outcome], name: str) -> None:
    """A value; score, flag and an error per column: the same names and values as `triplicate predict`."""
    check_same(outcomes[name], HEADS[name][0])


@pytest.mark.parametrize("seed", HOSTILE)
def test_hostile_names_in_header_and_output(outcomes: dict[str, Outcome], seed: int) -> None:
    """Column names, levels and labels with quotes, commas, line ends, NUL and emoji pass through both ways."""
    check_same(outcomes[f"hostile {seed}"], random_model(seed))


def test_numbers_have_pythons_digits(outcomes: dict[str, Outcome]) -> None:
    """The shortest digits that read back to the same bits, in Python's notation."""
    check_same(outcomes["digits"], echo())
    assert outcomes["digits"].written.splitlines()[1:4] == ["0.1", "0.3333333333333333", "1000000000000000.0"]


def test_one_column_takes_blank_lines_as_missing(outcomes: dict[str, Outcome]) -> None:
    """In a file of one column, a blank line is a record with a missing cell."""
    assert len(outcomes["one column"].written.splitlines()) == 5
    check_same(outcomes["one column"], one_column())


def test_what_was_unusual_is_said_on_standard_error(outcomes: dict[str, Outcome]) -> None:
    """Unseen levels and infinite numbers are counted beside the predictions, not among them."""
    message = outcomes["unusual"].message
    assert message.startswith("note: 2 cells held levels that training did not see; 1 numbers were infinite")


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_archive_is_an_error(outcomes: dict[str, Outcome], name: str) -> None:
    """A .gz file that is cut or is none ends with a message and exit code 1."""
    outcome = outcomes[f"damaged {name}"]
    assert outcome.code == 1
    assert outcome.message.startswith(f"{outcome.rows}: ")
    assert outcome.message.count("\n") == 1


def test_other_bytes_than_utf8_are_an_error(outcomes: dict[str, Outcome]) -> None:
    """Latin-1 text is refused instead of being scored as another level."""
    outcome = outcomes["latin-1"]
    assert (outcome.code, outcome.message) == (1, f"{outcome.rows}: not UTF-8 text\n")


@pytest.mark.parametrize("name", ODD_ARGUMENTS)
def test_wrong_arguments_print_the_usage(outcomes: dict[str, Outcome], name: str) -> None:
    """Anything but one file, or the one known choice before it, is answered by the usage."""
    code, written, message, _ = outcomes[f"arguments {name}"]
    assert (code, written) == (1, "")
    assert message.startswith("usage: Person [--bad-numbers missing] rows.csv")


def test_a_missing_file_is_an_error(outcomes: dict[str, Outcome]) -> None:
    """The system's reason is passed on."""
    code, written, message, _ = outcomes["no such file"]
    assert (code, written) == (1, "")
    assert message.startswith("missing.csv: ")


def test_the_golden_rows_can_be_checked_from_the_command_line(outcomes: dict[str, Outcome]) -> None:
    """--self-test says how many rows agreed, or that there are none."""
    assert outcomes["self-test"].written == "3 golden rows: every output has the expected bits\n"
    assert outcomes["no self-test"].code == 1
    assert "carries no golden rows" in outcomes["no self-test"].message


def test_the_source_file_runs_as_it_is(tmp_path: Path) -> None:
    """`java com/bank/Person.java rows.csv` needs no compilation on JDK 11 and later, and ends with exit code 0."""
    source, rows = tmp_path / "com" / "bank" / "Person.java", tmp_path / "rows.csv"
    source.parent.mkdir(parents=True)
    export_java(person_model(), source, package="com.bank")
    rows.write_text(GOOD_FILES["plain"], encoding="utf-8")
    written = find_jdk().run([source, rows])
    check_same(Outcome(0, written, "", rows), person_model())


def test_an_error_ends_the_process_with_exit_code_1(tmp_path: Path) -> None:
    """The exit code reaches the shell."""
    classes_of(tmp_path, {"Plain": regression()})
    done = run_class(tmp_path, "Plain", "missing.csv")
    assert done.returncode == 1
    assert done.stderr.startswith(b"missing.csv: ")
